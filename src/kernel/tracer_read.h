/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the kernel on demand: pgmaps, counters, ledger, pins, stacks, paths, losses. */
#ifndef PGMAPREF_TRACER_READ_H
#define PGMAPREF_TRACER_READ_H

#include "kernel/tracer.h"

typedef void (*tracer_ledger_fn)(void *ctx, const struct pgr_ledger_key *key,
				 const struct pgr_ledger_row *row);
typedef void (*tracer_pin_fn)(void *ctx, const struct pgr_pin_key *key, const struct pgr_pin *pin);

/*
 * Finds the pgmaps that are older than the tool. *nr is the number of pgmaps known now. *complete
 * is false if the kernel's own list of pgmaps could not be walked and device ranges were used
 * instead. *pending is true if a pgmap was still being created: call again. *complete is false
 * then, too.
 */
int tracer__adopt(struct tracer *t, size_t *nr, bool *complete, bool *pending);
/* The next pgmap after *addr (0: the first one). Returns 0, or -ENOENT at the end. */
int tracer__next_pgmap(struct tracer *t, uint64_t *addr, struct pgr_pgmap *out);
int tracer__get_pgmap(struct tracer *t, uint64_t addr, struct pgr_pgmap *out);
/* Forgets a pgmap whose end no hook will see. */
void tracer__forget(struct tracer *t, uint64_t addr, uint32_t id);
/*
 * The ranges of a pgmap that has several, as ranges__read() gives them. Works once for each pgmap:
 * the BPF side keeps them only until they are read. -ENOENT: not all found room there.
 */
int tracer__ranges(struct tracer *t, const struct pgr_pgmap *k, struct pgr_range **out);
/* -g: tells the BPF side whether events of this pgmap are wanted. */
int tracer__select(struct tracer *t, uint64_t addr, bool yes);
/* Reads the counter. -ESTALE: the pgmap is gone. */
int tracer__sample(struct tracer *t, uint64_t addr, uint32_t id, int64_t *value,
		   uint32_t *ref_flags, uint64_t *ns);
/*
 * Calls fn for every row of pgmap `id`, except folios that turned out to have no reference. `drop`
 * deletes the rows. Returns 0 or a negative errno.
 */
int tracer__ledger(struct tracer *t, uint32_t id, bool drop, tracer_ledger_fn fn, void *ctx);
/*
 * Calls fn for the pins of pgmap `id` that still exist, as rows of holding PGR_HOLD_PIN (pfn and
 * order are the folio's). Only pins that were made at since_ns or later, or whose folio a sweep
 * that began at since_ns or later found busy. `drop` deletes all pins of the pgmap. Returns 0 or a
 * negative errno.
 */
int tracer__pins(struct tracer *t, uint32_t id, uint64_t since_ns, bool drop, tracer_ledger_fn fn,
		 void *ctx);
/* Calls fn for every row of pgmap `id` in map pins, also for tasks that the filters leave out. */
int tracer__pin_rows(struct tracer *t, uint32_t id, tracer_pin_fn fn, void *ctx);
/*
 * The path, in its filesystem, of the file with this inode, of which `pfn` is a page: "/dir/file".
 * Returns 0; -ENOENT: the file is removed, or the kernel has no name of it at hand; -ESTALE: the page
 * is not, or not any more, of that file; -ENAMETOOLONG.
 */
int tracer__path(struct tracer *t, uint64_t pfn, uint32_t dev, uint64_t ino, char *buf, size_t len);
/* Follows these processes, too: as if they were in tracer_config.tgids. */
int tracer__follow(struct tracer *t, const uint32_t *tgids, size_t nr);
/* Not any more. */
void tracer__unfollow(struct tracer *t, uint32_t tgid);
/* The next followed process after *tgid (0: the first one). Returns 0, or -ENOENT at the end. */
int tracer__next_followed(struct tracer *t, uint32_t *tgid);
/* Counts of events that the filters left out, by enum pgr_left_out. */
int tracer__left_out(struct tracer *t, uint64_t n[PGR_LEFT_OUTS]);
/* Forgets the pins of pgmap `id`. */
int tracer__drop_pins(struct tracer *t, uint32_t id);
/* After a complete sweep that began at start_ns: forgets the pins of folios that were idle. */
int tracer__forget_pins(struct tracer *t, uint32_t id, uint64_t start_ns);
/*
 * What the calls of a hooked function did to the counter until now. Only for hooks whose effect is
 * learned: hooks of functions that return folios.
 */
void tracer__effect(const struct tracer *t, enum pgr_hook hook, struct pgr_effect *out);
/*
 * What all these functions do: PGR_TAKES_NOTHING if one function takes nothing; PGR_TAKES only if
 * every function that was called is known to take references, and at least one was called.
 */
enum pgr_takes tracer__folios_take(const struct tracer *t);
int tracer__stack(struct tracer *t, uint64_t key, struct pgr_stack *out);
int tracer__loss(struct tracer *t, struct tracer_loss *out);
/* Does missed_runs include calls that a kprobe missed? Since 6.7, or if there are no kprobes. */
bool tracer__counts_misses(const struct tracer *t);

#endif /* PGMAPREF_TRACER_READ_H */
