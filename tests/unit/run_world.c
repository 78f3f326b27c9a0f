// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/symbols.h"
#include "kernel/tracer_read.h"
#include "out_dir.h"
#include "run_world.h"

struct fake_tracer kernel;
struct options o;
struct run run;
uint64_t start;

static int load_symbols(struct symbols **out)
{
	char path[] = "/tmp/test_run.XXXXXX";
	int fd = mkstemp(path), err;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		return -1;
	fprintf(f, "ffffffff81000000 T _text\n"
		   "ffffffff81000100 T percpu_ref_put_many\n"
		   "ffffffff81000200 T vfs_write\n"
		   "ffffffff81000300 T asm_sysvec_apic_timer_interrupt\n"
		   "ffffffff81000400 T _etext\n"
		   "ffffffffc0101000 d dmirror_devmem_ops\t[test_hmm]\n");
	err = fclose(f) ? -1 : symbols__load(path, NULL, out);
	unlink(path);
	return err;
}

static int get_stack(void *tracer, uint64_t key, struct pgr_stack *out)
{
	return tracer__stack(tracer, key, out);
}

const struct verb *verb_of(const char *name)
{
	const struct verb *v = verbs;

	while (strcmp(v->name, name))
		v++;
	return v;
}

int set_up(void **state)
{
	if (make_dir(state))
		return -1;
	fake_tracer__init(&kernel);
	start = clock__now() / 2;
	o = (struct options){ .verb = verb_of("trace"),
			      .interval_ns = SECOND_NS,
			      .stuck_ns = start / 2,
			      .quiet = true };
	memset(&run, 0, sizeof(run));
	run.o = &o;
	run.k.tracer = fake_tracer__as_tracer(&kernel);
	if (load_symbols(&run.k.symbols))
		return -1;
	run.out.report.details = true;
	run.out.report.symbols = run.k.symbols;
	run.out.report.plan = &kernel.plan;
	run.out.report.alive = &kernel.alive;
	run.out.report.stack = get_stack;
	run.out.report.stack_ctx = run.k.tracer;
	run.out.report.out = open_out(false);
	return 0;
}

int tear_down(void **state)
{
	if (run.out.report.out)
		out__close(run.out.report.out);
	name_set__clear(&run.end.judged);
	tally__free(&run.end.tally);
	name_set__clear(&run.out.generated);
	pgmaps__free(&run.model.pgmaps);
	blocked__free(&run.model.blocked);
	symbols__free(run.k.symbols);
	exact__close(run.k.exact);
	return remove_dir(state);
}

/* All that the run has written. Closes the output: the run can write nothing more. */
const char *written(void)
{
	out__close(run.out.report.out);
	run.out.report.out = NULL;
	return read_file(out_path);
}

struct fake_pgmap *make_pgmap(uint32_t id, uint32_t flags)
{
	struct fake_pgmap *p = &kernel.pgmap[kernel.nr++];

	p->k = rec_pgmap(id);
	p->k.addr = ADDR + id;
	p->k.type = PGR_TYPE_GENERIC;
	p->k.flags = flags;
	p->k.born_ns = start;
	p->k.first = (struct pgr_range){ 0xfff000000000 + ((uint64_t)id << 24),
					 0xfff0001fffff + ((uint64_t)id << 24) };
	p->k.span = p->k.first;
	snprintf(p->k.dev, sizeof(p->k.dev), "%s", NAME);
	p->value = p->k.baseline;
	p->sweep = (struct pgr_sweep){ .pages = 512, .seen = 512, .flags = PGR_SWEEP_DONE };
	return p;
}

void bear(uint32_t id)
{
	struct fake_pgmap *p = make_pgmap(id, 0);
	struct pgr_rec_pgmap r = { .h = { PGR_REC_PGMAP, id, start }, .pgmap = p->k };

	RECORD(r);
}

void feed_begin(uint32_t id, uint64_t ns, int64_t excess)
{
	struct pgr_rec_teardown r = rec_begin(id, start + ns, 513 + excess);

	RECORD(r);
	kernel.pgmap[0].ref_flags = PGR_REF_DYING;
	kernel.pgmap[0].value = excess;
}

void feed_drained(uint32_t id, uint64_t ns)
{
	struct pgr_rec_step r = rec_drained(id, start + ns);

	RECORD(r);
}

void feed_sweep(uint32_t id, uint64_t ns, uint32_t final, uint64_t busy)
{
	struct pgr_rec_sweep r = rec_sweep(id, start + ns, final, busy);

	RECORD(r);
}

void feed_gone(uint32_t id, uint64_t ns)
{
	struct pgr_rec_step r = rec_gone(id, start + ns);

	kernel.pgmap[0].gone = true;
	kernel.pgmap[0].sample_err = -ESTALE;
	RECORD(r);
}

struct pgmap *p_of(uint32_t id)
{
	struct pgmap *p = pgmaps__find(&run.model.pgmaps, id);

	assert_non_null(p);
	return p;
}
