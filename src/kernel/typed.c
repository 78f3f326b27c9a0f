// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/devnum.h"
#include "kernel/mounts.h"
#include "kernel/typed.h"
#include "kernel/unbinding.h"

#define DM_DEPTH 8 /* dm devices on dm devices */

static int set(char name[DEVICES_NAME_MAX], const char *text)
{
	if (strlen(text) >= DEVICES_NAME_MAX)
		return -ERANGE;
	strcpy(name, text);
	return *text ? 0 : -ENOENT;
}

static int last_part(const char *path, char name[DEVICES_NAME_MAX])
{
	char copy[PATH_MAX], *slash;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((slash = strrchr(copy, '/')) && !slash[1] && slash > copy)
		*slash = '\0';
	return slash ? set(name, slash + 1) : -ENOENT;
}

/* The first disk that a dm or md device is built on. */
static bool below(const char *root, const char *disk, char name[DEVICES_NAME_MAX])
{
	char path[PATH_MAX];
	struct dirent *d;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/class/block/%s/slaves", root, disk);
	dir = opendir(path);
	while (dir && !found && (d = readdir(dir)))
		found = *d->d_name != '.' && !set(name, d->d_name);
	if (dir)
		closedir(dir);
	return found;
}

/* A partition is a folder in that of its disk. */
static void whole(const char *root, const char *part, char name[DEVICES_NAME_MAX])
{
	char path[PATH_MAX + 16], real[PATH_MAX], *slash;

	set(name, part);
	snprintf(path, sizeof(path), "%s/sys/class/block/%s", root, part);
	if (!realpath(path, real) || (slash = strrchr(real, '/')) == real)
		return;
	snprintf(path, sizeof(path), "%s/partition", real);
	if (access(path, F_OK))
		return;
	*slash = '\0';
	last_part(real, name);
}

static int disk_of(const char *root, uint32_t dev, char name[DEVICES_NAME_MAX])
{
	char disk[DEVICES_NAME_MAX];
	int err = devices__bdev_name(root, devnum__major(dev), devnum__minor(dev), disk,
				     sizeof(disk));

	/* A number in place of a name: no disk. */
	if (err || strchr(disk, ':'))
		return err ? err : -ENOENT;
	for (int i = 0; i < DM_DEPTH; i++) {
		whole(root, disk, name);
		if (!below(root, name, disk))
			return 0;
	}
	return 0;
}

static int by_mount(const char *root, const char *path, char name[DEVICES_NAME_MAX])
{
	char whole_path[PATH_MAX * 2], cwd[PATH_MAX];
	struct mount_info m;
	int err;

	if (*path != '/') {
		if (!getcwd(cwd, sizeof(cwd)))
			return -ENOENT;
		snprintf(whole_path, sizeof(whole_path), "%s/%s", cwd, path);
		path = whole_path;
	}
	err = mounts__of_path(root, 0, path, &m);
	return err ? err : disk_of(root, m.dev, name);
}

static int by_node(const char *root, const char *path, char name[DEVICES_NAME_MAX])
{
	struct stat st;

	if (stat(path, &st))
		return strncmp(path, "/dev/", 5) ? -ENOENT : last_part(path, name);
	if (S_ISCHR(st.st_mode))
		return devices__cdev_name(root, major(st.st_rdev), minor(st.st_rdev), name,
					  DEVICES_NAME_MAX);
	return disk_of(root,
		       S_ISBLK(st.st_mode) ? devnum__make(major(st.st_rdev), minor(st.st_rdev)) :
					     devnum__make(major(st.st_dev), minor(st.st_dev)),
		       name);
}

int typed__device(const char *root, const char *path, char name[DEVICES_NAME_MAX])
{
	root = root ? root : "";
	if (!strchr(path, '/') && strcmp(path, "."))
		return -ENOENT;
	if (!strncmp(path, "/sys/", 5))
		return last_part(path, name);
	/* Nodes in /dev are on no disk. The root filesystem has links to other ones. */
	if (!by_mount(root, path, name) && !strncmp(name, "pmem", 4))
		return 0;
	return by_node(root, path, name);
}

bool typed__is_device(const char *root, const char *name)
{
	char path[UNBINDING_PATH];

	return !unbinding__device(root, name, name, path);
}
