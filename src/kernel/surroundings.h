/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checks what the process needs before anything else works, and finds what is missing. */
#ifndef PGMAPREF_SURROUNDINGS_H
#define PGMAPREF_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Are /proc and /sys mounted, and does the cgroup allow enough memory, so that the kernel does not
 * kill the process? Returns 0, or -ENOENT or -ENOMEM with a sentence for the user in why. root:
 * NULL, or a directory that stands for /.
 */
int surroundings__check(const char *root, char *why, size_t len);

/*
 * Raises the soft limit of open files to the hard limit. Also makes a file that gets too large
 * (ulimit -f) an error of its write, and not a signal. Only for this process:
 * surroundings__restore_limits() is for its children.
 */
void surroundings__raise_limits(void);
/* Restores the old limits. Call it in a child, before its exec. */
void surroundings__restore_limits(void);

/* How many more files may be opened; a large number if the limit cannot be read. */
size_t surroundings__files_left(void);

/*
 * Does this errno mean that the kernel lacks a resource (files or memory)? Then another way to do
 * the same does not help, and the errno says nothing about the way that was tried. *why is then a
 * sentence that says what is lacking and what to do.
 */
bool surroundings__too_little(int err, char *why, size_t len);

enum lockdown {
	LOCKDOWN_UNKNOWN = 0, /* the kernel has no lockdown, or securityfs is not mounted */
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

/* Reads the lockdown mode from securityfs. root: as above. */
enum lockdown surroundings__lockdown(const char *root);

#endif /* PGMAPREF_SURROUNDINGS_H */
