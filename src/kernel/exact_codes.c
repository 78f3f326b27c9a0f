// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "common/hooks.h"
#include "kernel/exact_codes.h"
#include "kernel/symbols.h"

/* No function is larger than this: percpu_ref_*() and memunmap_pages() have less than 4 KiB. */
#define FUNCTION_MAX (64u << 10)

/* The first address that is not part of the function at `start`. */
static uint64_t end_of(struct symbols *s, uint64_t start)
{
	uint64_t in = start, out = start + FUNCTION_MAX;

	while (out - in > 1) {
		uint64_t at = in + (out - in) / 2, off;

		if (!symbols__name(s, at, NULL, NULL, &off) && at - off == start)
			in = at;
		else
			out = at;
	}
	return out;
}

static void add_symbol(struct symbols *symbols, struct pgr_exact_code *out, unsigned int *n,
		       const char *symbol, enum pgr_exact_kind kind)
{
	uint64_t start = symbol ? symbols__addr(symbols, symbol) : 0;

	if (!start || *n == PGR_EXACT_CODES)
		return;
	out[(*n)++] = (struct pgr_exact_code){
		.start = start,
		.end = end_of(symbols, start),
		.kind = kind,
	};
}

/*
 * A function that is inline in the source is compiled in each file that the compiler does not inline
 * it in: Debian's 7.0 and 7.1 have both percpu_ref_put_many and percpu_ref_put_many.constprop.0.
 */
static void add_code(struct symbols *symbols, struct pgr_exact_code *out, unsigned int *n,
		     const char *name, enum pgr_exact_kind kind)
{
	add_symbol(symbols, out, n, name, kind);
	add_symbol(symbols, out, n, symbols__suffixed(symbols, name), kind);
}

/* lib/percpu-refcount.c and mm/memremap.c, 6.1 to 7.3. */
const struct exact_function exact_functions[] = {
	{ "__percpu_ref_switch_mode", PGR_EXACT_SWITCH },
	{ "__percpu_ref_switch_to_atomic", PGR_EXACT_SWITCH },
	{ "percpu_ref_call_confirm_rcu", PGR_EXACT_SWITCH },
	{ "percpu_ref_switch_to_atomic_rcu", PGR_EXACT_FOLD },
	{ "percpu_ref_kill_and_confirm", PGR_EXACT_KILL },
	{ "memunmap_pages", PGR_EXACT_BULK },
	{ "percpu_ref_get_many", PGR_EXACT_CALLER },
	{ "percpu_ref_put_many", PGR_EXACT_CALLER },
	{ "percpu_ref_tryget_many", PGR_EXACT_CALLER },
	{ "percpu_ref_tryget_live_rcu", PGR_EXACT_CALLER },
	{ "percpu_ref_tryget_live", PGR_EXACT_CALLER },
	{ "percpu_ref_get", PGR_EXACT_CALLER },
	{ "percpu_ref_put", PGR_EXACT_CALLER },
	{ 0 }
};

void exact_codes__fill(struct symbols *symbols, const struct plan *plan,
		       struct pgr_exact_code out[PGR_EXACT_CODES])
{
	unsigned int n = 0;

	memset(out, 0, PGR_EXACT_CODES * sizeof(*out));
	for (const struct exact_function *f = exact_functions; f->name; f++)
		add_code(symbols, out, &n, f->name, f->kind);
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&plan->hook[h]);

		if (a && (hooks[h].adds_to == PGR_HOLD_PAGE ||
			  hooks[h].takes_from == PGR_HOLD_PAGE || hooks[h].p2pdma_only))
			add_code(symbols, out, &n, a->symbol, PGR_EXACT_PAGE);
	}
}
