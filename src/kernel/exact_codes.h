/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of the kernel whose writes of a counter are no gets and puts of users. */
#ifndef PGMAPREF_EXACT_CODES_H
#define PGMAPREF_EXACT_CODES_H

#include "common/exact.h"
#include "kernel/plan.h"

struct symbols;

/* A function of the kernel, and what its writes are. */
struct exact_function {
	const char *name;
	enum pgr_exact_kind kind;
};

/* The functions that every kernel may have. A row with name NULL ends the table. */
extern const struct exact_function exact_functions[];

/*
 * Fills the table that exact.bpf.h searches, from the symbols of the running kernel and from the
 * hooks that account for the references of device pages.
 */
void exact_codes__fill(struct symbols *symbols, const struct plan *plan,
		       struct pgr_exact_code out[PGR_EXACT_CODES]);

#endif /* PGMAPREF_EXACT_CODES_H */
