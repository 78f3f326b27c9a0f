// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * For tests/guest/plan-facts: what a kernel has of all that the plan asks for.
 *
 *	plan_facts names		the functions and objects, one per line
 *	plan_facts facts BTF GUEST	the facts, one per line, in order (tests/unit/kernels.h)
 *
 * BTF: a file with the BTF of vmlinux. GUEST: the lines of a guest that is this kernel, see
 * read_guest(). Exit status: 0, or 1 with a reason on standard error.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "kernel/exact_codes.h"
#include "kernel/plan.h"

#define MAX 512

/*
 * What the tool looks for in the BTF and in kallsyms, and in kallsyms only. Not the functions of
 * pinners.c: Debian's kernels have all of them in modules, which the guest does not load.
 */
static const char *names[MAX], *more[MAX];
static size_t nr_names, nr_more;
static const struct {
	const char *of, *member;
} members[] = { { "dev_pagemap", "init_mode" },
		{ "dev_pagemap", "ref" },
		{ "folio", "pgmap" },
		{ "page", "pgmap" } };
static char *lines[4 * MAX];
static size_t nr_lines;

#define NR(array) (sizeof(array) / sizeof(*(array)))

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "plan_facts: %s: %s\n", what, why);
	exit(1);
}

static void *or_die(void *p)
{
	if (!p)
		die("memory", strerror(errno));
	return p;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_name(const char **to, size_t *nr, const char *name)
{
	for (size_t i = 0; i < *nr; i++)
		if (!strcmp(to[i], name))
			return;
	if (*nr == MAX)
		die("names", "MAX is too small");
	to[(*nr)++] = name;
}

static void list_names(void)
{
	for (const char *const *s = plan__symbols(); *s; s++)
		add_name(names, &nr_names, *s);
	add_name(names, &nr_names, PLAN_CANARY);
	add_name(names, &nr_names, "bpf_rdonly_cast");
	for (const struct exact_function *f = exact_functions; f->name; f++)
		add_name(more, &nr_more, f->name);
	add_name(more, &nr_more, "pgmap_array");
}

static FILE *begin(void)
{
	static size_t size; /* of no use */

	if (nr_lines == NR(lines))
		die("facts", "there are too many");
	return or_die(open_memstream(&lines[nr_lines++], &size));
}

/* The type much as C has it: "struct page *". */
static void put_type(FILE *f, const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_PTR:
		put_type(f, btf, t->type);
		fputs(" *", f);
		return;
	case BTF_KIND_CONST:
		fputs("const ", f);
		put_type(f, btf, t->type);
		return;
	case BTF_KIND_STRUCT:
		fprintf(f, "struct %s", name);
		return;
	case BTF_KIND_UNION:
		fprintf(f, "union %s", name);
		return;
	case BTF_KIND_FWD:
		fprintf(f, "%s %s", btf_kflag(t) ? "union" : "struct", name);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		fprintf(f, "enum %s", name);
		return;
	case BTF_KIND_FUNC_PROTO:
		fputs("(function)", f);
		return;
	case BTF_KIND_UNKN:
		fputs("void", f);
		return;
	default:
		fputs(name && *name ? name : "?", f);
	}
}

static void put_function(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *proto;
	const struct btf_param *p;
	FILE *f = begin();

	if (id < 0) {
		fprintf(f, "func %s none", name);
		fclose(f);
		return;
	}
	proto = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	p = btf_params(proto);
	fprintf(f, "func %s %u ", name, btf_vlen(proto));
	put_type(f, btf, proto->type);
	for (unsigned int i = 0; i < btf_vlen(proto); i++) {
		fputs(i ? ", " : " (", f);
		put_type(f, btf, p[i].type);
		fprintf(f, " %s", btf__name_by_offset(btf, p[i].name_off));
	}
	fputs(btf_vlen(proto) ? ")" : " ()", f);
	fclose(f);
}

static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *t,
					  const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (unsigned int i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *of = btf__type_by_id(btf, m[i].type), *found;
		const char *has = btf__name_by_offset(btf, m[i].name_off);

		if (*has && !strcmp(has, name))
			return of;
		found = !*has && btf_is_composite(of) ? find_member(btf, of, name) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static void put_member(const struct btf *btf, const char *of, const char *member)
{
	int id = btf__find_by_name_kind(btf, of, BTF_KIND_STRUCT);
	const struct btf_type *t = id < 0 ? NULL :
					    find_member(btf, btf__type_by_id(btf, id), member);
	FILE *f = begin();

	fprintf(f, "member %s %s %s", of, member,
		!t		    ? "none" :
		btf_is_ptr(t)	    ? "ptr" :
		btf_is_composite(t) ? "struct" :
				      "other");
	fclose(f);
}

/*
 * Reads "kallsyms ADDRESS TYPE NAME" and "ftrace NAME"; the last line is "end N", where N is the
 * number of the others.
 */
static void read_guest(const char *path)
{
	unsigned long long addr, addrs[MAX];
	size_t n = 0, nr_addrs = 0, said = 0;
	char line[512], name[256], type;
	FILE *in = fopen(path, "r"), *f;
	bool ended = false;

	if (!in)
		die(path, strerror(errno));
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "end %zu", &said) == 1) {
			ended = true;
		} else if (sscanf(line, "kallsyms %llx %c %255s", &addr, &type, name) == 3) {
			n++;
			if (!addr)
				die(name, "its address is hidden");
			/* Two names of one address would count as two clones in the tests. */
			for (size_t i = 0; i < nr_addrs; i++)
				if (addrs[i] == addr)
					die(name, "it is another name of an address");
			if (nr_addrs == MAX)
				die(path, "too many symbols");
			addrs[nr_addrs++] = addr;
			f = begin();
			fprintf(f, "symbol %s %c", name, type);
			fclose(f);
		} else if (sscanf(line, "ftrace %255s", name) == 1) {
			n++;
			f = begin();
			fprintf(f, "ftrace %s", name);
			fclose(f);
		} else {
			die(line, "not a line of the guest");
		}
	}
	fclose(in);
	if (!ended || said != n)
		die(path, "it is not complete");
	if (!nr_addrs || nr_addrs == n)
		die(path, "no symbols, or no function that ftrace has");
}

int main(int argc, char **argv)
{
	struct btf *btf;

	list_names();
	if (argc == 2 && !strcmp(argv[1], "names")) {
		for (size_t i = 0; i < nr_names; i++)
			puts(names[i]);
		for (size_t i = 0; i < nr_more; i++)
			puts(more[i]);
		return 0;
	}
	if (argc != 4 || strcmp(argv[1], "facts"))
		die("usage", "names | facts BTF GUEST");
	btf = btf__parse(argv[2], NULL);
	if (!btf)
		die(argv[2], strerror(errno));
	for (size_t i = 0; i < nr_names; i++)
		put_function(btf, names[i]);
	for (size_t i = 0; i < NR(members); i++)
		put_member(btf, members[i].of, members[i].member);
	read_guest(argv[3]);
	qsort(lines, nr_lines, sizeof(*lines), by_text);
	for (size_t i = 0; i < nr_lines; i++) {
		puts(lines[i]);
		free(lines[i]);
	}
	btf__free(btf);
	return 0;
}
