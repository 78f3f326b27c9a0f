// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "run/cmd_check.h"
#include "run/cmd_list.h"
#include "run/cmd_probes.h"
#include "run/cmd_refs.h"
#include "run/cmd_trace.h"
#include "run/cmd_watch.h"
#include "run/cmd_why.h"
#include "run/verbs.h"

/* Options of the verbs that follow teardowns. */
#define OPTIONS_FOLLOW                                                                          \
	(OPTIONS_GENERAL | OPTIONS_PGMAPS | OPTIONS_TASKS | OPTIONS_PINS | OPTIONS_HOOKS |      \
	 OPTIONS_STACKS | OPTIONS_EXACT | OPTIONS_DURATION | OPTIONS_INTERVAL | OPTIONS_STUCK | \
	 OPTIONS_READY | OPTIONS_ALLOW)

/* Help shows them in this order. */
const struct verb verbs[] = {
	{
		.name = "trace",
		.help = "a line for every event, and a summary (the default)",
		.often = "pid follow-forks comm pgmap type "
			 "exact duration sums stuck stacks json output",
		.example = "pgmapref -p $(pidof fio)",
		.example_does = "what does fio take and give back?",
		.run = cmd_trace__run,
		.options = OPTIONS_FOLLOW | OPTIONS_FIELDS,
		.command = TAKES_ANY,
		.traces = true,
		.follows_teardowns = true,
		.shows_events = true,
	},
	{
		.name = "list",
		.help = "all pgmaps, with exact counts; traces nothing",
		.often = "pgmap type exact duration history json output",
		.example = "pgmapref list -H -d 10s",
		.example_does = "how do the counts change in ten seconds?",
		.run = cmd_list__run,
		.options = OPTIONS_GENERAL | OPTIONS_PGMAPS | OPTIONS_DURATION | OPTIONS_INTERVAL |
			   OPTIONS_HISTORY | OPTIONS_EXACT,
		.lasting = OPTIONS_DURATION | OPTIONS_INTERVAL | OPTIONS_EXACT,
		.lasts_with = "-H or -w",
		.names = TAKES_ANY,
	},
	{
		.name = "why",
		.help = "what hangs on device memory now, and who has what it waits for",
		.often = "pgmap type details json output verbose",
		.example = "pgmapref why",
		.example_does = "what hangs here, and on whom?",
		.run = cmd_why__run,
		.options = OPTIONS_GENERAL | OPTIONS_PGMAPS,
		.names = TAKES_ANY,
		.pids = true,
	},
	{
		.name = "watch",
		.help = "a report for every teardown, with a verdict",
		.often = "pid pgmap type exact duration "
			 "stuck allow junit tap details json output",
		.example = "pgmapref watch -- ndctl disable-namespace namespace0.0",
		.example_does = "unbind a namespace, and see who is in the way",
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
		.often = "pgmap max-refs max-drain expect-teardown "
			 "fail-fast allow junit tap details json output",
		.example = "pgmapref check --junit out.xml -- ./test.sh",
		.example_does = "does a test leave references or pages behind?",
		.manual = "pgmapref-check(8)",
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
		.often = "exact follow duration stacks json output",
		.example = "pgmapref refs pmem0",
		.example_does = "who has pages and files of pmem0 now?",
		.run = cmd_refs__run,
		.options = OPTIONS_GENERAL | OPTIONS_PGMAPS | OPTIONS_CHANGES | OPTIONS_DURATION |
			   OPTIONS_STACKS | OPTIONS_READY | OPTIONS_EXACT,
		.lasting = OPTIONS_DURATION | OPTIONS_STACKS | OPTIONS_READY,
		.lasts_with = "--follow or --exact",
		.shows_moves = true,
		.names = TAKES_ANY,
	},
	{
		.name = "probes",
		.help = "how each hook is attached here, and what a call does to the counter",
		.often = "pgmap duration pins no-pins json output",
		.example = "pgmapref probes",
		.example_does = "what does the tool see on this kernel?",
		.manual = "pgmapref-internals(7)",
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
