/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text of kallsyms as a table: behind symbols.h, which says what the fields mean, and of no
 * use to others.
 */
#ifndef PGMAPREF_SYMTAB_H
#define PGMAPREF_SYMTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owns the strings of one table and of those that replace it; NULL is an empty one. */
struct symtab_chunk;

struct sym {
	uint64_t addr;
	const char *name;
	uint32_t module; /* 0 is vmlinux, else an index into symtab.modules */
	bool text;
};

struct symtab {
	struct sym *syms; /* in file order */
	uint32_t nr, cap;
	struct symtab_place *places; /* in order of address, then of file */
	uint32_t *hash; /* sym index + 1, open addressing; one entry per name */
	uint32_t mask;
	struct symtab_clone *clones;
	uint32_t nr_clones, cap_clones;
	const char **modules;
	uint32_t nr_modules, cap_modules;
	uint64_t vmlinux_start, vmlinux_end; /* first text symbol, last symbol */
	bool hidden; /* every address of the text is 0 */
};

/*
 * only: NULL for all symbols, else names; NULL ends. With it the table has those names and their
 * clones alone. old: a table whose strings are used again, or NULL; chunks: where new ones go, the
 * caller's to free when no table is left. Returns 0, -EINVAL (not one line of kallsyms' form) or
 * -ENOMEM; on success *out is the caller's.
 */
int symtab__parse(const char *text, size_t len, const char *const *only, const struct symtab *old,
		  struct symtab_chunk **chunks, struct symtab **out);
/* NULL is fine, for both. */
void symtab__free(struct symtab *t);
void symtab__free_chunks(struct symtab_chunk *chunks);

/* By name: a vmlinux one goes before those of modules, then the first of the file; or NULL. */
const struct sym *symtab__find(const struct symtab *t, const char *name);
/* The one clone of a function, or NULL. */
const struct sym *symtab__clone(const struct symtab *t, const char *name);
/* The text symbol that an address is in, or NULL. */
const struct sym *symtab__at(const struct symtab *t, uint64_t addr);

#endif
