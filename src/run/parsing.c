// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/parsing.h"
#include "run/say.h"

void parsing__fail(const struct parsing *p, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say__line("%s%s", p->in_defaults ? OPTIONS_VARIABLE ": " : "", text);
	say__plain("Try 'pgmapref %s%s--help'.", p->verb_given ? p->o->verb->name : "",
		   p->verb_given ? " " : "");
	exit(STATUS_USAGE);
}
