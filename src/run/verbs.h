/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of verbs: what each does, which options it takes, how its run differs from others. */
#ifndef PGMAPREF_VERBS_H
#define PGMAPREF_VERBS_H

#include <stdbool.h>

struct options;

/* Groups of options, one bit each. A verb takes all options of a group or none. */
enum option_group {
	OPTIONS_GENERAL = 1 << 0, /* output, messages, sweeps: every verb takes them */
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
	OPTIONS_EXACT = 1 << 14, /* --exact */
	OPTIONS_ASSERTED = 1 << 12, /* assertions of check, --settle, --fail-fast */
	/* --disable-hook, --attach, --ledger-size, --pin-rows: for verbs that attach hooks */
	OPTIONS_HOOKS = 1 << 13,
	OPTIONS_CHANGES = 1 << 15, /* --follow */
	OPTIONS_FIELDS = 1 << 16, /* --fields, --time */
};

enum verb_takes { TAKES_NONE, TAKES_ANY, TAKES_SOME };

struct verb {
	const char *name;
	const char *help; /* one line */
	/* Names of options that its help explains; it only names the others. NULL: explains all */
	const char *often;
	const char *example, *example_does; /* a command, and what for; or NULL */
	const char *manual; /* the page about it; NULL: the first one */
	/* Runs the verb to its end. Returns the exit status (enum status). */
	int (*run)(const struct options *o);
	unsigned int options; /* enum option_group: the groups that the verb takes */
	unsigned int lasting; /* the groups among them that have a use only while the verb watches */
	const char *lasts_with; /* for messages: the options that make it watch */
	enum verb_takes names; /* NAME arguments */
	bool pids; /* a NAME that is a number is a process or thread */
	enum verb_takes command;
	bool pins; /* the default of --pins */
	bool traces; /* attaches hooks; the others only read */
	bool follows_teardowns;
	bool waits_for_names; /* if -g NAME selects no pgmap, waits for one to appear */
	bool shows_moves; /* a line for each put of a reference that an exact account follows */
	bool shows_events; /* a line for each event; with COMMAND, events of its processes only */
	bool shows_clean; /* reports teardowns that leave nothing, too */
	bool reports_blocked; /* reports tasks that look as if they waited for a teardown */
	bool judges_end; /* judges what COMMAND leaves, compared with the start */
	bool shows_hooks; /* attaches the hooks of all verbs, to show whether this works */
};

/* The last row has no name. The first verb is the default. */
extern const struct verb verbs[];

#endif /* PGMAPREF_VERBS_H */
