/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of verbs: what each does, which options it takes, and how its run differs from others. */
#ifndef PGMAPREF_VERBS_H
#define PGMAPREF_VERBS_H

#include <stdbool.h>

struct options;

/* Options that belong together: a verb takes all of a group or none. A bit each. */
enum option_group {
	OPTIONS_GENERAL = 1 << 0, /* output, messages, debugging: every verb takes them */
	OPTIONS_PGMAPS = 1 << 1, /* -g, --type */
	OPTIONS_TASKS = 1 << 2, /* -p, -t, -n */
	OPTIONS_STACKS = 1 << 3, /* -S */
	OPTIONS_PINS = 1 << 4, /* --pins, --no-pins */
	OPTIONS_DURATION = 1 << 5, /* -d */
	OPTIONS_INTERVAL = 1 << 6, /* --interval */
	OPTIONS_STUCK = 1 << 7, /* --stuck */
	OPTIONS_HISTORY = 1 << 8, /* -H */
	OPTIONS_READY = 1 << 9, /* --ready-fd */
	OPTIONS_ALLOW = 1 << 10, /* --allow, --gen-suppressions */
	OPTIONS_CASES = 1 << 11, /* --junit, --tap */
	OPTIONS_ASSERTED = 1 << 12, /* what check asserts, --settle, --fail-fast */
};

enum verb_takes { TAKES_NONE, TAKES_ANY, TAKES_SOME };

struct verb {
	const char *name;
	const char *help; /* one line */
	/* Runs it to the end. Returns the exit status (enum status). */
	int (*run)(const struct options *o);
	unsigned int options; /* the groups that it takes, enum option_group */
	enum verb_takes names; /* NAME arguments */
	enum verb_takes command;
	bool pins; /* are pins traced, unless the user says? */
	bool traces; /* attaches hooks; the others only read */
	bool follows_teardowns;
	bool waits_for_names; /* a -g NAME that means no pgmap may yet appear */
	bool shows_events; /* a line for each event; COMMAND limits them to its processes */
	bool shows_clean; /* teardowns that leave nothing are reported, too */
	bool reports_blocked; /* and tasks that look as if they waited for a teardown */
	bool judges_end; /* what COMMAND leaves is judged, against what there was before */
	bool shows_hooks; /* attaches what any verb may, to show whether it can be */
};

/* The last row has no name. The first verb is the default. */
extern const struct verb verbs[];

#endif /* PGMAPREF_VERBS_H */
