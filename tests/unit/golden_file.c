// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "golden_file.h"

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r"), *to;
	char *text = NULL;
	size_t n;
	int c;

	if (!f)
		return strdup("");
	to = open_memstream(&text, &n);
	while ((c = getc(f)) != EOF)
		putc(c, to);
	fclose(f);
	fclose(to);
	return text;
}

static void write_whole(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		fail_msg("cannot write %s", path);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

bool golden_file__is(const char *path, const char *text)
{
	char got[] = "/tmp/test_golden.XXXXXX", command[1200], *wanted;
	bool same;
	int fd;

	if (getenv("UPDATE_GOLDEN")) {
		write_whole(path, text);
		return true;
	}
	wanted = read_whole(path);
	same = !strcmp(wanted, text);
	free(wanted);
	if (same)
		return true;
	fd = mkstemp(got);
	assert_true(fd >= 0);
	close(fd);
	write_whole(got, text);
	fflush(stdout);
	snprintf(command, sizeof(command), "diff -u '%s' '%s' >&2", path, got);
	if (system(command) < 0)
		perror("diff");
	unlink(got);
	return false;
}
