/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Splits a text into words. */
#ifndef PGMAPREF_WORDS_H
#define PGMAPREF_WORDS_H

#include <stddef.h>

/*
 * Splits `text`, in place, at blanks, tabs and newlines. Between two ' or two " these belong to the
 * word, and the quotes do not. Sets words[0] to words[n - 1] to the words and words[n] to NULL.
 * Returns n, -EINVAL if a quote is not closed, or -E2BIG if n would be `room` or more. On error the
 * text and the words are in an undefined state.
 */
int words__split(char *text, char **words, size_t room);

#endif /* PGMAPREF_WORDS_H */
