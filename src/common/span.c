// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/span.h"

const char *span__text(uint64_t ns, char *buf, size_t len)
{
	if (ns < 1000)
		snprintf(buf, len, "%" PRIu64 " ns", ns);
	else if (ns < NSEC_PER_MSEC)
		snprintf(buf, len, "%.1f us", ns / 1e3);
	else if (ns < NSEC_PER_SEC)
		snprintf(buf, len, "%.1f ms", ns / 1e6);
	else
		snprintf(buf, len, "%.2f s", ns / 1e9);
	return buf;
}

const char *span__age(uint64_t ns, char *buf, size_t len)
{
	static const struct {
		uint64_t s, part; /* of the unit, and of the next smaller one */
		const char *unit, *next;
	} units[] = {
		{ 86400, 3600, "d", "h" },
		{ 3600, 60, "h", "min" },
		{ 60, 1, "min", "s" },
	};
	uint64_t s = ns / NSEC_PER_SEC;

	if (s < 10) {
		snprintf(buf, len, "%" PRIu64 ".%" PRIu64 " s", s,
			 ns % NSEC_PER_SEC / (100 * NSEC_PER_MSEC));
		return buf;
	}
	snprintf(buf, len, "%" PRIu64 " s", s);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (s < units[i].s)
			continue;
		snprintf(buf, len, "%" PRIu64 " %s %" PRIu64 " %s", s / units[i].s, units[i].unit,
			 s % units[i].s / units[i].part, units[i].next);
		break;
	}
	return buf;
}

int span__parse(const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {
		{ "", 1e9 },   { "s", 1e9 },  { "ms", 1e6 },
		{ "us", 1e3 }, { "m", 60e9 }, { "h", 3600e9 },
	};
	char *end;
	double v;

	/* strtod() also accepts "inf", "nan" and hexadecimal. */
	if (!*text || strspn(text, "0123456789.") == 0)
		return -EINVAL;
	errno = 0;
	v = strtod(text, &end);
	if (errno || (size_t)(end - text) != strspn(text, "0123456789."))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		v *= units[i].ns;
		if (v < 1 || v > 1e18)
			return -ERANGE;
		*ns = v + 0.5;
		return 0;
	}
	return -EINVAL;
}
