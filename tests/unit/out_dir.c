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

#include "out_dir.h"

char out_dir[64], out_path[96];

int make_dir(void **state)
{
	(void)state;
	strcpy(out_dir, "/tmp/test_out.XXXXXX");
	if (!mkdtemp(out_dir))
		return -1;
	snprintf(out_path, sizeof(out_path), "%s/out", out_dir);
	return 0;
}

int remove_dir(void **state)
{
	char other[96];

	(void)state;
	unlink(out_path);
	snprintf(other, sizeof(other), "%s/target", out_dir);
	unlink(other);
	return rmdir(out_dir);
}

struct out *open_out(bool json)
{
	struct out *o = NULL;

	assert_int_equal(out__open(out_path, json, &o), 0);
	assert_non_null(o);
	assert_int_equal(out__is_json(o), json);
	return o;
}

const char *read_file(const char *name)
{
	static char text[1 << 16];
	FILE *f = fopen(name, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}
