// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "names.h"
#include "options.h"

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
	"  refs     who holds references and pages of the pgmaps named; traces nothing\n"
	"  probes   how each hook is attached here, and what a call does to the counter\n"
	"\n"
	"Examples:\n"
	"  pgmapref -p 1234             what process 1234 takes, live\n"
	"  pgmapref list                all pgmaps\n"
	"  pgmapref watch --stuck 2s    leak reports, also while an unbind hangs\n"
	"  pgmapref watch -- ./test.sh  the same around a command\n"
	"\n"
	"Exit status: 0 clean, 1 leak, 2 usage, 3 inconclusive, 4 cannot run here.\n"
	"pgmapref(8) explains every column and verdict.";

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
	{ NULL, 0, NULL, 0, "How long:", 3 },
	{ "duration", 'd', "DUR", 0, "Stop after DUR: 10s, 500ms, 200us, 5m, 1h", 3 },
	{ "stuck", OPT_STUCK, "DUR", 0,
	  "Report a teardown that has not drained after DUR (default 5s)", 3 },
	{ "interval", OPT_INTERVAL, "DUR", 0, "Read the counters every DUR (default 100ms)", 3 },
	{ NULL, 0, NULL, 0, "Output:", 4 },
	{ "stacks", 'S', NULL, 0, "trace: with each event its kernel stack", 4 },
	{ "history", 'H', NULL, 0, "list: watch for a while (-d, default 2s) and show how "
				   "the counts went", 4 },
	{ "json", 'j', NULL, 0, "One JSON object a line", 4 },
	{ "output", 'o', "FILE", 0, "Write to FILE, not to standard output", 4 },
	{ "verbose", 'v', NULL, 0, "Show libbpf's warnings; -vv: its notes; -vvv: all", 4 },
	{ "quiet", 'q', NULL, 0, "Nothing on standard error but errors and the last line", 4 },
	{ "ready-fd", OPT_READY_FD, "N", 0,
	  "Write a line to descriptor N and close it when all is attached", 4 },
	{ "version", 'V', NULL, 0, "Print the version", -1 },
	{ NULL, 0, NULL, 0, "For debugging the tool:", 5 },
	{ "disable-hook", OPT_DISABLE, "HOOK", 0,
	  "Do as if the kernel lacked this hook or function (repeatable)", 5 },
	{ "attach", OPT_ATTACH, "HOW", 0, "auto, fentry or kprobe", 5 },
	{ "ledger-size", OPT_LEDGER, "N", 0, "Holders kept at most (default 65536)", 5 },
	{ "sweep-budget", OPT_BUDGET, "DUR", 0,
	  "Longest look at a pgmap's pages inside the kernel (default 5s)", 5 },
	{ 0 },
};

int options__duration(const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {
		{ "", 1e9 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 },
		{ "m", 60e9 }, { "h", 3600e9 },
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

static void set_verb(struct argp_state *state, struct options *o, const char *arg)
{
	static const char *const verbs[] = { "trace", "list", "watch", "probes", "refs" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(arg, verbs[i])) {
			o->verb = i;
			return;
		}
	}
	argp_error(state, "%s: no such verb; there are trace, list, watch, refs and probes "
			  "(a COMMAND stands after --, a pgmap after -g)", arg);
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
		type = type_of_name(arg);
		if (type < 0)
			argp_error(state, "--type %s: no such type; there are fsdax, devdax (or "
					  "generic), private, coherent and p2pdma", arg);
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
	case OPT_BUDGET:
		o->sweep_budget_ns = parse_duration(state, "--sweep-budget", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (!state->arg_num)
			set_verb(state, o, arg);
		else if (o->verb == VERB_WATCH || o->verb == VERB_LIST || o->verb == VERB_REFS)
			add_name(state, o, arg);
		else
			argp_error(state, "%s: what is this? A COMMAND stands after --, a pgmap "
					  "after -g", arg);
		return 0;
	case ARGP_KEY_END:
		if (o->verb == VERB_REFS && !o->nr_names)
			argp_error(state, "refs: of which pgmap? 'pgmapref list' shows those there "
					  "are");
		if (o->command && (o->verb == VERB_LIST || o->verb == VERB_REFS))
			argp_error(state, "only trace, watch and probes run a COMMAND");
		if ((o->verb == VERB_LIST || o->verb == VERB_PROBES || o->verb == VERB_REFS) &&
		    (o->nr_pids || o->nr_tids || o->comm || o->stacks))
			argp_error(state, "-p, -t, -n and -S are for trace and watch");
		if (o->duration_ns && (o->verb == VERB_REFS ||
				       (o->verb == VERB_LIST && !o->history)))
			argp_error(state, "-d is for trace, watch, probes and list -H");
		if (o->history && o->verb != VERB_LIST)
			argp_error(state, "-H goes with list; watch and trace show it anyway");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options__parse(int argc, char **argv, struct options *o)
{
	static const struct argp argp = { argp_options, parse_option, args_doc, doc, NULL, NULL,
					  NULL };

	memset(o, 0, sizeof(*o));
	o->stuck_ns = 5000000000ULL;
	o->interval_ns = 100000000ULL;
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
