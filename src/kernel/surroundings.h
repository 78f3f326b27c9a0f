/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a process needs around it before anything else works, and what stands in its way. */
#ifndef PGMAPREF_SURROUNDINGS_H
#define PGMAPREF_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Are /proc and /sys there, and may its cgroup use as much memory as it takes not to be killed? 0,
 * or -ENOENT or -ENOMEM with a sentence for the user in why. root: NULL, or a directory to look in
 * instead of /.
 */
int surroundings__check(const char *root, char *why, size_t len);

/*
 * More files may be open from here on: the soft limit becomes the hard one. And a file that gets
 * too large (ulimit -f) is an error of the write to it, and no signal. For this process alone:
 */
void surroundings__raise_limits(void);
/* In a child, before its exec: as they were. */
void surroundings__restore_limits(void);

/* How many more files may be open; of a limit that cannot be read, many. */
size_t surroundings__files_left(void);

/*
 * Has the kernel too little of something to go on, by this errno? No other way to do the same
 * helps, and what it says of the way that was tried is not so. Then *why is a sentence that says
 * what there is too little of, and what to do.
 */
bool surroundings__too_little(int err, char *why, size_t len);

enum lockdown {
	LOCKDOWN_UNKNOWN = 0, /* the kernel has none, or securityfs is not mounted */
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

/* As securityfs says. root: as above. */
enum lockdown surroundings__lockdown(const char *root);

#endif /* PGMAPREF_SURROUNDINGS_H */
