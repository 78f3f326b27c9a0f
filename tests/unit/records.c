// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "records.h"

struct pgr_task rec_task(uint32_t tid)
{
	struct pgr_task t = { .tgid = tid, .tid = tid + 1 };

	snprintf(t.comm, sizeof(t.comm), "task-%u", tid);
	return t;
}

struct pgr_pgmap rec_pgmap(uint32_t id)
{
	return (struct pgr_pgmap){
		.addr = ADDR,
		.id = id,
		.type = PGR_TYPE_FSDAX,
		.born_ns = BORN_NS,
		.pages = 512,
		.baseline = 513,
		.nr_range = 1,
		.first = { 0x100000000, 0x1001fffff },
		.span = { 0x100000000, 0x1001fffff },
		.creator = rec_task(10),
		.dev = "namespace0.0",
	};
}

struct pgr_rec_pgmap rec_birth(uint32_t id)
{
	return (struct pgr_rec_pgmap){
		.h = { PGR_REC_PGMAP, id, BORN_NS },
		.pgmap = rec_pgmap(id),
	};
}

struct pgr_rec_teardown rec_begin(uint32_t id, uint64_t ns, int64_t value)
{
	return (struct pgr_rec_teardown){
		.h = { PGR_REC_TEARDOWN, id, ns },
		.value = value,
		.ref_flags = PGR_REF_ATOMIC,
		.entries = 7,
		.task = rec_task(20),
		.stack = SITE,
	};
}

struct pgr_rec_sweep rec_sweep(uint32_t id, uint64_t ns, uint32_t final, uint64_t busy)
{
	return (struct pgr_rec_sweep){
		.h = { PGR_REC_SWEEP, id, ns },
		.final = final,
		.sweep = { .pages = 512, .seen = 512, .busy = busy, .flags = PGR_SWEEP_DONE },
	};
}

struct pgr_rec_step rec_step(uint32_t record, uint32_t id, uint64_t ns)
{
	return (struct pgr_rec_step){
		.h = { record, id, ns },
		.task = rec_task(30),
		.events = { 11, 12, 13, 14, 15, 16 },
		.entries = 17,
		.entry_pages = 18,
		.foreign_puts = 19,
		.former_deletes = 20,
		.drains = 21,
		.drain_refs = 22,
		.drain_known = 23,
	};
}

struct pgr_rec_step rec_drained(uint32_t id, uint64_t ns)
{
	return rec_step(PGR_REC_DRAINED, id, ns);
}

struct pgr_rec_step rec_gone(uint32_t id, uint64_t ns)
{
	return rec_step(PGR_REC_GONE, id, ns);
}

struct pgr_rec_move rec_move(uint32_t record, uint32_t id, uint64_t ns, int64_t n)
{
	return (struct pgr_rec_move){
		.h = { record, id, ns },
		.task = rec_task(40),
		.taker = rec_task(50),
		.pfn = 0x100001,
		.n = n,
		.value = 3,
		.held_ns = 99,
		.ref_flags = PGR_REF_DYING,
	};
}

struct pgr_rec_event rec_event(uint32_t id, uint64_t ns, int64_t value)
{
	return (struct pgr_rec_event){
		.h = { PGR_REC_EVENT, id, ns },
		.event = PGR_EV_DELETE,
		.n = -1,
		.value = value,
		.entries = 4,
		.stack = SITE,
		.task = rec_task(60),
		.taker = rec_task(70),
	};
}

size_t rec_any(union any_record *r, uint32_t record)
{
	memset(r, 0, sizeof(*r));
	switch (record) {
	case PGR_REC_PGMAP:
		r->pgmap = rec_birth(5);
		return sizeof(r->pgmap);
	case PGR_REC_TEARDOWN:
		r->teardown = rec_begin(3, 4000, 520);
		return sizeof(r->teardown);
	case PGR_REC_SWEEP:
		r->sweep = rec_sweep(3, 4000, 0, 9);
		return sizeof(r->sweep);
	case PGR_REC_DRAINED:
	case PGR_REC_GONE:
		r->step = rec_step(record, 3, 4000);
		return sizeof(r->step);
	case PGR_REC_LATE:
	case PGR_REC_DRAIN:
	case PGR_REC_PUT:
		r->move = rec_move(record, 3, 4000, 1);
		return sizeof(r->move);
	case PGR_REC_EVENT:
		r->event = rec_event(3, 4000, 520);
		return sizeof(r->event);
	default:
		r->h = (struct pgr_header){ record, 3, 4000 };
		return sizeof(r->h);
	}
}
