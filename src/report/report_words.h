/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A finding in words: what happened, what is dangerous, what to do. Text and JSON have the same
 * sentences. Each sentence holds for the kernel and the type of the pgmap at hand.
 */
#ifndef PGMAPREF_REPORT_WORDS_H
#define PGMAPREF_REPORT_WORDS_H

#include "model/culprits.h"

#define WORDS_MAX 512 /* bytes of each text */

/* "UNBIND HANGS, 4 references are left". Returns buf. */
const char *words__headline(const struct finding *f, char *buf, size_t len);
/* One or two sentences on what happened. Returns buf; "": the headline says all. */
const char *words__happened(const struct finding *f, uint64_t now, char *buf, size_t len);
/* What may go wrong from now on. NULL: nothing. */
const char *words__danger(const struct finding *f);
/* What to do, a sentence each: calls fn for each of them. */
typedef void (*words_fn)(void *ctx, const char *sentence);
void words__advice(const struct finding *f, const struct culprits *c, words_fn fn, void *ctx);
/* A finding that repeats what an earlier report said, in one sentence. Returns buf. */
const char *words__again(const struct finding *f, uint64_t now, char *buf, size_t len);
/* The figures, in one paragraph: type, size, counter, busy pages. Returns buf. */
const char *words__facts(const struct finding *f, char *buf, size_t len);
/* Whose holder is not known, and where the tool looked. Returns buf. */
const char *words__nobody(const struct finding *f, const struct culprits *c, char *buf, size_t len);
/* What to say of a clean pgmap, in one sentence. Returns buf. */
const char *words__clean(const struct finding *f, uint64_t now, char *buf, size_t len);
/* "4 references", "1 page". Returns buf. */
const char *words__amount(int64_t n, const char *unit, char *buf, size_t len);

#endif /* PGMAPREF_REPORT_WORDS_H */
