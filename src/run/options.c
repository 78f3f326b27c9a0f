// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/names.h"
#include "run/options.h"

#ifndef PGMAPREF_VERSION
#define PGMAPREF_VERSION "unknown"
#endif

const char *argp_program_version = "pgmapref " PGMAPREF_VERSION;

static const char doc[] =
	"Shows who holds references and pages of device memory (struct dev_pagemap).\v"
	"Verbs:\n"
	"  trace    a line for every event, and a summary (the default)\n"
	"  list     every pgmap there is, with its exact count; traces nothing\n"
	"  watch    a report for every teardown, with a verdict\n"
	"  check    CI: runs COMMAND, judges its teardowns and the state at its end\n"
	"  refs     who holds references and pages of the pgmaps named; traces nothing\n"
	"  probes   how each hook is attached here, and what a call does to the counter\n"
	"\n"
	"Examples:\n"
	"  pgmapref -p 1234             what process 1234 takes, live\n"
	"  pgmapref list                all pgmaps\n"
	"  pgmapref watch --stuck 2s    leak reports, also while an unbind hangs\n"
	"  pgmapref check -- ./test.sh  fails if the test leaks\n"
	"\n"
	"Exit status: 0 clean (check: that of COMMAND), 1 leak or failed assertion,\n"
	"2 usage, 3 inconclusive, 4 cannot run here.\n"
	"pgmapref(8) explains every column and verdict, and under WHAT CLEAN COVERS,\n"
	"AND WHAT IT DOES NOT what a clean check means.";

static const char args_doc[] = "[VERB] [NAME...] [-- COMMAND [ARG...]]";

enum {
	OPT_TYPE = 0x100,
	OPT_STUCK,
	OPT_INTERVAL,
	OPT_READY_FD,
	OPT_DISABLE,
	OPT_ATTACH,
	OPT_LEDGER,
	OPT_BUDGET,
	OPT_LIMIT,
	OPT_MAX_REFS,
	OPT_MAX_BUSY,
	OPT_MAX_HELD,
	OPT_MAX_DRAIN,
	OPT_EXPECT_TEARDOWN,
	OPT_EXPECT_EVENTS,
	OPT_SETTLE,
	OPT_FAIL_FAST,
	OPT_ALLOW,
	OPT_GEN_SUPPRESSIONS,
	OPT_JUNIT,
	OPT_TAP,
	OPT_PINS,
	OPT_NO_PINS,
	OPT_PIN_ROWS,
};

static const struct argp_option argp_options[] = {
	{ NULL, 0, NULL, 0, "Which tasks (of the one that took a reference):", 1 },
	{ "pid", 'p', "PID", 0, "Only this process (repeatable)", 1 },
	{ "tid", 't', "TID", 0, "Only this thread (repeatable)", 1 },
	{ "comm", 'n', "GLOB", 0, "Only commands of this name; * and ? match", 1 },
	{ NULL, 0, NULL, 0, "Which pgmaps:", 2 },
	{ "pgmap", 'g', "NAME", 0,
	  "pmem0, dax0.0, a PCI address, a physical address, or a glob (repeatable)", 2 },
	{ "type", OPT_TYPE, "TYPE", 0,
	  "fsdax, devdax, generic, private, coherent, p2pdma (repeatable)", 2 },
	{ NULL, 0, NULL, 0, "What is traced:", 2 },
	{ "pins", OPT_PINS, NULL, 0, "Also who pins pages (the default of watch)", 2 },
	{ "no-pins", OPT_NO_PINS, NULL, 0, "Not so (the default of trace)", 2 },
	{ NULL, 0, NULL, 0, "How long:", 3 },
	{ "duration", 'd', "DUR", 0, "Stop after DUR: 10s, 500ms, 200us, 5m, 1h", 3 },
	{ "stuck", OPT_STUCK, "DUR", 0,
	  "Report a teardown that has not drained after DUR (default 5s)", 3 },
	{ "interval", OPT_INTERVAL, "DUR", 0, "Read the counters every DUR (default 100ms)", 3 },
	{ NULL, 0, NULL, 0, "What check asserts, beside that nothing leaks:", 4 },
	{ "max-refs", OPT_MAX_REFS, "N", 0, "A pgmap never has more than N references above rest",
	  4 },
	{ "max-busy", OPT_MAX_BUSY, "N", 0, "A pgmap never has more than N busy pages", 4 },
	{ "max-held", OPT_MAX_HELD, "DUR", 0, "No reference is held for longer than DUR", 4 },
	{ "max-drain", OPT_MAX_DRAIN, "DUR", 0, "No teardown waits for longer than DUR", 4 },
	{ "expect-teardown", OPT_EXPECT_TEARDOWN, "NAME[,N]", 0,
	  "This pgmap is torn down, N times at least (repeatable)", 4 },
	{ "expect-events", OPT_EXPECT_EVENTS, "N", 0, "There are N events at least", 4 },
	{ "settle", OPT_SETTLE, "DUR", 0,
	  "How long the end state may take to come to rest (default 1s)", 4 },
	{ "fail-fast", OPT_FAIL_FAST, NULL, 0, "Stop COMMAND at the first failure", 4 },
	{ NULL, 0, NULL, 0, "Output:", 5 },
	{ "stacks", 'S', NULL, 0, "trace: with each event its kernel stack", 5 },
	{ "history", 'H', NULL, 0,
	  "list: watch for a while (-d, default 2s) and show how "
	  "the counts went",
	  5 },
	{ "json", 'j', NULL, 0, "One JSON object a line", 5 },
	{ "output", 'o', "FILE", 0, "Write to FILE, not to standard output", 5 },
	{ "allow", OPT_ALLOW, "FILE", 0, "Leaks that match a pattern in FILE are suppressed", 5 },
	{ "gen-suppressions", OPT_GEN_SUPPRESSIONS, NULL, 0,
	  "With each leak the pattern that suppresses it", 5 },
	{ "junit", OPT_JUNIT, "FILE", 0, "Write the test cases to FILE as JUnit XML, too", 5 },
	{ "tap", OPT_TAP, NULL, 0, "TAP, as prove reads it, instead of text", 5 },
	{ "verbose", 'v', NULL, 0, "Show libbpf's warnings; -vv: its notes; -vvv: all", 5 },
	{ "quiet", 'q', NULL, 0, "Nothing on standard error but errors and the last line", 5 },
	{ "ready-fd", OPT_READY_FD, "N", 0,
	  "Write a line to descriptor N and close it when all is attached", 5 },
	{ "version", 'V', NULL, 0, "Print the version", -1 },
	{ NULL, 0, NULL, 0, "For debugging the tool:", 6 },
	{ "disable-hook", OPT_DISABLE, "HOOK", 0,
	  "Do as if the kernel lacked this hook or function (repeatable)", 6 },
	{ "attach", OPT_ATTACH, "HOW", 0, "auto, fentry or kprobe", 6 },
	{ "ledger-size", OPT_LEDGER, "N", 0, "Holders kept at most (default 65536)", 6 },
	{ "pin-rows", OPT_PIN_ROWS, "N", 0, "Pinned pages kept at most (default 65536)", 6 },
	{ "sweep-budget", OPT_BUDGET, "DUR", 0,
	  "Longest look at a pgmap's pages inside the kernel (default 5s)", 6 },
	{ "limit", OPT_LIMIT, "WHAT=N", 0,
	  "rows=N of each map, ring-pages=N, failing-reads=N: each N-th fails", 6 },
	{ 0 },
};

int options__duration(const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {
		{ "", 1e9 },   { "s", 1e9 },  { "ms", 1e6 },
		{ "us", 1e3 }, { "m", 60e9 }, { "h", 3600e9 },
	};
	char *end;
	double v;

	/* strtod() would also take "inf", "nan" and hexadecimal. */
	if (!*text || strspn(text, "0123456789.") == 0)
		return -EINVAL;
	errno = 0;
	v = strtod(text, &end);
	if (errno || (size_t)(end - text) != strspn(text, "0123456789."))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		v *= units[i].ns;
		if (v < 1 || v > 1e18)
			return -ERANGE;
		*ns = v + 0.5;
		return 0;
	}
	return -EINVAL;
}

static uint64_t parse_duration(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t ns = 0;
	int err = options__duration(arg, &ns);

	if (err == -ERANGE)
		argp_error(state, "%s %s: must be above 0, and less than 30 years", option, arg);
	else if (err)
		argp_error(state, "%s %s: not a length of time; write 10s, 500ms, 200us, 5m or 1h",
			   option, arg);
	return ns;
}

static uint32_t parse_number(struct argp_state *state, const char *option, const char *arg,
			     unsigned long max)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || v > max)
		argp_error(state, "%s %s: not a number from 0 to %lu", option, arg, max);
	return v;
}

static void add_id(struct argp_state *state, const char *option, const char *arg, uint32_t *ids,
		   size_t *nr)
{
	uint32_t id = parse_number(state, option, arg, 4194304);

	if (!id)
		argp_error(state, "%s %s: not a process or thread", option, arg);
	if (*nr == PGR_FILTER_IDS)
		argp_error(state, "%s: at most %d of them", option, PGR_FILTER_IDS);
	else
		ids[(*nr)++] = id;
}

static void add_name(struct argp_state *state, struct options *o, const char *arg)
{
	if (o->nr_names == OPTIONS_NAMES)
		argp_error(state, "at most %d pgmaps can be named", OPTIONS_NAMES);
	else
		o->names[o->nr_names++] = arg;
}

static void add_assertion(struct argp_state *state, struct options *o, struct assertion a)
{
	if (o->nr_assertions == OPTIONS_ASSERTIONS)
		argp_error(state, "at most %d assertions", OPTIONS_ASSERTIONS);
	else
		o->assertions[o->nr_assertions++] = a;
}

/* NAME or NAME,N */
static void expect_teardown(struct argp_state *state, struct options *o, char *arg)
{
	struct assertion a = { .kind = ASSERT_TEARDOWN, .limit = 1, .pgmap = arg };
	char *comma = strrchr(arg, ',');

	if (comma) {
		*comma = '\0';
		a.limit = parse_number(state, "--expect-teardown NAME,N: ", comma + 1, 1000000000);
	}
	if (!*arg || !a.limit)
		argp_error(state, "--expect-teardown: NAME or NAME,N with N above 0");
	add_assertion(state, o, a);
}

/* rows=N and such */
static void set_limit(struct argp_state *state, struct options *o, char *arg)
{
	struct {
		const char *name;
		uint32_t *value;
		unsigned long max;
	} limits[] = {
		{ "rows", &o->limits.rows, 1 << 24 },
		{ "ring-pages", &o->limits.ring_pages, 1 << 16 },
		{ "failing-reads", &o->limits.failing_reads, 1 << 30 },
	};
	char *value = strchr(arg, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; value && i < sizeof(limits) / sizeof(*limits); i++) {
		if (strcmp(arg, limits[i].name))
			continue;
		*limits[i].value = parse_number(state, "--limit", value, limits[i].max);
		return;
	}
	argp_error(state, "--limit %s: rows=N, ring-pages=N or failing-reads=N", arg);
}

static void set_verb(struct argp_state *state, struct options *o, const char *arg)
{
	static const char *const verbs[] = { "trace", "list", "watch", "probes", "check", "refs" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(arg, verbs[i])) {
			o->verb = i;
			return;
		}
	}
	argp_error(state,
		   "%s: no such verb; there are trace, list, watch, check, refs and probes "
		   "(a COMMAND stands after --, a pgmap after -g)",
		   arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	int type;

	switch (key) {
	case 'p':
		add_id(state, "-p", arg, o->pids, &o->nr_pids);
		return 0;
	case 't':
		add_id(state, "-t", arg, o->tids, &o->nr_tids);
		return 0;
	case 'n':
		o->comm = arg;
		return 0;
	case 'g':
		add_name(state, o, arg);
		return 0;
	case OPT_TYPE:
		type = type__of_name(arg);
		if (type < 0)
			argp_error(state,
				   "--type %s: no such type; there are fsdax, devdax (or "
				   "generic), private, coherent and p2pdma",
				   arg);
		else
			o->types |= 1u << type;
		return 0;
	case 'd':
		o->duration_ns = parse_duration(state, "-d", arg);
		return 0;
	case OPT_STUCK:
		o->stuck_ns = parse_duration(state, "--stuck", arg);
		return 0;
	case OPT_INTERVAL:
		o->interval_ns = parse_duration(state, "--interval", arg);
		return 0;
	case 'S':
		o->stacks = true;
		return 0;
	case 'H':
		o->history = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'v':
		o->verbose++;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'V':
		printf("%s\n", argp_program_version);
		exit(0);
	case OPT_READY_FD:
		o->ready_fd = parse_number(state, "--ready-fd", arg, 1 << 20);
		return 0;
	case OPT_DISABLE:
		if (o->nr_disabled == PGR_HOOKS)
			argp_error(state, "--disable-hook: too many");
		else
			o->disabled[o->nr_disabled++] = arg;
		return 0;
	case OPT_ATTACH:
		if (!strcmp(arg, "fentry"))
			o->mechanism = PLAN_ONLY_FENTRY;
		else if (!strcmp(arg, "kprobe"))
			o->mechanism = PLAN_ONLY_KPROBE;
		else if (strcmp(arg, "auto"))
			argp_error(state, "--attach %s: auto, fentry or kprobe", arg);
		return 0;
	case OPT_LEDGER:
		o->ledger_rows = parse_number(state, "--ledger-size", arg, 1 << 24);
		return 0;
	case OPT_ALLOW:
		o->allow = arg;
		return 0;
	case OPT_GEN_SUPPRESSIONS:
		o->gen_suppressions = true;
		return 0;
	case OPT_JUNIT:
		o->junit = arg;
		return 0;
	case OPT_TAP:
		o->tap = true;
		return 0;
	case OPT_PINS:
	case OPT_NO_PINS:
		o->pins = key == OPT_PINS;
		o->pins_given = true;
		return 0;
	case OPT_PIN_ROWS:
		o->pin_rows = parse_number(state, "--pin-rows", arg, 1 << 24);
		return 0;
	case OPT_BUDGET:
		o->sweep_budget_ns = parse_duration(state, "--sweep-budget", arg);
		return 0;
	case OPT_LIMIT:
		set_limit(state, o, arg);
		return 0;
	case OPT_MAX_REFS:
		add_assertion(state, o,
			      (struct assertion){ .kind = ASSERT_MAX_REFS,
						  .limit = parse_number(state, "--max-refs", arg,
									UINT32_MAX) });
		return 0;
	case OPT_MAX_BUSY:
		add_assertion(state, o,
			      (struct assertion){ .kind = ASSERT_MAX_BUSY,
						  .limit = parse_number(state, "--max-busy", arg,
									UINT32_MAX) });
		return 0;
	case OPT_MAX_HELD:
		add_assertion(
			state, o,
			(struct assertion){ .kind = ASSERT_MAX_HELD,
					    .limit = parse_duration(state, "--max-held", arg) });
		return 0;
	case OPT_MAX_DRAIN:
		add_assertion(
			state, o,
			(struct assertion){ .kind = ASSERT_MAX_DRAIN,
					    .limit = parse_duration(state, "--max-drain", arg) });
		return 0;
	case OPT_EXPECT_TEARDOWN:
		expect_teardown(state, o, arg);
		return 0;
	case OPT_EXPECT_EVENTS:
		add_assertion(state, o,
			      (struct assertion){ .kind = ASSERT_EVENTS,
						  .limit = parse_number(state, "--expect-events",
									arg, UINT32_MAX) });
		return 0;
	case OPT_SETTLE:
		o->settle_ns = parse_duration(state, "--settle", arg);
		o->settle_given = true;
		return 0;
	case OPT_FAIL_FAST:
		o->fail_fast = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!state->arg_num)
			set_verb(state, o, arg);
		else if (o->verb == VERB_WATCH || o->verb == VERB_LIST || o->verb == VERB_CHECK ||
			 o->verb == VERB_REFS)
			add_name(state, o, arg);
		else
			argp_error(state,
				   "%s: what is this? A COMMAND stands after --, a pgmap "
				   "after -g",
				   arg);
		return 0;
	case ARGP_KEY_END:
		if (o->verb == VERB_REFS && !o->nr_names)
			argp_error(state, "refs: of which pgmap? 'pgmapref list' shows those there "
					  "are");
		if (o->command && (o->verb == VERB_LIST || o->verb == VERB_REFS))
			argp_error(state, "only trace, watch, check and probes run a COMMAND");
		if (o->verb == VERB_CHECK && !o->command)
			argp_error(state,
				   "check runs a COMMAND: pgmapref check -- COMMAND [ARG...]");
		if (o->verb != VERB_CHECK && (o->nr_assertions || o->fail_fast || o->settle_given))
			argp_error(
				state,
				"--max-..., --expect-..., --settle and --fail-fast are for check");
		if ((o->verb == VERB_LIST || o->verb == VERB_PROBES || o->verb == VERB_REFS) &&
		    (o->nr_pids || o->nr_tids || o->comm || o->stacks))
			argp_error(state, "-p, -t, -n and -S are for trace, watch and check");
		if (o->pins && (o->verb == VERB_LIST || o->verb == VERB_REFS))
			argp_error(state, "--pins is for trace, watch, check and probes");
		if (!o->pins_given)
			o->pins = o->verb == VERB_WATCH || o->verb == VERB_CHECK ||
				  o->verb == VERB_PROBES;
		if (o->duration_ns &&
		    (o->verb == VERB_REFS || (o->verb == VERB_LIST && !o->history)))
			argp_error(state, "-d is for trace, watch, probes and list -H");
		if (o->history && o->verb != VERB_LIST)
			argp_error(state, "-H goes with list; watch and trace show it anyway");
		if ((o->verb == VERB_LIST || o->verb == VERB_PROBES) &&
		    (o->allow || o->gen_suppressions || o->junit || o->tap))
			argp_error(state, "--allow, --gen-suppressions, --junit and --tap are for "
					  "verbs that judge");
		if (o->verb == VERB_TRACE && (o->junit || o->tap))
			argp_error(state, "--junit and --tap are for watch and check");
		if (o->tap && o->json)
			argp_error(state, "--tap and -j: one or the other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options__parse(int argc, char **argv, struct options *o)
{
	static const struct argp argp = { argp_options, parse_option, args_doc, doc,
					  NULL,		NULL,	      NULL };

	memset(o, 0, sizeof(*o));
	o->stuck_ns = 5000000000ULL;
	o->interval_ns = 100000000ULL;
	o->settle_ns = 1000000000ULL;
	o->ready_fd = -1;
	argp_err_exit_status = STATUS_USAGE;
	/* argp takes "--" for the end of options; here it is where COMMAND begins. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		o->command = &argv[i + 1];
		argv[i] = NULL;
		argc = i;
		break;
	}
	argp_parse(&argp, argc, argv, 0, NULL, o);
	if (o->command && !*o->command) {
		fprintf(stderr, "pgmapref: no COMMAND after --\n");
		exit(STATUS_USAGE);
	}
}
