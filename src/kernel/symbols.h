/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel symbols from /proc/kallsyms: names to addresses for the attach plan, addresses to names
 * for call sites and stacks.
 *
 * Facts (kernel/kallsyms.c, s_show()): a line is "ADDRESS TYPE NAME" and, for a module, a tab and
 * "[MODULE]". vmlinux comes first, in order of addresses, then the modules, then the pseudo modules
 * "[__builtin__ftrace]", "[bpf]" and "[__builtin__kprobes]", which are treated like modules.
 * Without CAP_SYSLOG, or with kptr_restrict=2, every address reads as 0. Data symbols are there
 * only with CONFIG_KALLSYMS_ALL. There are no sizes.
 *
 * Every string that these functions return lives until symbols__free(), also across reloads. Not
 * thread-safe.
 */
#ifndef PGMAPREF_SYMBOLS_H
#define PGMAPREF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/*
 * Reads the whole file at `path`, or /proc/kallsyms if path is NULL. `first` lists the names that
 * the caller looks up first; NULL ends the list. The list must live as long as *out. Only these
 * names are indexed now. The rest is indexed when another symbol is first looked up, because few
 * runs need it. With first = NULL everything is indexed now. The caller owns *out and frees it with
 * symbols__free(). Hidden addresses are no error: names can still tell whether the kernel has a
 * symbol, see symbols__hidden(). Returns 0, -ENOENT (no such file: CONFIG_KALLSYMS=n), -EINVAL (no
 * line has the form of kallsyms), -ENOMEM, or the error of open() or read().
 */
int symbols__load(const char *path, const char *const *first, struct symbols **out);

/*
 * Indexes what symbols__load() left, for a caller that will look up other symbols and has time now.
 * Returns 0 or -ENOMEM. After -ENOMEM each lookup that needs the index tries again; symbols that
 * are not indexed are not found.
 */
int symbols__index(struct symbols *s);

/* s may be NULL. */
void symbols__free(struct symbols *s);

/*
 * Reads the file again, for modules that were loaded or unloaded. Lookups of an unknown address do
 * this themselves. Call it if an address may have a new owner (a module was unloaded and another
 * loaded at its place), because the address does not show this. Returns 0, a negative errno as
 * symbols__load(), or -EPERM (addresses are hidden now). On failure the symbols are unchanged.
 */
int symbols__reload(struct symbols *s);

/* True if every address reads as 0: CAP_SYSLOG is missing, or kernel.kptr_restrict hides them. */
bool symbols__hidden(const struct symbols *s);

/*
 * The address of a symbol, text or data; 0 if it does not exist or is hidden. Of several symbols
 * with this name, a vmlinux symbol comes before symbols of modules, then the first in the file.
 */
uint64_t symbols__addr(struct symbols *s, const char *name);

/*
 * The symbol at exactly this address, data or text, or NULL. The string belongs to s. Searches all
 * symbols, and never reads the file again.
 */
const char *symbols__at(struct symbols *s, uint64_t addr);

/*
 * The same with the module (NULL for vmlinux), for an object of a driver that may be new: reads the
 * file again as symbols__name() does. name and module may be NULL, and are set only on success.
 * Returns 0, -ENOENT (no symbol begins there), -EPERM (addresses are hidden) or -ENOMEM.
 */
int symbols__object(struct symbols *s, uint64_t addr, const char **name, const char **module);

/* True if a symbol with exactly this name exists. Works with hidden addresses. */
bool symbols__has(struct symbols *s, const char *name);

/*
 * The full name of the only text symbol that the compiler made by cloning the function `name`: name
 * and one or more of ".isra.N", ".constprop.N", ".part.N", ".llvm.N", ".lto_priv.N", for example
 * "dax_disassociate_entry.isra.0". ".cold" pieces never count: they are the unlikely blocks of a
 * function, not the function. Whether `name` itself exists does not matter.
 *
 * NULL if there is no clone. Also NULL if there are several at different addresses, because a hook
 * on one would miss the calls of the others. Several names of one address are one symbol; the first
 * in the file is returned. With hidden addresses, several names always count as different symbols.
 *
 * A clone may have fewer arguments than the source, and a ".part.N" is only a piece of the
 * function.
 */
const char *symbols__suffixed(struct symbols *s, const char *name);

/*
 * Finds the function that contains addr. A function ends where the next symbol of any kind begins.
 * The last function of a module's text ends with its page, because a newer module may lie behind
 * it. Of several names of one address, the first in the file is taken, as the kernel's %pS does. If
 * addr is unknown and outside vmlinux, the file is read again: at most once a second, and for at
 * most a 16th of the time. *name and *module (NULL for vmlinux) belong to s. *off is in bytes. Each
 * of these three pointers may be NULL. Returns 0, -ENOENT (no text symbol there), -EPERM (addresses
 * are hidden) or -ENOMEM.
 */
int symbols__name(struct symbols *s, uint64_t addr, const char **name, const char **module,
		  uint64_t *off);

/*
 * Writes addr as text: "name+0x12", "name+0x12 [module]", or "0xffffffff81000000" if
 * symbols__name() does not know it. Returns the length of the whole text like snprintf(): the text
 * is cut off if the length is >= len.
 */
int symbols__format(struct symbols *s, uint64_t addr, char *buf, size_t len);
/* The same with the size of the function, as in a stack of the kernel: "name+0x12/0x40 [module]". */
int symbols__format_sized(struct symbols *s, uint64_t addr, char *buf, size_t len);

#endif
