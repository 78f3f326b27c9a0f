// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "report/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/names.h"

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP pgmapref_%s %s\n# TYPE pgmapref_%s %s\n", name, help, name, type);
}

/* The value of a label: backslash, quote and newline are escaped. */
static void put_label(FILE *f, const char *before, const char *value)
{
	fputs(before, f);
	fputc('"', f);
	for (const char *c = value; *c; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', f);
		if (*c == '\n')
			fputs("\\n", f);
		else
			fputc(*c, f);
	}
	fputc('"', f);
}

/* Begins the line of a gauge, if its figure is known. */
static bool begins(FILE *f, const char *name, const struct metrics_pgmap *p, bool known)
{
	if (!known)
		return false;
	fprintf(f, "pgmapref_%s{", name);
	put_label(f, "pgmap=", p->name);
	put_label(f, ",type=", p->type);
	fputs("} ", f);
	return true;
}

static void put_gauges(const struct metrics *m, FILE *f)
{
	const struct metrics_pgmap *p, *end = m->pgmaps + m->nr;

	head(f, "pgmap_size_bytes", "gauge", "Size of the device memory of the pgmap.");
	for (p = m->pgmaps; p < end; p++)
		if (begins(f, "pgmap_size_bytes", p, true))
			fprintf(f, "%" PRIu64 "\n", p->bytes);
	head(f, "pgmap_references", "gauge",
	     "References above the value at rest; of a pgmap that is unbound: that are left.");
	for (p = m->pgmaps; p < end; p++)
		if (begins(f, "pgmap_references", p, p->has_references))
			fprintf(f, "%" PRId64 "\n", p->references);
	head(f, "pgmap_busy_pages", "gauge",
	     "Struct pages with more references than an idle one, when they were last looked at.");
	for (p = m->pgmaps; p < end; p++)
		if (begins(f, "pgmap_busy_pages", p, p->has_busy))
			fprintf(f, "%" PRId64 "\n", p->busy);
	head(f, "pgmap_unbind_wait_seconds", "gauge",
	     "How long an unbind has waited for references by now; 0 if there is none.");
	for (p = m->pgmaps; p < end; p++)
		if (begins(f, "pgmap_unbind_wait_seconds", p, true))
			fprintf(f, "%.3f\n", p->unbinding);
	head(f, "pgmap_unbind_hangs", "gauge", "1 while an unbind waits for longer than --stuck.");
	for (p = m->pgmaps; p < end; p++)
		if (begins(f, "pgmap_unbind_hangs", p, true))
			fprintf(f, "%d\n", p->hangs);
}

static void put_row(FILE *f, const char *name, const struct tally_row *row, const char *label,
		    const char *value, uint64_t n)
{
	fprintf(f, "pgmapref_%s{", name);
	put_label(f, "pgmap=", row->name);
	fprintf(f, ",%s=\"%s\"} %" PRIu64 "\n", label, value, n);
}

/*
 * All series of a name are there from the begin, with 0: a series that begins with 1 has no increase
 * that Prometheus could see.
 */
static void put_counters(const struct metrics *m, FILE *f)
{
	static const char *const results[] = {
		[TALLY_CLEAN] = "clean",
		[TALLY_INCONCLUSIVE] = "inconclusive",
		[TALLY_LEAK] = "leak",
		[TALLY_ALLOWED] = "allowed",
	};
	const struct tally *t = m->tally;

	head(f, "judgements_total", "counter",
	     "Unbinds, and ends of a check, that were judged, by verdict.");
	for (size_t i = 0; i < t->nr; i++)
		for (int r = 0; r < TALLY_RESULTS; r++)
			put_row(f, "judgements_total", &t->rows[i], "verdict", results[r],
				t->rows[i].results[r]);
	head(f, "leaks_total", "counter", "Leaks that are not allowed, by kind.");
	for (size_t i = 0; i < t->nr; i++)
		for (int k = 0; k < TALLY_KINDS; k++)
			put_row(f, "leaks_total", &t->rows[i], "kind", verdict__kind(k),
				t->rows[i].kinds[k]);
	head(f, "events_total", "counter", "Calls that hooks saw, by event.");
	for (size_t i = 0; i < t->nr; i++)
		for (int e = 0; e < PGR_EVENTS; e++)
			put_row(f, "events_total", &t->rows[i], "event", event__name(e),
				t->rows[i].events[e] + t->rows[i].live[e]);
}

int metrics__write(const struct metrics *m, FILE *f)
{
	head(f, "info", "gauge", "Always 1; what wrote these figures.");
	fputs("pgmapref_info{", f);
	put_label(f, "version=", m->version);
	put_label(f, ",kernel=", m->kernel);
	fputs("} 1\n", f);
	head(f, "running", "gauge", "0 once the tool has ended by itself.");
	fprintf(f, "pgmapref_running %d\n", m->running);
	head(f, "start_time_seconds", "gauge", "When the tool started, in seconds since 1970.");
	fprintf(f, "pgmapref_start_time_seconds %.3f\n", m->start);
	head(f, "read_time_seconds", "gauge",
	     "When these figures were read, in seconds since 1970.");
	fprintf(f, "pgmapref_read_time_seconds %.3f\n", m->now);
	put_gauges(m, f);
	put_counters(m, f);
	if (m->lost) {
		head(f, "lost_total", "counter",
		     "Events and records that the tool missed, by cause (pgmapref-internals(7)).");
		for (int i = 0; i < PGR_LOSSES; i++)
			fprintf(f, "pgmapref_lost_total{cause=\"%s\"} %" PRIu64 "\n", loss__name(i),
				m->lost[i]);
	}
	errno = 0;
	if (fflush(f) || ferror(f))
		return errno ? -errno : -EIO;
	return 0;
}
