/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only owner of the BPF skeleton: opens, configures, loads, attaches, polls
 * and closes it, and reads the kernel on demand through its SEC("syscall")
 * programs. Everything that it hands out is plain data of records.h.
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

/* For tests of what happens when there is no room, or a helper fails. 0: as it comes. */
struct tracer_limits {
	uint32_t rows; /* of every hash map and of the map of stacks */
	uint32_t ring_pages;
	uint32_t failing_reads; /* each n-th reading of a counter or of struct pages fails */
};

struct tracer_config {
	bool attach; /* false: only the on-demand programs, which load on any kernel */
	bool events; /* a record for every event */
	bool follow; /* tgids' children are followed too */
	bool pins; /* who pins pages is traced, too */
	bool others; /* and what others have of these pages then: see struct pgr_pin */
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
	/* Asked again and again while it starts: is it to end? Then -EINTR. NULL: it is not. */
	int (*stopped)(void);
	int verbose; /* 1: libbpf's warnings; 2: its notes; 3: all that it says */
};

/* The names that the tracer asks the symbols for, for symbols__load(). */
const char *const *tracer__symbols(void);

/*
 * Loads and, if wanted, attaches. On failure *why (up to `len` bytes) is a
 * sentence for the user, and the negative errno says of what kind: -EPERM (not
 * allowed: root, capability, or a kernel that refuses), -EINVAL (the user's
 * mistake), -ENOTSUP (this kernel cannot), -EINTR (it was stopped; no *why), others as they come.
 */
int tracer__open(const struct tracer_config *config, struct symbols *symbols, struct tracer **out,
		 char *why, size_t len);
void tracer__close(struct tracer *t);

/* How each hook is served; belongs to the tracer. */
const struct plan *tracer__plan(const struct tracer *t);
/* Were struct pages found? Without there is no sweep. */
bool tracer__has_vmemmap(const struct tracer *t);
/* The address of the struct page of frame 0; 0: not known. */
uint64_t tracer__vmemmap(const struct tracer *t);

/* Records as they come; `record` begins with struct pgr_header. */
typedef void (*tracer_record_fn)(void *ctx, const struct pgr_header *record, size_t size);

/* A descriptor to wait on for records; -1 when nothing is attached. */
int tracer__fd(const struct tracer *t, bool control);
/* Hands over what has come: control records first. Returns 0 or a negative errno. */
int tracer__consume(struct tracer *t, tracer_record_fn fn, void *ctx);

/*
 * Finds the pgmaps that are older than the tool. *nr is how many there are now;
 * *complete is false when the kernel's own list could not be walked and device
 * ranges had to do. *pending: one was in the making, and is to be asked for again.
 */
int tracer__adopt(struct tracer *t, size_t *nr, bool *complete, bool *pending);

/* The next pgmap after *addr (0: the first); -ENOENT at the end. */
int tracer__next_pgmap(struct tracer *t, uint64_t *addr, struct pgr_pgmap *out);
int tracer__get_pgmap(struct tracer *t, uint64_t addr, struct pgr_pgmap *out);
/* Forgets one whose end nobody will see. */
void tracer__forget(struct tracer *t, uint64_t addr, uint32_t id);
/* -g: tells the kernel whether this pgmap's events are wanted. */
int tracer__select(struct tracer *t, uint64_t addr, bool yes);

/* Reads the counter. -ESTALE: the pgmap is not there any more. */
int tracer__sample(struct tracer *t, uint64_t addr, uint32_t id, int64_t *value,
		   uint32_t *ref_flags, uint64_t *ns);
/* Looks at every struct page. busy: gets all busy ones, to be freed by the caller; NULL: not wanted. */
int tracer__sweep(struct tracer *t, uint64_t addr, uint32_t id, struct pgr_sweep *out,
		  struct busy_set *busy);
/* Looks at these pages alone: *out gets those that are busy, to be freed by the caller. */
int tracer__look(struct tracer *t, uint64_t addr, uint32_t id, const struct busy_set *pages,
		 struct busy_set *out);

typedef void (*tracer_ledger_fn)(void *ctx, const struct pgr_ledger_key *key,
				 const struct pgr_ledger_row *row);
/*
 * Every row of pgmap `id`, but for folios that turned out to have no reference; `drop` deletes them
 * on the way. Returns 0 or a negative errno.
 */
int tracer__ledger(struct tracer *t, uint32_t id, bool drop, tracer_ledger_fn fn, void *ctx);
/*
 * The pins of pgmap `id` that are still there, as rows of holding PGR_HOLD_PIN (pfn and order: of
 * the folio): those that came, or whose folio a sweep met busy, at since_ns or later. `drop`
 * deletes all of them on the way. Returns 0 or a negative errno.
 */
int tracer__pins(struct tracer *t, uint32_t id, uint64_t since_ns, bool drop, tracer_ledger_fn fn,
		 void *ctx);
/*
 * To be called now and then, with pins, and at PGR_REC_PINNED. Whoever has nothing to do with
 * device memory pays for each hook that it runs through: those that see unpins are taken off again,
 * for they have shown that they can be attached, until there is a pin. With `rest` alone, from the
 * second call on, for a moment each time; and none that does not run. Returns true when they were
 * attached anew (for those that could not be: tracer__next_failed()): what was unpinned before is seen by a
 * sweep that begins now.
 */
bool tracer__update_unpin_hooks(struct tracer *t, bool rest);
/* A hook that could not be attached anew, each once; NULL: there is none, or no other. */
const struct plan_hook *tracer__next_failed(struct tracer *t);
/*
 * From here on unpins are seen, whether or not there is a pin. began_ns: processes that are older
 * than that, and unpin what is not traced to them, have pinned it before.
 * False: those of a hook that is missing are not.
 */
bool tracer__keep_unpins(struct tracer *t, uint64_t began_ns);
typedef void (*tracer_pin_fn)(void *ctx, const struct pgr_pin_key *key, const struct pgr_pin *pin);
/* Every row of map pins of pgmap `id`, those too of whom the filters leave out. */
int tracer__pin_rows(struct tracer *t, uint32_t id, tracer_pin_fn fn, void *ctx);
/* Forgets the pins of pgmap `id`. */
int tracer__drop_pins(struct tracer *t, uint32_t id);
/* After a whole sweep that began at start_ns: forgets the pins of folios that were idle. */
int tracer__forget_pins(struct tracer *t, uint32_t id, uint64_t start_ns);
/*
 * What the calls of a hooked function did to the counter so far; only of hooks whose effect is
 * learned: those that hand out folios.
 */
void tracer__effect(const struct tracer *t, enum pgr_hook hook, struct pgr_effect *out);
/*
 * What all of them do: PGR_TAKES_NOTHING if that is so of one, PGR_TAKES only if it is known of
 * every one that was called, and one was.
 */
enum pgr_takes tracer__folios_take(const struct tracer *t);
int tracer__stack(struct tracer *t, uint64_t key, struct pgr_stack *out);

/*
 * Looks whether the hooks that are attached run: calls what the canaries are at, and reads the code
 * of the hooked functions. To be called at the start, now and then, and before the verdict. Returns
 * true if there is news for alive__news(). The result belongs to the tracer.
 */
bool tracer__look_alive(struct tracer *t);
struct alive *tracer__alive(struct tracer *t);

struct tracer_loss {
	uint64_t cause[PGR_LOSSES];
	uint64_t missed_runs[PGR_HOOKS]; /* recursion misses, as the kernel counted them */
	uint64_t unjudged; /* teardowns of pgmaps that were not followed */
	uint64_t aborted; /* memremap_pages() that failed */
};

int tracer__loss(struct tracer *t, struct tracer_loss *out);
/* Are calls that the kernel lets a kprobe miss among missed_runs? Since 6.7, and without kprobes. */
bool tracer__counts_misses(const struct tracer *t);
/* Why changes of the kernel's code are not recorded, a negative errno; 0: they are. */
int tracer__no_pokes(const struct tracer *t);

#endif /* PGMAPREF_TRACER_H */
