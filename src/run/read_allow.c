// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>

#include "common/file.h"
#include "model/allow_file.h"
#include "run/read_allow.h"

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
	free(data);
	return err;
}
