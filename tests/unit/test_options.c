// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Options: durations, and whole command lines. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command_line.h"
#include "common/span.h"
#include "run/options.h"
#include "run/verbs.h"

#define US 1000ull
#define MS 1000000ull
#define SEC 1000000000ull

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "1", SEC },		{ "5", 5 * SEC },
		{ "10s", 10 * SEC },	{ "500ms", 500 * MS },
		{ "200us", 200 * US },	{ "5m", 300 * SEC },
		{ "1h", 3600 * SEC },	{ "1.5s", 1500 * MS },
		{ "1.5", 1500 * MS },	{ "0.1s", 100 * MS },
		{ "0.001", MS },	{ ".5s", 500 * MS },
		{ "5.s", 5 * SEC },	{ "0.5h", 1800 * SEC },
		{ "0.25m", 15 * SEC },	{ "0.5us", 500 },
		{ "0.001us", 1 },	{ "1us", US },
		{ "2.0037us", 2004 },	{ "007s", 7 * SEC },
		{ "100ms", 100 * MS },	{ "33.3ms", 33300 * US },
		{ "24h", 86400 * SEC }, { "1000000000", 1000000000 * SEC },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		uint64_t ns = 0;
		int err = span__parse(good[i].text, &ns);

		if (err || ns != good[i].ns)
			fail_msg("\"%s\": %d, %" PRIu64 " ns, expected %" PRIu64, good[i].text, err,
				 ns, good[i].ns);
	}
}

static void test_what_is_no_duration(void **state)
{
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{ "", -EINVAL },
		{ "s", -EINVAL },
		{ "ms", -EINVAL },
		{ ".", -EINVAL },
		{ ".s", -EINVAL },
		{ "5parsecs", -EINVAL },
		{ "5sec", -EINVAL },
		{ "5S", -EINVAL },
		{ "5 s", -EINVAL },
		{ " 5s", -EINVAL },
		{ "5s ", -EINVAL },
		{ "5ss", -EINVAL },
		{ "5sm", -EINVAL },
		{ "5ns", -EINVAL },
		{ "5d", -EINVAL },
		{ "1h30m", -EINVAL },
		{ "1e9", -EINVAL },
		{ "1e9s", -EINVAL },
		{ "1E3", -EINVAL },
		{ "-1s", -EINVAL },
		{ "-0", -EINVAL },
		{ "+1s", -EINVAL },
		{ "inf", -EINVAL },
		{ "infs", -EINVAL },
		{ "nan", -EINVAL },
		{ "infinity", -EINVAL },
		{ "0x10", -EINVAL },
		{ "0x10s", -EINVAL },
		{ "1.2.3s", -EINVAL },
		{ "1..2", -EINVAL },
		{ "1,5s", -EINVAL },
		{ "1_000", -EINVAL },
		{ "\xc2\xbd"
		  "s",
		  -EINVAL },
		{ "5\xc2\xb5s", -EINVAL },
		{ "0", -ERANGE },
		{ "0s", -ERANGE },
		{ "0.0ms", -ERANGE },
		{ "00h", -ERANGE },
		{ "0.0001us", -ERANGE },
		{ "0.0000000001", -ERANGE },
		{ "1000000001", -ERANGE },
		{ "300000h", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "99999999999999999999999h", -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint64_t ns = 4711;
		int err = span__parse(bad[i].text, &ns);

		if (err != bad[i].err)
			fail_msg("\"%s\": %d, expected %d", bad[i].text, err, bad[i].err);
		assert_int_equal(ns, 4711); /* unchanged */
	}
}

static void test_digits_without_end_are_refused(void **state)
{
	char text[1024];
	uint64_t ns = 4711;

	(void)state;
	memset(text, '9', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_not_equal(span__parse(text, &ns), 0);
	memset(text, '0', sizeof(text) - 3);
	assert_int_equal(span__parse(text, &ns), 0);
	assert_int_equal(ns, 99 * SEC);
}

/* ---- command lines ------------------------------------------------------------------- */

static bool is_verb(const struct options *o, const char *name)
{
	return !strcmp(o->verb->name, name);
}

/* cmocka does not work in the child: a failed check ends it with a status that tells the line. */
#define CHECK(that)                                  \
	do {                                         \
		if (!(that))                         \
			_exit(101 + __LINE__ % 100); \
	} while (0)

static void check_defaults(const struct options *o)
{
	CHECK(is_verb(o, "trace"));
	CHECK(!o->nr_pids && !o->nr_tids && !o->nr_names && !o->nr_disabled);
	CHECK(!o->comm && !o->output && !o->command && !o->types);
	CHECK(!o->duration_ns && o->stuck_ns == 5 * SEC && o->interval_ns == 100 * MS);
	CHECK(!o->stacks && !o->history && !o->json && !o->quiet && !o->verbose);
	CHECK(o->ready_fd == -1 && !o->ledger_rows && !o->sweep_budget_ns);
	CHECK(o->mechanism == PLAN_AUTO);
	CHECK(!o->allow && !o->junit && !o->gen_suppressions && !o->tap);
	CHECK(!o->pins && !o->pin_rows);
	CHECK(o->color == COLOR_AUTO && !o->fields.nr && o->clock == CLOCK_OF_START);
}

static void check_fields(const struct options *o)
{
	CHECK(o->fields.nr == 2 && o->fields.v[0] == FIELD_SITE && o->fields.v[1] == FIELD_TIME);
	CHECK(o->clock == CLOCK_OF_BOOT);
}

static void check_colors(const struct options *o)
{
	CHECK(o->color == (o->details ? COLOR_NEVER : COLOR_ALWAYS));
}

static void check_machines(const struct options *o)
{
	CHECK(is_verb(o, "watch") && o->tap && o->gen_suppressions && !o->json);
	CHECK(!strcmp(o->allow, "known") && !strcmp(o->junit, "out.xml"));
	CHECK(!strcmp(o->output, "out.tap"));
}

static void check_file_of_suppressions(const struct options *o)
{
	CHECK(o->gen_suppressions && !strcmp(o->gen_file, "new") && o->command);
}

static void check_suppressions_in_json(const struct options *o)
{
	CHECK(o->json && !o->tap && o->gen_suppressions && !o->gen_file);
	CHECK(!strcmp(o->allow, "known") && !o->junit);
}

static void check_pins(const struct options *o)
{
	CHECK(o->pins && (!o->pin_rows || o->pin_rows == 16));
}

static void check_no_pins(const struct options *o)
{
	CHECK(!o->pins);
}

static void check_filters(const struct options *o)
{
	CHECK(is_verb(o, "trace"));
	CHECK(o->nr_pids == 2 && o->pids[0] == 12 && o->pids[1] == 4194304);
	CHECK(o->nr_tids == 1 && o->tids[0] == 7 && !strcmp(o->comm, "fio*"));
	CHECK(o->nr_names == 2 && !strcmp(o->names[0], "pmem0") && !strcmp(o->names[1], "dax*"));
	CHECK(o->types == (1u << PGR_TYPE_FSDAX | 1u << PGR_TYPE_GENERIC));
	CHECK(o->duration_ns == 1500 * MS && o->stacks && o->json && o->verbose == 2);
	CHECK(!strcmp(o->output, "out.json") && o->ready_fd == 9);
	CHECK(o->mechanism == PLAN_ONLY_KPROBE);
	CHECK(o->nr_disabled == 1 && !strcmp(o->disabled[0], "get") && !o->disabled[1]);
}

static void check_watch(const struct options *o)
{
	CHECK(is_verb(o, "watch") && o->nr_names == 2 && !strcmp(o->names[1], "dax0.0"));
	CHECK(o->stuck_ns == 2 * SEC && o->interval_ns == 10 * MS && o->quiet);
	/* all words after -- are COMMAND */
	CHECK(o->command && !strcmp(o->command[0], "sh") && !strcmp(o->command[1], "-j"));
	CHECK(!strcmp(o->command[2], "--") && !strcmp(o->command[3], "--bogus") && !o->command[4]);
	CHECK(!o->json);
}

static void check_repeated(const struct options *o)
{
	CHECK(o->every_ns == 500 * MS && o->duration_ns == 2 * SEC && !o->history);
}

static void check_list(const struct options *o)
{
	CHECK(is_verb(o, "list") && o->history && o->nr_names == 1 && !o->command);
	CHECK(o->duration_ns == 2 * SEC);
}

static void check_refs(const struct options *o)
{
	CHECK(is_verb(o, "refs") && o->nr_names == 2 && !strcmp(o->names[1], "dax0.0") && o->json);
}

static void check_ids(const struct options *o)
{
	CHECK(o->nr_pids == 4 && o->pids[0] == 1 && o->pids[1] == 22 && o->pids[2] == 3);
	CHECK(o->pids[3] == 4 && o->nr_tids == 2 && o->tids[0] == 5 && o->tids[1] == 6);
}

static void check_why(const struct options *o)
{
	CHECK(is_verb(o, "why") && o->nr_names == 2 && !strcmp(o->names[0], "pmem0"));
	CHECK(o->nr_pids == 1 && o->pids[0] == 200 && !strcmp(o->names[1], "0x40000000"));
}

static void check_probes(const struct options *o)
{
	CHECK(is_verb(o, "probes"));
}

static void test_command_lines(void **state)
{
	(void)state;
	assert_int_equal(parse((const char *const[]){ NULL }, check_defaults), 100);
	assert_int_equal(parse(ARGS("trace"), check_defaults), 100);
	assert_int_equal(parse(ARGS("-p", "12", "-p4194304", "-t", "7", "-n", "fio*", "-g", "pmem0",
				    "-g", "dax*", "--type", "fsdax", "--type=devdax", "-d", "1.5s",
				    "-S", "-jvv", "-o", "out.json", "--ready-fd", "9", "--attach",
				    "kprobe", "--disable-hook", "get"),
			       check_filters),
			 100);
	assert_int_equal(parse(ARGS("watch", "pmem0", "-q", "dax0.0", "--stuck", "2s", "--interval",
				    "10ms", "--", "sh", "-j", "--", "--bogus"),
			       check_watch),
			 100);
	assert_int_equal(parse(ARGS("list", "-H", "pmem*"), check_list), 100);
	assert_int_equal(parse(ARGS("list", "-d2s", "-H", "pmem*"), check_list), 100);
	assert_int_equal(parse(ARGS("list", "-w", "0.5", "-d", "2s"), check_repeated), 100);
	assert_int_equal(parse(ARGS("probes"), check_probes), 100);
	assert_int_equal(parse(ARGS("probes", "-g", "pmem0", "-d", "1s"), check_probes), 100);
	assert_int_equal(parse(ARGS("probes", "--type", "fsdax", "--", "true"), check_probes), 100);
	assert_int_equal(parse(ARGS("--fields=site,time", "--time=boot"), check_fields), 100);
	assert_int_equal(parse(ARGS("--color", "list"), check_colors), 100);
	assert_int_equal(parse(ARGS("--color=always"), check_colors), 100);
	assert_int_equal(parse(ARGS("--color=never", "--details"), check_colors), 100);
	assert_int_equal(parse(ARGS("watch", "--allow", "known", "--gen-suppressions", "--junit",
				    "out.xml", "--tap", "-o", "out.tap"),
			       check_machines),
			 100);
	assert_int_equal(parse(ARGS("watch", "-j", "--allow=known", "--gen-suppressions"),
			       check_suppressions_in_json),
			 100);
	assert_int_equal(parse(ARGS("check", "--gen-suppressions=new", "--", "true"),
			       check_file_of_suppressions),
			 100);
	/* the verb's default, unless the user gives options, of which the last one counts */
	assert_int_equal(parse(ARGS("watch"), check_pins), 100);
	assert_int_equal(parse(ARGS("probes"), check_pins), 100);
	assert_int_equal(parse(ARGS("list"), check_no_pins), 100);
	assert_int_equal(parse(ARGS("trace", "--pins", "--pin-rows", "16"), check_pins), 100);
	assert_int_equal(parse(ARGS("watch", "--no-pins"), check_no_pins), 100);
	assert_int_equal(parse(ARGS("--no-pins", "--pins"), check_pins), 100);
	assert_int_equal(parse(ARGS("refs", "pmem0", "-j", "dax0.0"), check_refs), 100);
	assert_int_equal(parse(ARGS("-p", "1,22", "-p", " 3 4\n", "-t", "5\n6"), check_ids), 100);
	assert_int_equal(parse(ARGS("why", "pmem0", "200", "0x40000000"), check_why), 100);
	assert_int_equal(parse(ARGS("refs"), NULL), 100);
	assert_int_equal(parse(ARGS("--help"), NULL), STATUS_CLEAN);
	assert_int_equal(parse(ARGS("-V"), NULL), STATUS_CLEAN);
	assert_int_equal(parse(ARGS("--version"), NULL), STATUS_CLEAN);
}

static void test_ages(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} ages[] = {
		{ 0, "0.0 s" },
		{ 2399 * MS, "2.3 s" },
		{ 9999 * MS, "9.9 s" },
		{ 10 * SEC, "10 s" },
		{ 59 * SEC + 999 * MS, "59 s" },
		{ 192 * SEC, "3 min 12 s" },
		{ 3600 * SEC, "1 h 0 min" },
		{ 18121 * SEC, "5 h 2 min" },
		{ 86400 * SEC, "1 d 0 h" },
		{ 100 * 86400 * SEC + 7200 * SEC, "100 d 2 h" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(*ages); i++)
		assert_string_equal(span__age(ages[i].ns, buf, sizeof(buf)), ages[i].text);
}

static void test_mistakes_exit_with_usage(void **state)
{
	/* clang-format off */
	static const char *const mistakes[][5] = {
		{ "--bogus" }, { "bogus" }, { "pmem0" }, { "trace", "pmem0" },
		{ "probes", "pmem0" }, { "-p" }, { "-p", "0" }, { "-p", "x" }, { "-p", "" },
		{ "-p", "-1" }, { "-p", "-18446744073709551615" }, { "-p", "12x" },
		{ "-p", "4194305" }, { "-p", "99999999999999999999" },
		{ "-t", "0" }, { "-t", "1.5" },
		{ "-d", "0" }, { "-d", "5parsecs" }, { "-d", "" }, { "-d", "-1s" },
		{ "--stuck", "inf" }, { "--interval", "1e9" }, { "--sweep-budget", "x" },
		{ "--type", "pmem" }, { "--type", "unknown" }, { "--attach", "magic" },
		{ "--ready-fd", "-1" }, { "--ready-fd", "x" }, { "--ledger-size", "16777217" },
		{ "-H" }, { "watch", "-H" }, { "--" }, { "watch", "--" },
		{ "list", "-p", "1" }, { "probes", "-t", "1" }, { "list", "-n", "fio" },
		{ "probes", "-S" }, { "list", "-d", "1s" }, { "list", "--", "true" },
		{ "probes", "--" },
		{ "watch", "--tap", "-j" }, { "watch", "-j", "--tap" }, { "watch", "--allow" },
		{ "watch", "--junit" }, { "watch", "--tap=x" },
		{ "list", "--tap" }, { "list", "--junit", "f" }, { "list", "--allow", "f" },
		{ "probes", "--gen-suppressions" },
		{ "list", "--pins" }, { "--pin-rows", "x" },
		{ "refs", "--follow" }, { "refs", "pmem0", "--", "true" },
		{ "refs", "pmem0", "-p", "1" }, { "refs", "pmem0", "-d", "1s" },
		{ "refs", "pmem0", "-H" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		int status = parse(mistakes[i], NULL);

		if (status != STATUS_USAGE)
			fail_msg("%s %s %s: %d, expected %d", mistakes[i][0],
				 mistakes[i][1] ? mistakes[i][1] : "",
				 mistakes[i][1] && mistakes[i][2] ? mistakes[i][2] : "", status,
				 STATUS_USAGE);
	}
}

/* The status with which parse() ends if an option is given this many times. */
static int repeated(const char *option, const char *value, unsigned int times)
{
	const char *args[COMMAND_LINE_ARGS] = { NULL };

	for (unsigned int i = 0; i < times; i++) {
		args[2 * i] = option;
		args[2 * i + 1] = value;
	}
	return parse(args, NULL);
}

static void test_no_more_than_there_is_room_for(void **state)
{
	(void)state;
	assert_int_equal(repeated("-p", "1", PGR_FILTER_IDS), 100);
	assert_int_equal(repeated("-p", "1", PGR_FILTER_IDS + 1), STATUS_USAGE);
	assert_int_equal(repeated("-t", "1", PGR_FILTER_IDS), 100);
	assert_int_equal(repeated("-t", "1", PGR_FILTER_IDS + 1), STATUS_USAGE);
	assert_int_equal(repeated("-g", "pmem0", OPTIONS_NAMES), 100);
	assert_int_equal(repeated("-g", "pmem0", OPTIONS_NAMES + 1), STATUS_USAGE);
	assert_int_equal(repeated("--disable-hook", "get", PGR_HOOKS), 100);
	assert_int_equal(repeated("--disable-hook", "get", PGR_HOOKS + 1), STATUS_USAGE);
}

/* ---- PGMAPREF_OPTIONS ------------------------------------------------------------------ */

static int parse_with(const char *defaults, const char *const *args, check_fn check, char said[256])
{
	int status;

	setenv("PGMAPREF_OPTIONS", defaults, 1);
	status = parse_saying(args, check, said);
	unsetenv("PGMAPREF_OPTIONS");
	return status;
}

static void check_default_options(const struct options *o)
{
	CHECK(is_verb(o, "watch") && o->stuck_ns == 2 * SEC && o->interval_ns == 10 * MS);
	CHECK(o->json && !strcmp(o->comm, "my daemon") && !strcmp(o->allow, "a b"));
	CHECK(o->nr_names == 2 && !strcmp(o->names[0], "pmem0") && !strcmp(o->names[1], "pmem1"));
}

static void check_command_line_wins(const struct options *o)
{
	CHECK(o->stuck_ns == 3 * SEC && !o->output && !o->pins);
}

static void check_only_quiet(const struct options *o)
{
	CHECK(is_verb(o, "list") && o->quiet && !o->duration_ns && !o->pins && !o->nr_pids);
}

static void check_json_only(const struct options *o)
{
	CHECK(o->json && !o->tap);
}

static void check_not_exact(const struct options *o)
{
	CHECK(!o->exact && !o->nr_exact_names);
}

static void test_default_options(void **state)
{
	char said[256];

	(void)state;
	assert_int_equal(parse_with(" --stuck=2s\t--interval 10ms -j -n 'my daemon' --allow=\"a b\" "
				    "-g pmem0\n",
				    ARGS("watch", "pmem1"), check_default_options, said),
			 100);
	assert_string_equal(said, "");
	assert_int_equal(parse_with("--stuck 2s -o file --pins",
				    ARGS("watch", "--stuck", "3s", "-o", "-", "--no-pins"),
				    check_command_line_wins, said),
			 100);
	assert_string_equal(said, "");
	assert_int_equal(parse_with("", ARGS("trace"), check_defaults, said), 100);
	assert_int_equal(parse_with("  ", ARGS("trace"), check_defaults, said), 100);
}

static void test_default_options_that_do_not_fit(void **state)
{
	char said[256];

	(void)state;
	/* not for the verb, or only with another option; -q: not said */
	assert_int_equal(parse_with("--stuck 2s", ARGS("list"), NULL, said), 100);
	assert_string_equal(said, "PGMAPREF_OPTIONS: --stuck ignored: it is not for list");
	assert_int_equal(parse_with("-d 1s", ARGS("list"), NULL, said), 100);
	assert_string_equal(said, "PGMAPREF_OPTIONS: -d ignored: list takes it with -H or -w only");
	assert_int_equal(parse_with("-d 1s", ARGS("list", "-H"), NULL, said), 100);
	assert_string_equal(said, "");
	assert_int_equal(parse_with("-q --stuck 2s -d 1s --pins -p 1", ARGS("list"),
				    check_only_quiet, said),
			 100);
	assert_string_equal(said, "");
	/* the command line says otherwise */
	assert_int_equal(parse_with("--tap", ARGS("watch", "-j"), check_json_only, said), 100);
	assert_string_equal(said, "PGMAPREF_OPTIONS: --tap ignored: use --tap or -j, not both");
	assert_int_equal(parse_with("--exact=pmem0", ARGS("check", "--no-exact", "--", "true"),
				    check_not_exact, said),
			 100);
	assert_int_equal(parse_with("--exact", ARGS("watch"), check_not_exact, said), 100);
	assert_string_equal(said, "PGMAPREF_OPTIONS: --exact ignored: it needs a pgmap");
	/* nothing of it matters to one who asks for help */
	assert_int_equal(parse_with("--bogus", ARGS("--help"), NULL, said), STATUS_CLEAN);
}

static void test_mistakes_in_default_options(void **state)
{
	static const struct {
		const char *defaults, *says;
	} mistakes[] = {
		{ "--stuk 2s", "PGMAPREF_OPTIONS: --stuk: no such option; did you mean --stuck?" },
		{ "--stuck x",
		  "PGMAPREF_OPTIONS: --stuck x: not a duration; write 10s, 500ms, 200us, 5m or 1h" },
		{ "-j watch", "PGMAPREF_OPTIONS: watch: only options can stand there" },
		{ "-j -- true", "PGMAPREF_OPTIONS: --: only options can stand there" },
		{ "-j 'x", "PGMAPREF_OPTIONS: a quote is not closed" },
		{ "--help", "PGMAPREF_OPTIONS: --help, --usage and --version cannot stand there" },
		{ "-p", "PGMAPREF_OPTIONS: -p needs an argument: PID" },
		{ "-j --tap", "PGMAPREF_OPTIONS: use --tap or -j, not both" },
	};
	char said[256], many[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		assert_int_equal(parse_with(mistakes[i].defaults, ARGS("watch"), NULL, said),
				 STATUS_USAGE);
		assert_string_equal(said, mistakes[i].says);
	}
	for (size_t i = 0; i + 3 < sizeof(many); i += 3)
		memcpy(many + i, "-v ", 4);
	assert_int_equal(parse_with(many, ARGS("watch"), NULL, said), STATUS_USAGE);
	assert_string_equal(said, "PGMAPREF_OPTIONS: too many words");
}

static void check_standard_output(const struct options *o)
{
	CHECK(!o->output);
}

static void test_names_of_standard_output(void **state)
{
	(void)state;
	assert_int_equal(parse(ARGS("-o", "-"), check_standard_output), 100);
	assert_int_equal(parse(ARGS("-o/dev/stdout"), check_standard_output), 100);
	assert_int_equal(parse(ARGS("-o", "file", "--output=/dev/fd/1"), check_standard_output),
			 100);
	assert_int_equal(parse(ARGS("-o", "/proc/self/fd/1"), check_standard_output), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_what_is_no_duration),
		cmocka_unit_test(test_digits_without_end_are_refused),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_mistakes_exit_with_usage),
		cmocka_unit_test(test_no_more_than_there_is_room_for),
		cmocka_unit_test(test_default_options),
		cmocka_unit_test(test_default_options_that_do_not_fit),
		cmocka_unit_test(test_mistakes_in_default_options),
		cmocka_unit_test(test_names_of_standard_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
