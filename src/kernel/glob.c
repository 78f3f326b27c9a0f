// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "common/records.h"
#include "kernel/glob.h"

int glob__compile(const char *pattern, struct glob *g)
{
	unsigned int letters = 0;

	memset(g, 0, sizeof(*g));
	for (const char *p = pattern; *p; p++) {
		if (*p == '*') {
			g->star |= 1u << letters;
			continue;
		}
		if (letters == PGR_COMM - 1)
			return -E2BIG;
		if (*p == '?') {
			for (int c = 1; c < 256; c++)
				g->match[c] |= 1u << letters;
		} else {
			g->match[(unsigned char)*p] |= 1u << letters;
		}
		letters++;
	}
	g->accept = 1u << letters;
	return 0;
}
