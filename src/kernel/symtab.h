/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table that symbols.c makes from the text of kallsyms. symbols.h explains the fields. For
 * symbols.c only.
 */
#ifndef PGMAPREF_SYMTAB_H
#define PGMAPREF_SYMTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owns the strings of a table and of later tables that replace it. NULL: no strings. */
struct symtab_chunk;

struct sym {
	uint64_t addr;
	const char *name;
	uint32_t module; /* 0: vmlinux, else an index into symtab.modules */
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
	bool hidden; /* every address in the text is 0 */
};

/*
 * Parses kallsyms. only: NULL for all symbols, else a list of names that NULL ends; the table then
 * has only these names and their clones. old: a table whose strings are used again, or NULL.
 * chunks: holds new strings; the caller frees it when no table is left. Returns 0, -EINVAL (no line
 * has the form of kallsyms) or -ENOMEM. On success the caller owns *out.
 */
int symtab__parse(const char *text, size_t len, const char *const *only, const struct symtab *old,
		  struct symtab_chunk **chunks, struct symtab **out);
/* Both accept NULL. */
void symtab__free(struct symtab *t);
void symtab__free_chunks(struct symtab_chunk *chunks);

/*
 * Finds a symbol by name. A vmlinux symbol comes before symbols of modules, then the first in the
 * file. NULL if there is none.
 */
const struct sym *symtab__find(const struct symtab *t, const char *name);
/* The only clone of a function, or NULL: see symbols__suffixed(). */
const struct sym *symtab__clone(const struct symtab *t, const char *name);
/* The text symbol that contains an address, or NULL. */
const struct sym *symtab__at(const struct symtab *t, uint64_t addr);
/* Where the text symbol at `addr` ends: the next symbol of its module, or the end of its page. */
uint64_t symtab__end(const struct symtab *t, uint64_t addr);

#endif
