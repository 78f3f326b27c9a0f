// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/names.h"
#include "run/options.h"

#ifndef PGMAPREF_VERSION
#define PGMAPREF_VERSION "unknown"
#endif

/* By which argp has -V and --version. */
const char *argp_program_version = "pgmapref " PGMAPREF_VERSION;

static const char doc[] =
	"Shows who holds references and pages of device memory (struct dev_pagemap).\v"
	/* The verbs come here, from their table. */
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

#define MAX_PID 4194304 /* PID_MAX_LIMIT, include/linux/threads.h */
#define MAX_ROWS (1 << 24)
#define FIRST_LONG_KEY 0x100 /* of options without a letter: no character has it */

/* The input of the parser. */
struct parsing {
	struct options *o;
	const struct verb *table;
	uint64_t given; /* bit i: the option of row i was */
};

struct option_row {
	const char *name; /* NULL: a heading, which `help` is */
	char letter; /* 0: none */
	int section; /* of --help */
	enum option_group group; /* a verb takes the options of a group, or refuses them */
	const char *arg; /* NULL: the option has none */
	const char *help;
	void (*take)(struct argp_state *state, const struct option_row *row, char *arg);
	size_t at; /* what it sets: an offset in struct options */
	unsigned long max; /* of a number */
	int kind; /* of an assertion, enum assertion_kind */
	const char *refusal; /* what is said besides to a verb that does not take it */
};

/* "-p" or "--stuck", as messages call it. buf: for the name. */
static const char *name_in(const struct option_row *row, char buf[32])
{
	if (row->letter)
		snprintf(buf, 32, "-%c", row->letter);
	else
		snprintf(buf, 32, "--%s", row->name);
	return buf;
}

#define NAME_OF(row) name_in(row, (char[32]){ 0 })

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

/* ---- what an option does ---------------------------------------------------------------- */

static struct options *options_of(const struct argp_state *state)
{
	return ((struct parsing *)state->input)->o;
}

/* What the option sets. */
static void *target(const struct argp_state *state, const struct option_row *row)
{
	return (char *)options_of(state) + row->at;
}

static void take_yes(struct argp_state *state, const struct option_row *row, char *arg)
{
	(void)arg;
	*(bool *)target(state, row) = true;
}

static void take_no(struct argp_state *state, const struct option_row *row, char *arg)
{
	(void)arg;
	*(bool *)target(state, row) = false;
}

static void take_once_more(struct argp_state *state, const struct option_row *row, char *arg)
{
	(void)arg;
	++*(unsigned int *)target(state, row);
}

static void take_text(struct argp_state *state, const struct option_row *row, char *arg)
{
	*(const char **)target(state, row) = arg;
}

static void take_number(struct argp_state *state, const struct option_row *row, char *arg)
{
	*(uint32_t *)target(state, row) = parse_number(state, NAME_OF(row), arg, row->max);
}

static void take_duration(struct argp_state *state, const struct option_row *row, char *arg)
{
	*(uint64_t *)target(state, row) = parse_duration(state, NAME_OF(row), arg);
}

static void add_id(struct argp_state *state, const char *option, const char *arg, uint32_t *ids,
		   size_t *nr)
{
	uint32_t id = parse_number(state, option, arg, MAX_PID);

	if (!id)
		argp_error(state, "%s %s: not a process or thread", option, arg);
	if (*nr == PGR_FILTER_IDS)
		argp_error(state, "%s: at most %d of them", option, PGR_FILTER_IDS);
	else
		ids[(*nr)++] = id;
}

static void take_pid(struct argp_state *state, const struct option_row *row, char *arg)
{
	struct options *o = options_of(state);

	add_id(state, NAME_OF(row), arg, o->pids, &o->nr_pids);
}

static void take_tid(struct argp_state *state, const struct option_row *row, char *arg)
{
	struct options *o = options_of(state);

	add_id(state, NAME_OF(row), arg, o->tids, &o->nr_tids);
}

static void add_pgmap(struct argp_state *state, const char *arg)
{
	struct options *o = options_of(state);

	if (o->nr_names == OPTIONS_NAMES)
		argp_error(state, "at most %d pgmaps can be named", OPTIONS_NAMES);
	else
		o->names[o->nr_names++] = arg;
}

static void take_pgmap(struct argp_state *state, const struct option_row *row, char *arg)
{
	(void)row;
	add_pgmap(state, arg);
}

static void take_type(struct argp_state *state, const struct option_row *row, char *arg)
{
	int type = type__of_name(arg);

	if (type < 0)
		argp_error(state,
			   "%s %s: no such type; there are fsdax, devdax (or "
			   "generic), private, coherent and p2pdma",
			   NAME_OF(row), arg);
	else
		options_of(state)->types |= 1u << type;
}

static void take_hook(struct argp_state *state, const struct option_row *row, char *arg)
{
	struct options *o = options_of(state);

	if (o->nr_disabled == PGR_HOOKS)
		argp_error(state, "%s: too many", NAME_OF(row));
	else
		o->disabled[o->nr_disabled++] = arg;
}

static void take_mechanism(struct argp_state *state, const struct option_row *row, char *arg)
{
	static const char *const names[] = {
		[PLAN_AUTO] = "auto",
		[PLAN_ONLY_FENTRY] = "fentry",
		[PLAN_ONLY_KPROBE] = "kprobe",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(arg, names[i])) {
			options_of(state)->mechanism = i;
			return;
		}
	}
	argp_error(state, "%s %s: auto, fentry or kprobe", NAME_OF(row), arg);
}

/* rows=N and the like */
static void take_limit(struct argp_state *state, const struct option_row *row, char *arg)
{
	struct options *o = options_of(state);
	const struct {
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
		*limits[i].value = parse_number(state, NAME_OF(row), value, limits[i].max);
		return;
	}
	argp_error(state, "%s %s: rows=N, ring-pages=N or failing-reads=N", NAME_OF(row), arg);
}

static void add_assertion(struct argp_state *state, struct assertion a)
{
	struct options *o = options_of(state);

	if (o->nr_assertions == OPTIONS_ASSERTIONS)
		argp_error(state, "at most %d assertions", OPTIONS_ASSERTIONS);
	else
		o->assertions[o->nr_assertions++] = a;
}

static void assert_number(struct argp_state *state, const struct option_row *row, char *arg)
{
	add_assertion(state, (struct assertion){
				     .kind = row->kind,
				     .limit = parse_number(state, NAME_OF(row), arg, row->max),
			     });
}

static void assert_duration(struct argp_state *state, const struct option_row *row, char *arg)
{
	add_assertion(state, (struct assertion){
				     .kind = row->kind,
				     .limit = parse_duration(state, NAME_OF(row), arg),
			     });
}

/* NAME or NAME,N */
static void assert_teardown(struct argp_state *state, const struct option_row *row, char *arg)
{
	struct assertion a = { .kind = row->kind, .limit = 1, .pgmap = arg };
	char *comma = strrchr(arg, ',');

	if (comma) {
		*comma = '\0';
		a.limit = parse_number(state, "--expect-teardown NAME,N: ", comma + 1, row->max);
	}
	if (!*arg || !a.limit)
		argp_error(state, "%s: NAME or NAME,N with N above 0", NAME_OF(row));
	add_assertion(state, a);
}

/* ---- the table of options --------------------------------------------------------------- */

#define HEADING(section_, text)                       \
	{                                             \
		.section = (section_), .help = (text) \
	}
#define AT(member) .at = offsetof(struct options, member)

/* In each section --help goes by the alphabet. */
/* clang-format off */
static const struct option_row rows[] = {
	HEADING(1, "Which tasks (of the one that took a reference):"),
	{ "pid", 'p', 1, OPTIONS_TASKS, "PID", "Only this process (repeatable)", .take = take_pid },
	{ "tid", 't', 1, OPTIONS_TASKS, "TID", "Only this thread (repeatable)", .take = take_tid },
	{ "comm", 'n', 1, OPTIONS_TASKS, "GLOB", "Only commands of this name; * and ? match",
	  take_text, AT(comm) },

	HEADING(2, "Which pgmaps:"),
	{ "pgmap", 'g', 2, OPTIONS_PGMAPS, "NAME",
	  "pmem0, dax0.0, a PCI address, a physical address, or a glob (repeatable)",
	  .take = take_pgmap },
	{ "type", 0, 2, OPTIONS_PGMAPS, "TYPE",
	  "fsdax, devdax, generic, private, coherent, p2pdma (repeatable)", .take = take_type },

	HEADING(3, "What is traced:"),
	{ "pins", 0, 3, OPTIONS_PINS, NULL,
	  "Trace who pins pages (default for watch, check and probes)", take_yes, AT(pins) },
	{ "no-pins", 0, 3, OPTIONS_PINS, NULL, "Do not trace pins (default for trace)", take_no,
	  AT(pins) },

	HEADING(4, "How long:"),
	{ "duration", 'd', 4, OPTIONS_DURATION, "DUR", "Stop after DUR: 10s, 500ms, 200us, 5m, 1h",
	  take_duration, AT(duration_ns) },
	{ "stuck", 0, 4, OPTIONS_STUCK, "DUR",
	  "Report a teardown that has not drained after DUR (default 5s)", take_duration,
	  AT(stuck_ns) },
	{ "interval", 0, 4, OPTIONS_INTERVAL, "DUR", "Read the counters every DUR (default 100ms)",
	  take_duration, AT(interval_ns) },

	HEADING(5, "What check asserts, beside that nothing leaks:"),
	{ "max-refs", 0, 5, OPTIONS_ASSERTED, "N",
	  "A pgmap never has more than N references above rest", assert_number,
	  .max = UINT32_MAX, .kind = ASSERT_MAX_REFS },
	{ "max-busy", 0, 5, OPTIONS_ASSERTED, "N", "A pgmap never has more than N busy pages",
	  assert_number, .max = UINT32_MAX, .kind = ASSERT_MAX_BUSY },
	{ "max-held", 0, 5, OPTIONS_ASSERTED, "DUR", "No reference is held for longer than DUR",
	  assert_duration, .kind = ASSERT_MAX_HELD },
	{ "max-drain", 0, 5, OPTIONS_ASSERTED, "DUR", "No teardown waits for longer than DUR",
	  assert_duration, .kind = ASSERT_MAX_DRAIN },
	{ "expect-teardown", 0, 5, OPTIONS_ASSERTED, "NAME[,N]",
	  "This pgmap is torn down, N times at least (repeatable)", assert_teardown,
	  .max = 1000000000, .kind = ASSERT_TEARDOWN },
	{ "expect-events", 0, 5, OPTIONS_ASSERTED, "N", "There are N events at least",
	  assert_number, .max = UINT32_MAX, .kind = ASSERT_EVENTS },
	{ "settle", 0, 5, OPTIONS_ASSERTED, "DUR",
	  "How long the end state may take to come to rest (default 1s)", take_duration,
	  AT(settle_ns) },
	{ "fail-fast", 0, 5, OPTIONS_ASSERTED, NULL, "Stop COMMAND at the first failure",
	  take_yes, AT(fail_fast) },

	HEADING(6, "Output:"),
	{ "stacks", 'S', 6, OPTIONS_STACKS, NULL, "trace: with each event its kernel stack",
	  take_yes, AT(stacks) },
	{ "history", 'H', 6, OPTIONS_HISTORY, NULL,
	  "list: watch for a while (-d, default 2s) and show how the counts went", take_yes,
	  AT(history), .refusal = "trace and watch show histories anyway" },
	{ "json", 'j', 6, OPTIONS_GENERAL, NULL, "One JSON object a line", take_yes, AT(json) },
	{ "output", 'o', 6, OPTIONS_GENERAL, "FILE", "Write to FILE, not to standard output",
	  take_text, AT(output) },
	{ "allow", 0, 6, OPTIONS_ALLOW, "FILE", "Leaks that match a pattern in FILE are suppressed",
	  take_text, AT(allow) },
	{ "gen-suppressions", 0, 6, OPTIONS_ALLOW, NULL,
	  "With each leak the pattern that suppresses it", take_yes, AT(gen_suppressions) },
	{ "junit", 0, 6, OPTIONS_CASES, "FILE", "Write the test cases to FILE as JUnit XML, too",
	  take_text, AT(junit) },
	{ "tap", 0, 6, OPTIONS_CASES, NULL, "TAP, as prove reads it, instead of text", take_yes,
	  AT(tap) },
	{ "verbose", 'v', 6, OPTIONS_GENERAL, NULL,
	  "Show libbpf's warnings; -vv: its notes; -vvv: all", take_once_more, AT(verbose) },
	{ "quiet", 'q', 6, OPTIONS_GENERAL, NULL,
	  "Nothing on standard error but errors and the last line", take_yes, AT(quiet) },
	{ "ready-fd", 0, 6, OPTIONS_READY, "N",
	  "Write a line to descriptor N and close it when all is attached", take_number,
	  AT(ready_fd), .max = 1 << 20 },

	HEADING(7, "For debugging the tool:"),
	{ "disable-hook", 0, 7, OPTIONS_GENERAL, "HOOK",
	  "Do as if the kernel lacked this hook or function (repeatable)", .take = take_hook },
	{ "attach", 0, 7, OPTIONS_GENERAL, "HOW", "auto, fentry or kprobe",
	  .take = take_mechanism },
	{ "ledger-size", 0, 7, OPTIONS_GENERAL, "N", "Holders kept at most (default 65536)",
	  take_number, AT(ledger_rows), .max = MAX_ROWS },
	{ "pin-rows", 0, 7, OPTIONS_GENERAL, "N", "Pinned pages kept at most (default 65536)",
	  take_number, AT(pin_rows), .max = MAX_ROWS },
	{ "sweep-budget", 0, 7, OPTIONS_GENERAL, "DUR",
	  "Longest look at a pgmap's pages inside the kernel (default 5s)", take_duration,
	  AT(sweep_budget_ns) },
	{ "limit", 0, 7, OPTIONS_GENERAL, "WHAT=N",
	  "rows=N of each map, ring-pages=N, failing-reads=N: each N-th fails",
	  .take = take_limit },
};
/* clang-format on */

#define NR_ROWS (sizeof(rows) / sizeof(*rows))
_Static_assert(NR_ROWS <= 64, "each option has a bit in struct parsing");

static int key_of(size_t row)
{
	return rows[row].letter ? rows[row].letter : FIRST_LONG_KEY + (int)row;
}

/* For argp, which ends its own with zeroes. */
static void fill_argp(struct argp_option out[NR_ROWS + 1])
{
	memset(out, 0, (NR_ROWS + 1) * sizeof(*out));
	for (size_t i = 0; i < NR_ROWS; i++) {
		out[i].name = rows[i].name;
		out[i].key = rows[i].name ? key_of(i) : 0;
		out[i].arg = rows[i].arg;
		out[i].doc = rows[i].help;
		out[i].group = rows[i].section;
	}
}

/* ---- verbs ------------------------------------------------------------------------------- */

static bool takes(const struct verb *v, enum option_group group)
{
	return v->options & group;
}

static bool runs_command(const struct verb *v, enum option_group unused)
{
	(void)unused;
	return v->command != TAKES_NONE;
}

static bool is_verb(const struct verb *v, enum option_group unused)
{
	(void)v;
	(void)unused;
	return true;
}

/* "trace, watch and check": those for which `that` holds. */
static const char *list_verbs(const struct verb *table,
			      bool (*that)(const struct verb *, enum option_group),
			      enum option_group group, char buf[128])
{
	size_t left = 0, at = 0;

	for (const struct verb *v = table; v->name; v++)
		left += that(v, group);
	buf[0] = '\0';
	for (const struct verb *v = table; v->name && at < 128; v++)
		if (that(v, group))
			at += snprintf(buf + at, 128 - at, "%s%s", v->name,
				       --left > 1 ? ", " :
				       left	  ? " and " :
						    "");
	return buf;
}

static void set_verb(struct argp_state *state, const char *arg)
{
	const struct parsing *p = state->input;
	char names[128];

	for (const struct verb *v = p->table; v->name; v++) {
		if (!strcmp(arg, v->name)) {
			p->o->verb = v;
			return;
		}
	}
	argp_error(state,
		   "%s: no such verb; there are %s (a COMMAND stands after --, a pgmap after -g)",
		   arg, list_verbs(p->table, is_verb, 0, names));
}

static void take_argument(struct argp_state *state, char *arg)
{
	if (!state->arg_num)
		set_verb(state, arg);
	else if (options_of(state)->verb->names != TAKES_NONE)
		add_pgmap(state, arg);
	else
		argp_error(state,
			   "unexpected argument '%s': put COMMAND after --, select a pgmap with "
			   "-g NAME",
			   arg);
}

static void refuse(struct argp_state *state, const struct option_row *row)
{
	const struct parsing *p = state->input;
	char names[128];

	argp_error(state, "%s is for %s, not for %s%s%s", NAME_OF(row),
		   list_verbs(p->table, takes, row->group, names), p->o->verb->name,
		   row->refusal ? "; " : "", row->refusal ? row->refusal : "");
}

/* The verb is known: does all that was given go with it? */
static void check_all(struct argp_state *state)
{
	const struct parsing *p = state->input;
	const struct options *o = p->o;
	const struct verb *v = o->verb;
	char names[128];

	if (v->names == TAKES_SOME && !o->nr_names)
		argp_error(state, "%s: name at least one pgmap (see 'pgmapref list')", v->name);
	if (o->command && v->command == TAKES_NONE)
		argp_error(state, "only %s run a COMMAND",
			   list_verbs(p->table, runs_command, 0, names));
	if (!o->command && v->command == TAKES_SOME)
		argp_error(state, "%s runs a COMMAND: pgmapref %s -- COMMAND [ARG...]", v->name,
			   v->name);
	for (size_t i = 0; i < NR_ROWS; i++)
		if (p->given >> i & 1 && !takes(v, rows[i].group))
			refuse(state, &rows[i]);
	if (o->duration_ns && takes(v, OPTIONS_HISTORY) && !o->history)
		argp_error(state, "%s takes -d with -H only", v->name);
	if (o->tap && o->json)
		argp_error(state, "--tap and -j: one or the other");
}

/* What the verb says, unless the user does. */
static void set_defaults(const struct parsing *p)
{
	bool given = false;

	for (size_t i = 0; i < NR_ROWS; i++)
		given = given || (p->given >> i & 1 && rows[i].group == OPTIONS_PINS);
	if (!given)
		p->o->pins = p->o->verb->pins;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		take_argument(state, arg);
		return 0;
	case ARGP_KEY_END:
		check_all(state);
		set_defaults(p);
		return 0;
	}
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (!rows[i].name || key_of(i) != key)
			continue;
		p->given |= 1ULL << i;
		rows[i].take(state, &rows[i], arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* --help: the verbs, before what follows them. argp frees what is not `text`. */
static char *help(int key, const char *text, void *input)
{
	const struct parsing *p = input;
	char *all, verbs[1024];
	size_t at = 0;

	if (key != ARGP_KEY_HELP_POST_DOC || !p)
		return (char *)text;
	for (const struct verb *v = p->table; v->name && at < sizeof(verbs); v++)
		at += snprintf(verbs + at, sizeof(verbs) - at, "  %-8s %s\n", v->name, v->help);
	return asprintf(&all, "Verbs:\n%s%s", verbs, text) < 0 ? NULL : all;
}

void options__parse(int argc, char **argv, const struct verb *table, struct options *o)
{
	struct parsing p = { .o = o, .table = table };
	struct argp_option out[NR_ROWS + 1];
	struct argp argp = {
		.options = out,
		.parser = parse,
		.args_doc = args_doc,
		.doc = doc,
		.help_filter = help,
	};

	memset(o, 0, sizeof(*o));
	o->verb = table;
	o->stuck_ns = 5 * NSEC_PER_SEC;
	o->interval_ns = NSEC_PER_SEC / 10;
	o->settle_ns = NSEC_PER_SEC;
	o->ready_fd = -1;
	argp_err_exit_status = STATUS_USAGE;
	fill_argp(out);
	/* argp takes "--" for the end of options; here it is where COMMAND begins. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		o->command = &argv[i + 1];
		argv[i] = NULL;
		argc = i;
		break;
	}
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	if (o->command && !*o->command) {
		fprintf(stderr, "pgmapref: no COMMAND after --\n");
		exit(STATUS_USAGE);
	}
}
