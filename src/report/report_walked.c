// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports holders that were found by walking tasks, files and mappings, not by tracing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/pinners.h"
#include "kernel/walked.h"
#include "model/grade.h"
#include "report/report.h"
#include "report/report_entries.h"
#include "report/report_pages.h"
#include "report/report_parts.h"
#include "report/report_walked.h"

#define WALKED_SHOWN 20

static const char *const hows[PGR_WALK_HOWS] = {
	[PGR_WALK_MAP] = "map",	  [PGR_WALK_FD] = "fd",		[PGR_WALK_URING] = "io_uring",
	[PGR_WALK_PIPE] = "pipe", [PGR_WALK_PINNER] = "pinner", [PGR_WALK_XDP] = "xdp",
};

static const char *const in_words[] = {
	[GRADE_STALE] = "holds nothing",
	[GRADE_OPEN] = "has it open",
	[GRADE_COULD] = "could hold it",
	[GRADE_HOLDS] = "holds it",
};

static const char *const objects[PGR_WALK_HOWS] = {
	[PGR_WALK_PIPE] = " pipe",
	[PGR_WALK_URING] = " io_uring buffer",
	[PGR_WALK_XDP] = " umem of an AF_XDP socket",
};

static bool is_cdev(const struct walked *f)
{
	return S_ISCHR(f->mode);
}

static bool is_special(const struct walked *f)
{
	return is_cdev(f) || S_ISBLK(f->mode);
}

static void put_fds(struct out *o, const struct walked *f)
{
	out__array(o, "fds");
	for (unsigned int i = 0; i < f->nr_fds; i++)
		out__int(o, "", i ? ", %s" : ", fd %s", f->fds[i]);
	out__pop(o);
	if (f->nr_fds == WALKED_FDS && f->items > f->nr_fds)
		out__text(o, ", …");
}

#define OLDER ", of an older generation of the device"

/* The text for pages that nobody refers to any more; NULL: there are none. */
static const char *former_life(const struct walked *f)
{
	if (f->grade == GRADE_STALE)
		return OLDER ": no longer in use";
	return f->idle ? OLDER ", at least in part: %s of them no longer in use" : NULL;
}

static void put_frames(struct out *o, const struct walked *f)
{
	const struct pgr_pfn_range *last = f->nr_ranges ? &f->range[f->nr_ranges - 1] : NULL;

	out__int(o, "pages", f->pages == 1 ? "; %s page" : "; %s pages", f->pages);
	if (last) {
		out__hex(o, "first_pfn", ", pfn %s", f->range[0].pfn);
		if (f->pages > 1 && f->nr_ranges == 1)
			out__text(o, " to 0x%" PRIx64, (uint64_t)(last->pfn + last->nr - 1));
		else if (f->nr_ranges > 1)
			out__text(o, " and others");
	}
	out__array(o, "runs");
	for (unsigned int i = 0; i < f->nr_ranges; i++) {
		out__object(o, NULL);
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): nr_ranges is not changed */
		out__hex(o, "pfn", NULL, f->range[i].pfn);
		out__int(o, "pages", NULL, f->range[i].nr);
		out__pop(o);
	}
	out__pop(o);
	out__bool(o, "runs_cut", NULL, f->ranges_cut);
	out__bool(o, "cut", ", and perhaps more", f->cut);
	out__int(o, "idle", former_life(f), f->idle);
	out__bool(o, "contested",
		  former_life(f) ?
			  NULL :
			  ", perhaps of an older generation of the device: a page has fewer "
			  "references than holders",
		  f->contested);
}

/* An open file that pins memory. It needs no mapping, and the device need not be open. */
static void put_pinner(struct out *o, const struct walked *f)
{
	char path[WALKED_PATH];

	snprintf(path, sizeof(path), "%s", f->path);
	part__clean(path);
	out__text(o, " has open %s", path[0] ? path : "a file that pins memory");
	out__str(o, "kind", " (%s)", pinner__kind(f->kind));
	if (f->path[0])
		out__str(o, "path", NULL, f->path);
	out__int(o, "descriptors", NULL, f->items);
	put_fds(o, f);
}

/* An io_uring with none of the pages registered. Its requests in flight may still use some. */
static void put_ring(struct out *o, const struct walked *f)
{
	out__text(o, " has an io_uring");
	out__int(o, "inode", NULL, f->ino);
	out__hex(o, "object", NULL, f->object);
	put_fds(o, f);
}

/* One file that was asked for, or all files of a filesystem that a process has. */
static void put_file(struct report *r, const struct walked *f)
{
	bool map = f->how == PGR_WALK_MAP;
	char device[DEVICES_NAME_MAX], path[WALKED_PATH];
	struct out *o = r->out;

	part__device_name(r, f->dev, is_cdev(f), device, sizeof(device));
	snprintf(path, sizeof(path), "%s", f->path);
	part__clean(path);
	if (f->certain) {
		out__text(o, map ? " maps " : " ");
		if (path[0])
			out__text(o, "%s", path);
		else
			out__text(o, is_special(f) ? "%s" : "a file on %s", device);
	} else if (map) {
		out__text(o, " %" PRIu64 " mapping%s of files on %s", f->items,
			  f->items == 1 ? "" : "s", device);
	} else {
		out__text(o, " %" PRIu64 " open file%s on %s", f->items, f->items == 1 ? "" : "s",
			  device);
	}
	if (path[0] && !f->certain)
		out__text(o, ", as %s", path);
	if (f->path[0])
		out__str(o, "path", NULL, f->path);
	out__str(o, is_special(f) ? "device" : "filesystem", NULL, device);
	if (!is_special(f))
		out__int(o, "inode", f->certain ? ", inode %s" : NULL, f->ino);
	if (map) {
		out__int(o, "mappings", NULL, f->items);
		out__hex(o, "start", f->certain ? ", at %s" : NULL, f->start);
		out__hex(o, "end", NULL, f->end);
		out__int(o, "bytes", NULL, f->bytes);
	} else {
		out__int(o, "descriptors", NULL, f->items);
		put_fds(o, f);
	}
}

/* An open or mapped file keeps its DAX entries. The file itself holds no page. */
static bool keeps_entries(const struct walked *f, const struct pgr_sweep *pages)
{
	bool file = f->how == PGR_WALK_FD || f->how == PGR_WALK_MAP;

	for (unsigned int i = 0;
	     file && f->certain && pages && i < pages->nr_files && i < PGR_ENTRY_FILES; i++)
		if (pages->file[i].ino == f->ino && pages->file[i].dev == f->dev)
			return true;
	return false;
}

static void put_walked(struct report *r, const struct walked *f, const struct pgr_sweep *pages)
{
	struct out *o = r->out;

	out__object(o, NULL);
	out__str(o, "how", NULL, f->how < PGR_WALK_HOWS ? hows[f->how] : "?");
	out__str(o, "grade", NULL, grade__name(f->grade));
	out__text(o, "    %s (found)", in_words[f->grade]);
	out__style(o, OUT_NAME);
	part__task(o, "task", " %s:", &f->task);
	out__style(o, OUT_PLAIN);
	out__bool(o, "strong", NULL, f->certain);
	if (f->how == PGR_WALK_PINNER) {
		put_pinner(o, f);
	} else if (f->object && !f->pages) {
		put_ring(o, f);
	} else if (f->object) {
		out__text(o, "%s",
			  f->how < PGR_WALK_HOWS && objects[f->how] ? objects[f->how] : " ?");
		out__int(o, "inode", NULL, f->ino);
		out__hex(o, "object", NULL, f->object);
		put_fds(o, f);
		put_frames(o, f);
	} else {
		put_file(r, f);
		out__bool(o, "keeps_entries", ", which keeps its DAX entries",
			  keeps_entries(f, pages));
	}
	out__text(o, "\n");
	out__pop(o);
}

/* Names what the walks did not search. */
static void put_gaps(struct out *o, const struct walked_set *s)
{
	static const char *const walks[WALKS] = { "tasks", "open files", "mappings" };
	/* clang-format off */
	static const char *const strange[PGR_STRANGES] = {
		"pipes", "io_uring buffers", "rings without a descriptor", "AF_XDP umems",
		"the file of peer-to-peer memory",
	};
	/* clang-format on */
	bool any = false;

	out__bool(o, "complete", NULL, walked__complete(s));
	out__array(o, "not_looked_at");
	for (int w = 0; w < WALKS; w++) {
		if (s->done >> w & 1)
			continue;
		out__str(o, "", any ? ", %s" : "    not searched: all of %s", walks[w]);
		any = true;
	}
	if (!s->pages) {
		out__str(o, "", any ? ", %s" : "    not searched: %s",
			 "pages (the address of the struct pages is not known)");
		any = true;
	}
	if (!s->rings) {
		out__str(o, "", any ? ", %s" : "    not searched: %s",
			 "io_uring (its address is hidden, or it is not there)");
		any = true;
	}
	if (s->seen.pid_level) {
		out__str(o, "", any ? ", %s" : "    not searched: %s",
			 "tasks outside of this PID namespace");
		any = true;
	}
	for (int i = 0; i < PGR_STRANGES; i++) {
		char what[96];

		if (!(s->seen.strange >> i & 1))
			continue;
		snprintf(what, sizeof(what), "%s (their layout in this kernel is not known)",
			 strange[i]);
		out__str(o, "", any ? ", %s" : "    not searched: %s", what);
		any = true;
	}
	out__pop(o);
	out__int(o, "too_large", NULL, s->seen.cut);
	out__int(o, "unreadable", NULL, s->seen.faults);
	if (s->seen.cut || s->seen.faults) {
		out__text(o, "%s%s%" PRIu64 " pipes and rings%s",
			  any ? ", " : "    not searched: ", s->seen.cut ? "the end of " : "",
			  (uint64_t)(s->seen.cut + s->seen.faults),
			  s->seen.cut ? "" : " that could not be read");
		any = true;
	}
	if (any)
		out__text(o, "\n");
}

void part__walked(struct report *r, const struct walked_set *s, const struct pgr_sweep *pages)
{
	unsigned int listed = pages ? pages->listed : 0;
	bool could = false;
	struct out *o = r->out;

	if (!s)
		return;
	out__object(o, "found");
	if (s->err) {
		out__str(o, "why_not", "  found     no search: %s\n", s->why);
		out__pop(o);
		return;
	}
	out__text(o, "  found     ");
	if (listed) {
		out__int(o, "explained", "%s of", s->explained);
		out__int(o, "busy_listed", pages->busy > listed ? " the first %s" : " %s", listed);
		out__text(o, " busy page%s in pipes, rings or umems\n            ",
			  listed == 1 ? "" : "s");
	}
	out__int(o, "tasks", "searched %s tasks", s->seen.tasks);
	out__int(o, "files", ", %s files", s->seen.files);
	out__int(o, "pipes", NULL, s->seen.pipes);
	out__int(o, "rings", NULL, s->seen.rings);
	out__int(o, "umems", NULL, s->seen.umems);
	out__int(o, "pinners", NULL, s->seen.pinners);
	out__int(o, "mappings", ", %s mappings", s->seen.maps);
	out__span(o, "took_ns", " in %s\n", s->ns);
	out__array(o, "holders");
	for (size_t i = 0; i < s->nr; i++) {
		if (out__is_json(o) || i < WALKED_SHOWN)
			put_walked(r, &s->v[i], pages);
		could = could || s->v[i].grade == GRADE_COULD;
	}
	out__pop(o);
	part__more(o, s->nr, WALKED_SHOWN);
	/* If a holder was traced, print "no other holder", not "no holder". */
	if (!s->nr)
		out__text(o, "    no %sholder found%s\n", s->others ? "other " : "",
			  walked__complete(s) ? " in pipes, rings, mappings or open files" :
						" so far");
	out__int(o, "unexplained", s->unexplained ? "    %s" : NULL, s->unexplained);
	if (s->unexplained)
		out__text(o, " of %u busy pages: holder not found%s: %s\n", listed,
			  s->others ? ", nor traced" : "",
			  could ? "one listed as \"could hold it\",\n"
				  "      or a pin in flight, or held by the kernel" :
				  "a pin in flight, or held by the kernel");
	put_gaps(o, s);
	out__pop(o);
}

void report__refs(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  const struct walked_set *found)
{
	struct out *o = r->out;

	out__begin(o, "refs");
	part__list(r, p, sweep);
	out__text(o, "\n");
	part__driver(r, p, false);
	if (sweep)
		part__pages(r, p, sweep, "now");
	else
		out__text(o, "  pages     could not be swept\n");
	if (sweep && p->k.type == PGR_TYPE_FSDAX)
		part__entries(r, sweep, NULL, "now");
	if (pgmap__has_excess(p) && pgmap__excess(p) > 0)
		out__text(o,
			  "  holders   %" PRId64 " reference%s above the baseline: only 'trace' and "
			  "'watch'\n            see who takes references, from their start on\n",
			  pgmap__excess(p), pgmap__excess(p) == 1 ? "" : "s");
	part__walked(r, found, sweep);
	if ((pgmap__has_excess(p) && pgmap__excess(p) > 0) ||
	    (found && !found->err && found->unexplained))
		out__str(o, "next_time", "  next time  %s\n",
			 "run 'pgmapref watch' before: it names who takes what");
	report__list_hint(r, p);
	out__end(o);
}
