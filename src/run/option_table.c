// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/span.h"
#include "common/names.h"
#include "model/sums.h"
#include "report/json_schema.h"
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

static uint64_t parse_duration(struct parsing *p, const char *option, const char *arg)
{
	uint64_t ns = 0;
	int err = span__parse(arg, &ns);

	if (err == -ERANGE)
		parsing__fail(p, "%s %s: must be above 0, and less than 30 years", option, arg);
	else if (err)
		parsing__fail(p, "%s %s: not a duration; write 10s, 500ms, 200us, 5m or 1h", option,
			      arg);
	return ns;
}

/* The number `text`, which is all of the argument `arg` or a part of it. */
static uint32_t parse_number(struct parsing *p, const char *option, const char *arg,
			     const char *text, unsigned long max)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (!errno && end != text && !*end && isdigit(*text) && v <= max)
		return v;
	if (text == arg)
		parsing__fail(p, "%s %s: not a number from 0 to %lu", option, arg, max);
	parsing__fail(p, "%s %s: '%s' is not a number from 0 to %lu", option, arg, text, max);
}

/* ---- what an option does ---------------------------------------------------------------- */

static struct options *options_of(const struct parsing *p)
{
	return p->o;
}

/* The member of struct options that the option sets. */
static void *target(const struct parsing *p, const struct option_row *row)
{
	return (char *)options_of(p) + row->at;
}

static void take_yes(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)arg;
	*(bool *)target(p, row) = true;
}

static void take_no(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)arg;
	*(bool *)target(p, row) = false;
}

static void take_once_more(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)arg;
	++*(unsigned int *)target(p, row);
}

static void take_text(struct parsing *p, const struct option_row *row, char *arg)
{
	*(const char **)target(p, row) = arg;
}

/* Is it a name of standard output? These names are symbolic links, which are not followed. */
static bool is_stdout(const char *path)
{
	static const char *const names[] = { "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(path, names[i]))
			return true;
	return false;
}

static void take_output(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)row;
	options_of(p)->output = is_stdout(arg) ? NULL : arg;
}

static void take_junit(struct parsing *p, const struct option_row *row, char *arg)
{
	if (is_stdout(arg))
		parsing__fail(p, "%s %s: name a file; the report goes to standard output",
			      NAME_OF(row), arg);
	options_of(p)->junit = arg;
}

static void take_number(struct parsing *p, const struct option_row *row, char *arg)
{
	*(uint32_t *)target(p, row) = parse_number(p, NAME_OF(row), arg, arg, row->max);
}

static void take_duration(struct parsing *p, const struct option_row *row, char *arg)
{
	*(uint64_t *)target(p, row) = parse_duration(p, NAME_OF(row), arg);
}

static void add_id(struct parsing *p, const char *option, const char *arg, uint32_t *ids, size_t *nr)
{
	uint32_t id = parse_number(p, option, arg, arg, MAX_PID);

	if (!id)
		parsing__fail(p, "%s %s: not a process or thread", option, arg);
	if (*nr == PGR_FILTER_IDS)
		parsing__fail(p, "%s: at most %d of them", option, PGR_FILTER_IDS);
	else
		ids[(*nr)++] = id;
}

/* "1,2", or "1 2" and one a line, as pidof and pgrep print them. */
static void add_ids(struct parsing *p, const char *option, const char *arg, uint32_t *ids,
		    size_t *nr)
{
	static const char between[] = ", \t\n";
	char id[32];

	arg += strspn(arg, between);
	if (!*arg)
		parsing__fail(p, "%s: no number", option);
	while (*arg) {
		size_t n = strcspn(arg, between);

		snprintf(id, sizeof(id), "%.*s", (int)n, arg);
		add_id(p, option, id, ids, nr);
		arg += n;
		arg += strspn(arg, between);
	}
}

static void take_pid(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);

	add_ids(p, NAME_OF(row), arg, o->pids, &o->nr_pids);
}

void option_table__add_pid(struct parsing *p, const char *pid)
{
	struct options *o = options_of(p);

	add_ids(p, o->verb->name, pid, o->pids, &o->nr_pids);
}

static void take_tid(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);

	add_ids(p, NAME_OF(row), arg, o->tids, &o->nr_tids);
}

void option_table__add_pgmap(struct parsing *p, const char *name)
{
	struct options *o = options_of(p);

	if (o->nr_names == OPTIONS_NAMES)
		parsing__fail(p, "at most %d pgmaps can be named", OPTIONS_NAMES);
	else
		o->names[o->nr_names++] = name;
}

static void take_pgmap(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)row;
	option_table__add_pgmap(p, arg);
}

static void take_exact(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);

	o->exact = true;
	if (!arg)
		return;
	if (o->nr_exact_names == OPTIONS_NAMES)
		parsing__fail(p, "%s: at most %d of them", NAME_OF(row), OPTIONS_NAMES);
	else
		o->exact_names[o->nr_exact_names++] = arg;
}

static void take_follow(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);
	unsigned long long pfn;
	char *end;

	o->follow = true;
	if (!arg)
		return;
	errno = 0;
	pfn = strtoull(arg, &end, 16);
	if (errno || strncmp(arg, "0x", 2) || !arg[2] || *end)
		parsing__fail(
			p,
			"%s %s: not a page frame number, such as 0x140010; write a pgmap's name "
			"behind a blank",
			NAME_OF(row), arg);
	else if (o->nr_follow_pfns == PGR_FOLLOWED)
		parsing__fail(p, "%s: at most %d of them", NAME_OF(row), PGR_FOLLOWED);
	else
		o->follow_pfns[o->nr_follow_pfns++] = pfn;
}

static void take_gen(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)row;
	options_of(p)->gen_suppressions = true;
	options_of(p)->gen_file = arg;
}

/* As --version does, it ends the program. */
static void take_schema(struct parsing *p, const struct option_row *row, char *arg)
{
	(void)p;
	(void)row;
	(void)arg;
	exit(fputs(json_schema, stdout) < 0 || fflush(stdout) ? STATUS_CANNOT : STATUS_CLEAN);
}

static void take_type(struct parsing *p, const struct option_row *row, char *arg)
{
	int type = type__of_name(arg);

	if (type < 0)
		parsing__fail(p,
			      "%s %s: no such type; there are fsdax, devdax (or "
			      "generic), private, coherent and p2pdma",
			      NAME_OF(row), arg);
	else
		options_of(p)->types |= 1u << type;
}

static void take_hook(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);

	if (o->nr_disabled == PGR_HOOKS)
		parsing__fail(p, "%s: at most %d of them", NAME_OF(row), PGR_HOOKS);
	else
		o->disabled[o->nr_disabled++] = arg;
}

/* Sets the member, an int or an enum, to the place of arg in row->choices. */
static void take_choice(struct parsing *p, const struct option_row *row, char *arg)
{
	const char *const *c = row->choices;
	char all[128];
	size_t at = 0;

	for (int i = 0; arg && c[i]; i++) {
		if (!strcmp(arg, c[i])) {
			*(int *)target(p, row) = i;
			return;
		}
	}
	for (int i = 0; c[i] && at < sizeof(all); i++)
		at += snprintf(all + at, sizeof(all) - at, "%s%s",
			       !i	? "" :
			       c[i + 1] ? ", " :
					  " or ",
			       c[i]);
	parsing__fail(p, "%s %s: %s must be %s", NAME_OF(row), arg, row->arg, all);
}

static void take_fields(struct parsing *p, const struct option_row *row, char *arg)
{
	char bad[32];

	if (event_fields__parse(arg, &options_of(p)->fields, bad, sizeof(bad)))
		parsing__fail(
			p,
			"%s %s: not a field, or twice; there are time, pgmap, event, what, pfn, "
			"order, n, value, task and site",
			NAME_OF(row), bad);
}

static void take_by(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);
	char bad[32];

	o->sums = true;
	if (sum_by__parse(arg, &o->sum_by, bad, sizeof(bad)))
		parsing__fail(p,
			      "%s %s: not a name, or twice; there are pgmap, site, task, comm and "
			      "file",
			      NAME_OF(row), bad);
}

static void take_stacks(struct parsing *p, const struct option_row *row, char *arg)
{
	take_choice(p, row, arg ? arg : "full");
}

static void take_vmlinux(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);

	o->lines = true;
	if (o->stacks == STACKS_AUTO)
		o->stacks = STACKS_FULL;
	if (!strcmp(arg, "auto"))
		return;
	if (o->nr_line_files == OPTIONS_FILES)
		parsing__fail(p, "%s: at most %d files", NAME_OF(row), OPTIONS_FILES);
	else
		o->line_files[o->nr_line_files++] = arg;
}

static void take_color(struct parsing *p, const struct option_row *row, char *arg)
{
	take_choice(p, row, arg ? arg : "always");
}

/* rows=N, ring-pages=N, failing-reads=N or chunk=N */
static void take_limit(struct parsing *p, const struct option_row *row, char *arg)
{
	struct options *o = options_of(p);
	const struct {
		const char *name;
		uint32_t *value;
		unsigned long max;
	} limits[] = {
		{ "rows", &o->limits.rows, 1 << 24 },
		{ "ring-pages", &o->limits.ring_pages, 1 << 16 },
		{ "failing-reads", &o->limits.failing_reads, 1 << 30 },
		{ "chunk", &o->limits.chunk, 1 << 20 },
	};
	const char *value = strchr(arg, '=');
	size_t len = value ? value - arg : 0;

	for (size_t i = 0; value && i < sizeof(limits) / sizeof(*limits); i++) {
		if (strlen(limits[i].name) != len || strncmp(arg, limits[i].name, len))
			continue;
		*limits[i].value = parse_number(p, "--limit", arg, value + 1, limits[i].max);
		return;
	}
	parsing__fail(p, "%s %s: write rows=N, ring-pages=N, failing-reads=N or chunk=N",
		      NAME_OF(row), arg);
}

static void add_assertion(struct parsing *p, struct assertion a)
{
	struct options *o = options_of(p);

	if (o->nr_assertions == OPTIONS_ASSERTIONS)
		parsing__fail(p, "at most %d assertions", OPTIONS_ASSERTIONS);
	else
		o->assertions[o->nr_assertions++] = a;
}

static void assert_number(struct parsing *p, const struct option_row *row, char *arg)
{
	add_assertion(p, (struct assertion){
				 .kind = row->kind,
				 .limit = parse_number(p, NAME_OF(row), arg, arg, row->max),
			 });
}

static void assert_duration(struct parsing *p, const struct option_row *row, char *arg)
{
	add_assertion(p, (struct assertion){
				 .kind = row->kind,
				 .limit = parse_duration(p, NAME_OF(row), arg),
			 });
}

/* NAME or NAME,N */
static void assert_teardown(struct parsing *p, const struct option_row *row, char *arg)
{
	struct assertion a = { .kind = row->kind, .limit = 1, .pgmap = arg };
	char *comma = strrchr(arg, ',');

	if (comma)
		a.limit = parse_number(p, NAME_OF(row), arg, comma + 1, row->max);
	if (!*arg || comma == arg || !a.limit)
		parsing__fail(p, "%s %s: write NAME or NAME,N with N above 0", NAME_OF(row), arg);
	if (comma)
		*comma = '\0';
	add_assertion(p, a);
}

/* ---- the table --------------------------------------------------------------------------- */

#define HEADING(text)          \
	{                      \
		.help = (text) \
	}
#define AT(member) .at = offsetof(struct options, member)
/* In the order of the enum. */
#define CHOICES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The order is that of "pgmapref help options". A text has its place beside the option: 51 columns. */
/* clang-format off */
const struct option_row option_rows[] = {
	HEADING("Select tasks (the task that took a reference):"),
	{ "pid", 'p', OPTIONS_TASKS, "PID", "only this process, or these: 1,2", .take = take_pid },
	{ "follow-forks", 'f', OPTIONS_TASKS, NULL, "with -p: also what these processes start",
	  take_yes, AT(forks) },
	{ "tid", 't', OPTIONS_TASKS, "TID", "only this thread, or these: 1,2", .take = take_tid },
	{ "comm", 'n', OPTIONS_TASKS, "GLOB", "only commands of this name; * and ? match",
	  take_text, AT(comm) },

	HEADING("Select pgmaps:"),
	{ "pgmap", 'g', OPTIONS_PGMAPS, "NAME",
	  "pmem0, dax0.0, PCI or physical address, glob", .take = take_pgmap },
	{ "type", 0, OPTIONS_PGMAPS, "TYPE", "fsdax, devdax, generic, private, coherent, p2pdma",
	  .take = take_type },

	HEADING("What is traced:"),
	{ "pins", 0, OPTIONS_PINS, NULL, "trace who pins pages (not the default for trace)", take_yes,
	  AT(pins) },
	{ "no-pins", 0, OPTIONS_PINS, NULL, "do not trace who pins pages (default for trace)", take_no,
	  AT(pins) },
	{ "exact", 0, OPTIONS_EXACT, "NAME", "see each get and put of NAME, by breakpoints",
	  .take = take_exact, .may_lack_arg = true },
	{ "no-exact", 0, OPTIONS_ASSERTED, NULL, "check -g keeps no exact account", take_yes,
	  AT(no_exact) },
	{ "follow", 0, OPTIONS_CHANGES, "PFN", "then show who takes and drops a page's references",
	  .take = take_follow, .may_lack_arg = true },

	HEADING("How long:"),
	{ "duration", 'd', OPTIONS_DURATION, "DUR", "stop after 10s, 500ms, 200us, 5m or 1h",
	  take_duration, AT(duration_ns) },
	{ "stuck", 0, OPTIONS_STUCK, "DUR", "a teardown that takes longer hangs",
	  take_duration, AT(stuck_ns), .preset = "5s" },
	{ "interval", 0, OPTIONS_INTERVAL, "DUR", "read the counters this often", take_duration,
	  AT(interval_ns), .preset = "100ms" },

	HEADING("Assertions of check, beside \"nothing leaks\":"),
	{ "max-refs", 0, OPTIONS_ASSERTED, "N", "never more than N references above the baseline",
	  assert_number, .max = UINT32_MAX, .kind = ASSERT_MAX_REFS },
	{ "max-busy", 0, OPTIONS_ASSERTED, "N", "never more than N busy pages",
	  assert_number, .max = UINT32_MAX, .kind = ASSERT_MAX_BUSY },
	{ "max-held", 0, OPTIONS_ASSERTED, "DUR", "no reference is held for longer",
	  assert_duration, .kind = ASSERT_MAX_HELD },
	{ "max-drain", 0, OPTIONS_ASSERTED, "DUR", "no teardown waits for longer",
	  assert_duration, .kind = ASSERT_MAX_DRAIN },
	{ "expect-teardown", 0, OPTIONS_ASSERTED, "NAME[,N]", "NAME is torn down, N times at least",
	  assert_teardown, .max = 1000000000, .kind = ASSERT_TEARDOWN },
	{ "expect-events", 0, OPTIONS_ASSERTED, "N", "there are N events at least",
	  assert_number, .max = UINT32_MAX, .kind = ASSERT_EVENTS },
	{ "settle", 0, OPTIONS_ASSERTED, "DUR", "wait this long for the end state",
	  take_duration, AT(settle_ns), .preset = "1s" },
	{ "fail-fast", 0, OPTIONS_ASSERTED, NULL, "stop COMMAND at the first failure",
	  take_yes, AT(fail_fast) },
	{ "marks", 0, OPTIONS_ASSERTED, "FROM", "each line of it names the test from then on",
	  take_text, AT(marks) },
	{ "allow-none", 0, OPTIONS_ASSERTED, NULL, "a run without any pgmap is clean, too",
	  take_yes, AT(allow_none) },

	HEADING("Output:"),
	{ "stacks", 'S', OPTIONS_STACKS, "HOW", "kernel stacks: site, short (a line) or full",
	  take_stacks, AT(stacks), .may_lack_arg = true,
	  .choices = CHOICES("auto", "site", "short", "full") },
	{ "vmlinux", 0, OPTIONS_STACKS, "FILE", "full stacks with lines of source; auto: find FILE",
	  .take = take_vmlinux },
	{ "sums", 'c', OPTIONS_FIELDS, NULL, "sums at the end in place of a line for each event",
	  take_yes, AT(sums) },
	{ "by", 0, OPTIONS_FIELDS, "LIST", "-c by pgmap,site,comm (default), task or file",
	  .take = take_by },
	{ "fields", 0, OPTIONS_FIELDS, "LIST", "columns, such as time,pgmap,what,n,task,site",
	  .take = take_fields },
	{ "time", 0, OPTIONS_FIELDS, "CLOCK", "times: start, wall, boot (as dmesg), delta",
	  take_choice, AT(clock), .choices = CHOICES("start", "wall", "boot", "delta") },
	{ "history", 'H', OPTIONS_HISTORY, NULL,
	  "watch for " HISTORY_DURATION " (or -d) how the counts change",
	  take_yes, AT(history), .refusal = "trace and watch show histories anyway" },
	{ "wait", 'w', OPTIONS_HISTORY, "SECONDS", "show the table again every SECONDS",
	  take_duration, AT(every_ns) },
	{ "json", 'j', OPTIONS_GENERAL, NULL, "one JSON object a line", take_yes, AT(json) },
	{ "json-schema", 0, OPTIONS_GENERAL, NULL, "print the JSON Schema of these objects",
	  .take = take_schema },
	{ "output", 'o', OPTIONS_GENERAL, "FILE", "write to FILE; - is standard output",
	  .take = take_output },
	{ "allow", 0, OPTIONS_ALLOW, "FILE", "leaks that match a pattern in FILE are known",
	  take_text, AT(allow) },
	{ "gen-suppressions", 0, OPTIONS_ALLOW, "FILE",
	  "print, or append, what allows each leak", .take = take_gen, .may_lack_arg = true },
	{ "junit", 0, OPTIONS_CASES, "FILE", "also write the test cases as JUnit XML",
	  .take = take_junit },
	{ "junit-suite", 0, OPTIONS_CASES, "NAME", "the suite's name; else the words of COMMAND",
	  take_text, AT(junit_suite) },
	{ "tap", 0, OPTIONS_CASES, NULL, "TAP, as prove reads it, in place of text", take_yes,
	  AT(tap) },
	{ "metrics", 0, OPTIONS_STUCK, "FILE", "keep figures in FILE, for Prometheus' collector",
	  take_text, AT(metrics) },
	{ "kmsg", 0, OPTIONS_STUCK, NULL, "a line for each leak in the kernel's log, too",
	  take_yes, AT(kmsg) },
	{ "details", 0, OPTIONS_GENERAL, NULL, "all figures behind the answer of a report",
	  take_yes, AT(details) },
	{ "color", 0, OPTIONS_GENERAL, "WHEN", "colours: auto, always or never",
	  take_color, AT(color), .may_lack_arg = true, .choices = CHOICES("auto", "always", "never") },
	{ "verbose", 'v', OPTIONS_GENERAL, NULL, "--details, all ranges, libbpf's warnings; -vv: more",
	  take_once_more, AT(verbose) },
	{ "quiet", 'q', OPTIONS_GENERAL, NULL, "on standard error only errors and SUMMARY",
	  take_yes, AT(quiet) },
	{ "ready-fd", 0, OPTIONS_READY, "N", "write a line to descriptor N when attached",
	  take_number, AT(ready_fd), .max = 1 << 20 },

	HEADING("For debugging the tool:"),
	{ "disable-hook", 0, OPTIONS_HOOKS, "HOOK", "treat this hook or function as missing",
	  .take = take_hook },
	{ "attach", 0, OPTIONS_HOOKS, "HOW", "auto, fentry or kprobe", 
	  take_choice, AT(mechanism), .choices = CHOICES("auto", "fentry", "kprobe") },
	{ "ledger-size", 0, OPTIONS_HOOKS, "N", "room for N holders (default 65536)",
	  take_number, AT(ledger_rows), .max = MAX_ROWS },
	{ "pin-rows", 0, OPTIONS_HOOKS, "N", "room for N pinned pages (default 65536)",
	  take_number, AT(pin_rows), .max = MAX_ROWS },
	{ "sweep-budget", 0, OPTIONS_GENERAL, "DUR", "the longest time of a sweep (default 5s or 60s)",
	  take_duration, AT(sweep_budget_ns) },
	{ "limit", 0, OPTIONS_GENERAL, "WHAT=N", "rows=N, ring-pages=N, chunk=N, failing-reads=N",
	  .take = take_limit },
};
/* clang-format on */

_Static_assert(sizeof(option_rows) / sizeof(*option_rows) == OPTION_ROWS, "OPTION_ROWS");
