/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table behind the plan, for plan.c only: every way to serve every hook, with the releases
 * whose BTF or source was read. The purpose of each hook is in common/hook_defs.h.
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
 * One way to serve a hook. Rows of a hook are in order of preference. Rows with the same function
 * and mechanism differ in arity, which tells kernels apart. Rows of one function must be adjacent.
 */
struct variant {
	enum pgr_hook hook;
	enum plan_how how;
	const char *symbol;
	int arity;
	bool suffix; /* may use a `.isra.N` clone: only the first argument is safe there */
	struct {
		const char *name; /* NULL: no more programs */
		enum pgr_mechanism by;
	} prog[PLAN_PROGS];
};

extern const struct variant variants[];
extern const size_t nr_variants;

#endif /* PGMAPREF_PLAN_TABLE_H */
