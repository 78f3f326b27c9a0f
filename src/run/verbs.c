// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "run/cmd_check.h"
#include "run/cmd_list.h"
#include "run/cmd_probes.h"
#include "run/cmd_refs.h"
#include "run/cmd_trace.h"
#include "run/cmd_watch.h"
#include "run/verbs.h"

/* Options of the verbs that follow teardowns. */
#define OPTIONS_FOLLOW                                                                         \
	(OPTIONS_GENERAL | OPTIONS_PGMAPS | OPTIONS_TASKS | OPTIONS_PINS | OPTIONS_HOOKS |     \
	 OPTIONS_EXACT | OPTIONS_DURATION | OPTIONS_INTERVAL | OPTIONS_STUCK | OPTIONS_READY | \
	 OPTIONS_ALLOW)

/* --help shows them in this order. */
const struct verb verbs[] = {
	{
		.name = "trace",
		.help = "a line for every event, and a summary (the default)",
		.run = cmd_trace__run,
		.options = OPTIONS_FOLLOW | OPTIONS_STACKS,
		.command = TAKES_ANY,
		.traces = true,
		.follows_teardowns = true,
		.shows_events = true,
	},
	{
		.name = "list",
		.help = "all pgmaps, with exact counts; traces nothing",
		.run = cmd_list__run,
		.options = OPTIONS_GENERAL | OPTIONS_PGMAPS | OPTIONS_DURATION | OPTIONS_INTERVAL |
			   OPTIONS_HISTORY,
		.lasting = OPTIONS_DURATION | OPTIONS_INTERVAL,
		.lasts_with = "-H",
		.names = TAKES_ANY,
	},
	{
		.name = "watch",
		.help = "a report for every teardown, with a verdict",
		.run = cmd_watch__run,
		.options = OPTIONS_FOLLOW | OPTIONS_CASES,
		.names = TAKES_ANY,
		.command = TAKES_ANY,
		.pins = true,
		.traces = true,
		.follows_teardowns = true,
		.waits_for_names = true,
		.shows_clean = true,
		.reports_blocked = true,
	},
	{
		.name = "check",
		.help = "CI: runs COMMAND, judges its teardowns and the state at its end",
		.run = cmd_check__run,
		.options = OPTIONS_FOLLOW | OPTIONS_CASES | OPTIONS_ASSERTED,
		.names = TAKES_ANY,
		.command = TAKES_SOME,
		.pins = true,
		.traces = true,
		.follows_teardowns = true,
		.waits_for_names = true,
		.reports_blocked = true,
		.judges_end = true,
	},
	{
		.name = "refs",
		.help = "holders of references and pages of the pgmaps named; traces nothing",
		.run = cmd_refs__run,
		.options = OPTIONS_GENERAL | OPTIONS_PGMAPS,
		.names = TAKES_SOME,
	},
	{
		.name = "probes",
		.help = "how each hook is attached here, and what a call does to the counter",
		.run = cmd_probes__run,
		.options = OPTIONS_GENERAL | OPTIONS_PGMAPS | OPTIONS_PINS | OPTIONS_HOOKS |
			   OPTIONS_DURATION | OPTIONS_READY,
		.lasting = OPTIONS_PGMAPS | OPTIONS_READY,
		.lasts_with = "-d or a COMMAND",
		.command = TAKES_ANY,
		.pins = true,
		.traces = true,
		.shows_hooks = true,
	},
	{ 0 },
};
