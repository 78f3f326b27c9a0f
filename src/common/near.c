// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>
#include <string.h>

#include "common/near.h"

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* How many letters must go, come, change, or change places with a neighbour, to make b of a. */
static unsigned int distance_of(const char *a, size_t len_a, const char *b, size_t len_b)
{
	unsigned int d[NEAR_MAX + 1][NEAR_MAX + 1];

	for (size_t i = 0; i <= len_a; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= len_b; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		for (size_t j = 1; j <= len_b; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[len_a][len_b];
}

void near__try(struct near *n, const char *candidate)
{
	size_t len = strlen(n->word), other = strlen(candidate);
	unsigned int distance, most = len >= 5 ? (len + 1) / 3 : 1;

	if (len > NEAR_MAX || other > NEAR_MAX)
		return;
	distance = distance_of(n->word, len, candidate, other);
	if (len >= 3 && !strncmp(n->word, candidate, len))
		distance = least(distance, 1);
	if (distance > most || (n->found && distance >= n->distance))
		return;
	/* A word of one or two letters has nothing in common with a candidate that far away. */
	if (distance >= len)
		return;
	n->found = candidate;
	n->distance = distance;
}
