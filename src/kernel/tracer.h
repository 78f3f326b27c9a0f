/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only owner of the BPF skeleton: opens, configures, loads, attaches, polls and closes it.
 * Reads the kernel on demand through SEC("syscall") programs. All data that it returns is plain
 * data of records.h.
 */
#ifndef PGMAPREF_TRACER_H
#define PGMAPREF_TRACER_H

#include <stdarg.h>
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
	uint32_t chunk; /* ahead_calls of src/bpf/ahead.bpf.h; 0: default */
};

struct tracer_config {
	bool attach; /* false: only the on-demand programs, which load on any kernel */
	bool events; /* a record for every event */
	bool follow; /* children of tgids are followed too */
	bool pins; /* also trace who pins pages */
	bool others; /* with pins: also read references of others, see struct pgr_pin */
	bool sweeps_listed; /* tracer__sweep_listed() will be called */
	bool follows_pages; /* tracer_followed__open() will be called */
	bool pairs; /* not attached: exact accounts pair gets and puts all the same */
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
	/*
	 * Called at each step of the start; of: 0 if it is not known how many steps there are. May
	 * be NULL.
	 */
	void (*progress)(const char *what, unsigned int done, unsigned int of);
	/*
	 * Gets what libbpf says, until the process ends: lines with their newlines, of any length.
	 * NULL: nothing.
	 */
	void (*print)(const char *fmt, va_list args);
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

struct tracer_loss {
	uint64_t cause[PGR_LOSSES];
	uint64_t missed_runs[PGR_HOOKS]; /* recursion misses, as the kernel counts them; hits without a run */
	uint64_t unjudged; /* teardowns of pgmaps that were not followed */
	uint64_t aborted; /* failed calls of memremap_pages() */
};

#endif /* PGMAPREF_TRACER_H */
