/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the attached hooks run: canaries, and the code of the hooked functions. */
#ifndef PGMAPREF_TRACER_ALIVE_H
#define PGMAPREF_TRACER_ALIVE_H

#include "kernel/tracer.h"

/* The mechanism of this canary, enum pgr_mechanism; -1: the program is no canary. */
int tracer__canary_of(const char *prog);
/* Chooses to load the canaries for all mechanisms that the chosen hooks need. */
void tracer__choose_canaries(struct tracer *t);
void tracer__attach_canaries(struct tracer *t);
void tracer__detach_canaries(struct tracer *t);
/*
 * Checks whether the attached hooks run: calls the function of the canaries, and reads the code of
 * the hooked functions. Call it at the start, from time to time, and before the verdict. Returns
 * true if alive__news() has news. The tracer owns the result.
 */
bool tracer__look_alive(struct tracer *t);
struct alive *tracer__alive(struct tracer *t);
/* Why changes of the kernel's code are not recorded, a negative errno; 0: they are recorded. */
int tracer__no_pokes(const struct tracer *t);

#endif /* PGMAPREF_TRACER_ALIVE_H */
