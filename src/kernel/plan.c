// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "common/hooks.h"
#include "common/names.h"
#include "kernel/plan.h"
#include "kernel/plan_table.h"
#include "kernel/symbols.h"

/* The structures that the plan needs. BTF has no index by name: one pass finds all of them. */
static const char *const structs[] = { "folio", "page", "dev_pagemap" };

#define NR_STRUCTS (sizeof(structs) / sizeof(*structs))

struct facts {
	const struct btf *btf;
	const struct variant *by_symbol[VARIANTS_MAX]; /* sorted for a binary search */
	int arity[VARIANTS_MAX]; /* number of parameters of the function; -1: not in the BTF */
	uint32_t func_id[VARIANTS_MAX];
	uint32_t struct_id[NR_STRUCTS]; /* 0: not in the BTF */
	bool rdonly_cast;
	uint32_t canary_id;
};

static int by_symbol(const void *a, const void *b)
{
	return strcmp((*(const struct variant *const *)a)->symbol,
		      (*(const struct variant *const *)b)->symbol);
}

static void facts__note_func(struct facts *f, uint32_t id, const struct btf_type *t,
			     const char *name)
{
	const struct btf_type *proto;
	size_t low = 0, high = nr_variants;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(f->by_symbol[middle]->symbol, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < nr_variants && !strcmp(f->by_symbol[low]->symbol, name); low++) {
		size_t i = f->by_symbol[low] - variants;

		if (f->arity[i] >= 0)
			continue;
		proto = btf__type_by_id(f->btf, t->type);
		f->arity[i] = proto ? btf_vlen(proto) : -1;
		f->func_id[i] = id;
	}
}

static void facts__gather(struct facts *f, const struct btf *btf)
{
	uint32_t n = btf__type_cnt(btf);

	memset(f, 0, sizeof(*f));
	f->btf = btf;
	for (size_t i = 0; i < nr_variants; i++) {
		f->arity[i] = -1;
		f->by_symbol[i] = &variants[i];
	}
	qsort(f->by_symbol, nr_variants, sizeof(*f->by_symbol), by_symbol);
	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_func(t) && btf_kind(t) != BTF_KIND_STRUCT)
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (btf_is_func(t)) {
			facts__note_func(f, id, t, name);
			f->rdonly_cast = f->rdonly_cast || !strcmp(name, "bpf_rdonly_cast");
			if (!strcmp(name, PLAN_CANARY))
				f->canary_id = id;
			continue;
		}
		for (size_t i = 0; i < NR_STRUCTS; i++)
			if (!f->struct_id[i] && !strcmp(name, structs[i]))
				f->struct_id[i] = id;
	}
}

/* Type id of a member of a structure, also inside anonymous members; 0: no such member. */
static uint32_t member_type(const struct btf *btf, uint32_t struct_id, const char *member)
{
	const struct btf_type *t = btf__type_by_id(btf, struct_id);
	const struct btf_member *m;

	if (!t || !btf_is_composite(t))
		return 0;
	m = btf_members(t);
	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);
		uint32_t found;

		if (*name) {
			if (!strcmp(name, member))
				return m->type;
			continue;
		}
		found = member_type(btf, m->type, member);
		if (found)
			return found;
	}
	return 0;
}

/* The same for a structure given by name, one of structs[]. */
static uint32_t struct_member(const struct facts *f, const char *name, const char *member)
{
	for (size_t i = 0; i < NR_STRUCTS; i++)
		if (!strcmp(name, structs[i]) && f->struct_id[i])
			return member_type(f->btf, f->struct_id[i], member);
	return 0;
}

static bool has_func(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < nr_variants; i++)
		if (!strcmp(name, variants[i].symbol))
			return f->arity[i] >= 0;
	return false;
}

static int func_arity(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < nr_variants; i++)
		if (!strcmp(name, variants[i].symbol))
			return f->arity[i];
	return -1;
}

/*
 * Finds out how pgmaps account for their folios, if a name or an arity tells. The versions of the
 * series of 2022 (lore.kernel.org/nvdimm, September and October 2022) differ in more than their
 * functions. In version 2, fsdax and device-dax pages are idle at 0 if the pgmap says this in
 * init_mode. Version 3, recognised by pgmap_request_folios(), came in steps. At its end
 * zone_device_page_init() is gone, pages of every type are idle at 0, a page of any type puts the
 * reference of its pgmap when it is freed, and there are no references for whole ranges.
 */
static void plan_series(const struct facts *f, struct plan *plan)
{
	bool requests = has_func(f, "pgmap_request_folios") || has_func(f, "pgmap_request_folio");

	plan->series.on = requests || has_func(f, "pgmap_get_folio") ||
			  has_func(f, "pgmap_folio_get") || has_func(f, "pgmap_construct_folio") ||
			  has_func(f, "pgmap_alloc_folios");
	plan->series.free_puts_all = requests && !has_func(f, "zone_device_page_init");
	plan->series.range_refs = !plan->series.free_puts_all;
	plan->series.puts_visible = has_func(f, "put_dev_pagemap_many");
	plan->dax_shift = requests ? 6 : struct_member(f, "dev_pagemap", "init_mode") ? 5 : 4;
}

/*
 * Finds the refcount of an idle page. In 6.15 ("fs/dax: Fix ZONE_DEVICE page reference counts")
 * pgmap moved from page to folio, fsdax and P2PDMA pages became idle at 0, and mappings began to
 * hold references. device-dax stayed at 1.
 */
static void plan_idle(const struct facts *f, struct plan *plan)
{
	bool by_folio = struct_member(f, "folio", "pgmap");
	bool by_page = struct_member(f, "page", "pgmap");
	bool by_mode = struct_member(f, "dev_pagemap", "init_mode"); /* version 2 of the series */

	for (int t = 0; t < PGR_TYPES; t++)
		plan->idle[t] = -1;
	if (!by_folio && !by_page)
		return;
	plan->idle[PGR_TYPE_PRIVATE] = 0;
	plan->idle[PGR_TYPE_COHERENT] = 0;
	plan->idle[PGR_TYPE_GENERIC] = by_mode || plan->series.free_puts_all ? 0 : 1;
	plan->idle[PGR_TYPE_FSDAX] = by_folio || by_mode || plan->series.free_puts_all ? 0 : 1;
	plan->idle[PGR_TYPE_P2PDMA] = by_folio || plan->series.free_puts_all ? 0 : 1;
	/*
	 * dax_folio_reset_order() (7.1, fs/dax.c) clears the share count of a folio. Its
	 * predecessor dax_folio_put() does not clear it for small folios.
	 */
	plan->share_how = !by_folio			       ? PGR_SHARE_MARKED :
			  has_func(f, "dax_folio_reset_order") ? PGR_SHARE_NULL :
								 PGR_SHARE_UNSURE;
	plan->maps_hold[PGR_TYPE_FSDAX] = by_folio;
	plan->maps_hold[PGR_TYPE_GENERIC] = by_folio;
	plan->maps_hold[PGR_TYPE_P2PDMA] = by_folio;
}

static bool is_disabled(const struct plan_options *o, const char *hook, const char *symbol)
{
	if (!o || !o->disabled)
		return false;
	for (const char *const *d = o->disabled; *d; d++)
		if (!strcmp(*d, hook) || !strcmp(*d, symbol))
			return true;
	return false;
}

static bool is_known(const char *name)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		if (!strcmp(name, hooks[h].name))
			return true;
	for (size_t i = 0; i < nr_variants; i++) {
		size_t n = strlen(variants[i].symbol);

		/* A clone suffix is allowed, because kallsyms and `probes` show it. */
		if (!strncmp(name, variants[i].symbol, n) && (!name[n] || name[n] == '.'))
			return true;
	}
	return false;
}

/* Returns true and sets *symbol if this kernel can serve the variant. */
static bool variant_fits(const struct variant *v, const struct facts *f, struct symbols *symbols,
			 const char **symbol)
{
	int arity;

	if (v->how == PLAN_RAW_TP) {
		*symbol = v->symbol;
		return true;
	}
	arity = f->arity[v - variants];
	if (symbols__has(symbols, v->symbol)) {
		if (v->how == PLAN_FENTRY && arity < 0)
			return false;
		/* A known arity must match, whether BTF has the plain name or not. */
		if (arity >= 0 && v->arity != ANY_ARITY && arity != v->arity)
			return false;
		if (arity < 0 && !v->suffix && v->arity != ANY_ARITY)
			return false;
		*symbol = v->symbol;
		return true;
	}
	if (v->how == PLAN_FENTRY || !v->suffix)
		return false;
	*symbol = symbols__suffixed(symbols, v->symbol);
	return *symbol && strlen(*symbol) < PLAN_SYMBOL;
}

static void plan_variant(const struct variant *v, const struct facts *f, struct symbols *symbols,
			 const struct plan_options *o, struct plan_hook *h)
{
	enum plan_mechanism m = o ? o->mechanism : PLAN_AUTO;
	struct plan_attempt *a;
	const char *symbol;

	if (!variant_fits(v, f, symbols, &symbol))
		return;
	if ((m == PLAN_ONLY_FENTRY && v->how == PLAN_KPROBE) ||
	    (m == PLAN_ONLY_KPROBE && v->how == PLAN_FENTRY)) {
		h->barred = true;
		return;
	}
	if (is_disabled(o, h->name, symbol) || is_disabled(o, h->name, v->symbol)) {
		h->disabled = true;
		return;
	}
	if (h->nr == PLAN_ATTEMPTS)
		return;
	a = &h->attempt[h->nr++];
	a->how = v->how;
	snprintf(a->symbol, sizeof(a->symbol), "%s", symbol);
	a->btf_id = v->how == PLAN_FENTRY ? f->func_id[v - variants] : 0;
	for (int p = 0; p < PLAN_PROGS; p++) {
		a->prog[p] = v->prog[p].name;
		a->by[p] = v->prog[p].by;
	}
}

/* Lists the functions of all variants, except variants of hooks in `left_out` (bits 1 << hook). */
static void list_functions(const char **names, uint64_t left_out)
{
	size_t n = 0;

	for (size_t i = 0; i < nr_variants; i++) {
		if (left_out >> variants[i].hook & 1)
			continue;
		/*
		 * Rows of one function are adjacent in the table. Otherwise names[] would have the
		 * function twice.
		 */
		if (!n || strcmp(names[n - 1], variants[i].symbol))
			names[n++] = variants[i].symbol;
	}
}

const char *const *plan__symbols(void)
{
	static const char *names[PLAN_FUNCTIONS + 1];

	if (!names[0])
		list_functions(names, 0);
	return names;
}

const char *const *plan__callees(void)
{
	static const char *names[PLAN_FUNCTIONS + 1];
	uint64_t sites = 0;

	if (names[0])
		return names;
	for (int h = 0; h < PGR_HOOKS; h++)
		sites |= (uint64_t)hooks[h].is_site << h;
	list_functions(names, sites);
	return names;
}

int plan__make(const struct btf *btf, struct symbols *symbols, const struct plan_options *options,
	       struct plan *plan, const char **unknown)
{
	uint64_t shown = 0;
	struct facts f;
	uint32_t ref;

	if (options && options->disabled) {
		for (const char *const *d = options->disabled; *d; d++) {
			if (!is_known(*d)) {
				*unknown = *d;
				return -ENOENT;
			}
		}
	}
	memset(plan, 0, sizeof(*plan));
	facts__gather(&f, btf);
	for (int h = 0; h < PGR_HOOKS; h++) {
		plan->hook[h].name = hooks[h].name;
		plan->hook[h].wanted = hooks[h].function;
		plan->hook[h].without = hooks[h].without;
	}
	for (size_t i = 0; i < nr_variants; i++) {
		const struct variant *v = &variants[i];

		plan_variant(v, &f, symbols, options, &plan->hook[v->hook]);
		if (f.arity[i] >= 0 || symbols__has(symbols, v->symbol) || plan->hook[v->hook].nr)
			shown |= 1ULL << v->hook;
	}
	for (int h = 0; h < PGR_HOOKS; h++) {
		struct plan_hook *hook = &plan->hook[h];

		hook->absent = hooks[h].shown_by && !(hooks[h].shown_by & shown);
		if (hook->absent)
			hook->nr = 0;
		if (hook->nr)
			continue;
		snprintf(hook->missing, sizeof(hook->missing), "%s",
			 hook->disabled ? "disabled by --disable-hook" :
			 hook->barred	? "excluded by --attach" :
					  "this kernel has no function for this hook");
	}
	plan_series(&f, plan);
	plan->alloc_per_page = func_arity(&f, "zone_device_page_init") == 3;
	plan->rdonly_cast = f.rdonly_cast;
	plan->canary_id = f.canary_id;
	plan_idle(&f, plan);
	/* Up to 5.16 dev_pagemap.ref was a pointer, and not always to a counter of the pgmap. */
	ref = struct_member(&f, "dev_pagemap", "ref");
	if (!ref)
		snprintf(plan->unusable, sizeof(plan->unusable),
			 "this kernel has no struct dev_pagemap (CONFIG_ZONE_DEVICE is off)");
	else if (btf_is_ptr(btf__type_by_id(btf, ref)))
		snprintf(plan->unusable, sizeof(plan->unusable),
			 "this kernel's dev_pagemap.ref is a pointer (5.16 and before)");
	return 0;
}

const struct plan_attempt *plan_hook__attempt(const struct plan_hook *hook)
{
	return hook->next < hook->nr ? &hook->attempt[hook->next] : NULL;
}

void plan_hook__fail(struct plan_hook *hook, const char *why)
{
	if (hook->next < hook->nr)
		hook->next++;
	if (hook->next == hook->nr)
		snprintf(hook->missing, sizeof(hook->missing), "%s", why);
}

struct pgr_series plan__series(const struct plan *plan)
{
	struct pgr_series s = plan->series;

	s.puts_visible = s.puts_visible && plan_hook__attempt(&plan->hook[PGR_HOOK_PUT]);
	s.drops_seen = s.free_puts_all || plan_hook__attempt(&plan->hook[PGR_HOOK_FOLIO_PUT]);
	return s;
}

bool plan__pages_hold(const struct plan *plan, enum pgr_type type)
{
	return (plan && plan->series.on) || type == PGR_TYPE_PRIVATE || type == PGR_TYPE_COHERENT ||
	       type == PGR_TYPE_P2PDMA;
}

bool plan__sees_folios(const struct plan *plan)
{
	uint64_t needed = hooks__seeing(SEES_FOLIO_ACCOUNT);

	for (int i = 0; i < PGR_HOOKS; i++) {
		const struct plan_hook *h = &plan->hook[i];

		if (needed >> i & 1 && !plan_hook__attempt(h) && !h->absent)
			return false;
	}
	return plan->series.on && plan->series.puts_visible;
}

const char *plan__effect(const struct plan *plan, enum pgr_hook hook)
{
	const struct plan_attempt *a = plan_hook__attempt(&plan->hook[hook]);
	const struct hook *h = &hooks[hook];

	if (h->effect_is_learned)
		return NULL;
	if (h->effect_of_many && a && strstr(a->symbol, "_many"))
		return h->effect_of_many;
	if (h->effect_per_page && plan->alloc_per_page)
		return h->effect_per_page;
	return h->effect ? h->effect : "";
}

const char *plan_how__name(const struct plan_attempt *attempt)
{
	static const char *const names[] = {
		[PGR_BY_FENTRY] = "fentry", [PGR_BY_FEXIT] = "fexit",
		[PGR_BY_KPROBE] = "kprobe", [PGR_BY_KRETPROBE] = "kretprobe",
		[PGR_BY_RAW_TP] = "raw_tp", [PGR_BY_BREAKPOINT] = "breakpoint",
	};
	enum pgr_mechanism last = 0;

	/* If there are two programs, the program at the exit does the work. */
	for (int p = 0; p < PLAN_PROGS && attempt->prog[p]; p++)
		last = attempt->by[p] > last ? attempt->by[p] : last;
	return names[last];
}
