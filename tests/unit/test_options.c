// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Options: lengths of time, and whole command lines in a child, since mistakes exit. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/span.h"
#include "run/cmd_check.h"
#include "run/cmd_list.h"
#include "run/cmd_probes.h"
#include "run/cmd_refs.h"
#include "run/cmd_trace.h"
#include "run/cmd_watch.h"
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
		assert_int_equal(ns, 4711); /* not touched */
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

/* ---- verbs, which run nothing here ---------------------------------------------------- */

#define STUB(verb, number)                             \
	int cmd_##verb##__run(const struct options *o) \
	{                                              \
		(void)o;                               \
		return number;                         \
	}

STUB(trace, 1)
STUB(list, 2)
STUB(watch, 3)
STUB(check, 4)
STUB(refs, 5)
STUB(probes, 6)

static bool is_verb(const struct options *o, const char *name)
{
	return !strcmp(o->verb->name, name);
}

/* ---- command lines ------------------------------------------------------------------- */

typedef void (*check_fn)(const struct options *o);

/* To its end; the first line is kept, without what names the program. */
static void read_all(int fd, char said[256])
{
	static const char name[] = "pgmapref: ";
	char text[4096], *at;
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	at = strncmp(text, name, strlen(name)) ? text : text + strlen(name);
	snprintf(said, 256, "%.*s", (int)strcspn(at, "\n"), at);
}

/*
 * Parses in a child. Its exit status: what options__parse() exits with, or 100 if it returns. said:
 * gets the first line of what it says.
 */
static int parse_saying(const char *const *args, check_fn check, char said[256])
{
	int fds[2];
	int status;
	pid_t pid;

	fflush(NULL);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		char *argv[40] = { (char *)"pgmapref" };
		int argc = 1, null = open("/dev/null", O_WRONLY);
		struct options o;

		for (; *args; args++, argc++) {
			static char words[40][64]; /* parsers cut them */

			snprintf(words[argc], sizeof(words[argc]), "%s", *args);
			argv[argc] = words[argc];
		}
		dup2(null, 1);
		dup2(fds[1], 2);
		options__parse(argc, argv, verbs, &o);
		if (check)
			check(&o);
		_exit(100);
	}
	close(fds[1]);
	read_all(fds[0], said);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int parse(const char *const *args, check_fn check)
{
	char said[256];

	return parse_saying(args, check, said);
}

/* In the child there is no cmocka: a failed check ends it with its line. */
#define CHECK(that)                                  \
	do {                                         \
		if (!(that))                         \
			_exit(101 + __LINE__ % 100); \
	} while (0)

#define ARGS(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

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
}

static void check_machines(const struct options *o)
{
	CHECK(is_verb(o, "watch") && o->tap && o->gen_suppressions && !o->json);
	CHECK(!strcmp(o->allow, "known") && !strcmp(o->junit, "out.xml"));
	CHECK(!strcmp(o->output, "out.tap"));
}

static void check_suppressions_in_json(const struct options *o)
{
	CHECK(o->json && !o->tap && o->gen_suppressions && !strcmp(o->allow, "known") && !o->junit);
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
	/* what follows -- is COMMAND's, whatever it looks like */
	CHECK(o->command && !strcmp(o->command[0], "sh") && !strcmp(o->command[1], "-j"));
	CHECK(!strcmp(o->command[2], "--") && !strcmp(o->command[3], "--bogus") && !o->command[4]);
	CHECK(!o->json);
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
	assert_int_equal(parse(ARGS("probes"), check_probes), 100);
	assert_int_equal(parse(ARGS("probes", "-g", "pmem0", "-d", "1s"), check_probes), 100);
	assert_int_equal(parse(ARGS("probes", "--type", "fsdax", "--", "true"), check_probes), 100);
	assert_int_equal(parse(ARGS("watch", "--allow", "known", "--gen-suppressions", "--junit",
				    "out.xml", "--tap", "-o", "out.tap"),
			       check_machines),
			 100);
	assert_int_equal(parse(ARGS("watch", "-j", "--allow=known", "--gen-suppressions"),
			       check_suppressions_in_json),
			 100);
	/* what the verb says, unless the user does; of those, the last word */
	assert_int_equal(parse(ARGS("watch"), check_pins), 100);
	assert_int_equal(parse(ARGS("probes"), check_pins), 100);
	assert_int_equal(parse(ARGS("list"), check_no_pins), 100);
	assert_int_equal(parse(ARGS("trace", "--pins", "--pin-rows", "16"), check_pins), 100);
	assert_int_equal(parse(ARGS("watch", "--no-pins"), check_no_pins), 100);
	assert_int_equal(parse(ARGS("--no-pins", "--pins"), check_pins), 100);
	assert_int_equal(parse(ARGS("refs", "pmem0", "-j", "dax0.0"), check_refs), 100);
	assert_int_equal(parse(ARGS("--help"), NULL), STATUS_CLEAN);
	assert_int_equal(parse(ARGS("-V"), NULL), STATUS_CLEAN);
	assert_int_equal(parse(ARGS("--version"), NULL), STATUS_CLEAN);
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
		{ "watch", "--junit" }, { "watch", "--tap=x" }, { "watch", "--gen-suppressions=x" },
		{ "list", "--tap" }, { "list", "--junit", "f" }, { "list", "--allow", "f" },
		{ "probes", "--gen-suppressions" },
		{ "list", "--pins" }, { "--pin-rows", "x" },
		{ "refs" }, { "refs", "pmem0", "--", "true" },
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

/* ---- every verb with every option ------------------------------------------------------ */

static const char *const verb_names[] = { "trace", "list", "watch", "check", "refs", "probes" };
#define NR_VERBS (sizeof(verb_names) / sizeof(*verb_names))

static void test_the_table_of_verbs(void **state)
{
	size_t n = 0;

	(void)state;
	for (; verbs[n].name; n++) {
		assert_in_range(n, 0, NR_VERBS - 1);
		assert_string_equal(verbs[n].name, verb_names[n]);
		assert_int_equal(verbs[n].run(NULL), n + 1);
	}
	assert_int_equal(n, NR_VERBS);
}

/* By column of verb_names: does the verb take it (x) or refuse it (-)? */
static const struct {
	const char *option, *arg, *takes;
} golden[] = {
	/* clang-format off */
	{ "-p", "1",			"x-xx--" },
	{ "-t", "1",			"x-xx--" },
	{ "-n", "fio",			"x-xx--" },
	{ "-g", "pmem0",		"xxxxxx" },
	{ "--type", "fsdax",		"xxxxxx" },
	{ "--pins", NULL,		"x-xx-x" },
	{ "--no-pins", NULL,		"x-xx-x" },
	{ "-d", "1s",			"xxxx-x" },
	{ "--stuck", "1s",		"x-xx--" },
	{ "--interval", "1s",		"xxxx--" },
	{ "--max-refs", "1",		"---x--" },
	{ "--max-busy", "1",		"---x--" },
	{ "--max-held", "1s",		"---x--" },
	{ "--max-drain", "1s",		"---x--" },
	{ "--expect-teardown", "pmem0",	"---x--" },
	{ "--expect-events", "1",	"---x--" },
	{ "--settle", "1s",		"---x--" },
	{ "--fail-fast", NULL,		"---x--" },
	{ "-S", NULL,			"x-----" },
	{ "-H", NULL,			"-x----" },
	{ "-j", NULL,			"xxxxxx" },
	{ "-o", "file",			"xxxxxx" },
	{ "--allow", "file",		"x-xx--" },
	{ "--gen-suppressions", NULL,	"x-xx--" },
	{ "--junit", "file",		"--xx--" },
	{ "--tap", NULL,		"--xx--" },
	{ "-v", NULL,			"xxxxxx" },
	{ "-q", NULL,			"xxxxxx" },
	{ "--ready-fd", "9",		"x-xx-x" },
	{ "--disable-hook", "get",	"x-xx-x" },
	{ "--attach", "kprobe",		"x-xx-x" },
	{ "--ledger-size", "16",	"x-xx-x" },
	{ "--pin-rows", "16",		"x-xx-x" },
	{ "--sweep-budget", "1s",	"xxxxxx" },
	{ "--limit", "rows=16",		"xxxxxx" },
	/* clang-format on */
};

/* What each verb wants besides: a pgmap, a COMMAND, or that it watches at all. */
static void complete(const char *verb, const char *option, const char **args, size_t n)
{
	if (!strcmp(verb, "refs"))
		args[n++] = "pmem0";
	if (!strcmp(verb, "list") && (!strcmp(option, "-d") || !strcmp(option, "--interval")))
		args[n++] = "-H";
	if (!strcmp(verb, "probes"))
		args[n++] = "-d1s";
	if (!strcmp(verb, "check")) {
		args[n++] = "--";
		args[n++] = "true";
	}
	args[n] = NULL;
}

/* The refusal names the option, the verbs that it is for, and the one that it was given to. */
static void check_refusal(const char *option, const char *takes, const char *verb, const char *said)
{
	char expected[256];
	size_t at = snprintf(expected, sizeof(expected), "%s is for ", option);
	size_t left = 0;

	for (size_t v = 0; v < NR_VERBS; v++)
		left += takes[v] == 'x';
	for (size_t v = 0; v < NR_VERBS; v++)
		if (takes[v] == 'x')
			at += snprintf(expected + at, sizeof(expected) - at, "%s%s", verb_names[v],
				       --left > 1 ? ", " :
				       left	  ? " and " :
						    "");
	snprintf(expected + at, sizeof(expected) - at, ", not for %s", verb);
	if (strncmp(said, expected, strlen(expected)))
		fail_msg("\"%s\", expected \"%s\"", said, expected);
}

static void test_every_verb_with_every_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++) {
		for (size_t v = 0; v < NR_VERBS; v++) {
			bool taken = golden[i].takes[v] == 'x';
			const char *args[8] = { verb_names[v], golden[i].option };
			char said[256];
			int status;

			args[2] = golden[i].arg;
			complete(verb_names[v], golden[i].option, args, golden[i].arg ? 3 : 2);
			status = parse_saying(args, NULL, said);
			if (status != (taken ? 100 : STATUS_USAGE))
				fail_msg("%s %s: %d %s", verb_names[v], golden[i].option, status,
					 said);
			if (!taken)
				check_refusal(golden[i].option, golden[i].takes, verb_names[v],
					      said);
		}
	}
}

/* What --help says, from a child. */
static void read_help(char *buf, size_t size)
{
	char *argv[] = { (char *)"pgmapref", (char *)"--help", NULL };
	size_t n = 0;
	ssize_t got;
	int fds[2];

	fflush(NULL);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	if (!fork()) {
		struct options o;

		dup2(fds[1], 1);
		options__parse(2, argv, verbs, &o);
		_exit(1);
	}
	close(fds[1]);
	while ((got = read(fds[0], buf + n, size - 1 - n)) > 0)
		n += got;
	buf[n] = '\0';
	close(fds[0]);
	assert_true(wait(NULL) > 0);
}

/* "  -p, --pid=PID" or "      --stuck=DUR" */
static bool is_option(const char *line)
{
	return !strncmp(line, "  -", 3) || !strncmp(line, "      --", 8);
}

/* What --help lists is in the table above, but for itself, --usage and --version; and each verb. */
static void test_no_option_is_left_out(void **state)
{
	char text[16384], word[64];
	size_t listed = 0;

	(void)state;
	read_help(text, sizeof(text));
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		listed += is_option(line);
	}
	assert_int_equal(listed, sizeof(golden) / sizeof(*golden) + 3);
	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++) {
		snprintf(word, sizeof(word), "  %s", golden[i].option);
		assert_non_null(strstr(text, word));
	}
	assert_non_null(strstr(text, "every DUR (default 100ms)"));
	for (size_t v = 0; v < NR_VERBS; v++) {
		char row[128];

		snprintf(row, sizeof(row), "\n  %-8s %s\n", verb_names[v], verbs[v].help);
		assert_non_null(strstr(text, row));
	}
}

static void test_what_a_refusal_says(void **state)
{
	static const struct {
		const char *args[6], *says;
	} lines[] = {
		{ { "-H" }, "-H is for list, not for trace; trace and watch show histories anyway" },
		{ { "-p", "1", "list" }, "-p is for trace, watch and check, not for list" },
		{ { "refs", "pmem0", "--tap" }, "--tap is for watch and check, not for refs" },
		{ { "trace", "pmem0" },
		  "unexpected argument 'pmem0': put COMMAND after --, select a pgmap with -g NAME" },
		{ { "refs" }, "refs: name at least one pgmap (see 'pgmapref list')" },
		{ { "list", "-d", "1s" }, "list takes -d with -H only" },
		{ { "list", "--interval=1s" }, "list takes --interval with -H only" },
		{ { "probes", "-g", "pmem0" }, "probes takes -g with -d or a COMMAND only" },
		{ { "probes", "--type=fsdax" }, "probes takes --type with -d or a COMMAND only" },
		{ { "probes", "--ready-fd=9" },
		  "probes takes --ready-fd with -d or a COMMAND only" },
		{ { "watch", "-S" },
		  "-S is for trace, not for watch; reports of watch and check show stacks anyway" },
		{ { "list", "--attach=kprobe" },
		  "--attach is for trace, watch, check and probes, not for list" },
		{ { "watch", "--tap", "-j" }, "use --tap or -j, not both" },
		{ { "--attach", "glue" }, "--attach glue: HOW must be auto, fentry or kprobe" },
		{ { "--limit", "cows=1" },
		  "--limit cows: write rows=N, ring-pages=N or failing-reads=N" },
		{ { "check", "--expect-teardown", ",1", "--", "true" },
		  "--expect-teardown: write NAME or NAME,N with N above 0" },
		{ { "list", "--", "true" }, "only trace, watch, check and probes run a COMMAND" },
		{ { "check" }, "check runs a COMMAND: pgmapref check -- COMMAND [ARG...]" },
		{ { "frobnicate" },
		  "frobnicate: no such verb; verbs are trace, list, watch, check, refs and probes (put "
		  "COMMAND after --, select a pgmap with -g NAME)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char said[256];

		assert_int_equal(parse_saying(lines[i].args, NULL, said), STATUS_USAGE);
		assert_string_equal(said, lines[i].says);
	}
}

/* More of them than there is room for. */
static void repeat(const char *option, const char *value, unsigned int times, int expected)
{
	const char *args[256] = { NULL };
	unsigned int n = 0;
	char *argv[260] = { (char *)"pgmapref" };
	struct options o;
	int status;
	pid_t pid;

	while (n < 2 * times) {
		args[n++] = option;
		args[n++] = value;
	}
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(open("/dev/null", O_WRONLY), 2);
		for (unsigned int i = 0; i < n; i++)
			argv[i + 1] = (char *)args[i];
		options__parse(n + 1, argv, verbs, &o);
		_exit(100);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static void test_no_more_than_there_is_room_for(void **state)
{
	(void)state;
	repeat("-p", "1", PGR_FILTER_IDS, 100);
	repeat("-p", "1", PGR_FILTER_IDS + 1, STATUS_USAGE);
	repeat("-t", "1", PGR_FILTER_IDS, 100);
	repeat("-t", "1", PGR_FILTER_IDS + 1, STATUS_USAGE);
	repeat("-g", "pmem0", OPTIONS_NAMES, 100);
	repeat("-g", "pmem0", OPTIONS_NAMES + 1, STATUS_USAGE);
	repeat("--disable-hook", "get", PGR_HOOKS, 100);
	repeat("--disable-hook", "get", PGR_HOOKS + 1, STATUS_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_what_is_no_duration),
		cmocka_unit_test(test_digits_without_end_are_refused),
		cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_mistakes_exit_with_usage),
		cmocka_unit_test(test_the_table_of_verbs),
		cmocka_unit_test(test_every_verb_with_every_option),
		cmocka_unit_test(test_no_option_is_left_out),
		cmocka_unit_test(test_what_a_refusal_says),
		cmocka_unit_test(test_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
