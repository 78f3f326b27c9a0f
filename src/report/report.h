/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reports: every record that a verb shows to users, as text or JSON. */
#ifndef PGMAPREF_REPORT_H
#define PGMAPREF_REPORT_H

#include <sys/types.h>

#include "kernel/identity.h"
#include "kernel/plan.h"
#include "kernel/tracer.h"
#include "model/assertion.h"
#include "model/finding.h"
#include "model/ledger.h"
#include "model/marks.h"
#include "model/pgmaps.h"
#include "model/verdict.h"
#include "report/out.h"

struct event_fields;
struct walked_set;
struct symbols;
struct unfollowed;

/* What the time of a line of trace counts from. CLOCK_OF_BOOT is what dmesg(1) shows. */
enum report_clock { CLOCK_OF_START, CLOCK_OF_WALL, CLOCK_OF_BOOT, CLOCK_OF_LINE };

/*
 * How much of kernel stacks text shows. STACKS_AUTO: whole ones where all figures of a finding are
 * shown, and else one line. Lines of events have the site anyway; they have more only with
 * STACKS_SHORT, which is frames__way(), and STACKS_FULL.
 */
enum report_stacks { STACKS_AUTO, STACKS_SITE, STACKS_SHORT, STACKS_FULL };

/* What a report needs besides its subject. */
struct report {
	struct out *out;
	struct symbols *symbols;
	const struct plan *plan; /* tells which figures are not known (unseen.h); or NULL */
	const struct alive *alive; /* the same */
	/* Gets a stack by its key. Returns 0 or a negative errno. */
	int (*stack)(void *ctx, uint64_t key, struct pgr_stack *out);
	void *stack_ctx;
	/*
	 * The line of source of the call that returns to ip. Returns 0, or a negative errno: it is not
	 * known. NULL: reports do not show this.
	 */
	int (*line)(void *ctx, uint64_t ip, char *buf, size_t len);
	void *line_ctx;
	/* Has the process that existed at since_ns ended? NULL: reports do not show this. */
	bool (*ended)(void *ctx, pid_t tgid, uint64_t since_ns);
	/* Who is the process now? NULL: reports do not show this. */
	void (*identify)(void *ctx, const struct identity_key *key, struct identity *out);
	/*
	 * Names on the machine that the report is about. dev is the kernel's number, major << 20 |
	 * minor. device_name: of the block device, or (chr) of the character device; NULL: reports
	 * show the number. mount_point: where the filesystem on dev is mounted; NULL: reports do
	 * not show this. Both return 0, or a negative errno: there is no name.
	 */
	int (*device_name)(void *ctx, uint32_t dev, bool chr, char *buf, size_t len);
	int (*mount_point)(void *ctx, uint32_t dev, char *buf, size_t len);
	/*
	 * The path of the file of which pfn is a page (0: not known). Returns 0, or a negative errno:
	 * it has none that is known. NULL: reports do not show this.
	 */
	int (*file_path)(void *ctx, uint32_t dev, uint64_t ino, uint64_t pfn, char *buf, size_t len);
	void *names_ctx;
	const struct marks *marks; /* which test ran when; or NULL */
	enum report_stacks stacks; /* text; JSON has whole stacks */
	const struct event_fields *fields; /* text of lines of trace; NULL: as in a pipe */
	enum report_clock clock; /* the same */
	uint64_t line_ns; /* time of the last line of trace */
	bool ranges; /* show all ranges of a pgmap in text; JSON always has them */
	bool details; /* text: all figures of a finding behind the answer; JSON always has them */
	uint64_t wall_ns; /* CLOCK_REALTIME at time 0 of CLOCK_MONOTONIC */
	uint64_t start_ns; /* CLOCK_MONOTONIC; lines of trace count from here */
};

/* What the report is about. NULL: not known, or there is none. */
struct report_start {
	const char *kernel; /* its release */
	const char *boot_id, *hostname;
	char *const *command; /* words of COMMAND, NULL at their end */
	uint64_t utc_ns, monotonic_ns; /* the same moment on both clocks */
};

/* JSON only: writes the first record, with the version of the format. */
void report__start(struct report *r, const struct report_start *s);

void report__list_header(struct report *r);
/* sweep: NULL if the pages were not swept. history: show the history, too. */
void report__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  bool history);

/* Behind the list, text only: if a task waits on p, how to ask why. */
void report__list_hint(struct report *r, const struct pgmap *p);

/* value: the heading of the column for what an event leaves; of the counter: "VALUE". */
void report__event_header(struct report *r, const char *value);
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

/* Device memory that the tool does not follow on this kernel. */
void report__unfollowed(struct report *r, const struct unfollowed *row);

/*
 * A pattern for --allow that would allow the leak of the report before. shown: also in text; JSON
 * has it anyway.
 */
void report__suggestion(struct report *r, const struct pgmap *p, const char *pattern, bool shown);

/* Writes the last line for standard error, without a newline, into buf. Returns buf. */
const char *report__summary_line(const struct judgement *j, const struct run_totals *t,
				 uint64_t lost, char *buf, size_t len);
/* JSON only: the same as a record. Write it after all other records. */
void report__summary(struct report *r, const struct judgement *j, const struct run_totals *t,
		     uint64_t lost);

/* The last column of `list`: the state, and who waits. */
void part__list_state(struct out *o, const struct pgmap *p);
/* The columns of `list`, without a newline. */
void part__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep);

#endif /* PGMAPREF_REPORT_H */
