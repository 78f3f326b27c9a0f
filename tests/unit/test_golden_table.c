// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of list: several pgmaps, one, none; with all figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_text.h"
#include "models.h"
#include "report/report_list.h"

static struct pgmap pgmaps[4];
static struct pgr_sweep sweeps[4];
static struct list_row rows[4];
static size_t nr;
static bool history, selected;

static void put(struct report *r)
{
	report__table(r, rows, nr, history, selected);
}

/* Another pgmap like that of the model, at rest. */
static struct pgmap *add(const char *name, enum pgr_type type, uint64_t bytes)
{
	struct pgmap *p = &pgmaps[nr];

	*p = m.p;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->k.type = type;
	p->k.id = nr + 1;
	p->k.nr_range = 1;
	p->k.first.end = p->k.first.start + bytes - 1;
	sweeps[nr] = m.sweep;
	rows[nr] = (struct list_row){ .p = p, .sweep = &sweeps[nr] };
	nr++;
	return p;
}

static void begin(void)
{
	fresh_model();
	m.r.details = false;
	nr = 0;
	history = selected = false;
}

static void test_tables(void **state)
{
	struct pgmap *p;

	(void)state;
	golden__begin("table");
	begin();
	golden__add("none", &m.r, put);
	selected = true;
	golden__add("none of those that were asked for", &m.r, put);

	begin();
	add("pmem0", PGR_TYPE_FSDAX, 512 << 20);
	golden__add_width("one, at rest", &m.r, put, 80);

	p = add("pmem1", PGR_TYPE_FSDAX, 1536ull << 20);
	p->value += 4;
	p->waiter = (struct pgmap_waiter){ .task = task_of("bash", 271, 271),
					   .ns = 92 * SEC,
					   .unbinds = true };
	strcpy(rows[1].used_by, "/mnt/dax (ext4)");
	p = add("pgmapref_fault", PGR_TYPE_PRIVATE, 128 << 20);
	p->has_value = false;
	sweeps[2].flags = PGR_SWEEP_OUT_OF_TIME;
	sweeps[2].busy = 7;
	p = add("0000:01:00.0", PGR_TYPE_P2PDMA, 64 << 20);
	p->k.nr_range = 2;
	p->value -= 1;
	sweeps[3].busy = 1026;
	p->waiter = (struct pgmap_waiter){ .task = task_of("rm", 200, 200), .ns = 41 * SEC };
	strcpy(rows[3].used_by, "/mnt/a\033b (xfs)");
	golden__add("four", &m.r, put);
	golden__add_color("four", &m.r, put);
	m.r.details = true;
	golden__add("all figures", &m.r, put);
	m.r.details = false;
	rows[2].sweep = NULL;
	nr = 3;
	history = true;
	golden__add("with histories; pages were not looked at", &m.r, put);
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST_MODEL(test_tables) };

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}
