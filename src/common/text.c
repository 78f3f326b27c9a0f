// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

void text__add(char *buf, size_t len, const char *fmt, ...)
{
	size_t n = strnlen(buf, len);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + n, len - n, fmt, args);
	va_end(args);
}
