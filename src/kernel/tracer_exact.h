/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The breakpoints and programs of exact accounts. Owns the skeleton of exact.bpf.c, which shares the
 * maps of the tracer: gets and puts come as the same records and rows as those of hooks.
 */
#ifndef PGMAPREF_TRACER_EXACT_H
#define PGMAPREF_TRACER_EXACT_H

#include "kernel/exact.h"
#include "kernel/tracer.h"

/*
 * Loads the programs. On failure why (up to `len` bytes) is a sentence, and the result a negative
 * errno. t must live as long as *out; exact__close() frees *out.
 */
int tracer_exact__open(struct tracer *t, struct exact **out, char *why, size_t len);

#endif /* PGMAPREF_TRACER_EXACT_H */
