// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_PATH "/proc/kallsyms"
#define CHUNK_SIZE (256u << 10)
#define FILE_START_SIZE (4u << 20)
#define RELOAD_PERIOD_NS 1000000000ull
/* Where reading takes long (0.1 s natively, seconds in an emulated guest): a 16th of all time. */
#define RELOAD_PERIOD_SHARE 16
/* Text ends on a page of its own, whatever the real page size: never take more than this. */
#define TEXT_PAGE 4096ull
/* No function of a module is larger; a larger gap is between regions or pseudo modules' pieces. */
#define MODULE_GAP_MAX (64ull << 10)
#define KERNEL_HALF (1ull << 63)

/* Strings are never moved or freed before the end: lookups hand out pointers into here. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	char data[];
};

struct sym {
	uint64_t addr;
	const char *name;
	uint32_t module; /* 0 is vmlinux, else an index into table.modules */
	bool text;
};

struct place {
	uint64_t addr;
	uint32_t sym;
};

struct clone {
	uint32_t sym;
	uint32_t base_len;
};

struct table {
	struct sym *syms; /* in file order */
	uint32_t nr;
	struct place *places; /* in order of address, then of file */
	uint32_t *hash; /* sym index + 1, open addressing; one entry per name */
	uint32_t mask;
	struct clone *clones;
	uint32_t nr_clones, cap_clones;
	const char **modules;
	uint32_t nr_modules, cap_modules;
	uint64_t vmlinux_start, vmlinux_end; /* first text symbol, last symbol */
	bool hidden;
};

struct symbols {
	char *path;
	struct table *table;
	struct chunk *chunks;
	uint64_t next_reload_ns; /* none before */
	bool system; /* path is the running kernel's */
	uint64_t modules; /* fingerprint of /proc/modules when the table was read */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static const char *chunks__add(struct chunk **chunks, const char *str, size_t len)
{
	struct chunk *c = *chunks;
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

static void chunks__free(struct chunk *c)
{
	while (c) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

static void table__free(struct table *t)
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

/* The bucket that holds the name, or the empty one where it would go. */
static uint32_t *table__bucket(const struct table *t, const char *name, size_t len)
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

static const struct sym *table__find(const struct table *t, const char *name)
{
	uint32_t idx = *table__bucket(t, name, strlen(name));

	return idx ? &t->syms[idx - 1] : NULL;
}

/* The length of what precedes a well-formed chain of clone suffixes; 0 if there is no chain. */
static size_t clone_base_len(const char *name)
{
	static const char *const tags[] = {"isra", "constprop", "part", "llvm", "lto_priv"};
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

static int table__add_clone(struct table *t, uint32_t sym, size_t base_len)
{
	if (t->nr_clones == t->cap_clones) {
		uint32_t cap = t->cap_clones ? t->cap_clones * 2 : 1024;
		struct clone *clones = realloc(t->clones, cap * sizeof(*clones));

		if (!clones)
			return -ENOMEM;
		t->clones = clones;
		t->cap_clones = cap;
	}
	t->clones[t->nr_clones++] = (struct clone){.sym = sym, .base_len = (uint32_t)base_len};
	return 0;
}

/* Index of a module's name; a module's symbols follow each other, so the newest is tried first. */
static int table__module(struct table *t, const struct table *old, struct chunk **chunks,
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
	/* marks of where text ends: what follows them is not theirs */
	return strcmp(name, "_etext") && strcmp(name, "_einittext");
}

static int table__add(struct table *t, const struct table *old, struct chunk **chunks,
		      uint64_t addr, char type, const char *name, size_t len, const char *module,
		      size_t module_len)
{
	uint32_t *bucket = table__bucket(t, name, len);
	struct sym sym = {.addr = addr};
	size_t base_len;
	int err;

	if (*bucket)
		sym.name = t->syms[*bucket - 1].name;
	else if (old && *table__bucket(old, name, len))
		sym.name = old->syms[*table__bucket(old, name, len) - 1].name;
	else
		sym.name = chunks__add(chunks, name, len);
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
	t->syms[t->nr] = sym;
	if (!*bucket || (!sym.module && t->syms[*bucket - 1].module))
		*bucket = t->nr + 1;
	t->nr++;
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

/* One line without its newline; a line of another form is skipped. */
static int table__parse_line(struct table *t, const struct table *old, struct chunk **chunks,
			     const char *p, const char *end)
{
	const char *name, *name_end, *module = NULL;
	size_t module_len = 0;
	uint64_t addr = 0;
	int digits = 0;
	char type;

	for (int d; p < end && (d = hex_digit(*p)) >= 0; p++, digits++)
		addr = addr << 4 | (uint64_t)d;
	if (!digits || digits > 16 || end - p < 4 || p[0] != ' ' || p[2] != ' ')
		return 0;
	type = p[1];
	name = p + 3;
	for (name_end = name; name_end < end && *name_end != '\t' && *name_end != ' '; name_end++)
		;
	/* "$x" and the like are marks for disassemblers in arm's and riscv's modules */
	if (name_end == name || *name == '$')
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
	const struct place *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->sym > y->sym) - (x->sym < y->sym);
}

/* vmlinux comes sorted, modules do not: sort the rest alone, then merge. */
static int table__sort(struct table *t)
{
	struct place *in, *out;
	uint32_t sorted = t->nr ? 1 : 0, i, j, n = 0;

	in = malloc((t->nr ? t->nr : 1) * sizeof(*in));
	if (!in)
		return -ENOMEM;
	for (i = 0; i < t->nr; i++)
		in[i] = (struct place){.addr = t->syms[i].addr, .sym = i};
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

static void table__measure(struct table *t)
{
	t->hidden = true;
	t->vmlinux_start = UINT64_MAX;
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct sym *sym = &t->syms[i];

		if (sym->addr)
			t->hidden = false;
		if (sym->module)
			continue;
		if (sym->text && sym->addr < t->vmlinux_start)
			t->vmlinux_start = sym->addr;
		if (sym->addr > t->vmlinux_end)
			t->vmlinux_end = sym->addr;
	}
}

static int read_all(const char *path, char **out, size_t *out_len)
{
	size_t len = 0, size = FILE_START_SIZE;
	char *buf = NULL;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	buf = malloc(size);
	err = -ENOMEM;
	if (!buf)
		goto err_out;
	for (;;) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = -errno;
			goto err_out;
		}
		if (!n)
			break;
		len += (size_t)n;
		if (len == size) {
			char *more = realloc(buf, size * 2);

			if (!more)
				goto err_out;
			buf = more;
			size *= 2;
		}
	}
	close(fd);
	*out = buf;
	*out_len = len;
	return 0;
err_out:
	free(buf);
	close(fd);
	return err;
}

static int table__load(const char *path, const struct table *old, struct chunk **chunks,
		       struct table **out)
{
	struct table *t = NULL;
	size_t len = 0, lines = 1, buckets = 16;
	char *buf = NULL;
	int err;

	err = read_all(path, &buf, &len);
	if (err)
		return err;
	for (const char *p = buf; (p = memchr(p, '\n', len - (size_t)(p - buf))); p++)
		lines++;
	err = -EINVAL;
	if (lines > UINT32_MAX / 4)
		goto err_out;
	while (buckets < lines * 2)
		buckets *= 2;

	err = -ENOMEM;
	t = calloc(1, sizeof(*t));
	if (!t)
		goto err_out;
	t->mask = (uint32_t)(buckets - 1);
	t->hash = calloc(buckets, sizeof(*t->hash));
	t->syms = malloc(lines * sizeof(*t->syms));
	if (!t->hash || !t->syms)
		goto err_out;
	for (const char *p = buf, *end = buf + len; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		if (!eol)
			eol = end;
		/* a name with a NUL in it would not be found again by its length */
		if (!memchr(p, '\0', (size_t)(eol - p))) {
			err = table__parse_line(t, old, chunks, p, eol);
			if (err)
				goto err_out;
		}
		p = eol + 1;
	}
	err = -EINVAL;
	if (!t->nr)
		goto err_out;
	err = table__sort(t);
	if (err)
		goto err_out;
	table__measure(t);
	free(buf);
	*out = t;
	return 0;
err_out:
	table__free(t);
	free(buf);
	return err;
}

/*
 * Which modules there are, and where: names and addresses of /proc/modules, FNV-1a. Tells an
 * address of a new module from one of a BPF image, which lies in module space too and for which
 * kallsyms would be read in vain, a second's work on a slow machine.
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

int symbols__load(const char *path, struct symbols **out)
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
	err = table__load(s->path, NULL, &s->chunks, &s->table);
	if (err)
		goto err_out;
	*out = s;
	return 0;
err_out:
	symbols__free(s);
	return err;
}

void symbols__free(struct symbols *s)
{
	if (!s)
		return;
	table__free(s->table);
	chunks__free(s->chunks);
	free(s->path);
	free(s);
}

int symbols__reload(struct symbols *s)
{
	uint64_t modules = s->system ? modules_fingerprint() : 0;
	uint64_t start = now_ns(), took;
	struct table *t;
	int err;

	err = table__load(s->path, s->table, &s->chunks, &t);
	took = now_ns() - start;
	s->next_reload_ns =
		start + (took * RELOAD_PERIOD_SHARE > RELOAD_PERIOD_NS ? took * RELOAD_PERIOD_SHARE
								       : RELOAD_PERIOD_NS);
	if (err)
		return err;
	if (t->hidden && !s->table->hidden) {
		table__free(t);
		return -EPERM;
	}
	table__free(s->table);
	s->table = t;
	s->modules = modules;
	return 0;
}

bool symbols__hidden(const struct symbols *s)
{
	return s->table->hidden;
}

uint64_t symbols__addr(const struct symbols *s, const char *name)
{
	const struct sym *sym = table__find(s->table, name);

	return sym ? sym->addr : 0;
}

const char *symbols__at(const struct symbols *s, uint64_t addr)
{
	const struct table *t = s->table;

	for (uint32_t i = 0; addr && i < t->nr; i++)
		if (t->syms[i].addr == addr)
			return t->syms[i].name;
	return NULL;
}

bool symbols__has(const struct symbols *s, const char *name)
{
	return table__find(s->table, name);
}

const char *symbols__suffixed(const struct symbols *s, const char *name)
{
	const struct table *t = s->table;
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
	return found ? found->name : NULL;
}

static const struct sym *table__at(const struct table *t, uint64_t addr)
{
	uint32_t lo = 0, hi = t->nr, next;
	const struct sym *sym = NULL;
	uint64_t start, end;

	while (lo < hi) { /* the first place beyond addr */
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->places[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	next = lo;
	start = t->places[lo - 1].addr;
	for (uint32_t i = lo; i && t->places[i - 1].addr == start; i--) {
		const struct sym *alias = &t->syms[t->places[i - 1].sym];

		if (alias->text)
			sym = alias;
	}
	if (!sym)
		return NULL;
	if (next < t->nr && t->syms[t->places[next].sym].module == sym->module &&
	    (!sym->module || t->places[next].addr - start <= MODULE_GAP_MAX))
		return sym;
	end = (start | (TEXT_PAGE - 1)); /* inclusive */
	return addr <= end ? sym : NULL;
}

/* May reading the file again show something new? Asked once in RELOAD_PERIOD_NS. */
static bool is_stale(struct symbols *s)
{
	if (!s->system || modules_fingerprint() != s->modules)
		return true;
	s->next_reload_ns = now_ns() + RELOAD_PERIOD_NS;
	return false;
}

int symbols__name(struct symbols *s, uint64_t addr, const char **name, const char **module,
		  uint64_t *off)
{
	const struct sym *sym;

	if (s->table->hidden)
		return -EPERM;
	sym = table__at(s->table, addr);
	if (!sym && addr >= KERNEL_HALF &&
	    (addr < s->table->vmlinux_start || addr > s->table->vmlinux_end) &&
	    now_ns() >= s->next_reload_ns && is_stale(s) && !symbols__reload(s))
		sym = table__at(s->table, addr);
	if (!sym)
		return -ENOENT;
	if (name)
		*name = sym->name;
	if (module)
		*module = sym->module ? s->table->modules[sym->module] : NULL;
	if (off)
		*off = addr - sym->addr;
	return 0;
}

int symbols__format(struct symbols *s, uint64_t addr, char *buf, size_t len)
{
	const char *name, *module;
	uint64_t off;

	if (symbols__name(s, addr, &name, &module, &off))
		return snprintf(buf, len, "0x%016" PRIx64, addr);
	if (module)
		return snprintf(buf, len, "%s+0x%" PRIx64 " [%s]", name, off, module);
	return snprintf(buf, len, "%s+0x%" PRIx64, name, off);
}
