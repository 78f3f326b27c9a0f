/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the plan is made of, for plan.c alone: every way to serve every hook, with the releases whose
 * BTF or source was read, and what a hook is for.
 */
#ifndef PGMAPREF_PLAN_TABLE_H
#define PGMAPREF_PLAN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/plan.h"

#define ANY_ARITY (-1)
#define VARIANTS_MAX 128

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
	const char *prog[PLAN_PROGS];
};

extern const struct variant variants[];
extern const size_t nr_variants;

#define SHOWN_BY(hook) (1ULL << (hook))

struct hook_facts {
	const char *wanted;
	const char *without;
	/* By SHOWN_BY(): where not one of these hooks has a function, this one lacks nothing; 0: none */
	uint64_t shown_by;
};

extern const struct hook_facts hook_facts[PGR_HOOKS];

#endif /* PGMAPREF_PLAN_TABLE_H */
