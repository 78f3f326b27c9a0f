/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The answer of `why`: a paragraph for a task that waits, and the last line. */
#ifndef PGMAPREF_REPORT_WHY_H
#define PGMAPREF_REPORT_WHY_H

#include "kernel/identity.h"
#include "kernel/mounts.h"
#include "kernel/task_call.h"
#include "kernel/unbinding.h"
#include "kernel/waiting.h"
#include "report/report.h"
#include "report/report_blocked.h"

struct walked;

/* What a task waits for. The names of these never change. */
enum why_way {
	WHY_NOTHING, /* not for device memory, as far as is known */
	WHY_REFERENCES, /* in memunmap_pages(), for references of the pgmap */
	WHY_PAGES, /* for pages of a DAX file that others use */
	WHY_REMOVAL, /* removes a device, and has not reached memunmap_pages() */
	WHY_FREEZE, /* for I/O in flight, to freeze the queue of the disk */
	WHY_QUEUE, /* for a frozen queue of the disk */
	WHY_LOCK, /* for a lock of a task that waits on device memory */
	WHY_WAYS,
};

/* A process that has pages of the pgmap, or could have them. */
struct why_holder {
	const struct walked *f;
	struct identity who;
	const struct waiting_task *waits; /* it waits itself; NULL: no */
};

#define WHY_HOLDERS 16

struct why {
	const struct waiting_task *t;
	bool hangs; /* on device memory */
	enum why_way way;
	struct identity who; /* the task */
	struct task_call call;
	char device[UNBINDING_PATH]; /* that it removes, or whose attribute it writes; "": none */
	struct mount_info mount; /* of call.path; type "": on no pgmap */
	bool unbinds; /* it unbinds `device` from its driver; false: removes or changes it */
	bool sure; /* it waits on all of pgmap[]; false: on one of them */
	size_t nr;
	struct pgmap *pgmap[BLOCKED_PGMAPS];
	/* Of the only pgmap; NULL if there are several. Not owned. */
	const struct pgr_sweep *pages;
	const struct walked_set *found; /* NULL: no search */
	bool pages_hold; /* a page in use has a reference of the pgmap */
	uint64_t waited_for; /* WHY_PAGES: busy pages that it waits for, of those that are listed */
	struct why_holder holder[WHY_HOLDERS]; /* holds or could hold, most certain first */
	size_t nr_holders, more_holders;
	/* The task that has what it waits for; NULL: not known. */
	const struct waiting_task *behind;
	bool behind_sure;
};

/* stacks: print the kernel stack in text, too; JSON always has it. */
void report__why(struct report *r, const struct why *y, bool stacks);

struct why_totals {
	size_t hanging; /* tasks that hang on device memory */
	size_t threads; /* looked at */
	const char *not_all; /* why some may be missing; NULL: none is */
	const char *about; /* "pmem0", "rm/200"; NULL: all of the machine */
};

void report__why_totals(struct report *r, const struct why_totals *t);

/* "references", "pages", "removal", "freeze", "queue", "lock", "nothing". */
const char *why_way__name(enum why_way way);

#endif /* PGMAPREF_REPORT_WHY_H */
