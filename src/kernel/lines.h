/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The line of source that made the code at an address of the kernel, from the DWARF of vmlinux and of
 * modules (elfutils' libdw). Built without libdw (HAVE_LIBDW), lines__open() says so.
 */
#ifndef PGMAPREF_LINES_H
#define PGMAPREF_LINES_H

#include <stddef.h>
#include <stdint.h>

struct lines;
struct symbols;

/*
 * root: a prefix for the path of the kernel's build ID, for tests; NULL: the running system. files:
 * paths of a vmlinux and of modules (NAME.ko, NAME.ko.xz, NAME.ko.debug). What is not among
 * them is searched where distributions put it: the kernel now if files names no vmlinux, a module
 * when a line of it is asked for. A file must have the build ID of what runs: lines of another build
 * are wrong without looking wrong. symbols must live as long as *out, which the caller frees with
 * lines__close().
 *
 * Returns 0; -ENOENT: there is no vmlinux, *out has lines of modules only; or, with *out unset, an
 * error of opening a file, -EINVAL (no ELF file with DWARF, or of another build), -ENOTSUP (built
 * without libdw), -ENOMEM. why: a sentence about it, empty when 0 is returned.
 */
int lines__open(const char *root, const char *const *files, size_t nr, struct symbols *symbols,
		struct lines **out, char *why, size_t len);
/* l may be NULL. */
void lines__close(struct lines *l);

/*
 * Writes the line of the call that returns to ip as "mm/gup.c:123", or, for code of an inline
 * function, "include/linux/mm.h:1433, inlined at mm/gup.c:123". Paths are relative to the folder in
 * which the compiler ran. Returns 0 or -ENOENT: not known.
 */
int lines__at(struct lines *l, uint64_t ip, char *buf, size_t len);

#endif /* PGMAPREF_LINES_H */
