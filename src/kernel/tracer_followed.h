/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs of followed pages. Owns the skeleton of followed.bpf.c, which shares the maps of the
 * tracer: records come by tracer__consume().
 */
#ifndef PGMAPREF_TRACER_FOLLOWED_H
#define PGMAPREF_TRACER_FOLLOWED_H

#include "kernel/followed.h"
#include "kernel/tracer.h"

/*
 * Loads the programs. On failure why (up to `len` bytes) is a sentence, and the result a negative
 * errno. t was opened with follows_pages, and must live as long as *out; followed__close() frees
 * *out.
 */
int tracer_followed__open(struct tracer *t, struct followed **out, char *why, size_t len);

#endif /* PGMAPREF_TRACER_FOLLOWED_H */
