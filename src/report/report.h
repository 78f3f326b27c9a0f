/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reports: every record that a verb shows to users, as text or JSON. */
#ifndef PGMAPREF_REPORT_H
#define PGMAPREF_REPORT_H

#include <sys/types.h>

#include "kernel/plan.h"
#include "kernel/tracer.h"
#include "model/assertion.h"
#include "model/finding.h"
#include "model/ledger.h"
#include "model/pgmaps.h"
#include "model/verdict.h"
#include "report/out.h"

struct walked_set;
struct symbols;

/* What a report needs besides its subject. */
struct report {
	struct out *out;
	struct symbols *symbols;
	const struct plan *plan; /* tells which figures are not known (unseen.h); or NULL */
	const struct alive *alive; /* the same */
	/* Gets a stack by its key. Returns 0 or a negative errno. */
	int (*stack)(void *ctx, uint64_t key, struct pgr_stack *out);
	void *stack_ctx;
	/* Has the process that existed at since_ns ended? NULL: reports do not show this. */
	bool (*ended)(pid_t tgid, uint64_t since_ns);
	/*
	 * Names on the machine that the report is about. dev is the kernel's number, major << 20 |
	 * minor. device_name: of the block device, or (chr) of the character device; NULL: reports
	 * show the number. mount_point: where the filesystem on dev is mounted; NULL: reports do
	 * not show this. Both return 0, or a negative errno: there is no name.
	 */
	int (*device_name)(void *ctx, uint32_t dev, bool chr, char *buf, size_t len);
	int (*mount_point)(void *ctx, uint32_t dev, char *buf, size_t len);
	void *names_ctx;
	bool stacks; /* show whole stacks in lines of trace */
	uint64_t start_ns; /* CLOCK_MONOTONIC; lines of trace count from here */
};

/*
 * JSON only: writes the first record, with the version of the format. kernel: release of the kernel
 * that the report is about; NULL: not known.
 */
void report__start(struct report *r, const char *kernel);

void report__list_header(struct report *r);
/* sweep: NULL if the pages were not swept. history: show the history, too. */
void report__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  bool history);

void report__event_header(struct report *r);
/*
 * A line for an event of p. The stack (r->stacks) is what r->stack() returns for the key in e. Set
 * r->start_ns before the first line.
 */
void report__event(struct report *r, const struct pgmap *p, const struct pgr_rec_event *e);
/* A line for the birth of a pgmap ("created"), or for its new state after a teardown step. */
void report__step(struct report *r, const struct pgmap *p, enum pgmap_state state, uint64_t ns,
		  const struct pgr_task *task);

void report__assertion(struct report *r, const struct assertion *a);
void report__loss(struct report *r, const struct tracer_loss *loss);
/*
 * effects: [enum pgr_hook], what the tool learned from calls. alive: whether attached hooks run.
 * sweep: struct pages were found.
 */
void report__probes(struct report *r, const struct plan *plan, const struct pgr_effect *effects,
		    const struct alive *alive, bool sweep);

/* A pattern for --allow that would allow the leak of the report before. */
void report__suggestion(struct report *r, const struct pgmap *p, const char *pattern);
/* A pattern from the file of --allow, and how many leaks it allowed. */
void report__suppression(struct report *r, const char *file, unsigned int line, const char *text,
			 uint64_t used);

/* Writes the last line for standard error, without a newline, into buf. Returns buf. */
const char *report__summary_line(const struct judgement *j, const struct run_totals *t,
				 uint64_t lost, char *buf, size_t len);
/* JSON only: the same as a record. Write it after all other records. */
void report__summary(struct report *r, const struct judgement *j, const struct run_totals *t,
		     uint64_t lost);

/* The columns of `list`, without a newline. */
void part__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep);

#endif /* PGMAPREF_REPORT_H */
