/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the plan is made of, for plan.c alone: every way to serve every hook, with the releases whose
 * BTF or source was read. What a hook is for: common/hook_defs.h.
 */
#ifndef PGMAPREF_PLAN_TABLE_H
#define PGMAPREF_PLAN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/plan.h"

#define ANY_ARITY (-1)
#define VARIANTS_MAX PLAN_FUNCTIONS

/*
 * Per hook in order of preference; rows of one function and mechanism differ by arity, which is how
 * kernels are told apart. Those of one function stand together.
 */
struct variant {
	enum pgr_hook hook;
	enum plan_how how;
	const char *symbol;
	int arity;
	bool suffix; /* arguments used are safe on a `.isra.N` clone: only the first is */
	struct {
		const char *name; /* NULL: no more of them */
		enum pgr_mechanism by;
	} prog[PLAN_PROGS];
};

extern const struct variant variants[];
extern const size_t nr_variants;

#endif /* PGMAPREF_PLAN_TABLE_H */
