// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/span.h"
#include "common/names.h"
#include "run/option_table.h"

#define MAX_PID 4194304 /* PID_MAX_LIMIT, include/linux/threads.h */
#define MAX_ROWS (1 << 24)

const char *option_row__name(const struct option_row *row, char buf[32])
{
	if (row->letter)
		snprintf(buf, 32, "-%c", row->letter);
	else
		snprintf(buf, 32, "--%s", row->name);
	return buf;
}

#define NAME_OF(row) option_row__name(row, (char[32]){ 0 })

static uint64_t parse_duration(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t ns = 0;
	int err = span__parse(arg, &ns);

	if (err == -ERANGE)
		argp_error(state, "%s %s: must be above 0, and less than 30 years", option, arg);
	else if (err)
		argp_error(state, "%s %s: not a duration; write 10s, 500ms, 200us, 5m or 1h",
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

/* The member of struct options that the option sets. */
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

void option_table__add_pgmap(struct argp_state *state, const char *name)
{
	struct options *o = options_of(state);

	if (o->nr_names == OPTIONS_NAMES)
		argp_error(state, "at most %d pgmaps can be named", OPTIONS_NAMES);
	else
		o->names[o->nr_names++] = name;
}

static void take_pgmap(struct argp_state *state, const struct option_row *row, char *arg)
{
	(void)row;
	option_table__add_pgmap(state, arg);
}

static void take_exact(struct argp_state *state, const struct option_row *row, char *arg)
{
	struct options *o = options_of(state);

	o->exact = true;
	if (!arg)
		return;
	if (o->nr_exact_names == OPTIONS_NAMES)
		argp_error(state, "%s: at most %d of them", NAME_OF(row), OPTIONS_NAMES);
	else
		o->exact_names[o->nr_exact_names++] = arg;
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
		argp_error(state, "%s: at most %d of them", NAME_OF(row), PGR_HOOKS);
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
	argp_error(state, "%s %s: HOW must be auto, fentry or kprobe", NAME_OF(row), arg);
}

/* rows=N, ring-pages=N or failing-reads=N */
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
	argp_error(state, "%s %s: write rows=N, ring-pages=N or failing-reads=N", NAME_OF(row), arg);
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
		a.limit = parse_number(state, "--expect-teardown NAME,N: N", comma + 1, row->max);
	}
	if (!*arg || !a.limit)
		argp_error(state, "%s: write NAME or NAME,N with N above 0", NAME_OF(row));
	add_assertion(state, a);
}

/* ---- the table --------------------------------------------------------------------------- */

#define HEADING(section_, text)                       \
	{                                             \
		.section = (section_), .help = (text) \
	}
#define AT(member) .at = offsetof(struct options, member)

/* The order is that of the manual page. --help sorts the options of each section. */
/* clang-format off */
const struct option_row option_rows[] = {
	HEADING(1, "Select tasks (the task that took a reference):"),
	{ "pid", 'p', 1, OPTIONS_TASKS, "PID", "Only this process (repeatable)", .take = take_pid },
	{ "tid", 't', 1, OPTIONS_TASKS, "TID", "Only this thread (repeatable)", .take = take_tid },
	{ "comm", 'n', 1, OPTIONS_TASKS, "GLOB", "Only commands of this name; * and ? match",
	  take_text, AT(comm) },

	HEADING(2, "Select pgmaps:"),
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
	{ "exact", 0, 3, OPTIONS_EXACT, "NAME",
	  "See every get and put of this pgmap, by breakpoints (without NAME: of those that -g "
	  "names; repeatable)",
	  .take = take_exact, .may_lack_arg = true },

	HEADING(4, "How long:"),
	{ "duration", 'd', 4, OPTIONS_DURATION, "DUR", "Stop after DUR: 10s, 500ms, 200us, 5m, 1h",
	  take_duration, AT(duration_ns) },
	{ "stuck", 0, 4, OPTIONS_STUCK, "DUR",
	  "Report a teardown that has not drained after DUR", take_duration, AT(stuck_ns),
	  .preset = "5s" },
	{ "interval", 0, 4, OPTIONS_INTERVAL, "DUR", "Read the counters every DUR", take_duration,
	  AT(interval_ns), .preset = "100ms" },

	HEADING(5, "Assertions of check, in addition to \"nothing leaks\":"),
	{ "max-refs", 0, 5, OPTIONS_ASSERTED, "N",
	  "A pgmap never has more than N references above the baseline", assert_number,
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
	  "How long the end state may take to come to rest", take_duration, AT(settle_ns),
	  .preset = "1s" },
	{ "fail-fast", 0, 5, OPTIONS_ASSERTED, NULL, "Stop COMMAND at the first failure",
	  take_yes, AT(fail_fast) },

	HEADING(6, "Output:"),
	{ "stacks", 'S', 6, OPTIONS_STACKS, NULL, "trace: print the kernel stack of each event",
	  take_yes, AT(stacks),
	  .refusal = "reports of watch and check show stacks anyway" },
	{ "history", 'H', 6, OPTIONS_HISTORY, NULL,
	  "list: watch for DUR (-d, default " HISTORY_DURATION "), show how the counts changed",
	  take_yes, AT(history), .refusal = "trace and watch show histories anyway" },
	{ "json", 'j', 6, OPTIONS_GENERAL, NULL, "One JSON object a line", take_yes, AT(json) },
	{ "output", 'o', 6, OPTIONS_GENERAL, "FILE", "Write to FILE, not to standard output",
	  take_text, AT(output) },
	{ "allow", 0, 6, OPTIONS_ALLOW, "FILE", "Leaks that match a pattern in FILE are suppressed",
	  take_text, AT(allow) },
	{ "gen-suppressions", 0, 6, OPTIONS_ALLOW, NULL,
	  "Print the pattern that suppresses each leak", take_yes, AT(gen_suppressions) },
	{ "junit", 0, 6, OPTIONS_CASES, "FILE", "Write the test cases to FILE as JUnit XML, too",
	  take_text, AT(junit) },
	{ "tap", 0, 6, OPTIONS_CASES, NULL, "TAP, as prove reads it, instead of text", take_yes,
	  AT(tap) },
	{ "verbose", 'v', 6, OPTIONS_GENERAL, NULL,
	  "Show libbpf's warnings; -vv: its notes; -vvv: all", take_once_more, AT(verbose) },
	{ "quiet", 'q', 6, OPTIONS_GENERAL, NULL,
	  "Only errors and the last line on standard error", take_yes, AT(quiet) },
	{ "ready-fd", 0, 6, OPTIONS_READY, "N",
	  "Write a line to descriptor N and close it when all is attached", take_number,
	  AT(ready_fd), .max = 1 << 20 },

	HEADING(7, "For debugging the tool:"),
	{ "disable-hook", 0, 7, OPTIONS_HOOKS, "HOOK",
	  "Treat this hook or function as missing (repeatable)", .take = take_hook },
	{ "attach", 0, 7, OPTIONS_HOOKS, "HOW", "auto, fentry or kprobe",
	  .take = take_mechanism },
	{ "ledger-size", 0, 7, OPTIONS_HOOKS, "N", "Maximum number of holders stored (default 65536)",
	  take_number, AT(ledger_rows), .max = MAX_ROWS },
	{ "pin-rows", 0, 7, OPTIONS_HOOKS, "N", "Maximum number of pinned pages stored (default 65536)",
	  take_number, AT(pin_rows), .max = MAX_ROWS },
	{ "sweep-budget", 0, 7, OPTIONS_GENERAL, "DUR",
	  "Maximum time of one sweep (default 5s)", take_duration,
	  AT(sweep_budget_ns) },
	{ "limit", 0, 7, OPTIONS_GENERAL, "WHAT=N",
	  "rows=N of each map, ring-pages=N, failing-reads=N: each N-th fails",
	  .take = take_limit },
};
/* clang-format on */

_Static_assert(sizeof(option_rows) / sizeof(*option_rows) == OPTION_ROWS, "OPTION_ROWS");
