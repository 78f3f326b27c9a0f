// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "root.h"

char root[64];

int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/%s.XXXXXX", program_invocation_short_name);
	return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *in_root(const char *path)
{
	static char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (char *p = whole + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		assert_true(!mkdir(whole, 0700) || errno == EEXIST);
		*p = '/';
	}
	return whole;
}

void put_file(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text), 0);
}

void put_bytes(const char *path, const void *data, size_t len, long at)
{
	FILE *f = fopen(in_root(path), at ? "r+" : "w");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

void put_task(unsigned int pid, const char *stack)
{
	char path[64], stat[128];

	snprintf(stat, sizeof(stat),
		 "%u (waiter%u) D 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9 9 9\n", pid, pid);
	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	put_file(path, stat);
	snprintf(path, sizeof(path), "/proc/%u/task/%u/stat", pid, pid);
	put_file(path, stat);
	snprintf(path, sizeof(path), "/proc/%u/task/%u/stack", pid, pid);
	put_file(path, stack);
}
