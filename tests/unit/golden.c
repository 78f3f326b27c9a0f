// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "common/names.h"
#include "kernel/symbols.h"
#include "golden.h"

int make_plan(const struct kernel *k, const struct plan_options *o, struct plan *plan,
	      const char **unknown)
{
	struct btf *btf = kernel__btf(k);
	struct symbols *symbols = kernel__symbols(k);
	int err;

	memset(plan, 0x5a, sizeof(*plan));
	err = plan__make(btf, symbols, o, plan, unknown);
	/* the plan must not need what it was made of */
	symbols__free(symbols);
	btf__free(btf);
	return err;
}

void plan_of(const struct kernel *k, const struct plan_options *o, struct plan *plan)
{
	const char *unknown = NULL;

	assert_int_equal(make_plan(k, o, plan, &unknown), 0);
	assert_null(unknown);
}

static void assert_btf_id(const struct kernel *k, const struct plan_attempt *a)
{
	struct btf *btf;
	int id;

	if (a->how != PLAN_FENTRY) {
		assert_int_equal(a->btf_id, 0);
		return;
	}
	btf = kernel__btf(k);
	id = btf__find_by_name_kind(btf, a->symbol, BTF_KIND_FUNC);
	assert_true(id > 0);
	assert_int_equal(a->btf_id, id);
	btf__free(btf);
}

void assert_attempt(const struct kernel *k, const struct golden *g, const struct plan_attempt *a)
{
	const char *hook = hook__name(g->hook);

	if (strcmp(plan_how__name(a), g->how))
		fail_msg("%s: %s: %s, expected %s", k->name, hook, plan_how__name(a), g->how);
	if (strcmp(a->symbol, g->symbol))
		fail_msg("%s: %s: on %s, expected %s", k->name, hook, a->symbol, g->symbol);
	assert_btf_id(k, a);
	for (int p = 0; p < PLAN_PROGS; p++) {
		const char *have = a->prog[p] ? a->prog[p] : "(none)";
		const char *want = g->prog[p] ? g->prog[p] : "(none)";

		if (strcmp(have, want))
			fail_msg("%s: %s: program %d is %s, expected %s", k->name, hook, p, have,
				 want);
	}
}

void assert_golden(const struct kernel *k, const struct plan *plan, const struct golden *g,
		   size_t nr)
{
	for (; nr--; g++) {
		const struct plan_hook *hook = &plan->hook[g->hook];
		const struct plan_attempt *a = plan_hook__attempt(hook);

		if (!g->how) {
			if (a)
				fail_msg("%s: %s: %s on %s, expected to be missing", k->name,
					 hook->name, plan_how__name(a), a->symbol);
			assert_string_not_equal(hook->missing, "");
			continue;
		}
		if (!a)
			fail_msg("%s: %s: missing (%s), expected %s", k->name, hook->name,
				 hook->missing, g->how);
		assert_string_equal(hook->missing, "");
		assert_false(hook->disabled);
		assert_attempt(k, g, a);
	}
}

void assert_disabled_alone(const struct kernel *k, enum pgr_hook hook)
{
	const char *const disabled[] = { hook__name(hook), NULL };
	const struct plan_options o = { .disabled = disabled };
	struct plan plan;

	plan_of(k, &o, &plan);
	for (int other = 0; other < PGR_HOOKS; other++)
		assert_int_equal(plan.hook[other].disabled, other == (int)hook);
	assert_null(plan_hook__attempt(&plan.hook[hook]));
}
