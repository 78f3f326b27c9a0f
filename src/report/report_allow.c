// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "report/report_allow.h"

enum use { USED, EXPIRED, UNUSED, USES };

static enum use use_of(const struct allow_row *row)
{
	return row->used ? USED : row->expired ? EXPIRED : UNUSED;
}

static void put_heading(struct out *o, const size_t n[USES], uint64_t leaks, bool all)
{
	size_t nr = n[USED] + n[EXPIRED] + n[UNUSED];

	if (leaks)
		out__int(o, NULL,
			 leaks == 1 ? "Suppressions used (%s leak; " :
				      "Suppressions used (%s leaks; ",
			 leaks);
	else
		out__str(o, NULL, "Suppressions (%s", "no leak; ");
	out__int(o, NULL, "%s", nr - n[USED]);
	out__int(o, NULL, " of %s unused", nr);
	out__int(o, NULL, n[EXPIRED] ? ", %s of them expired" : NULL, n[EXPIRED]);
	out__str(o, NULL, "%s)", n[UNUSED] && !all ? ", -v lists them" : "");
	out__str(o, NULL, "%s\n", n[USED] || n[EXPIRED] || (n[UNUSED] && all) ? ":" : "");
	if (n[USED] || n[EXPIRED] || (n[UNUSED] && all))
		out__str(o, NULL, "  %s\n", "count  line  reason");
}

/* Without a reason, the pattern has to tell it. shown: also in text. */
static void put_row(struct out *o, const char *file, const struct allow_row *row, bool shown)
{
	char date[16];

	snprintf(date, sizeof(date), "%04u-%02u-%02u", row->until / 10000, row->until / 100 % 100,
		 row->until % 100);
	out__begin(o, "suppression");
	out__int(o, "used", shown ? "  %5s" : NULL, row->used);
	out__str(o, "file", shown ? "  %s" : NULL, file);
	out__int(o, "line", shown ? ":%s  " : NULL, row->line);
	if (row->name)
		out__str(o, "name", shown ? "%s: " : NULL, row->name);
	if (row->reason)
		out__str(o, "reason", shown ? "%s" : NULL, row->reason);
	out__str(o, "pattern", shown && !row->reason ? "%s" : NULL, row->text);
	if (row->until) {
		out__str(o, "until", shown ? " (until %s" : NULL, date);
		out__bool(o, "expired", shown ? ": expired" : NULL, row->expired);
		out__str(o, NULL, shown ? "%s)" : NULL, "");
	}
	out__str(o, NULL, shown ? "%s\n" : NULL, "");
	out__end(o);
}

void report__suppressions(struct report *r, const char *file, const struct allow *a, uint64_t leaks,
			  bool all)
{
	size_t n[USES] = { 0 };
	struct allow_row row;

	for (size_t i = 0; i < allow__nr(a); i++) {
		allow__pattern(a, i, &row);
		n[use_of(&row)]++;
	}
	if (!out__is_json(r->out) && allow__nr(a))
		put_heading(r->out, n, leaks, all);
	for (enum use use = USED; use < USES; use++) {
		for (size_t i = 0; i < allow__nr(a); i++) {
			allow__pattern(a, i, &row);
			if (use_of(&row) == use)
				put_row(r->out, file, &row, use != UNUSED || all);
		}
	}
}
