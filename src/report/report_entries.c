// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports DAX entries that pages of a pgmap still have: the files, and the indexes in them. */
#include "report/report_entries.h"
#include "report/report_parts.h"

#define MOUNT_POINT_MAX 256 /* longer paths are cut */

static void put_entry_file(struct report *r, const struct pgr_entry_file *f)
{
	struct out *o = r->out;
	char at[MOUNT_POINT_MAX];

	out__object(o, NULL);
	out__int(o, "inode", "    inode %s", f->ino);
	part__put_path(r, " %s", f->dev, f->ino, f->first_pfn);
	part__device(r, f->dev, false);
	if (r->mount_point && !r->mount_point(r->names_ctx, f->dev, at, sizeof(at)))
		out__str(o, "mounted_at", ", mounted at %s", part__clean(at));
	out__bool(o, "without_name", ", deleted file", f->unlinked);
	out__text(o, "\n");
	out__int(o, "entries", f->entries == 1 ? "      %s entry" : "      %s entries", f->entries);
	out__int(o, "pages", f->pages == 1 ? " on %s page" : " on %s pages", f->pages);
	out__int(o, "first_index", ", index %s", f->first_index);
	out__int(o, "last_index", f->last_index != f->first_index ? " to %s" : NULL, f->last_index);
	out__hex(o, "first_pfn", ", pfn %s", f->first_pfn);
	out__hex(o, "last_pfn", f->last_pfn != f->first_pfn ? " to %s" : NULL, f->last_pfn);
	out__text(o, "\n");
	out__pop(o);
}

static uint64_t traced_pages(const struct ledger *l)
{
	uint64_t n = 0;

	for (size_t i = 0; l && i < ledger__nr(l); i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_ENTRY)
			n += ledger__holder(l, i)->pages;
	return n;
}

void part__entries(struct report *r, const struct pgr_sweep *s, const struct ledger *l,
		   const char *when)
{
	uint64_t traced = traced_pages(l);
	struct out *o = r->out;

	if (!out__is_json(o) && !s->entry_pages && !s->maybe_shared)
		return;
	if (traced > s->entry_pages)
		traced = s->entry_pages;
	out__object(o, "dax_entries");
	if (s->entry_pages || out__is_json(o)) {
		out__int(o, "entries",
			 s->entries == 1 ? "  entries   %s DAX entry" : "  entries   %s DAX entries",
			 s->entries);
		out__int(o, "pages", s->entry_pages == 1 ? " on %s page" : " on %s pages",
			 s->entry_pages);
		out__text(o, ", %s", when);
		if (l)
			out__int(o, "traced_pages",
				 traced == 1 ?
					 ";\n            the inserting task is known for %s page" :
					 ";\n            the inserting task is known for %s pages",
				 traced);
		out__text(o, "\n");
	}
	out__array(o, "files");
	for (unsigned int i = 0; i < s->nr_files && i < PGR_ENTRY_FILES; i++)
		put_entry_file(r, &s->file[i]);
	out__pop(o);
	out__int(o, "shared_pages",
		 s->shared_pages ? "    %s pages that several files share\n" : NULL,
		 s->shared_pages);
	out__int(o, "other_pages", s->other_pages ? "    … and %s pages of more files\n" : NULL,
		 s->other_pages);
	out__int(o, "maybe_shared_pages", NULL, s->maybe_shared);
	out__pop(o);
}
