// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/file.h"
#include "kernel/symtab.h"

#define DEFAULT_PATH "/proc/kallsyms"
#define RELOAD_PERIOD_NS NSEC_PER_SEC
/* If reading is slow (0.1 s natively, seconds in an emulated guest): a 16th of the time. */
#define RELOAD_PERIOD_SHARE 16
#define KERNEL_HALF (1ull << 63)

struct symbols {
	char *path;
	struct symtab *table;
	struct symtab_chunk *chunks;
	/* While the table has only the names of `first`: these names, and the text of the file. */
	const char *const *first;
	char *text;
	size_t len;
	uint64_t next_reload_ns; /* no reload before this time */
	bool system; /* path is the file of the running kernel */
	uint64_t modules; /* modules_fingerprint() when the table was read */
};

/*
 * Fingerprint of the loaded modules: names and addresses in /proc/modules, FNV-1a. It tells whether
 * an unknown address may belong to a new module. The address may also belong to a BPF image, which
 * lies in module space too. Reading kallsyms for it would be useless, and takes a second on a slow
 * machine.
 */
static uint64_t modules_fingerprint(void)
{
	uint64_t hash = 0xcbf29ce484222325ull;
	FILE *f = fopen("/proc/modules", "re");
	char name[64], addr[32];

	while (f && fscanf(f, "%63s %*s %*s %*s %*s %31s%*[^\n]", name, addr) == 2) {
		for (const char *c = name; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3ull;
		for (const char *c = addr; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3ull;
	}
	if (f)
		fclose(f);
	return hash;
}

int symbols__load(const char *path, const char *const *first, struct symbols **out)
{
	struct symbols *s;
	int err = -ENOMEM;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->path = strdup(path ? path : DEFAULT_PATH);
	if (!s->path)
		goto err_out;
	s->system = !path;
	s->modules = s->system ? modules_fingerprint() : 0;
	s->first = first;
	err = file__read(s->path, SIZE_MAX, &s->text, &s->len);
	if (!err)
		err = symtab__parse(s->text, s->len, first, NULL, &s->chunks, &s->table);
	if (err)
		goto err_out;
	if (!first) {
		free(s->text);
		s->text = NULL;
	}
	*out = s;
	return 0;
err_out:
	symbols__free(s);
	return err;
}

int symbols__index(struct symbols *s)
{
	struct symtab *t;
	int err;

	if (!s->text)
		return 0;
	err = symtab__parse(s->text, s->len, NULL, s->table, &s->chunks, &t);
	if (err)
		return err;
	symtab__free(s->table);
	s->table = t;
	free(s->text);
	s->text = NULL;
	return 0;
}

/* The table to search for a name. Indexes everything first, unless the name is in `first`. */
static const struct symtab *table_for(struct symbols *s, const char *name)
{
	if (s->text) {
		for (const char *const *n = s->first; *n; n++)
			if (!strcmp(*n, name))
				return s->table;
		symbols__index(s);
	}
	return s->table;
}

void symbols__free(struct symbols *s)
{
	if (!s)
		return;
	symtab__free(s->table);
	symtab__free_chunks(s->chunks);
	free(s->text);
	free(s->path);
	free(s);
}

int symbols__reload(struct symbols *s)
{
	uint64_t modules = s->system ? modules_fingerprint() : 0;
	uint64_t start = clock__now(), took;
	struct symtab *t = NULL;
	char *text = NULL;
	size_t len;
	int err;

	err = file__read(s->path, SIZE_MAX, &text, &len);
	if (!err)
		err = symtab__parse(text, len, NULL, s->table, &s->chunks, &t);
	free(text);
	took = clock__now() - start;
	s->next_reload_ns = start + (took * RELOAD_PERIOD_SHARE > RELOAD_PERIOD_NS ?
					     took * RELOAD_PERIOD_SHARE :
					     RELOAD_PERIOD_NS);
	if (err)
		return err;
	if (t->hidden && !s->table->hidden) {
		symtab__free(t);
		return -EPERM;
	}
	symtab__free(s->table);
	s->table = t;
	free(s->text);
	s->text = NULL;
	s->modules = modules;
	return 0;
}

bool symbols__hidden(const struct symbols *s)
{
	return s->table->hidden;
}

uint64_t symbols__addr(struct symbols *s, const char *name)
{
	const struct sym *sym = symtab__find(table_for(s, name), name);

	return sym ? sym->addr : 0;
}

static const struct sym *starts_at(const struct symtab *t, uint64_t addr)
{
	for (uint32_t i = 0; addr && i < t->nr; i++)
		if (t->syms[i].addr == addr)
			return &t->syms[i];
	return NULL;
}

const char *symbols__at(struct symbols *s, uint64_t addr)
{
	const struct sym *sym = symbols__index(s) ? NULL : starts_at(s->table, addr);

	return sym ? sym->name : NULL;
}

bool symbols__has(struct symbols *s, const char *name)
{
	return symtab__find(table_for(s, name), name);
}

const char *symbols__suffixed(struct symbols *s, const char *name)
{
	const struct sym *sym = symtab__clone(table_for(s, name), name);

	return sym ? sym->name : NULL;
}

/* Can reading the file again show something new? Checked once in RELOAD_PERIOD_NS. */
static bool is_stale(struct symbols *s)
{
	if (!s->system || modules_fingerprint() != s->modules)
		return true;
	s->next_reload_ns = clock__now() + RELOAD_PERIOD_NS;
	return false;
}

/* For an address that the table does not know: true if the file was read again. */
static bool read_again(struct symbols *s, uint64_t addr)
{
	return addr >= KERNEL_HALF &&
	       (addr < s->table->vmlinux_start || addr > s->table->vmlinux_end) &&
	       clock__now() >= s->next_reload_ns && is_stale(s) && !symbols__reload(s);
}

/* Searches for an address. If it is not found, reads the file again and tries once more. */
static int look_up(struct symbols *s, uint64_t addr,
		   const struct sym *(*search)(const struct symtab *t, uint64_t addr),
		   const struct sym **sym, const char **name, const char **module)
{
	int err;

	if (s->table->hidden)
		return -EPERM;
	err = symbols__index(s);
	if (err)
		return err;
	*sym = search(s->table, addr);
	if (!*sym && read_again(s, addr))
		*sym = search(s->table, addr);
	if (!*sym)
		return -ENOENT;
	if (name)
		*name = (*sym)->name;
	if (module)
		*module = (*sym)->module ? s->table->modules[(*sym)->module] : NULL;
	return 0;
}

int symbols__object(struct symbols *s, uint64_t addr, const char **name, const char **module)
{
	const struct sym *sym;

	return look_up(s, addr, starts_at, &sym, name, module);
}

int symbols__name(struct symbols *s, uint64_t addr, const char **name, const char **module,
		  uint64_t *off)
{
	const struct sym *sym;
	int err = look_up(s, addr, symtab__at, &sym, name, module);

	if (!err && off)
		*off = addr - sym->addr;
	return err;
}

static int format(struct symbols *s, uint64_t addr, bool sized, char *buf, size_t len)
{
	const char *name, *module;
	char size[24] = "";
	uint64_t off;

	if (symbols__name(s, addr, &name, &module, &off))
		return snprintf(buf, len, "0x%016" PRIx64, addr);
	if (sized)
		snprintf(size, sizeof(size), "/0x%" PRIx64,
			 symtab__end(s->table, addr) - (addr - off));
	return snprintf(buf, len, "%s+0x%" PRIx64 "%s%s%s%s", name, off, size, module ? " [" : "",
			module ? module : "", module ? "]" : "");
}

int symbols__format(struct symbols *s, uint64_t addr, char *buf, size_t len)
{
	return format(s, addr, false, buf, len);
}

int symbols__format_sized(struct symbols *s, uint64_t addr, char *buf, size_t len)
{
	return format(s, addr, true, buf, len);
}
