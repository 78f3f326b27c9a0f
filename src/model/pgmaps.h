/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pgmaps of a run, each generation of an address one of its own. */
#ifndef PGMAPREF_PGMAPS_H
#define PGMAPREF_PGMAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"
#include "kernel/devices.h"
#include "kernel/unbinding.h"
#include "model/history.h"
#include "model/late_moves.h"
#include "model/layers.h"
#include "model/verdict.h"

enum pgmap_state { PGMAP_LIVE, PGMAP_KILLED, PGMAP_DRAINED, PGMAP_GONE };

/* One teardown as it was seen, step by step. Times: CLOCK_MONOTONIC, 0: not seen. */
struct teardown {
	bool begun; /* its begin was seen */
	bool begin_unseen; /* nor was it under way when it was first looked at: begin_ns means nothing */
	bool over; /* it has ended, as reading shows, and no record says when */
	bool over_once; /* so it was at the last look, and a record may come yet */
	uint64_t begin_ns, drained_ns, gone_ns, stuck_ns;
	int64_t value; /* when it began, before the kill */
	bool has_value;
	int64_t entries;
	struct pgr_task task; /* who unbinds; tgid 0: not known */
	uint64_t stack;
	struct pgr_task last; /* who dropped the last reference */
	uint64_t last_stack;
	struct pgr_sweep *sweep, *final; /* NULL: not done */
	bool stuck;
	bool wait_unseen; /* it took as long as --stuck says, and its drain was not seen */
	int64_t stuck_value;
	bool judged; /* reported for good */
	unsigned int reported_kinds; /* LEAK_* of its last report */
	char *text; /* the report of it while it was stuck, for its test case; or NULL */
	unsigned int allowed; /* LEAK_* that --allow has been asked for, and allows; 0: none */
	struct late_moves late; /* taken after the kill */
	struct late_moves drain; /* put after the kill: those that had records, see k.drains for all */
};

/* What it was when the run began; all 0 for one made since. */
struct pgmap_start {
	bool there;
	struct state_facts state; /* state.pages is sweep */
	struct pgr_sweep *sweep;
	uint64_t events;
	uint64_t ns; /* CLOCK_MONOTONIC, when it had been looked at */
	struct busy_set busy; /* pages that were busy then, and what may still be left of that */
	struct busy_set floor;
	bool has_low; /* the least that the counter was above rest, less what is explained, since */
	int64_t low;
	uint64_t next_look_ns; /* at the pages of floor */
};

struct pgmap {
	struct pgr_pgmap k; /* as the kernel side had it last */
	char name[DEVICES_NAME_MAX];
	bool named; /* a device's name, not a makeshift */
	char dev[DEVICES_NAME_MAX]; /* driver-core name, "namespace0.0"; "": not known */
	const char *ops, *module; /* symbol of k.ops and its module; NULL: not known, or none */
	bool wanted; /* -g and --type */
	enum pgmap_state state;
	bool has_value;
	int64_t value; /* last read */
	uint32_t ref_flags;
	uint64_t counted[PGR_EVENTS]; /* events that the history has */
	uint64_t next_sweep_ns;
	uint32_t cdev; /* number of its character device, when it was seen; 0: none yet */
	struct layers_state layers; /* where it accounts for its folios */
	bool stale; /* when it was last asked for, another was at its place, or none */
	bool stale_before; /* at the tick before, too */
	bool dying; /* read so at the last tick, though no record of its teardown has come */
	bool layers_reported; /* that they do not agree */
	char sysfs[UNBINDING_PATH]; /* of the device whose unbind ends it; "": not known */
	bool has_driver; /* that device had one when it was looked for */
	struct history *history;
	struct pgmap_start start; /* check */
	struct teardown td;
	struct pgmap *next;
};

struct pgmaps {
	struct pgmap *first; /* by id */
};

/* The generation, or NULL. */
struct pgmap *pgmaps__find(const struct pgmaps *ps, uint32_t id);
/* Adds one; NULL: no memory. step_ns: of its history's first slots. */
struct pgmap *pgmaps__add(struct pgmaps *ps, const struct pgr_pgmap *k, uint64_t step_ns);
/* Takes one out and frees it. */
void pgmaps__drop(struct pgmaps *ps, struct pgmap *p);
void pgmaps__free(struct pgmaps *ps);

/* Does one of the n names of -g mean it? */
bool pgmap__matches(const struct pgmap *p, const char *const *names, size_t n);

/* As ndctl has it: a device-dax is "devdax", though to the kernel its type is generic. */
const char *pgmap__type_name(const struct pgmap *p);
/* "live", "killed", "drained", "gone": it never changes. */
const char *pgmap_state__name(enum pgmap_state state);
const char *pgmap__state_name(const struct pgmap *p);
/*
 * Is its counter's value at rest known? Not if it could not be read at birth; nor if it is computed,
 * and not all ranges could be read: a figure of a part is none.
 */
bool pgmap__has_baseline(const struct pgmap *p);
/* Are value and rest known, so that there is an excess? Of a dying pgmap the value is enough. */
bool pgmap__has_excess(const struct pgmap *p);
/* value less rest; the nearest number where there is none for it. */
int64_t pgmap__above(int64_t value, int64_t rest);
/* References above rest: of a dying pgmap, all that are left. Means nothing without an excess. */
int64_t pgmap__excess(const struct pgmap *p);
void pgmap__facts(const struct pgmap *p, struct teardown_facts *f);

#endif /* PGMAPREF_PGMAPS_H */
