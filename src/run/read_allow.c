// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <time.h>

#include "common/file.h"
#include "model/allow_file.h"
#include "run/read_allow.h"

static unsigned int today(void)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return 0;
	return (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

int read_allow__file(const char *path, struct allow **out, char *why, size_t len)
{
	char *data = NULL;
	size_t size = 0;
	int err;

	if (len)
		why[0] = '\0';
	err = file__read(path, ALLOW_BYTES, &data, &size);
	if (!err)
		err = allow__parse(path, data, size, out, why, len);
	if (!err)
		allow__set_today(*out, today());
	free(data);
	return err;
}
