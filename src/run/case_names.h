/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How test cases are named, and whose their file is. */
#ifndef PGMAPREF_CASE_NAMES_H
#define PGMAPREF_CASE_NAMES_H

#include <stddef.h>
#include <sys/types.h>

struct options;

#define CASE_NAMES_MAX 160 /* bytes; longer names are cut */

/*
 * The suite: "pgmapref xfs/128", where xfs/128 is the name of --junit-suite, or else the words of
 * COMMAND, or else the verb. Returns buf.
 */
const char *case_names__suite(const struct options *o, char *buf, size_t len);
/*
 * The class of all cases of the suite: "pgmapref.xfs_128". CI servers show what is before the last
 * dot as a package. Returns buf.
 */
const char *case_names__class(const struct options *o, char *buf, size_t len);
/*
 * Whose a file becomes that root makes for the user of sudo: parses the values of SUDO_UID and
 * SUDO_GID (or NULL). If both are numbers, sets *uid and *gid, otherwise leaves both.
 */
void case_names__sudo(const char *sudo_uid, const char *sudo_gid, uid_t *uid, gid_t *gid);

#endif /* PGMAPREF_CASE_NAMES_H */
