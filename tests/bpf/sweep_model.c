// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "sweep_model.h"

struct pgr_range model__ranges[RANGES];

static bool in_use(const struct model *m, bool busy, uint64_t mapping)
{
	if (m->w->type == PGR_TYPE_FSDAX)
		return busy || mapping;
	return busy && m->w->type == PGR_TYPE_PRIVATE;
}

static void model_file(struct model *m, uint64_t mapping, uint64_t pfn, uint64_t index,
		       uint64_t pages, bool entry)
{
	struct pgr_entry_file *f = m->r.file;

	while (f < m->r.file + m->r.nr_files && f->mapping != mapping)
		f++;
	if (f == m->r.file + PGR_ENTRY_FILES) {
		m->r.other_pages += pages;
		return;
	}
	if (f == m->r.file + m->r.nr_files) {
		m->r.nr_files++;
		*f = (struct pgr_entry_file){ .mapping = mapping,
					      .first_index = index,
					      .first_pfn = pfn };
	}
	f->entries += entry;
	f->pages += pages;
	if (index < f->first_index)
		f->first_index = index;
	if (index + pages - 1 > f->last_index)
		f->last_index = index + pages - 1;
	f->last_pfn = pfn + pages - 1;
}

static void model_entries(struct model *m, uint64_t pfn, const uint8_t *p)
{
	uint64_t mapping = world__word(p, world__at.mapping),
		 index = world__word(p, world__at.index), n = 1, pages = 1;
	bool large = world__word(p, 0) & world__at.head, entry = true;

	if (world__now->share == PGR_SHARE_MARKED ? mapping == 1 : mapping == 0) {
		mapping = 0;
		n = index;
		if (world__now->share == PGR_SHARE_UNSURE && !large) {
			m->r.maybe_shared += index != 0;
			n = 0;
		}
	} else {
		mapping &= ~3ULL;
		n = mapping != 0;
	}
	if (!n)
		return;
	if (large)
		pages <<= p[world__at.order] & 31;
	if (!mapping)
		m->r.shared_pages += pages;
	else if (pfn < m->entry_end)
		entry = false;
	else if (!large && !((pfn | index) & 511) && mapping == world__file[0])
		m->entry_end = pfn + 512; /* only file 0 has 2 MiB entries */
	if (entry)
		m->r.entries += n;
	m->r.entry_pages += pages;
	if (mapping)
		model_file(m, mapping, pfn, index, pages, entry);
}

static void model_page(struct model *m, uint64_t pfn)
{
	const uint8_t *p = world__page(m->w, pfn);
	bool tail = world__word(p, world__at.compound) & 1,
	     large = world__word(p, 0) & world__at.head;
	int32_t refs = world__number(p, world__at.refcount), maps;
	struct pgr_sweep *r = &m->r;
	uint32_t pins;

	r->seen++;
	if (tail)
		return;
	if (m->w->type == PGR_TYPE_FSDAX &&
	    (world__word(p, world__at.mapping) || world__word(p, world__at.index)))
		model_entries(m, pfn, p);
	r->used += world__now->series &&
		   in_use(m, refs > m->w->idle, world__word(p, world__at.mapping));
	if (refs <= m->w->idle)
		return;
	maps = world__number(p, large ? world__at.large_mapcount : world__at.mapcount) + 1;
	if (maps < 0 || !m->w->u->rodata->maps_hold[m->w->type])
		maps = 0;
	r->mapped += maps > 0;
	refs -= m->w->idle + maps;
	if (refs <= 0)
		return;
	r->busy++;
	r->extra += refs;
	pins = large ? (uint32_t)world__number(p, world__at.pincount) : (uint32_t)refs / 1024;
	if (pins > (uint32_t)refs)
		pins = refs;
	r->pins += pins;
	r->others += large ? (uint32_t)refs - pins : (uint32_t)refs % 1024;
	m->rows[m->nr_rows++] = (struct pgr_busy_row){
		.pfn = pfn, .extra = refs, .pins = pins, .order = large ? p[world__at.order] : 0
	};
	if (r->listed == PGR_BUSY)
		return;
	r->list[r->listed++] = (struct pgr_busy_page){
		.pfn = pfn,
		.mapping = world__word(p, world__at.mapping),
		.index = world__word(p, world__at.index),
		.refcount = world__number(p, world__at.refcount),
		.mapcount = maps,
		.order = large ? p[world__at.order] : 0,
		.pins = pins,
	};
}

/* Does the read of this page fail? One reads a head; with copies a frame; else a part. */
static bool fails(struct model *m, uint64_t pfn, uint64_t first, uint32_t shift, bool *failed)
{
	uint64_t unit = shift ? 1 : world__now->loads ? PART : FRAME;

	if (world__now->failing && (pfn == first || !(pfn % unit)))
		*failed = m->reads++ % world__now->failing == 0;
	return world__now->failing && *failed;
}

void model__range(struct model *m, const struct pgr_pgmap *p, uint32_t k)
{
	uint64_t first = model__ranges[k].start >> 12, limit = (model__ranges[k].end >> 12) + 1;
	bool failed = false;

	if (k == 0)
		first += p->altmap_pages;
	for (uint64_t pfn = first; pfn + (1 << p->vmemmap_shift) <= limit;
	     pfn += 1 << p->vmemmap_shift) {
		if (!world__page(m->w, pfn) || fails(m, pfn, first, p->vmemmap_shift, &failed))
			m->r.faults++;
		else
			model_page(m, pfn);
	}
}
