// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/lines.h"

#include <errno.h>
#include <stdio.h>

#ifndef HAVE_LIBDW

int lines__open(const char *root, const char *const *files, size_t nr, struct symbols *symbols,
		struct lines **out, char *why, size_t len)
{
	(void)root;
	(void)files;
	(void)nr;
	(void)symbols;
	(void)out;
	snprintf(why, len, "this pgmapref was built without libdw, which reads DWARF");
	return -ENOTSUP;
}

void lines__close(struct lines *l)
{
	(void)l;
}

int lines__at(struct lines *l, uint64_t ip, char *buf, size_t len)
{
	(void)l;
	(void)ip;
	(void)buf;
	(void)len;
	return -ENOENT;
}

#else

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/file.h"
#include "kernel/symbols.h"

#define KERNEL "vmlinux"
/* The first byte of the kernel's code: a symbol of kallsyms and of vmlinux. */
#define KERNEL_START "_stext"
#define NOTES_MAX (1 << 16) /* bytes of a file of notes in sysfs; they have some hundreds */

struct build_id {
	unsigned char bytes[64];
	size_t len; /* 0: there is none */
};

/* vmlinux or a module */
struct object {
	char *name; /* KERNEL, or the module's */
	char *path; /* NULL: to be searched */
	Dwfl *dwfl;
	Dwfl_Module *module; /* NULL: there are no lines */
	uint64_t bias; /* where it runs less where its file says that it would; 0 for modules */
	struct build_id id; /* of what ran when it was opened */
	uint64_t start; /* of a module: where its code was then */
	const char *root; /* as in struct lines */
	bool tried;
	struct object *next;
};

struct lines {
	const char *root;
	struct object *objects;
	struct symbols *symbols;
};

/* ---- build IDs */

/* Finds the build ID among the ELF notes of a file of sysfs (elf(5), Nhdr). */
static void parse_notes(const char *notes, size_t len, struct build_id *id)
{
	Elf64_Nhdr n;

	id->len = 0;
	for (size_t at = 0; at + sizeof(n) <= len;) {
		size_t name, desc;

		memcpy(&n, notes + at, sizeof(n));
		name = at + sizeof(n);
		desc = name + (((size_t)n.n_namesz + 3) & ~(size_t)3);
		if (desc > len || n.n_descsz > len - desc)
			return;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(notes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) &&
		    n.n_descsz <= sizeof(id->bytes)) {
			memcpy(id->bytes, notes + desc, n.n_descsz);
			id->len = n.n_descsz;
			return;
		}
		at = desc + (((size_t)n.n_descsz + 3) & ~(size_t)3);
	}
}

/* The build ID of what runs. */
static void running_id(const struct object *o, struct build_id *id)
{
	char path[320], *notes;
	size_t len;

	id->len = 0;
	if (!strcmp(o->name, KERNEL))
		snprintf(path, sizeof(path), "%s/sys/kernel/notes", o->root);
	else
		snprintf(path, sizeof(path), "%s/sys/module/%s/notes/.note.gnu.build-id", o->root,
			 o->name);
	if (file__read(path, NOTES_MAX, &notes, &len))
		return;
	parse_notes(notes, len, id);
	free(notes);
}

static bool is_same(const struct build_id *a, const struct build_id *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* Returns 0, or -EINVAL: the object's file is of another build than what runs. */
static int check_id(const struct object *o, char *why, size_t len)
{
	const unsigned char *bits;
	const char *file = NULL;
	struct build_id found;
	GElf_Addr addr;
	int n = dwfl_module_build_id(o->module, &bits, &addr);

	found.len = n > 0 && (size_t)n <= sizeof(found.bytes) ? n : 0;
	if (found.len)
		memcpy(found.bytes, bits, found.len);
	if (found.len && is_same(&found, &o->id))
		return 0;
	dwfl_module_info(o->module, NULL, NULL, NULL, NULL, NULL, &file, NULL);
	snprintf(why, len, "%s: of another build than the %s that runs: %s",
		 o->path ? o->path :
		 file	 ? file :
			   o->name,
		 strcmp(o->name, KERNEL) ? o->name : "kernel",
		 !found.len ? "it has no build ID" :
		 !o->id.len ? "what runs has no build ID" :
			      "the build IDs differ (eu-readelf -n)");
	return -EINVAL;
}

/* ---- files */

/* dwfl's callback: opens the file of a module. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **path, Elf **elf)
{
	const struct object *o = *userdata;

	if (!o->path)
		return dwfl_linux_kernel_find_elf(module, userdata, name, base, path, elf);
	*path = strdup(o->path);
	return *path ? open(o->path, O_RDONLY | O_CLOEXEC) : -1;
}

/* Where a section of a module is. False: it is not in memory, or the module is not. */
static bool find_section(const struct object *o, const char *section, uint64_t *addr)
{
	char path[400], text[32];
	unsigned long long at;

	snprintf(path, sizeof(path), "%s/sys/module/%s/sections/%s", o->root, o->name, section);
	if (file__read_head(AT_FDCWD, path, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%llx", &at) != 1)
		return false;
	*addr = at;
	return true;
}

/*
 * dwfl's callback. Its own one, dwfl_linux_kernel_module_section_address(), fails where a section is
 * not in sysfs: the kernel frees some.
 */
static int section_address(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			   const char *section, GElf_Word index, const GElf_Shdr *header,
			   Dwarf_Addr *addr)
{
	uint64_t at;

	(void)module, (void)name, (void)base, (void)index, (void)header;
	*addr = find_section(*userdata, section, &at) ? at : (Dwarf_Addr)-1;
	return 0;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = section_address,
};

/* How far the kernel was moved from where it was linked to run (KASLR). */
static bool find_bias(const struct lines *l, struct object *o)
{
	uint64_t start = symbols__addr(l->symbols, KERNEL_START);
	int n = dwfl_module_getsymtab(o->module);

	for (int i = 0; start && i < n; i++) {
		GElf_Sym sym;
		const char *name = dwfl_module_getsym(o->module, i, &sym, NULL);

		if (name && !strcmp(name, KERNEL_START)) {
			o->bias = start - sym.st_value;
			return true;
		}
	}
	return false;
}

static void end_dwfl(struct object *o)
{
	if (o->dwfl)
		dwfl_end(o->dwfl);
	o->dwfl = NULL;
	o->module = NULL;
}

/* Opens the object's file. On error o->module is NULL. */
static int open_object(struct lines *l, struct object *o, char *why, size_t len)
{
	bool kernel = !strcmp(o->name, KERNEL);
	const char *file = o->path ? o->path : o->name;
	Dwarf_Addr bias;
	void **userdata;
	int err;

	o->tried = true;
	running_id(o, &o->id);
	if (!kernel && !find_section(o, ".text", &o->start))
		return -ENOENT; /* it is not loaded now */
	o->dwfl = dwfl_begin(&callbacks);
	if (!o->dwfl)
		return -ENOMEM;
	dwfl_report_begin(o->dwfl);
	o->module = kernel ? dwfl_report_elf(o->dwfl, o->name, o->path, -1, 0, true) :
			     dwfl_report_module(o->dwfl, o->name, o->start, o->start + 1);
	dwfl_report_end(o->dwfl, NULL, NULL);
	err = -EINVAL;
	if (!o->module) {
		snprintf(why, len, "%s: %s", file, dwfl_errmsg(-1));
		goto err_out;
	}
	dwfl_module_info(o->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = o;
	if (!dwfl_module_getelf(o->module, &bias)) {
		snprintf(why, len, "%s: %s", file, dwfl_errmsg(-1));
		goto err_out;
	}
	err = check_id(o, why, len);
	if (err)
		goto err_out;
	err = -EINVAL;
	if (!dwfl_module_getdwarf(o->module, &bias)) {
		snprintf(why, len, "%s: no DWARF in it: %s", file, dwfl_errmsg(-1));
		goto err_out;
	}
	if (kernel && !find_bias(l, o)) {
		snprintf(why, len,
			 "%s: kallsyms does not tell where " KERNEL_START " is "
			 "(kernel.kptr_restrict?)",
			 file);
		err = -EPERM;
		goto err_out;
	}
	return 0;
err_out:
	end_dwfl(o);
	return err;
}

static void free_object(struct object *o)
{
	end_dwfl(o);
	free(o->name);
	free(o->path);
	free(o);
}

static struct object *add(struct lines *l, const char *name, const char *path)
{
	struct object *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->root = l->root;
	o->name = strdup(name);
	o->path = path ? strdup(path) : NULL;
	if (!o->name || (path && !o->path)) {
		free_object(o);
		return NULL;
	}
	o->next = l->objects;
	l->objects = o;
	return o;
}

static struct object *find(struct lines *l, const char *name)
{
	struct object *o = l->objects;

	while (o && strcmp(o->name, name))
		o = o->next;
	return o;
}

/*
 * The name of the module whose file this is, as the kernel writes it: "nd_pmem" for nd-pmem.ko.xz
 * (scripts/Makefile.lib, 6.1 to 7.3). False: it is no module's.
 */
static bool module_name(const char *path, char *name, size_t len)
{
	const char *file = strrchr(path, '/'), *end;

	file = file ? file + 1 : path;
	end = strstr(file, ".ko");
	if (!end || end == file || (end[3] && end[3] != '.') || (size_t)(end - file) >= len)
		return false;
	snprintf(name, len, "%.*s", (int)(end - file), file);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return true;
}

static int add_file(struct lines *l, const char *path, char *why, size_t len)
{
	char name[64] = KERNEL;
	struct object *o;
	int err;

	if (access(path, R_OK)) {
		err = -errno;
		snprintf(why, len, "%s: %s", path, strerror(-err));
		return err;
	}
	module_name(path, name, sizeof(name));
	o = add(l, name, path);
	if (!o)
		return -ENOMEM;
	err = open_object(l, o, why, len);
	if (err != -ENOENT)
		return err;
	o->tried = false; /* the module may be loaded later */
	return 0;
}

/* Where distributions put the vmlinux of a release that has DWARF: Debian, Fedora, own builds. */
static const char *const usual[] = {
	"/usr/lib/debug/boot/vmlinux-%s",
	"/usr/lib/debug/lib/modules/%s/vmlinux",
	"/lib/modules/%s/vmlinux",
	"/lib/modules/%s/build/vmlinux",
	"/boot/vmlinux-%s",
};

static int search_kernel(struct lines *l, char *why, size_t len)
{
	char path[512], reason[512] = "";
	struct object *o;
	struct utsname u;

	if (uname(&u))
		strcpy(u.release, "this kernel");
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		snprintf(path, sizeof(path), usual[i], u.release);
		if (access(path, R_OK))
			continue;
		if (!add_file(l, path, reason, sizeof(reason)))
			return 0;
		/* The next one may have it. */
		o = find(l, KERNEL);
		if (o) {
			l->objects = o->next; /* add_file() has put it there */
			free_object(o);
		}
	}
	if (reason[0])
		snprintf(why, len, "lines of modules only: %s", reason);
	else
		snprintf(why, len,
			 "no vmlinux of %s with DWARF here: lines of modules only; install the "
			 "kernel's debug package, or name the file",
			 u.release);
	return -ENOENT;
}

int lines__open(const char *root, const char *const *files, size_t nr, struct symbols *symbols,
		struct lines **out, char *why, size_t len)
{
	struct lines *l = calloc(1, sizeof(*l));
	int err = 0;

	snprintf(why, len, "no memory for lines of source");
	if (!l)
		return -ENOMEM;
	/* libdw would ask servers on the network, while a report is printed. */
	unsetenv("DEBUGINFOD_URLS");
	l->symbols = symbols;
	l->root = root ? root : "";
	for (size_t i = 0; !err && i < nr; i++)
		err = add_file(l, files[i], why, len);
	if (err) {
		lines__close(l);
		return err;
	}
	if (!find(l, KERNEL))
		err = search_kernel(l, why, len);
	else
		why[0] = '\0';
	*out = l;
	return err;
}

void lines__close(struct lines *l)
{
	struct object *o;

	while (l && (o = l->objects)) {
		l->objects = o->next;
		free_object(o);
	}
	free(l);
}

/* ---- lines */

/* The path without the folder in which the compiler ran. */
static const char *shorten(const char *path, const char *folder)
{
	size_t n = folder ? strlen(folder) : 0;

	if (n && !strncmp(path, folder, n) && path[n] == '/')
		path += n + 1;
	while (!strncmp(path, "./", 2))
		path += 2;
	return path;
}

/*
 * The line of the function into which the code at addr was inlined, over all levels. False: it is not
 * inlined.
 */
static bool find_caller(Dwfl_Module *module, uint64_t addr, const char **path, unsigned int *line)
{
	Dwarf_Word file = 0, number = 0;
	Dwarf_Attribute attribute;
	bool found = false;
	Dwarf_Die *scopes;
	Dwarf_Files *files;
	Dwarf_Addr bias;
	Dwarf_Die *cu = dwfl_module_addrdie(module, addr, &bias);
	int n = cu ? dwarf_getscopes(cu, addr - bias, &scopes) : 0;

	for (int i = 0; i < n && dwarf_tag(&scopes[i]) != DW_TAG_subprogram; i++) {
		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
			continue;
		found = dwarf_attr(&scopes[i], DW_AT_call_file, &attribute) &&
			!dwarf_formudata(&attribute, &file) &&
			dwarf_attr(&scopes[i], DW_AT_call_line, &attribute) &&
			!dwarf_formudata(&attribute, &number);
	}
	if (n > 0)
		free(scopes);
	if (!found || dwarf_getsrcfiles(cu, &files, NULL))
		return false;
	*path = dwarf_filesrc(files, file, NULL, NULL);
	*line = number;
	return *path;
}

/* Was the module loaded again since it was opened, from another file or to another place? */
static bool is_reloaded(const struct object *o)
{
	struct build_id now;
	uint64_t start = 0;

	running_id(o, &now);
	return !is_same(&now, &o->id) || !find_section(o, ".text", &start) || start != o->start;
}

int lines__at(struct lines *l, uint64_t ip, char *buf, size_t len)
{
	const char *name, *module, *path, *folder, *caller;
	unsigned int caller_line;
	struct object *o;
	Dwfl_Line *line;
	int number, n;
	uint64_t off;

	/* ip follows the call: with a call at its end it lies behind the function. */
	ip--;
	if (symbols__name(l->symbols, ip, &name, &module, &off))
		return -ENOENT;
	o = find(l, module ? module : KERNEL);
	if (!o && module)
		o = add(l, module, NULL);
	if (!o)
		return -ENOENT;
	if (o->tried && module && is_reloaded(o)) {
		end_dwfl(o);
		o->tried = false;
	}
	if (!o->tried) {
		char why[512];

		open_object(l, o, why, sizeof(why));
	}
	if (!o->module)
		return -ENOENT;
	line = dwfl_module_getsrc(o->module, ip - o->bias);
	path = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!path)
		return -ENOENT;
	folder = dwfl_line_comp_dir(line);
	n = snprintf(buf, len, "%s:%d", shorten(path, folder), number);
	if (n > 0 && (size_t)n < len && find_caller(o->module, ip - o->bias, &caller, &caller_line))
		snprintf(buf + n, len - n, ", inlined at %s:%u", shorten(caller, folder),
			 caller_line);
	return 0;
}

#endif
