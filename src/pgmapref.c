// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <locale.h>

#include "options.h"
#include "session.h"

int main(int argc, char **argv)
{
	struct options o;

	setlocale(LC_CTYPE, "");
	options__parse(argc, argv, &o);
	switch (o.verb) {
	case VERB_LIST:
		return session__list(&o);
	case VERB_REFS:
		return session__refs(&o);
	case VERB_PROBES:
		return session__probes(&o);
	default:
		return session__run(&o);
	}
}
