/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decides whether attached hooks really run. Attaching also succeeds where hooks do not run: with
 * sysctl kernel.ftrace_enabled=0 or with disarmed kprobes, programs stay attached but are not
 * called. Proof comes from two sources. For each way to attach, a canary (a program attached in
 * this way) is at a function that the tool calls itself. For each hook, the code at the start of
 * the hooked function is read. The functions here only judge what was read; tracer_alive.c reads.
 */
#ifndef PGMAPREF_ALIVE_H
#define PGMAPREF_ALIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/plan.h"

/* What the first bytes of a function show. */
enum alive_site {
	SITE_UNKNOWN, /* not read, or unknown code */
	SITE_CALLS, /* the function calls a tracer: ftrace or a kprobe */
	SITE_CALLS_NOBODY,
};

/* Knows x86-64 only; code of other machines is SITE_UNKNOWN. */
enum alive_site alive__site(const uint8_t code[PGR_SITE_BYTES]);

/* `len` bytes of code were written at `addr`: does the function at `site` now call no tracer? */
bool alive__silences(uint64_t site, uint64_t addr, const uint8_t *code, size_t len);

/* What the canary shows about all programs that are attached in the same way. */
enum alive_canary {
	CANARY_NONE, /* no canary could be attached, or none is needed */
	CANARY_RAN,
	CANARY_SILENT,
};

/* The facts of one check of all hooks. */
struct alive_look {
	enum alive_canary canary[PGR_MECHANISMS];
	struct alive_seen {
		unsigned int by; /* bits enum pgr_mechanism of its programs; 0: not attached */
		enum alive_site site;
		bool silenced; /* alive__silences() was true since the last check */
		bool replaced; /* a live patch has replaced the function */
		bool cpu_came; /* breakpoints: a CPU came online, and was without for some time */
	} hook[PGR_HOOKS];
	bool blind; /* the call of the canaries failed, and no code was read */
	bool patches_unknown; /* the functions that live patches replace could not be read */
	bool changes_lost; /* the code changed so often that some changes were not recorded */
	bool ftrace_off, kprobes_off; /* from the settings, if they could be read */
};

enum alive_state {
	ALIVE_RUNS, /* or is not attached */
	ALIVE_UNPROVEN, /* neither canary nor code proves that it runs, or a live patch is there */
	ALIVE_STOPPED,
};

/* clang-format off */
enum alive_cause {
	CAUSE_UNKNOWN, CAUSE_FTRACE, CAUSE_KPROBES, CAUSE_BRIEF, CAUSE_LIVEPATCH, CAUSE_CHANGES,
	CAUSE_CPU /* a CPU came online; what it ran until its breakpoint was set was not seen */
};
/* clang-format on */

struct alive {
	struct alive_hook {
		enum alive_state now, worst; /* worst: of all checks, never improves */
		enum alive_cause cause; /* from the first check that found it stopped */
		bool called; /* its function was seen to call a tracer */
		bool reported; /* alive__news() has reported it */
		char doubt[128];
	} hook[PGR_HOOKS];
};

/*
 * Judges one check. Returns true if the worst state of a hook got worse: the hook does not run, or
 * is not known to run, for the first time.
 */
bool alive__see(struct alive *a, const struct alive_look *look);

/*
 * The text for a hook that did not run at some check, to follow the hook's name: "is attached but
 * does not run (kernel.ftrace_enabled is 0)". NULL: no doubt about the hook.
 */
const char *alive__doubt(const struct alive *a, enum pgr_hook hook);

/*
 * The same in two parts, for a table: the state, "attached, does not run", and the reason,
 * "kernel.ftrace_enabled is 0".
 */
const char *alive__state(const struct alive *a, enum pgr_hook hook);
const char *alive__why(const struct alive *a, enum pgr_hook hook);

/*
 * Writes a line for the user: which hooks do not run, and why. One line names all hooks with the
 * same reason, and each hook is reported once. Returns false if all such hooks are already
 * reported.
 */
bool alive__news(struct alive *a, const struct plan *plan, char *line, size_t len);

/* Does the setting at `path` exist, with value 0? For look->ftrace_off and look->kprobes_off. */
bool alive__is_off(const char *path);

#define ALIVE_FTRACE_SETTING "/proc/sys/kernel/ftrace_enabled"
#define ALIVE_KPROBES_SETTING "/sys/kernel/debug/kprobes/enabled"

#endif /* PGMAPREF_ALIVE_H */
