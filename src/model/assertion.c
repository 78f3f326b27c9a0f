// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/span.h"
#include "model/assertion.h"

bool assertion__is_least(const struct assertion *a)
{
	return a->kind == ASSERT_TEARDOWN || a->kind == ASSERT_EVENTS;
}

bool assertion__see(struct assertion *a, uint64_t figure, const char *where)
{
	if (figure > a->seen)
		a->seen = figure;
	if (a->failed || figure <= a->limit)
		return false;
	a->failed = true;
	snprintf(a->where, sizeof(a->where), "%s", where);
	return true;
}

void assertion__count(struct assertion *a, uint64_t n)
{
	a->seen += n;
}

void assertion__finish(struct assertion *a, const char *missed)
{
	bool least = assertion__is_least(a);

	if (least)
		a->failed = a->seen < a->limit;
	if (!missed || a->failed != least)
		return;
	a->failed = false;
	a->unknown = true;
	snprintf(a->why, sizeof(a->why), "%s", missed);
}

/* A duration in the syntax of the options: "200ms". */
static void put_span(uint64_t ns, char *buf, size_t len)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = { { "s", NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC }, { "us", NSEC_PER_USEC } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (ns % units[i].ns)
			continue;
		snprintf(buf, len, "%" PRIu64 "%s", ns / units[i].ns, units[i].unit);
		return;
	}
	snprintf(buf, len, "%gus", ns / 1e3);
}

const char *assertion__name(const struct assertion *a, char *buf, size_t len)
{
	static const char *const options[] = {
		[ASSERT_MAX_REFS] = "--max-refs",	 [ASSERT_MAX_BUSY] = "--max-busy",
		[ASSERT_MAX_HELD] = "--max-held",	 [ASSERT_MAX_DRAIN] = "--max-drain",
		[ASSERT_TEARDOWN] = "--expect-teardown", [ASSERT_EVENTS] = "--expect-events",
	};
	char limit[48];

	if (a->kind == ASSERT_AGREE) {
		snprintf(buf, len, "references, entries and pages agree");
		return buf;
	}
	if (a->kind == ASSERT_MAX_HELD || a->kind == ASSERT_MAX_DRAIN)
		put_span(a->limit, limit, sizeof(limit));
	else
		snprintf(limit, sizeof(limit), "%" PRIu64, a->limit);
	if (a->kind == ASSERT_TEARDOWN)
		snprintf(buf, len, "%s %s,%s", options[a->kind], a->pgmap, limit);
	else
		snprintf(buf, len, "%s %s", options[a->kind], limit);
	return buf;
}

const char *assertion__message(const struct assertion *a, char *buf, size_t len)
{
	const char *where = a->failed ? a->where : "", *gap = *where ? ": " : "";
	const char *s = a->seen == 1 ? "" : "s";
	char span[32];

	switch (a->kind) {
	case ASSERT_MAX_REFS:
		snprintf(buf, len, "%s%s%" PRIu64 " reference%s above the baseline at most", where,
			 gap, a->seen, s);
		break;
	case ASSERT_MAX_BUSY:
		snprintf(buf, len, "%s%s%" PRIu64 " busy page%s at most", where, gap, a->seen, s);
		break;
	case ASSERT_MAX_HELD:
		snprintf(buf, len, "%s%sheld for %s at most", where, gap,
			 span__text(a->seen, span, sizeof(span)));
		break;
	case ASSERT_MAX_DRAIN:
		snprintf(buf, len, "%s%swaited for %s at most", where, gap,
			 span__text(a->seen, span, sizeof(span)));
		break;
	case ASSERT_TEARDOWN:
		snprintf(buf, len, "%" PRIu64 " teardown%s of %s", a->seen, s, a->pgmap);
		break;
	case ASSERT_AGREE:
		snprintf(buf, len, "%s%s%s", where, gap,
			 a->failed ? "they do not agree" :
				     "they agree, as far as they can be compared");
		break;
	case ASSERT_EVENTS:
		snprintf(buf, len, "%" PRIu64 " event%s", a->seen, s);
		break;
	}
	return buf;
}
