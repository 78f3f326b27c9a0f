/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only owner of the BPF skeleton: opens, configures, loads, attaches, polls and closes it.
 * Reads the kernel on demand through SEC("syscall") programs. All data that it returns is plain
 * data of records.h.
 */
#ifndef PGMAPREF_TRACER_H
#define PGMAPREF_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/busy.h"
#include "common/records.h"
#include "kernel/alive.h"
#include "kernel/plan.h"

struct symbols;
struct tracer;

/* Limits for tests, to see what happens if there is no room or a helper fails. 0: no limit. */
struct tracer_limits {
	uint32_t rows; /* of every hash map and of the map of stacks */
	uint32_t ring_pages;
	uint32_t failing_reads; /* every n-th read of a counter or of struct pages fails */
};

struct tracer_config {
	bool attach; /* false: only the on-demand programs, which load on any kernel */
	bool events; /* a record for every event */
	bool follow; /* children of tgids are followed too */
	bool pins; /* also trace who pins pages */
	bool others; /* with pins: also read references of others, see struct pgr_pin */
	bool looks; /* tracer__look() will be called */
	const uint32_t *tgids, *tids; /* filters; NULL or empty: none */
	size_t nr_tgids, nr_tids;
	const char *comm; /* glob or NULL */
	uint32_t types; /* bit n: enum pgr_type n; 0: all */
	uint32_t ledger_rows; /* 0: default */
	uint32_t pin_rows; /* 0: default */
	uint64_t sweep_budget_ns; /* longest sweep in a hook; 0: default */
	struct tracer_limits limits;
	struct plan_options plan;
	/* Called repeatedly during the start: if true, the start ends with -EINTR. May be NULL. */
	int (*stopped)(void);
	int verbose; /* 1: warnings of libbpf; 2: also its notes; 3: everything */
};

/* The names that the tracer looks up in the symbols, for symbols__load(). */
const char *const *tracer__symbols(void);

/*
 * Loads and, if config->attach, attaches the programs. On failure *why (up to `len` bytes) is a
 * sentence for the user, and the negative errno tells the kind: -EPERM (not allowed: root, a
 * capability, or a kernel that refuses), -EINVAL (mistake of the user), -ENOTSUP (this kernel
 * cannot), -EINTR (stopped; *why is not set), or another errno.
 */
int tracer__open(const struct tracer_config *config, struct symbols *symbols, struct tracer **out,
		 char *why, size_t len);
void tracer__close(struct tracer *t);

/* How each hook is served. The tracer owns the plan. */
const struct plan *tracer__plan(const struct tracer *t);
/* Were the struct pages found? Without them there is no sweep. */
bool tracer__has_vmemmap(const struct tracer *t);
/* The address of the struct page of pfn 0; 0: not known. */
uint64_t tracer__vmemmap(const struct tracer *t);

/* Called for each record. `record` begins with struct pgr_header. */
typedef void (*tracer_record_fn)(void *ctx, const struct pgr_header *record, size_t size);

/* A file descriptor to wait on for records; -1 if nothing is attached. */
int tracer__fd(const struct tracer *t, bool control);
/* Calls fn for all records that arrived, control records first. Returns 0 or a negative errno. */
int tracer__consume(struct tracer *t, tracer_record_fn fn, void *ctx);

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
/* -g: tells the BPF side whether events of this pgmap are wanted. */
int tracer__select(struct tracer *t, uint64_t addr, bool yes);

/* Reads the counter. -ESTALE: the pgmap is gone. */
int tracer__sample(struct tracer *t, uint64_t addr, uint32_t id, int64_t *value,
		   uint32_t *ref_flags, uint64_t *ns);
/* Sweeps every struct page. busy gets all busy pages, and the caller frees it; NULL: not wanted. */
int tracer__sweep(struct tracer *t, uint64_t addr, uint32_t id, struct pgr_sweep *out,
		  struct busy_set *busy);
/* Sweeps only the given pages. *out gets the busy ones of them, and the caller frees it. */
int tracer__look(struct tracer *t, uint64_t addr, uint32_t id, const struct busy_set *pages,
		 struct busy_set *out);

typedef void (*tracer_ledger_fn)(void *ctx, const struct pgr_ledger_key *key,
				 const struct pgr_ledger_row *row);
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
/*
 * Call it from time to time if pins are traced, and at PGR_REC_PINNED. Unpin hooks slow down every
 * I/O on the system, also I/O without device memory. They stay attached after the start only to
 * prove that they can be attached, and are then detached until the first pin. Hooks are detached
 * only with `rest`, from the second call on, for a short time per call, and only hooks that run.
 * Returns true if the hooks were attached again; tracer__next_failed() lists hooks that could not
 * be attached. Unpins before that moment were not seen: a sweep that begins now shows their result.
 */
bool tracer__update_unpin_hooks(struct tracer *t, bool rest);
/* A hook that could not be attached again, each hook once. NULL: no more hooks. */
const struct plan_hook *tracer__next_failed(struct tracer *t);
/*
 * From now on all unpins are seen, with or without a pin. began_ns: a process that is older than
 * that, and unpins a page without a traced pin, pinned the page before. Returns false if an unpin
 * hook is missing: its unpins are not seen.
 */
bool tracer__keep_unpins(struct tracer *t, uint64_t began_ns);
typedef void (*tracer_pin_fn)(void *ctx, const struct pgr_pin_key *key, const struct pgr_pin *pin);
/* Calls fn for every row of pgmap `id` in map pins, also for tasks that the filters leave out. */
int tracer__pin_rows(struct tracer *t, uint32_t id, tracer_pin_fn fn, void *ctx);
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

/*
 * Checks whether the attached hooks run: calls the function of the canaries, and reads the code of
 * the hooked functions. Call it at the start, from time to time, and before the verdict. Returns
 * true if alive__news() has news. The tracer owns the result.
 */
bool tracer__look_alive(struct tracer *t);
struct alive *tracer__alive(struct tracer *t);

struct tracer_loss {
	uint64_t cause[PGR_LOSSES];
	uint64_t missed_runs[PGR_HOOKS]; /* recursion misses, as the kernel counts them */
	uint64_t unjudged; /* teardowns of pgmaps that were not followed */
	uint64_t aborted; /* failed calls of memremap_pages() */
};

int tracer__loss(struct tracer *t, struct tracer_loss *out);
/* Does missed_runs include calls that a kprobe missed? Since 6.7, or if there are no kprobes. */
bool tracer__counts_misses(const struct tracer *t);
/* Why changes of the kernel's code are not recorded, a negative errno; 0: they are recorded. */
int tracer__no_pokes(const struct tracer *t);

#endif /* PGMAPREF_TRACER_H */
