// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of verbs: which options each verb accepts, and the message about a refused one. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command_line.h"
#include "run/cmd_check.h"
#include "run/cmd_list.h"
#include "run/cmd_probes.h"
#include "run/cmd_refs.h"
#include "run/cmd_trace.h"
#include "run/cmd_watch.h"
#include "run/options.h"
#include "run/verbs.h"

static const char *const verb_names[] = { "trace", "list", "watch", "check", "refs", "probes" };
#define NR_VERBS (sizeof(verb_names) / sizeof(*verb_names))

static void test_the_table_of_verbs(void **state)
{
	static int (*const runs[NR_VERBS])(
		const struct options *o) = { cmd_trace__run, cmd_list__run, cmd_watch__run,
					     cmd_check__run, cmd_refs__run, cmd_probes__run };
	size_t n = 0;

	(void)state;
	for (; verbs[n].name; n++) {
		assert_in_range(n, 0, NR_VERBS - 1);
		assert_string_equal(verbs[n].name, verb_names[n]);
		assert_ptr_equal(verbs[n].run, runs[n]);
	}
	assert_int_equal(n, NR_VERBS);
}

/* takes: for each of verb_names, does the verb accept the option (x) or refuse it (-)? */
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
	{ "--exact", NULL,		"x-xx--" },
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

/* Adds what the verb also needs: a pgmap, COMMAND, or an option that attaches hooks. */
static void complete(const char *verb, const char *option, const char **args, size_t n)
{
	if (!strcmp(option, "--exact"))
		args[n++] = "-gpmem0";
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

/* The message names the option, the verbs that accept it, and the verb that was given. */
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

/* Runs --help in a child and reads its output. */
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

/* --help has each verb; the table above has its options, except --help, --usage, --version. */
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
		{ { "watch", "--exact" },
		  "--exact needs a pgmap: write --exact=NAME, or name it with -g" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table_of_verbs),
		cmocka_unit_test(test_every_verb_with_every_option),
		cmocka_unit_test(test_no_option_is_left_out),
		cmocka_unit_test(test_what_a_refusal_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
