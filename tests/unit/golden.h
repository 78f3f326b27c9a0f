/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares plans of kernels with golden tables. */
#ifndef PGMAPREF_TEST_GOLDEN_H
#define PGMAPREF_TEST_GOLDEN_H

#include <stddef.h>

#include "kernel/plan.h"
#include "kernels.h"

/* Calls plan__make() with the BTF and the symbols of the kernel. */
int make_plan(const struct kernel *k, const struct plan_options *o, struct plan *plan,
	      const char **unknown);
/* Makes a plan that must succeed. */
void plan_of(const struct kernel *k, const struct plan_options *o, struct plan *plan);

/* How a hook is to be attached. how NULL: not at all. Programs after the first may be NULL. */
struct golden {
	enum pgr_hook hook;
	const char *how, *symbol, *prog[PLAN_PROGS];
};

void assert_attempt(const struct kernel *k, const struct golden *g, const struct plan_attempt *a);
void assert_golden(const struct kernel *k, const struct plan *plan, const struct golden *g,
		   size_t nr);

#define ASSERT_GOLDEN(k, plan, g) assert_golden(k, plan, g, sizeof(g) / sizeof(*(g)))

/* The user disables the hook by its name: this hook is disabled, and no other. */
void assert_disabled_alone(const struct kernel *k, enum pgr_hook hook);

#endif /* PGMAPREF_TEST_GOLDEN_H */
