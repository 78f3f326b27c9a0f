// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/symtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (256u << 10)
/* The last function of a text ends with its page: assume the smallest page size. */
#define TEXT_PAGE 4096ull
/*
 * No function of a module is larger than this. A larger gap lies between regions, or between parts
 * of pseudo modules.
 */
#define MODULE_GAP_MAX (64ull << 10)

/* Strings are never moved or freed before the end, because lookups return pointers to them. */
struct symtab_chunk {
	struct symtab_chunk *next;
	size_t used, size;
	char data[];
};

struct symtab_place {
	uint64_t addr;
	uint32_t sym;
};

struct symtab_clone {
	uint32_t sym;
	uint32_t base_len;
};

/* The wanted names. Most lines already fail the quick test of the first two characters. */
struct wanted {
	const char *const *names;
	bool pair[256];
};

static const char *chunks__add(struct symtab_chunk **chunks, const char *str, size_t len)
{
	struct symtab_chunk *c = *chunks;
	char *at;

	if (!c || c->size - c->used < len + 1) {
		size_t size = len + 1 > CHUNK_SIZE ? len + 1 : CHUNK_SIZE;

		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		c->next = *chunks;
		c->used = 0;
		c->size = size;
		*chunks = c;
	}
	at = c->data + c->used;
	memcpy(at, str, len);
	at[len] = '\0';
	c->used += len + 1;
	return at;
}

void symtab__free_chunks(struct symtab_chunk *c)
{
	while (c) {
		struct symtab_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void symtab__free(struct symtab *t)
{
	if (!t)
		return;
	free(t->syms);
	free(t->places);
	free(t->hash);
	free(t->clones);
	free(t->modules);
	free(t);
}

static uint32_t hash_name(const char *name, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3ull;
	return (uint32_t)(h ^ (h >> 32));
}

/* The bucket of the name, or the empty bucket where it belongs. */
static uint32_t *table__bucket(const struct symtab *t, const char *name, size_t len)
{
	uint32_t at = hash_name(name, len) & t->mask;

	while (t->hash[at]) {
		const char *have = t->syms[t->hash[at] - 1].name;

		if (!strncmp(have, name, len) && !have[len])
			break;
		at = (at + 1) & t->mask;
	}
	return &t->hash[at];
}

const struct sym *symtab__find(const struct symtab *t, const char *name)
{
	uint32_t idx = *table__bucket(t, name, strlen(name));

	return idx ? &t->syms[idx - 1] : NULL;
}

/* Length of the name before a valid chain of clone suffixes; 0 if there is no such chain. */
static size_t clone_base_len(const char *name)
{
	static const char *const tags[] = { "isra", "constprop", "part", "llvm", "lto_priv" };
	const char *dot = strchr(name, '.');
	const char *p = dot;

	if (!dot)
		return 0;
	while (*p) {
		size_t len = 0;

		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]) && !len; i++) {
			size_t n = strlen(tags[i]);

			if (!strncmp(p + 1, tags[i], n) && p[1 + n] == '.')
				len = n;
		}
		if (!len)
			return 0;
		p += 1 + len + 1;
		len = strspn(p, "0123456789");
		if (!len || (p[len] && p[len] != '.'))
			return 0;
		p += len;
	}
	return (size_t)(dot - name);
}

static int table__add_clone(struct symtab *t, uint32_t sym, size_t base_len)
{
	if (t->nr_clones == t->cap_clones) {
		uint32_t cap = t->cap_clones ? t->cap_clones * 2 : 1024;
		struct symtab_clone *clones = realloc(t->clones, cap * sizeof(*clones));

		if (!clones)
			return -ENOMEM;
		t->clones = clones;
		t->cap_clones = cap;
	}
	t->clones[t->nr_clones++] =
		(struct symtab_clone){ .sym = sym, .base_len = (uint32_t)base_len };
	return 0;
}

/* Index of a module's name. The symbols of a module are adjacent: try the newest module first. */
static int table__module(struct symtab *t, const struct symtab *old, struct symtab_chunk **chunks,
			 const char *name, size_t len, uint32_t *out)
{
	const char *str = NULL;

	for (uint32_t i = t->nr_modules; i > 1; i--) {
		if (!strncmp(t->modules[i - 1], name, len) && !t->modules[i - 1][len]) {
			*out = i - 1;
			return 0;
		}
	}
	if (t->nr_modules == t->cap_modules) {
		uint32_t cap = t->cap_modules ? t->cap_modules * 2 : 64;
		const char **modules = realloc(t->modules, cap * sizeof(*modules));

		if (!modules)
			return -ENOMEM;
		t->modules = modules;
		t->cap_modules = cap;
		if (!t->nr_modules)
			t->modules[t->nr_modules++] = NULL; /* vmlinux has no name */
	}
	for (uint32_t i = 1; old && i < old->nr_modules && !str; i++) {
		if (!strncmp(old->modules[i], name, len) && !old->modules[i][len])
			str = old->modules[i];
	}
	if (!str)
		str = chunks__add(chunks, name, len);
	if (!str)
		return -ENOMEM;
	*out = t->nr_modules;
	t->modules[t->nr_modules++] = str;
	return 0;
}

static bool is_text(char type, const char *name)
{
	if (type != 't' && type != 'T' && type != 'w' && type != 'W')
		return false;
	/* these mark the end of text: code behind them does not belong to them */
	return strcmp(name, "_etext") && strcmp(name, "_einittext");
}

/* The first two characters of a name, as one small number. */
static uint8_t pair(const char *name)
{
	return (uint8_t)(name[0] * 7 + (name[0] ? name[1] : 0));
}

static void wanted__init(struct wanted *w, const char *const *names)
{
	memset(w, 0, sizeof(*w));
	w->names = names;
	for (; names && *names; names++)
		w->pair[pair(*names)] = true;
}

/* A name of the list, or a clone of it: the name and then a dot. */
static bool wanted__has(const struct wanted *w, const char *name, size_t len)
{
	if (!w->names)
		return true;
	if (len < 2 || !w->pair[pair(name)])
		return false;
	for (const char *const *n = w->names; *n; n++) {
		size_t have = strlen(*n);

		if (have <= len && !memcmp(name, *n, have) && (have == len || name[have] == '.'))
			return true;
	}
	return false;
}

/* A string of the old table is used again, because repeated reading must not need more memory. */
static const char *keep_name(const struct symtab *old, struct symtab_chunk **chunks,
			     const char *name, size_t len)
{
	uint32_t idx = old ? *table__bucket(old, name, len) : 0;

	return idx ? old->syms[idx - 1].name : chunks__add(chunks, name, len);
}

static int table__add(struct symtab *t, const struct symtab *old, struct symtab_chunk **chunks,
		      uint64_t addr, char type, const char *name, size_t len, const char *module,
		      size_t module_len)
{
	struct sym sym = { .addr = addr };
	size_t base_len;
	int err;

	if (t->nr == t->cap) {
		uint32_t cap = t->cap ? t->cap * 2 : 64;
		struct sym *syms;

		if (cap > UINT32_MAX / 4)
			return -ENOMEM;
		syms = realloc(t->syms, cap * sizeof(*syms));
		if (!syms)
			return -ENOMEM;
		t->syms = syms;
		t->cap = cap;
	}
	sym.name = keep_name(old, chunks, name, len);
	if (!sym.name)
		return -ENOMEM;
	if (module) {
		err = table__module(t, old, chunks, module, module_len, &sym.module);
		if (err)
			return err;
	}
	sym.text = is_text(type, sym.name);
	base_len = sym.text ? clone_base_len(sym.name) : 0;
	if (base_len) {
		err = table__add_clone(t, t->nr, base_len);
		if (err)
			return err;
	}
	t->syms[t->nr++] = sym;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Parses one line without its newline. Returns 0, 1 (another form, skipped) or a negative errno. */
static int table__parse_line(struct symtab *t, const struct wanted *w, const struct symtab *old,
			     struct symtab_chunk **chunks, const char *p, const char *end)
{
	const char *name, *name_end, *module = NULL;
	size_t module_len = 0;
	uint64_t addr = 0;
	int digits = 0;
	char type;

	for (int d; p < end && (d = hex_digit(*p)) >= 0; p++, digits++)
		addr = addr << 4 | (uint64_t)d;
	if (!digits || digits > 16 || end - p < 4 || p[0] != ' ' || p[2] != ' ')
		return 1;
	if (addr)
		t->hidden = false;
	type = p[1];
	name = p + 3;
	/* "$x" and similar names are marks for disassemblers in modules of arm and riscv */
	if (*name == '$')
		return 1;
	if (w->names && (end - name < 2 || !w->pair[pair(name)]))
		return 0;
	for (name_end = name; name_end < end && *name_end != '\t' && *name_end != ' '; name_end++)
		;
	/* a name with a NUL in it could not be found by its length */
	if (name_end == name || memchr(name, '\0', (size_t)(end - name)))
		return 1;
	if (!wanted__has(w, name, (size_t)(name_end - name)))
		return 0;
	if (end - name_end > 3 && name_end[1] == '[' && end[-1] == ']') {
		module = name_end + 2;
		module_len = (size_t)(end - 1 - module);
	}
	return table__add(t, old, chunks, addr, type, name, (size_t)(name_end - name), module,
			  module_len);
}

static int place_cmp(const void *a, const void *b)
{
	const struct symtab_place *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->sym > y->sym) - (x->sym < y->sym);
}

/* vmlinux symbols are sorted already. Sort only the rest, the modules, then merge. */
static int table__sort(struct symtab *t)
{
	struct symtab_place *in, *out;
	uint32_t sorted = t->nr ? 1 : 0, i, j, n = 0;

	in = malloc((t->nr ? t->nr : 1) * sizeof(*in));
	if (!in)
		return -ENOMEM;
	for (i = 0; i < t->nr; i++)
		in[i] = (struct symtab_place){ .addr = t->syms[i].addr, .sym = i };
	while (sorted < t->nr && place_cmp(&in[sorted - 1], &in[sorted]) < 0)
		sorted++;
	if (sorted == t->nr) {
		t->places = in;
		return 0;
	}
	out = malloc(t->nr * sizeof(*out));
	if (!out) {
		free(in);
		return -ENOMEM;
	}
	qsort(in + sorted, t->nr - sorted, sizeof(*in), place_cmp);
	for (i = 0, j = sorted; i < sorted || j < t->nr;) {
		if (j == t->nr || (i < sorted && place_cmp(&in[i], &in[j]) < 0))
			out[n++] = in[i++];
		else
			out[n++] = in[j++];
	}
	free(in);
	t->places = out;
	return 0;
}

/* Frees unused room: up to half of the array. */
static void table__trim(struct symtab *t)
{
	struct sym *syms = realloc(t->syms, (t->nr ? t->nr : 1) * sizeof(*syms));

	if (!syms)
		return;
	t->syms = syms;
	t->cap = t->nr;
}

/* One bucket per name, for the symbol that comes first: see symtab__find(). */
static int table__index(struct symtab *t)
{
	size_t buckets = 16;

	while (buckets < (size_t)t->nr * 2)
		buckets *= 2;
	t->mask = (uint32_t)(buckets - 1);
	t->hash = calloc(buckets, sizeof(*t->hash));
	if (!t->hash)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct sym *sym = &t->syms[i];
		uint32_t *bucket = table__bucket(t, sym->name, strlen(sym->name));

		if (!*bucket || (!sym->module && t->syms[*bucket - 1].module))
			*bucket = i + 1;
	}
	return 0;
}

static void table__measure(struct symtab *t)
{
	t->vmlinux_start = UINT64_MAX;
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct sym *sym = &t->syms[i];

		if (sym->module)
			continue;
		if (sym->text && sym->addr < t->vmlinux_start)
			t->vmlinux_start = sym->addr;
		if (sym->addr > t->vmlinux_end)
			t->vmlinux_end = sym->addr;
	}
}

int symtab__parse(const char *text, size_t len, const char *const *only, const struct symtab *old,
		  struct symtab_chunk **chunks, struct symtab **out)
{
	struct symtab *t = calloc(1, sizeof(*t));
	bool any = false;
	struct wanted w;
	int err;

	if (!t)
		return -ENOMEM;
	t->hidden = true;
	wanted__init(&w, only);
	for (const char *p = text, *end = text + len; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		if (!eol)
			eol = end;
		err = table__parse_line(t, &w, old, chunks, p, eol);
		if (err < 0)
			goto err_out;
		any = any || !err;
		p = eol + 1;
	}
	err = -EINVAL;
	if (!any)
		goto err_out;
	table__trim(t);
	err = table__sort(t);
	if (!err)
		err = table__index(t);
	if (err)
		goto err_out;
	table__measure(t);
	*out = t;
	return 0;
err_out:
	symtab__free(t);
	return err;
}

const struct sym *symtab__clone(const struct symtab *t, const char *name)
{
	const struct sym *found = NULL;
	size_t len = strlen(name);

	for (uint32_t i = 0; i < t->nr_clones; i++) {
		const struct sym *sym = &t->syms[t->clones[i].sym];

		if (t->clones[i].base_len != len || memcmp(sym->name, name, len))
			continue;
		if (found && (t->hidden || sym->addr != found->addr))
			return NULL;
		if (!found)
			found = sym;
	}
	return found;
}

/* The first place above addr. */
static uint32_t place_above(const struct symtab *t, uint64_t addr)
{
	uint32_t lo = 0, hi = t->nr;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->places[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Does the symbol of this module, which begins at start, end where the symbol of place i begins? */
static bool ends_at(const struct symtab *t, uint32_t i, uint32_t module, uint64_t start)
{
	return i < t->nr && t->syms[t->places[i].sym].module == module &&
	       (!module || t->places[i].addr - start <= MODULE_GAP_MAX);
}

const struct sym *symtab__at(const struct symtab *t, uint64_t addr)
{
	uint32_t next = place_above(t, addr);
	const struct sym *sym = NULL;
	uint64_t start;

	if (!next)
		return NULL;
	start = t->places[next - 1].addr;
	for (uint32_t i = next; i && t->places[i - 1].addr == start; i--) {
		const struct sym *alias = &t->syms[t->places[i - 1].sym];

		if (alias->text)
			sym = alias;
	}
	if (!sym || ends_at(t, next, sym->module, start))
		return sym;
	return addr <= (start | (TEXT_PAGE - 1)) ? sym : NULL;
}

uint64_t symtab__end(const struct symtab *t, uint64_t addr)
{
	const struct sym *sym = symtab__at(t, addr);
	uint32_t next = place_above(t, addr);

	if (sym && ends_at(t, next, sym->module, sym->addr))
		return t->places[next].addr;
	return (addr | (TEXT_PAGE - 1)) + 1;
}
