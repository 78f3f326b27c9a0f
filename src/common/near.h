/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the word that somebody may have meant who typed another one. */
#ifndef PGMAPREF_NEAR_H
#define PGMAPREF_NEAR_H

#define NEAR_MAX 32 /* longer words are near nothing */

struct near {
	const char *word; /* as it was typed */
	const char *found; /* the nearest candidate until now, the first of several; or NULL */
	unsigned int distance; /* to it */
};

/*
 * Compares the next candidate. It is near if one letter is missing, too many, another, or exchanged
 * with its neighbour; in a word of five letters or more, two letters; in longer ones a third of
 * them. A candidate that begins with the word, which has three letters or more, is near, too.
 */
void near__try(struct near *n, const char *candidate);

#endif /* PGMAPREF_NEAR_H */
