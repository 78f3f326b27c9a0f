// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kernel/livepatch.h"

#define PATCHES "/sys/kernel/livepatch"

/* PATCH/OBJECT/FUNCTION,N */
#define LEVELS 3

static int walk(const char *path, int level, livepatch_fn fn, void *ctx)
{
	DIR *dir = opendir(path);
	struct dirent *ent;
	char below[PATH_MAX];
	int err = 0;

	if (!dir) /* a patch may be unloaded meanwhile */
		return errno == ENOENT ? 0 : -errno;
	while (!err && (errno = 0, ent = readdir(dir))) {
		if (*ent->d_name == '.' || ent->d_type != DT_DIR)
			continue;
		if (level == LEVELS) {
			ent->d_name[strcspn(ent->d_name, ",")] = '\0';
			fn(ctx, ent->d_name);
		} else if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, ent->d_name) <
			   sizeof(below)) {
			err = walk(below, level + 1, fn, ctx);
		}
	}
	if (!err)
		err = -errno;
	closedir(dir);
	return err;
}

int livepatch__functions(const char *root, livepatch_fn fn, void *ctx)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s" PATCHES, root ? root : "") >= sizeof(path))
		return -ENAMETOOLONG;
	return walk(path, 1, fn, ctx);
}
