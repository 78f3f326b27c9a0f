// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "livepatch.h"

#define PATCHES "/sys/kernel/livepatch"

/* PATCH/OBJECT/FUNCTION,N */
#define LEVELS 3

static void walk(const char *path, int level, livepatch_fn fn, void *ctx)
{
	DIR *dir = opendir(path);
	struct dirent *ent;
	char below[PATH_MAX];

	while (dir && (ent = readdir(dir))) {
		if (*ent->d_name == '.' || ent->d_type != DT_DIR)
			continue;
		if (level == LEVELS) {
			ent->d_name[strcspn(ent->d_name, ",")] = '\0';
			fn(ctx, ent->d_name);
		} else if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, ent->d_name) <
			   sizeof(below)) {
			walk(below, level + 1, fn, ctx);
		}
	}
	if (dir)
		closedir(dir);
}

void livepatch__functions(const char *root, livepatch_fn fn, void *ctx)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s" PATCHES, root ? root : "") < sizeof(path))
		walk(path, 1, fn, ctx);
}
