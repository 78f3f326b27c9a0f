// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run asks the finder, and when. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "bdevs.h"
#include "finder.h"
#include "run.h"
#include "symbols.h"

/* A report is not held up for longer by a process that sleeps with its mmap_lock. */
#define FIND_NS 10000000000ULL

void run__see_cdevs(struct run *s)
{
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
		if (p->k.type == PGR_TYPE_GENERIC && p->state == PGMAP_LIVE && p->named && !p->cdev)
			devices__cdev_number(NULL, p->name, &p->cdev);
}

/*
 * Processes map peer-to-peer memory by a file in sysfs (drivers/pci/p2pdma.c, 6.2 and later), whose
 * inode it takes no lock to learn.
 */
static void add_p2pmem(struct pgr_find_query *q, const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/p2pmem/allocate", name);
	if (!stat(path, &st))
		find_query__inode(q, st.st_ino, major(st.st_dev) << 20 | minor(st.st_dev));
}

static void ask(struct run *s, const struct pgmap *p, const struct pgr_sweep *pages,
		struct pgr_find_query *q)
{
	find_query__set(q, &p->k, pages);
	q->vmemmap_base = tracer__vmemmap(s->tracer);
	q->uring_release = symbols__addr(s->symbols, FINDER_RING);
	/* One whose unbind is under way has none any more; a busy page may tell. */
	if (p->cdev)
		q->chr = p->cdev;
	q->nr_dev = bdevs__over(s->report.bdevs, p->name, q->dev, PGR_FIND_DEVS);
	if (p->k.type == PGR_TYPE_P2PDMA)
		add_p2pmem(q, p->name);
}

struct found_set *run__find(struct run *s, const struct pgmap *p, const struct pgr_sweep *pages)
{
	struct found_set *set = calloc(1, sizeof(*set));
	struct pgr_find_query q = { 0 };

	if (!set) {
		s->failed = true;
		return NULL;
	}
	if (!s->finder)
		set->err = finder__open(&s->finder, set->why, sizeof(set->why));
	if (set->err)
		return set;
	ask(s, p, pages, &q);
	set->err = finder__find(s->finder, &q, FIND_NS, set);
	if (set->err)
		snprintf(set->why, sizeof(set->why), "%s", strerror(-set->err));
	return set;
}
