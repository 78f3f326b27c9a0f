/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Do hooks that are attached run? Attaching succeeds where they do not: sysctl
 * kernel.ftrace_enabled=0 and kprobes that are disarmed leave everything as it is and call nobody.
 * So it is proved, of each way to attach by a program of that kind at a function that the tool
 * calls itself, of each hook by the code where its function begins. Pure functions of what was
 * seen; tracer_alive.c looks.
 */
#ifndef PGMAPREF_ALIVE_H
#define PGMAPREF_ALIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/plan.h"

/* What the first bytes of a function say. */
enum alive_site {
	SITE_UNKNOWN, /* not read, or no code that is known */
	SITE_CALLS, /* somebody is called: ftrace, a kprobe */
	SITE_CALLS_NOBODY,
};

/* Of x86-64; what other machines have is SITE_UNKNOWN. */
enum alive_site alive__site(const uint8_t code[PGR_SITE_BYTES]);

/*
 * A change of the code at `addr` to `len` bytes: does it make the function that begins at `site` call
 * nobody?
 */
bool alive__silences(uint64_t site, uint64_t addr, const uint8_t *code, size_t len);

/* What a program at a function that was called says of all that are attached in its way. */
enum alive_canary {
	CANARY_NONE, /* none could be attached, or none is needed */
	CANARY_RAN,
	CANARY_SILENT,
};

/* One look at everything. */
struct alive_look {
	enum alive_canary canary[PGR_MECHANISMS];
	struct alive_seen {
		unsigned int by; /* bits enum pgr_mechanism, of its programs; 0: not attached */
		enum alive_site site;
		bool silenced; /* since the last look: alive__silences() */
		bool replaced; /* a live patch has put another function in its place */
	} hook[PGR_HOOKS];
	bool blind; /* nothing could be looked at, nor called */
	bool patches_unknown; /* which functions live patches replace could not be read */
	bool changes_lost; /* the code was changed so often that not every change was recorded */
	bool ftrace_off, kprobes_off; /* as the settings say, where they could be read */
};

enum alive_state {
	ALIVE_RUNS, /* or is not attached */
	ALIVE_UNPROVEN, /* neither a canary nor a site says anything, or a live patch is there */
	ALIVE_STOPPED,
};

/* clang-format off */
enum alive_cause {
	CAUSE_UNKNOWN, CAUSE_FTRACE, CAUSE_KPROBES, CAUSE_BRIEF, CAUSE_LIVEPATCH, CAUSE_CHANGES
};
/* clang-format on */

struct alive {
	struct alive_hook {
		enum alive_state now, worst; /* worst: of all looks. It stays so. */
		enum alive_cause cause; /* of the first look that found it stopped */
		bool called; /* its site has been seen to call somebody */
		bool reported; /* by alive__news() */
		char doubt[128];
	} hook[PGR_HOOKS];
};

/* Returns true if a hook did not run, or is not known to have, that did so at every look before. */
bool alive__see(struct alive *a, const struct alive_look *look);

/*
 * What is to be said of a hook that did not run at some look, to follow its name: "is attached but
 * does not run (kernel.ftrace_enabled is 0)". NULL: none.
 */
const char *alive__doubt(const struct alive *a, enum pgr_hook hook);

/* The same in two parts, for a table: "attached, does not run" and why, "kernel.ftrace_enabled is 0". */
const char *alive__state(const struct alive *a, enum pgr_hook hook);
const char *alive__why(const struct alive *a, enum pgr_hook hook);

/*
 * Which hooks do not run and why, as a line for the user: those that have the same reason. Each hook
 * is in one line only; false: there is none that was not.
 */
bool alive__news(struct alive *a, const struct plan *plan, char *line, size_t len);

/* Is the setting at `path` there, and 0? For look->ftrace_off and kprobes_off. */
bool alive__is_off(const char *path);

#define ALIVE_FTRACE_SETTING "/proc/sys/kernel/ftrace_enabled"
#define ALIVE_KPROBES_SETTING "/sys/kernel/debug/kprobes/enabled"

#endif /* PGMAPREF_ALIVE_H */
