// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The whole plan on each real kernel, as golden_plans/SERIES has it, and whether the kernel lets
 * it be attached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "common/names.h"
#include "kernel/exact_codes.h"
#include "kernel/symbols.h"
#include "golden.h"
#include "golden_file.h"
#include "real_kernels.h"

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

/* A line for each way to serve the hook, best first. */
static void put_hook(FILE *f, const struct plan_hook *h)
{
	if (h->absent)
		fprintf(f, "%s: absent\n", h->name);
	else if (!h->nr)
		fprintf(f, "%s: missing, %s\n", h->name, h->missing);
	for (unsigned int i = 0; i < h->nr; i++) {
		const struct plan_attempt *a = &h->attempt[i];

		fprintf(f, "%s: %s of %s by", h->name, plan_how__name(a), a->symbol);
		for (int p = 0; p < PLAN_PROGS && a->prog[p]; p++)
			fprintf(f, " %s", a->prog[p]);
		fputc('\n', f);
	}
}

static void put_plan(FILE *f, const struct plan *plan)
{
	static const char *const share[] = {
		[PGR_SHARE_MARKED] = "marked", [PGR_SHARE_NULL] = "null", [PGR_SHARE_UNSURE] = "unsure"
	};

	for (int h = 0; h < PGR_HOOKS; h++)
		put_hook(f, &plan->hook[h]);
	for (int t = 0; t < PGR_TYPES; t++)
		fprintf(f, "pages of type %s: idle at %d, a mapping holds one: %s\n", type__name(t),
			plan->idle[t], yes_no(plan->maps_hold[t]));
	fprintf(f, "share count: %s\n", share[plan->share_how]);
	fprintf(f, "zone_device_page_init() takes a reference per page: %s\n",
		yes_no(plan->alloc_per_page));
	fprintf(f, "shift of the pfn in a DAX entry: %d\n", plan->dax_shift);
	fprintf(f, "bpf_rdonly_cast(): %s\n", yes_no(plan->rdonly_cast));
	fprintf(f, "canary: %s\n", yes_no(plan->canary_id));
	fprintf(f, "series of 2022: %s\n",
		yes_no(plan->series.on || plan->series.puts_visible || plan->series.free_puts_all ||
		       !plan->series.range_refs));
	fprintf(f, "of no use here: %s\n", *plan->unusable ? plan->unusable : "no");
}

static void test_whole_plans(void **state)
{
	const char *slash = strrchr(__FILE__, '/');
	bool same = true;
	struct plan plan;

	(void)state;
	for (int i = 0; i < REAL_KERNELS; i++) {
		const struct kernel *k = real_kernels[i];
		char path[512], *text;
		size_t n;
		FILE *f = open_memstream(&text, &n);

		assert_non_null(f);
		plan_of(k, NULL, &plan);
		put_plan(f, &plan);
		fclose(f);
		snprintf(path, sizeof(path), "%.*s/golden_plans/%s", (int)(slash - __FILE__),
			 __FILE__, k->name);
		same = golden_file__is(path, text) && same;
		free(text);
	}
	if (!same)
		fail_msg("a plan is not as it was: see the diff");
}

static const struct fn *fn_of_symbol(const struct kernel *k, const char *symbol)
{
	for (int i = 0; k->fns[i].name; i++)
		if (k->fns[i].symbol && !strcmp(k->fns[i].symbol, symbol))
			return &k->fns[i];
	fail_msg("%s has no symbol %s", k->name, symbol);
	return NULL;
}

/*
 * The kernel refuses kprobes of symbols without an ftrace site (kernel/trace/trace_kprobe.c, 6.1 to
 * 7.3, without CONFIG_KPROBE_EVENTS_ON_NOTRACE), and fentry needs the site. Where there is one, a
 * breakpoint is a waste of a debug register.
 */
static void test_only_breakpoints_do_without_an_ftrace_site(void **state)
{
	struct plan plan;
	int breakpoints = 0;

	(void)state;
	for (int i = 0; i < REAL_KERNELS; i++) {
		const struct kernel *k = real_kernels[i];
		plan_of(k, NULL, &plan);
		for (int h = 0; h < PGR_HOOKS; h++) {
			for (unsigned int n = 0; n < plan.hook[h].nr; n++) {
				const struct plan_attempt *a = &plan.hook[h].attempt[n];

				if (a->how == PLAN_RAW_TP)
					continue;
				if (fn_of_symbol(k, a->symbol)->no_site !=
				    (a->how == PLAN_BREAKPOINT))
					fail_msg("%s: %s of %s", k->name, plan_how__name(a),
						 a->symbol);
				breakpoints += a->how == PLAN_BREAKPOINT;
			}
		}
	}
	assert_int_equal(breakpoints, 5); /* 6.16 to 7.0 */
}

static void test_canary_can_be_hooked(void **state)
{
	struct plan plan;

	(void)state;
	for (int i = 0; i < REAL_KERNELS; i++) {
		const struct kernel *k = real_kernels[i];
		struct btf *btf = kernel__btf(k);

		plan_of(k, NULL, &plan);
		assert_int_equal(plan.canary_id,
				 btf__find_by_name_kind(btf, PLAN_CANARY, BTF_KIND_FUNC));
		assert_false(fn_of_symbol(k, PLAN_CANARY)->no_site);
		btf__free(btf);
	}
}

/* Exact accounts need these: without them, a write by percpu_ref itself looks like a user's. */
static void test_functions_of_exact_accounts(void **state)
{
	struct pgr_exact_code codes[PGR_EXACT_CODES];
	struct plan plan;

	(void)state;
	for (int i = 0; i < REAL_KERNELS; i++) {
		const struct kernel *k = real_kernels[i];
		struct symbols *symbols = kernel__symbols(k);
		unsigned int kinds = 0, pages = 0;

		plan_of(k, NULL, &plan);
		exact_codes__fill(symbols, &plan, codes);
		for (int n = 0; n < PGR_EXACT_CODES && codes[n].start; n++) {
			kinds |= 1u << codes[n].kind;
			pages += codes[n].kind == PGR_EXACT_PAGE;
		}
		assert_int_equal(kinds & 1u << PGR_EXACT_SWITCH, 1u << PGR_EXACT_SWITCH);
		assert_int_equal(kinds & 1u << PGR_EXACT_FOLD, 1u << PGR_EXACT_FOLD);
		assert_int_equal(kinds & 1u << PGR_EXACT_KILL, 1u << PGR_EXACT_KILL);
		assert_int_equal(kinds & 1u << PGR_EXACT_BULK, 1u << PGR_EXACT_BULK);
		assert_true(pages >= 2); /* alloc and free */
		assert_true(symbols__addr(symbols, "pgmap_array") > 0);
		symbols__free(symbols);
	}
}

/* Is there a code that begins where the symbol does? */
static bool is_code(const struct pgr_exact_code *codes, struct symbols *symbols, const char *symbol)
{
	for (int n = 0; n < PGR_EXACT_CODES && codes[n].start; n++)
		if (codes[n].start == symbols__addr(symbols, symbol))
			return true;
	return false;
}

/* Every copy of an inline function that is in kallsyms is one, whatever the compiler called it. */
static void test_all_copies_of_inline_functions(void **state)
{
	struct pgr_exact_code codes[PGR_EXACT_CODES];
	struct plan plan;
	int copies = 0;

	(void)state;
	for (int i = 0; i < REAL_KERNELS; i++) {
		const struct kernel *k = real_kernels[i];
		struct symbols *symbols = kernel__symbols(k);

		plan_of(k, NULL, &plan);
		exact_codes__fill(symbols, &plan, codes);
		for (const struct fn *f = k->fns; f->name; f++) {
			if (!f->symbol || strncmp(f->symbol, "percpu_ref_", 11) ||
			    strstr(f->symbol, ".cold"))
				continue;
			if (!is_code(codes, symbols, f->symbol))
				fail_msg("%s: not %s", k->name, f->symbol);
			copies += !!strchr(f->symbol, '.');
		}
		symbols__free(symbols);
	}
	assert_int_equal(copies, 4); /* gets and puts of 7.0 and 7.1 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_plans),
		cmocka_unit_test(test_only_breakpoints_do_without_an_ftrace_site),
		cmocka_unit_test(test_canary_can_be_hooked),
		cmocka_unit_test(test_functions_of_exact_accounts),
		cmocka_unit_test(test_all_copies_of_inline_functions),
	};

	return cmocka_run_group_tests(tests, real_kernels__read, NULL);
}
