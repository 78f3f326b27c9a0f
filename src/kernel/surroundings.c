// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/surroundings.h"

static bool is_there(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root ? root : "", path);
	return !access(full, F_OK);
}

/*
 * Memory that this process needs for loading: symbols and BTF of the kernel. If other memory is
 * short, the kernel reports ENOMEM.
 */
#define LEAST_MEMORY (32ULL << 20)

/*
 * The smallest memory.max of the process's cgroup and all parents of it, for cgroup v2
 * (kernel/cgroup/cgroup.c: a line "0::PATH"). An unknown value is no limit.
 */
static unsigned long long cgroup_limit(const char *root)
{
	char cgroup[PATH_MAX] = "", path[2 * PATH_MAX];
	unsigned long long least = ULLONG_MAX, max;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root ? root : "");
	f = fopen(path, "re");
	if (!f)
		return least;
	while (fgets(path, sizeof(path), f))
		if (!strncmp(path, "0::/", 4))
			snprintf(cgroup, sizeof(cgroup), "%.*s", (int)strcspn(path + 3, "\n"),
				 path + 3);
	fclose(f);
	for (char *end = cgroup + strlen(cgroup); end; end = strrchr(cgroup, '/')) {
		*end = '\0';
		snprintf(path, sizeof(path), "%s/sys/fs/cgroup%s/memory.max", root ? root : "",
			 cgroup);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%llu", &max) == 1 && max < least)
			least = max;
		fclose(f);
	}
	return least;
}

int surroundings__check(const char *root, char *why, size_t len)
{
	unsigned long long limit;

	if (!is_there(root, "/proc/self/stat")) {
		snprintf(why, len, "/proc is not mounted here: mount -t proc proc /proc");
		return -ENOENT;
	}
	/* /sys/kernel exists in every sysfs. */
	if (!is_there(root, "/sys/kernel")) {
		snprintf(why, len, "/sys is not mounted here: mount -t sysfs sysfs /sys");
		return -ENOENT;
	}
	/* Check first: above memory.max the kernel kills the process and returns no errno. */
	limit = cgroup_limit(root);
	if (limit < LEAST_MEMORY) {
		snprintf(why, len,
			 "the cgroup limits memory to %llu KiB (memory.max), but %llu KiB "
			 "are needed",
			 limit >> 10, LEAST_MEMORY >> 10);
		return -ENOMEM;
	}
	return 0;
}

static struct {
	bool raised;
	struct rlimit files;
	struct sigaction too_large;
} before;

void surroundings__raise_limits(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &before.files) ||
	    sigaction(SIGXFSZ, &ignore, &before.too_large))
		return;
	before.raised = true;
	files = before.files;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files); /* on failure, the old limit has to suffice */
}

void surroundings__restore_limits(void)
{
	if (!before.raised)
		return;
	setrlimit(RLIMIT_NOFILE, &before.files);
	sigaction(SIGXFSZ, &before.too_large, NULL);
}

size_t surroundings__files_left(void)
{
	struct rlimit files;
	struct dirent *e;
	size_t open = 0;
	DIR *d;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur == RLIM_INFINITY)
		return INT_MAX;
	d = opendir("/proc/self/fd");
	if (!d)
		return errno == EMFILE ? 0 : INT_MAX;
	/* A descriptor above the limit was inherited, and does not count against the limit. */
	while ((e = readdir(d)))
		open += isdigit((unsigned char)e->d_name[0]) && atoi(e->d_name) != dirfd(d) &&
			strtoul(e->d_name, NULL, 10) < files.rlim_cur;
	closedir(d);
	return files.rlim_cur > open ? files.rlim_cur - open : 0;
}

bool surroundings__too_little(int err, char *why, size_t len)
{
	struct rlimit files = { 0 };

	switch (err < 0 ? -err : err) {
	case EMFILE:
		getrlimit(RLIMIT_NOFILE, &files);
		snprintf(why, len,
			 "the limit of open files is too low: %llu; raise it to 1024 "
			 "(ulimit -n 1024)",
			 (unsigned long long)files.rlim_cur);
		return true;
	case ENFILE:
		snprintf(why, len, "too many files are open on this machine (sysctl fs.file-max)");
		return true;
	case ENOMEM:
		snprintf(why, len,
			 "not enough memory for BPF programs and maps: check ulimit -v, "
			 "memory.max of the cgroup, and free memory");
		return true;
	default:
		return false;
	}
}

enum lockdown surroundings__lockdown(const char *root)
{
	static const char *const marks[] = {
		[LOCKDOWN_NONE] = "[none]",
		[LOCKDOWN_INTEGRITY] = "[integrity]",
		[LOCKDOWN_CONFIDENTIALITY] = "[confidentiality]",
	};
	char path[PATH_MAX], line[128] = "";
	FILE *f;

	/* security/lockdown/lockdown.c since 5.4: all modes, the active one in brackets */
	snprintf(path, sizeof(path), "%s/sys/kernel/security/lockdown", root ? root : "");
	f = fopen(path, "re");
	if (!f)
		return LOCKDOWN_UNKNOWN;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	for (int l = LOCKDOWN_NONE; l <= LOCKDOWN_CONFIDENTIALITY; l++)
		if (strstr(line, marks[l]))
			return l;
	return LOCKDOWN_UNKNOWN;
}
