/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pgmaps of a run. Each generation of an address is a pgmap of its own. */
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

/* One teardown, step by step, as the tool saw it. Times: CLOCK_MONOTONIC; 0: not seen. */
struct teardown {
	bool begun; /* the begin was seen */
	bool begin_unseen; /* drain or end was its first record: begin_ns is not valid */
	bool over; /* a sample shows that it has ended; no record says when */
	bool over_once; /* the last sample showed that it has ended; a record may still come */
	uint64_t begin_ns, drained_ns, gone_ns, stuck_ns;
	int64_t value; /* at the begin, before the kill */
	bool has_value;
	int64_t entries;
	struct pgr_task task; /* the task that unbinds; tgid 0: not known */
	uint64_t stack;
	struct pgr_task last; /* the task that put the last reference */
	uint64_t last_stack;
	struct pgr_sweep *sweep, *final; /* at the begin, at the end of the pages; NULL: none */
	bool stuck;
	bool wait_unseen; /* it took longer than --stuck, and the drain was not seen */
	int64_t stuck_value;
	bool judged; /* the final judgement was made */
	unsigned int reported_kinds; /* LEAK_* of the last report */
	uint64_t again_ns; /* when to say again that it is stuck; 0: not set yet */
	char *text; /* report made while the teardown was stuck, for its test case; or NULL */
	unsigned int allowed; /* LEAK_* that --allow allowed; 0: none */
	struct late_moves late; /* references taken after the kill */
	struct late_moves drain; /* references put after the kill, with records; all: k.drains */
};

/* A pgmap at the start of a check. All 0: the pgmap was made later. */
struct pgmap_start {
	bool there;
	struct state_facts state; /* state.pages is sweep */
	struct pgr_sweep *sweep;
	uint64_t events;
	uint64_t ns; /* CLOCK_MONOTONIC, after the sample and the sweep */
	struct busy_set busy; /* pages that were busy at the start */
	struct busy_set floor; /* what may still be left of `busy`; it only shrinks */
	bool has_low; /* low is known */
	int64_t low; /* since the start: the least (value - baseline - explained references) */
	int64_t old_puts; /* exact.old_puts at the start */
	uint64_t next_reread_ns; /* when to read the pages of floor again */
};

/* An account by breakpoints, tracer_exact.h. */
struct pgmap_exact {
	bool tried; /* to begin it */
	bool given_up; /* nobody asked for it, and it cannot be had; tried again if a teardown hangs */
	bool on;
	bool ended; /* the pgmap went, or the account was given up */
	uint64_t since_ns; /* when it began */
	uint64_t missed; /* writes that its program did not see */
	int64_t gap; /* references that moved in missed writes */
	uint64_t gaps;
	/* References of the start that were put; puts of which it is not known, see common/exact.h. */
	int64_t old_puts, open_puts;
	bool apart; /* account and counter differed */
	int64_t gap_read; /* by so much: part of gap */
	struct late_moves puts; /* of references that their task had not taken since the begin */
	char why_not[96]; /* tried, but not on; or "" */
};

/* A task that waits on a pgmap now. */
struct pgmap_waiter {
	struct pgr_task task; /* tgid 0: none */
	uint64_t ns; /* for so long; 0: not known */
	bool unbinds; /* in memunmap_pages(); false: somewhere else */
	unsigned int others; /* more tasks wait on it */
};

/* check --marks: what it had at the last mark. */
struct pgmap_mark {
	bool known;
	int64_t excess; /* references above the baseline, without those that are no leak */
	uint64_t busy; /* pages */
};

struct pgmap {
	struct pgr_pgmap k; /* last copy from the BPF programs */
	struct pgr_range *ranges; /* all, see pgmap__ranges(); NULL: k.first only */
	char name[DEVICES_NAME_MAX];
	bool named; /* name is the name of a device, not a substitute */
	char dev[DEVICES_NAME_MAX]; /* driver-core name, "namespace0.0"; "": not known */
	const char *ops, *module; /* symbol of k.ops and its module; NULL: not known, or none */
	bool wanted; /* selected by -g and --type */
	enum pgmap_state state;
	bool has_value;
	int64_t value; /* the last sample */
	uint32_t ref_flags;
	uint64_t counted[PGR_EVENTS]; /* events that are in the history */
	uint64_t next_sweep_ns;
	uint32_t cdev; /* dev_t of its character device; 0: not seen yet */
	struct layers_state layers; /* used if the pgmap accounts for its folios */
	bool stale; /* the last sample found another pgmap, or none, at its address */
	bool stale_before; /* at the tick before, too */
	bool dying; /* the last sample shows dying, but no record of a teardown has come */
	bool layers_reported; /* the report that the layers do not agree was made */
	char sysfs[UNBINDING_PATH]; /* path of the device whose unbind ends p; "": not known */
	bool has_driver; /* that device had a driver when sysfs was found */
	struct pgmap_waiter waiter; /* list, refs: set once */
	struct history *history;
	struct pgmap_start start; /* check */
	struct pgmap_exact exact;
	struct teardown td;
	struct pgmap *next;
	struct pgmap_mark mark;
};

struct pgmaps {
	struct pgmap *first; /* sorted by id */
};

/* The generation with this id, or NULL. */
struct pgmap *pgmaps__find(const struct pgmaps *ps, uint32_t id);
/* Adds a pgmap. Returns NULL if there is no memory. step_ns: initial slot length of its history. */
struct pgmap *pgmaps__add(struct pgmaps *ps, const struct pgr_pgmap *k, uint64_t step_ns);
/* Removes p from the list and frees it. */
void pgmaps__drop(struct pgmaps *ps, struct pgmap *p);
void pgmaps__free(struct pgmaps *ps);

/*
 * The ranges of p in the order of the kernel, *nr of them. Fewer than p->k.nr_range: the others are
 * not known.
 */
const struct pgr_range *pgmap__ranges(const struct pgmap *p, uint32_t *nr);
/* Are all known, and in ascending order? */
bool pgmap__ranges_ascend(const struct pgmap *p);

/*
 * Does one of the n names of -g select p? If not all ranges are known, an address between the
 * lowest and the highest one selects p.
 */
bool pgmap__matches(const struct pgmap *p, const char *const *names, size_t n);

/* Has p an exact account that has missed nothing? */
bool pgmap__is_exact(const struct pgmap *p);

/* The type as ndctl names it: a device-dax is "devdax"; the kernel's type is generic. */
const char *pgmap__type_name(const struct pgmap *p);
/* "live", "killed", "drained", "gone". These names never change. */
const char *pgmap_state__name(enum pgmap_state state);
const char *pgmap__state_name(const struct pgmap *p);
/*
 * Is the baseline (the counter's value at rest) known? It is not known if the counter could not be
 * read at birth. For an adopted pgmap it is computed, and not known if a range could not be read.
 */
bool pgmap__has_baseline(const struct pgmap *p);
/* Are value and baseline known? For a dying pgmap the value is enough. */
bool pgmap__has_excess(const struct pgmap *p);
/* value - rest; INT64_MIN or INT64_MAX if the difference overflows. */
int64_t pgmap__above(int64_t value, int64_t rest);
/*
 * References above the baseline; for a dying pgmap, all that are left. Valid only if
 * pgmap__has_excess().
 */
int64_t pgmap__excess(const struct pgmap *p);
/* Busy pages as the last sweep of its history found them. False: there was none. */
bool pgmap__busy(const struct pgmap *p, int64_t *busy);
void pgmap__facts(const struct pgmap *p, struct teardown_facts *f);

#endif /* PGMAPREF_PGMAPS_H */
