// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/plan.h"
#include "real_kernels.h"

struct kernel k6_1 = { .name = "6.1" }, k6_12 = { .name = "6.12" }, k6_16 = { .name = "6.16" },
	      k6_17 = { .name = "6.17" }, k6_18 = { .name = "6.18" }, k6_19 = { .name = "6.19" },
	      k7_0 = { .name = "7.0" }, k7_1 = { .name = "7.1" }, k7_2 = { .name = "7.2" },
	      k7_3 = { .name = "7.3" }, k6_1_patched = { .name = "6.1-patched" };

struct kernel *const real_kernels[REAL_KERNELS] = { &k6_1,  &k6_1_patched, &k6_12, &k6_16,
						    &k6_17, &k6_18,	   &k6_19, &k7_0,
						    &k7_1,  &k7_2,	   &k7_3 };

static struct fn *add_row(struct kernel *k, const char *name)
{
	int i = 0;

	while (k->fns[i].name)
		if (++i == FNS - 1)
			fail_msg("%s: FNS is too small", k->name);
	k->fns[i] = (struct fn){ .name = strdup(name), .arity = NO_BTF, .no_site = true };
	assert_non_null(k->fns[i].name);
	return &k->fns[i];
}

/* A row of the function that has no symbol yet; a new one if there is none. */
static struct fn *row_for_symbol(struct kernel *k, const char *symbol)
{
	size_t n = strcspn(symbol, ".");

	/* a .cold piece is no function, and must not take its row */
	for (int i = 0; !strstr(symbol, ".cold") && k->fns[i].name; i++)
		if (!k->fns[i].symbol && strlen(k->fns[i].name) == n &&
		    !strncmp(k->fns[i].name, symbol, n))
			return &k->fns[i];
	return add_row(k, symbol);
}

static void read_member(struct kernel *k, const char *of, const char *member, const char *kind)
{
	bool there = strcmp(kind, "none");

	if (!strcmp(of, "dev_pagemap") && !strcmp(member, "init_mode")) {
		/* before the line of ref, because init_mode comes first */
		k->ref = there ? REF_STRUCT_INIT_MODE : REF_STRUCT;
	} else if (!strcmp(of, "dev_pagemap") && !strcmp(member, "ref")) {
		if (!there)
			k->ref = REF_NONE;
		else if (!strcmp(kind, "ptr"))
			k->ref = REF_POINTER;
		else
			assert_string_equal(kind, "struct");
	} else if (there && !strcmp(member, "pgmap")) {
		assert_string_equal(kind, "ptr");
		assert_int_equal(k->owner, PGMAP_OF_NEITHER);
		k->owner = !strcmp(of, "page") ? PGMAP_OF_PAGE : PGMAP_OF_FOLIO;
	} else if (there) {
		fail_msg("%s: what is %s.%s?", k->name, of, member);
	}
}

static void mark_site(struct kernel *k, const char *symbol)
{
	for (int i = 0; k->fns[i].name; i++) {
		struct fn *f = &k->fns[i];

		if (f->no_site && f->symbol && !strcmp(f->symbol, symbol)) {
			f->no_site = false;
			return;
		}
	}
	fail_msg("%s: ftrace has %s, kallsyms has not", k->name, symbol);
}

/* The lines are sorted. Those of ftrace come first and need the symbols, so they are read last. */
static void read_line(struct kernel *k, const char *line, bool sites)
{
	char name[128], member[128], kind[16], type;
	struct fn *f;
	int arity;

	if (*line == '#')
		return;
	if (sscanf(line, "ftrace %127s", name) == 1) {
		if (sites)
			mark_site(k, name);
		return;
	}
	if (sites)
		return;
	if (sscanf(line, "func %127s %d ", name, &arity) == 2) {
		add_row(k, name)->arity = arity;
	} else if (sscanf(line, "func %127s %15s", name, kind) == 2 && !strcmp(kind, "none")) {
		add_row(k, name);
	} else if (sscanf(line, "member %127s %127s %15s", name, member, kind) == 3) {
		read_member(k, name, member, kind);
	} else if (sscanf(line, "symbol %127s %c", name, &type) == 2) {
		f = row_for_symbol(k, name);
		f->symbol = strdup(name);
		f->type = type;
		assert_non_null(f->symbol);
	} else {
		fail_msg("%s: what is this? %s", k->name, line);
	}
}

static void read_kernel(struct kernel *k)
{
	const char *slash = strrchr(__FILE__, '/');
	char path[512], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "%.*s/kernels.d/%s", (int)(slash - __FILE__), __FILE__,
		 k->name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	k->owner = PGMAP_OF_NEITHER;
	k->ref = REF_NONE;
	for (int sites = 0; sites < 2; sites++) {
		rewind(f);
		while (fgets(line, sizeof(line), f))
			read_line(k, line, sites);
	}
	fclose(f);
	for (const char *const *s = plan__symbols(); *s; s++) {
		int i = 0;

		while (k->fns[i].name && strcmp(k->fns[i].name, *s))
			i++;
		if (!k->fns[i].name)
			fail_msg("%s: nothing about %s: run tests/guest/plan-facts again", path, *s);
	}
}

int real_kernels__read(void **state)
{
	(void)state;
	for (int i = 0; i < REAL_KERNELS; i++)
		read_kernel(real_kernels[i]);
	return 0;
}
