// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports pages: the figures of a sweep, and busy pages. */

#include "common/names.h"
#include "report/report_pages.h"
#include "report/report_parts.h"

#define PAGE_MAPPING_ANON 1 /* include/linux/page-flags.h, 6.1 and later */
#define PAGES_SHOWN 8

void part__busy_page(struct report *r, const struct pgr_busy_page *b)
{
	struct out *o = r->out;

	out__object(o, NULL);
	out__hex(o, "pfn", "    pfn %s", b->pfn);
	if (b->order)
		out__int(o, "order", " order %s", b->order);
	out__int(o, "refcount", " refcount %s", b->refcount);
	if (b->pins)
		out__int(o, "pins", " (%s pinned)", b->pins);
	if (b->mapcount)
		out__int(o, "mapcount", " mapped %s", b->mapcount);
	if (b->ino || b->chr) {
		/* The inode of a device-dax has no number. */
		if (b->ino)
			out__int(o, "inode", " inode %s", b->ino);
		part__put_path(r, NULL, b->dev, b->ino, b->pfn);
		part__device(r, b->dev, b->chr);
		out__int(o, "index", " index %s", b->index);
	} else if (b->mapping > 3 && (b->mapping & 3) == PAGE_MAPPING_ANON) {
		/* Its anon_vma may be gone by now; the page itself has the index of its mapping. */
		out__bool(o, "anonymous", " anonymous", true);
		out__hex(o, "mapping", NULL, b->mapping);
		out__int(o, "index", " index %s", b->index);
	} else if (b->mapping) {
		out__hex(o, "mapping", " mapping %s", b->mapping);
	}
	out__text(o, "\n");
	out__pop(o);
}

/* Why the sweep did not see all pages of 4 KiB << order, and how many it could not read. */
static void put_gap(struct out *o, const struct pgr_sweep *s, unsigned int order)
{
	uint64_t left = s->pages > s->seen + s->faults ? s->pages - s->seen - s->faults : 0;
	const char *unreadable = NULL, *not_swept = NULL;
	bool late = false;

	if (s->flags & PGR_SWEEP_NO_VMEMMAP)
		out__text(o, " (the address of the struct pages is not known)");
	else if (s->flags & PGR_SWEEP_NO_IDLE)
		out__text(o, " (the idle refcount of this type is not known)");
	else if (s->flags & PGR_SWEEP_OUT_OF_TIME)
		late = true;
	else if (s->flags & PGR_SWEEP_TRUNCATED && left)
		not_swept = " (%s in ranges that are not stored)";
	else if (!(s->flags & PGR_SWEEP_DONE) || s->faults)
		unreadable = " (%s could not be read)";
	out__int(o, "unreadable", unreadable, s->faults);
	out__int(o, "not_swept", late ? " (out of time: %s not looked at" : not_swept, left);
	if (late)
		out__text(o, ", %.1f GiB)", (double)left * (1ULL << order) / (1 << 18));
}

void part__pages(struct report *r, const struct pgmap *p, const struct pgr_sweep *s,
		 const char *when)
{
	struct out *o = r->out;
	char size[32];

	out__object(o, "pages");
	out__str(o, "when", NULL, when);
	part__size(p->k.vmemmap_shift, size, sizeof(size));
	out__int(o, NULL, "  pages     %s busy", s->busy);
	out__int(o, "looked_at", *size ? " of %s pages" : " of %s", s->seen);
	out__text(o, "%s swept, %s", size, when);
	out__int(o, "of", NULL, s->pages);
	out__int(o, "busy", NULL, s->busy);
	out__int(o, "mapped", s->mapped ? ", %s mapped" : NULL, s->mapped);
	out__int(o, "extra_references", NULL, s->extra);
	out__int(o, "pins", NULL, s->pins);
	out__int(o, "other_references", NULL, s->others);
	put_gap(o, s, p->k.vmemmap_shift);
	out__int(o, "took_ns", NULL, s->ns);
	out__text(o, "\n");
	out__array(o, "list");
	for (unsigned int i = 0; i < s->listed && i < PGR_BUSY; i++) {
		if (out__is_json(o) || i < PAGES_SHOWN)
			part__busy_page(r, &s->list[i]);
	}
	out__pop(o);
	part__more(o, s->busy, PAGES_SHOWN);
	out__pop(o);
}
