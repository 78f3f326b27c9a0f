/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel symbols, from /proc/kallsyms: name -> address for the attach plan, address -> name for
 * sites and stacks.
 *
 * Facts (kernel/kallsyms.c, s_show()): a line is "ADDRESS TYPE NAME" and, for a module, a tab and
 * "[MODULE]"; vmlinux comes first, in the order of addresses, then modules, then the pseudo
 * modules "[__builtin__ftrace]", "[bpf]" and "[__builtin__kprobes]", which are kept like modules.
 * Without CAP_SYSLOG, or with kptr_restrict=2, every address reads 0. Data symbols are there only
 * with CONFIG_KALLSYMS_ALL. There are no sizes.
 *
 * Every string that these functions hand out lives until symbols__free(), whatever reloads
 * happen in between. Not thread-safe.
 */
#ifndef PGMAPREF_SYMBOLS_H
#define PGMAPREF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/*
 * Reads the whole file at @path, or /proc/kallsyms for NULL. @first: names that are asked for
 * first, NULL-terminated, which have to live as long as *@out; only these are indexed now, and the
 * rest when something else is first asked, since few runs come to that. NULL: all of it now. On
 * success *@out is the caller's, to be given to symbols__free(). Addresses that are hidden are no failure: the names are good for
 * "does this kernel have it", see symbols__hidden().
 * Returns 0, -ENOENT (no such file: CONFIG_KALLSYMS=n), -EINVAL (not one line of kallsyms' form),
 * -ENOMEM, or what open() and read() say.
 */
int symbols__load(const char *path, const char *const *first, struct symbols **out);

/*
 * Indexes what symbols__load() left: for a caller that will ask, and has time now rather than then.
 * Returns 0 or -ENOMEM; it is then tried again by each lookup that needs it, and what is not
 * indexed is not found.
 */
int symbols__index(struct symbols *s);

/* NULL is fine. */
void symbols__free(struct symbols *s);

/*
 * Reads the file again, for modules that came or went. Lookups that meet an unknown address do
 * this themselves; call it where an address may have changed owner (a module unloaded, another
 * loaded at its place): that cannot be seen from the address.
 * Returns 0, or a negative errno as symbols__load() and -EPERM (addresses are hidden by now); on
 * failure the symbols are as they were.
 */
int symbols__reload(struct symbols *s);

/* True when every address read 0: the caller lacks CAP_SYSLOG, or kernel.kptr_restrict hides it. */
bool symbols__hidden(const struct symbols *s);

/*
 * The address of the symbol @name, text or data; 0 if there is none, or hidden. Of several of the
 * same name a vmlinux one goes before those of modules, then the first of the file.
 */
uint64_t symbols__addr(struct symbols *s, const char *name);

/*
 * The symbol that stands at exactly @addr, data as well as text, or NULL. It belongs to @s. Looks
 * through all of them and never reads the file again.
 */
const char *symbols__at(struct symbols *s, uint64_t addr);

/*
 * The same with its module (NULL for vmlinux), for an object of a driver that may have come since:
 * reads the file again as symbols__name() does. @name and @module may be NULL, and are set only on
 * success. Returns 0, -ENOENT (nothing begins there), -EPERM (addresses are hidden) or -ENOMEM.
 */
int symbols__object(struct symbols *s, uint64_t addr, const char **name, const char **module);

/* True if there is a symbol of exactly this name; works with hidden addresses. */
bool symbols__has(struct symbols *s, const char *name);

/*
 * The full name of the one text symbol that the compiler made of the function @name by cloning
 * it: @name and one or more of ".isra.N", ".constprop.N", ".part.N", ".llvm.N", ".lto_priv.N",
 * e.g. "dax_disassociate_entry.isra.0". ".cold" pieces never count: they are a function's
 * unlikely blocks, not the function. Whether @name itself exists does not matter.
 * NULL if there is none, and if there are several at different addresses, because a hook on one
 * would miss the calls of the others; several names of one address are one symbol, and the
 * first in the file is returned. With hidden addresses several are always taken for different.
 * Mind: a clone may have fewer arguments than the source says, and a ".part.N" is only a piece of
 * the function.
 */
const char *symbols__suffixed(struct symbols *s, const char *name);

/*
 * Which function @addr is in. A function ends where the next symbol of any kind begins; the last
 * one of a module's text ends with its page, for what lies behind may be another, newer module.
 * Of several names of one address the first in the file is taken, as the kernel's own %pS does.
 * If @addr is unknown and outside vmlinux, the file is read again, at most once a second and for
 * no more than a 16th of the time.
 * *@name and *@module (NULL for vmlinux) belong to @s; *@off is in bytes. Each of the three
 * pointers may be NULL.
 * Returns 0, -ENOENT (no text symbol there), -EPERM (addresses are hidden) or -ENOMEM.
 */
int symbols__name(struct symbols *s, uint64_t addr, const char **name, const char **module,
		  uint64_t *off);

/*
 * @addr as text: "name+0x12", "name+0x12 [module]", or "0xffffffff81000000" when symbols__name()
 * does not know it. Returns the length of the whole text like snprintf(): cut off if >= @len.
 */
int symbols__format(struct symbols *s, uint64_t addr, char *buf, size_t len);

#endif
