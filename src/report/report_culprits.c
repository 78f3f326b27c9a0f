// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "kernel/walked.h"
#include "model/frames.h"
#include "report/report_culprits.h"
#include "report/report_parts.h"
#include "report/report_words.h"

#define ROWS_SHOWN 12
#define INDENT 6 /* columns before what is said of a task */
#define LEAD "      "
#define NAME_MAX_COLUMNS 26
#define FEW 4 /* culprits, of each of which the command line is shown */

/* How the object that was found is called in a sentence. */
static const char *const objects[PGR_WALK_HOWS] = {
	[PGR_WALK_MAP] = "a mapping",
	[PGR_WALK_FD] = "an open file",
	[PGR_WALK_URING] = "a buffer of an io_uring",
	[PGR_WALK_PIPE] = "a pipe",
	[PGR_WALK_PINNER] = "an open file that pins memory",
	[PGR_WALK_XDP] = "the umem of an AF_XDP socket",
};

/* What was done to them. */
static const char *const done_to[CULPRIT_WHATS] = {
	[CULPRIT_REFERENCE] = "taken", [CULPRIT_DEVICE_PAGE] = "allocated",
	[CULPRIT_FOLIO] = "taken",     [CULPRIT_ENTRY] = "mapped",
	[CULPRIT_PIN] = "pinned",      [CULPRIT_LATE] = "taken late,",
	[CULPRIT_OBJECT] = NULL,
};

/* "comm/pid"; "no task" for what an interrupt or a callback did. */
static const char *name_of(const struct culprit_row *row, char *buf, size_t len)
{
	if (!row->task.tgid)
		snprintf(buf, len, "no task");
	else
		part__task_text(&row->task, buf, len);
	return buf;
}

static unsigned int name_columns(const struct culprits *c, size_t nr)
{
	unsigned int columns = 0;
	char task[64];

	for (size_t i = 0; i < nr; i++) {
		name_of(&c->v[i], task, sizeof(task));
		columns = MAX(columns, (unsigned int)strlen(task));
	}
	return MIN(columns, NAME_MAX_COLUMNS);
}

static void put_object(struct report *r, const struct walked *w)
{
	struct out *o = r->out;
	char path[WALKED_PATH];

	out__paragraph(o, LEAD, INDENT + 2);
	out__str(o, "in", "has them in %s", objects[w->how]);
	snprintf(path, sizeof(path), "%s", w->path);
	if (path[0])
		out__str(o, "path", " of %s", part__clean(path));
	out__array(o, "fds");
	for (unsigned int i = 0; i < w->nr_fds; i++)
		out__int(o, "", i ? ", %s" : ", fd %s", w->fds[i]);
	out__pop(o);
	out__paragraph_end(o);
}

/* The call by which a group of rows took what it has. */
static void put_way(struct report *r, const struct culprit_row *row, size_t rows)
{
	struct out *o = r->out;
	char way[256];

	if (!*part__way(r, row->stack, way, sizeof(way)))
		return;
	out__paragraph(o, LEAD, INDENT + 2);
	out__str(o, NULL, rows > 2 ? "all at %s" : rows == 2 ? "both at %s" : "at %s", way);
	out__paragraph_end(o);
	if (r->stacks == STACKS_FULL)
		part__stack(r, NULL, row->stack, "           ");
}

/* The path of an inode that the search has seen open or mapped; NULL: it has not. */
static const char *path_of(const struct walked_set *s, const struct pgr_busy_page *b)
{
	for (size_t i = 0; s && !s->err && i < s->nr; i++)
		if (s->v[i].path[0] && s->v[i].ino == b->ino && s->v[i].dev == b->dev)
			return s->v[i].path;
	return NULL;
}

static void name_file(struct report *r, const struct finding *f, const struct pgr_busy_page *b,
		      char *buf, size_t len)
{
	const char *seen = path_of(f->found, b);
	char device[DEVICES_NAME_MAX], mount[256], path[PART_PATH];

	part__device_name(r, b->dev, b->chr, device, sizeof(device));
	if (b->chr)
		snprintf(buf, len, "/dev/%s", device);
	else if (seen)
		snprintf(buf, len, "%s", seen);
	else if (part__path(r, b->dev, b->ino, b->pfn, path))
		snprintf(buf, len, "%s", path);
	else if (r->mount_point && !r->mount_point(r->names_ctx, b->dev, mount, sizeof(mount)))
		snprintf(buf, len, "inode %" PRIu64 " of %s (find %s -xdev -inum %" PRIu64 ")",
			 (uint64_t)b->ino, mount, mount, (uint64_t)b->ino);
	else
		snprintf(buf, len, "inode %" PRIu64 " on %s", (uint64_t)b->ino, device);
	part__clean(buf);
}

/*
 * The pages of a row, of one file or device: the first and the last one. Returns false if they are
 * not known.
 */
static bool find_place(const struct culprit_row *row, const struct finding *f,
		       struct pgr_busy_page *first, struct pgr_busy_page *last)
{
	bool any = false;

	if (row->what == CULPRIT_ENTRY && row->holder->ino) {
		*first = *last = (struct pgr_busy_page){ .ino = row->holder->ino,
							 .dev = row->holder->dev,
							 .pfn = row->holder->first_pfn };
		first->index = row->holder->first_index;
		last->index = row->holder->last_index;
		return true;
	}
	if (!f->pages || !row->last_pfn || row->what == CULPRIT_REFERENCE)
		return false;
	for (unsigned int i = 0; i < f->pages->listed && i < PGR_BUSY; i++) {
		const struct pgr_busy_page *b = &f->pages->list[i];

		if (b->pfn < row->first_pfn || b->pfn > row->last_pfn || (!b->ino && !b->chr))
			continue;
		if (!any)
			*first = *b;
		any = true;
		if (b->ino == first->ino && b->dev == first->dev)
			*last = *b;
	}
	return any;
}

/* Which pages of which file or device: of the first one that is known. */
static void put_place(struct report *r, const struct culprit_row *row, const struct finding *f)
{
	struct pgr_busy_page first = { 0 }, last = { 0 };
	struct out *o = r->out;
	char file[640];

	if (out__is_json(o) || !find_place(row, f, &first, &last))
		return;
	name_file(r, f, &first, file, sizeof(file));
	out__paragraph(o, LEAD, INDENT + 2);
	out__int(o, NULL, first.index == last.index ? "page %s" : "pages %s", first.index);
	out__int(o, NULL, first.index == last.index ? NULL : " to %s", last.index);
	out__str(o, NULL, " of %s", file);
	out__paragraph_end(o);
}

/* Sets *id. Returns false if nothing can be told. */
static bool identify(struct report *r, const struct culprit_row *row, struct identity *id)
{
	struct identity_key key = { .tgid = row->task.tgid, .seen_ns = row->first_ns };

	*id = (struct identity){ 0 };
	if (!r->identify || !key.tgid)
		return false;
	r->identify(r->names_ctx, &key, id);
	return id->state != IDENTITY_UNKNOWN;
}

/* The command line, and whose it is. few: in text, too. */
static void put_identity(struct out *o, const struct identity *id, bool few)
{
	if (id->state != IDENTITY_ALIVE)
		return;
	if (few)
		out__paragraph(o, LEAD, INDENT + 2);
	out__str(o, "command", !few ? NULL : id->command_cut ? "%s ..." : "%s", id->command);
	if (id->user[0])
		out__str(o, "user", few ? "; user %s" : NULL, id->user);
	if (id->unit[0])
		out__str(o, "unit", few ? ", unit %s" : NULL, id->unit);
	if (id->container[0])
		out__str(o, "container", few ? ", %s" : NULL, id->container);
	if (id->pod[0])
		out__str(o, "pod", few ? ", pod %s" : NULL, id->pod);
	if (few)
		out__paragraph_end(o);
}

/* The test of a suite in which it was taken. */
static void put_test(struct report *r, const struct culprit_row *row)
{
	const char *test = r->marks && row->first_ns ? marks__at(r->marks, row->first_ns) : NULL;

	if (!test)
		return;
	out__paragraph(r->out, LEAD, INDENT + 2);
	out__str(r->out, "test", "in %s", test);
	out__paragraph_end(r->out);
}

static void put_row(struct report *r, const struct finding *f, const struct culprit_row *row,
		    unsigned int columns, bool few, uint64_t now)
{
	struct out *o = r->out;
	char name[128], task[64];
	struct identity id;

	out__object(o, NULL);
	/* Without %s: the number is not shown. */
	out__int(o, "n", row->certain ? "%4s" : "   ?", row->n);
	out__bool(o, "certain", NULL, row->certain);
	snprintf(name, sizeof(name), "  %-*s", (int)columns, name_of(row, task, sizeof(task)));
	out__style(o, OUT_NAME);
	out__str(o, NULL, "%s", name);
	out__style(o, OUT_PLAIN);
	part__task(o, "task", NULL, &row->task);
	out__str(o, "what", NULL, culprit__what_name(row->what));
	if (identify(r, row, &id))
		out__str(o, "state", row->first_ns ? "  %-6s" : "  %s",
			 identity_state__name(id.state));
	if (row->first_ns && done_to[row->what]) {
		out__str(o, NULL, "  %s", done_to[row->what]);
		out__span(o, "age_ns", " %s ago", part__since(now, row->first_ns));
	}
	part__site(r, row->stack, NULL);
	out__text(o, "\n");
	put_test(r, row);
	put_identity(o, &id, few);
	put_place(r, row, f);
	if (row->walked)
		put_object(r, row->walked);
	out__pop(o);
}

/* How many rows from i on have one stack. */
static size_t group_at(const struct culprits *c, size_t i, size_t nr)
{
	size_t n = 1;

	while (c->v[i].stack && i + n < nr && c->v[i + n].stack == c->v[i].stack &&
	       c->v[i + n].what == c->v[i].what)
		n++;
	return n;
}

/* What is left of the rows that are not shown. */
static void put_more(struct out *o, const struct culprits *c, size_t shown)
{
	int64_t n = 0;

	for (size_t i = shown; i < c->nr; i++)
		n += c->v[i].certain ? c->v[i].n : 0;
	out__int(o, NULL, shown < c->nr ? "%4s  of" : NULL, n);
	out__int(o, NULL, shown < c->nr ? " %s more\n" : NULL, (int64_t)(c->nr - shown));
}

static void put_nobody(struct report *r, const struct finding *f, const struct culprits *c)
{
	char lead[32], words[WORDS_MAX];

	if (c->known >= c->left)
		return;
	snprintf(lead, sizeof(lead), "%4" PRId64 "  ", c->left - c->known);
	out__paragraph(r->out, lead, INDENT);
	out__str(r->out, NULL, "%s", words__nobody(f, c, words, sizeof(words)));
	out__paragraph_end(r->out);
}

static const char *left_format(const struct culprits *c)
{
	if (c->of_pages)
		return c->left == 1 ? "%s page accounted for\n" : "%s pages accounted for\n";
	return c->left == 1 ? "%s reference accounted for\n" : "%s references accounted for\n";
}

void part__culprits(struct report *r, const struct finding *f, const struct culprits *c,
		    uint64_t now)
{
	size_t nr = out__is_json(r->out) ? c->nr : MIN(c->nr, ROWS_SHOWN);
	unsigned int columns = name_columns(c, nr);
	struct out *o = r->out;

	if (c->left > 0 || c->nr)
		out__text(o, "\n");
	out__int(o, "left_known", c->left > 0 ? "WHO   %s of " : c->nr ? "WHO\n" : NULL, c->known);
	out__int(o, "left", c->left > 0 ? left_format(c) : NULL, c->left);
	out__array(o, "culprits");
	for (size_t i = 0; i < nr;) {
		size_t n = group_at(c, i, nr);

		for (size_t k = i; k < i + n; k++)
			put_row(r, f, &c->v[k], columns, c->nr <= FEW, now);
		if (!out__is_json(o))
			put_way(r, &c->v[i], n);
		i += n;
	}
	out__pop(o);
	put_more(o, c, nr);
	put_nobody(r, f, c);
}
