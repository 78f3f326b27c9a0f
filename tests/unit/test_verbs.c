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
#include "run/cmd_why.h"
#include "run/options.h"
#include "run/verbs.h"

static const char *const verb_names[] = {
	"trace", "list", "why", "watch", "check", "refs", "probes"
};
#define NR_VERBS (sizeof(verb_names) / sizeof(*verb_names))

static void test_the_table_of_verbs(void **state)
{
	static int (*const runs[NR_VERBS])(const struct options *o) = {
		cmd_trace__run, cmd_list__run, cmd_why__run,   cmd_watch__run,
		cmd_check__run, cmd_refs__run, cmd_probes__run
	};
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
	{ "-p", "1",			"x--xx--" },
	{ "-f", NULL,			"x--xx--" },
	{ "-t", "1",			"x--xx--" },
	{ "-n", "fio",			"x--xx--" },
	{ "-g", "pmem0",		"xxxxxxx" },
	{ "--type", "fsdax",		"xxxxxxx" },
	{ "--pins", NULL,		"x--xx-x" },
	{ "--no-pins", NULL,		"x--xx-x" },
	{ "--exact", NULL,		"xx-xxx-" },
	{ "--no-exact", NULL,		"----x--" },
	{ "--follow", NULL,		"-----x-" },
	{ "-d", "1s",			"xx-xxxx" },
	{ "--stuck", "1s",		"x--xx--" },
	{ "--interval", "1s",		"xx-xx--" },
	{ "--max-refs", "1",		"----x--" },
	{ "--max-busy", "1",		"----x--" },
	{ "--max-held", "1s",		"----x--" },
	{ "--max-drain", "1s",		"----x--" },
	{ "--expect-teardown", "pmem0",	"----x--" },
	{ "--expect-events", "1",	"----x--" },
	{ "--settle", "1s",		"----x--" },
	{ "--fail-fast", NULL,		"----x--" },
	{ "--marks", "kmsg",		"----x--" },
	{ "--allow-none", NULL,		"----x--" },
	{ "-S", NULL,			"x--xxx-" },
	{ "--vmlinux", "x",		"x--xxx-" },
	{ "-c", NULL,			"x------" },
	{ "--by", "task,site",		"x------" },
	{ "--fields", "time,site",	"x------" },
	{ "--time", "wall",		"x------" },
	{ "-H", NULL,			"-x-----" },
	{ "-w", "1",			"-x-----" },
	{ "-j", NULL,			"xxxxxxx" },
	{ "-o", "file",			"xxxxxxx" },
	{ "--allow", "file",		"x--xx--" },
	{ "--gen-suppressions", NULL,	"x--xx--" },
	{ "--junit", "file",		"---xx--" },
	{ "--junit-suite", "name",	"---xx--" },
	{ "--tap", NULL,		"---xx--" },
	{ "--kmsg", NULL,		"x--xx--" },
	{ "--metrics", "file",		"x--xx--" },
	{ "--details", NULL,		"xxxxxxx" },
	{ "--color", NULL,		"xxxxxxx" },
	{ "-v", NULL,			"xxxxxxx" },
	{ "-q", NULL,			"xxxxxxx" },
	{ "--ready-fd", "9",		"x--xxxx" },
	{ "--disable-hook", "get",	"x--xx-x" },
	{ "--attach", "kprobe",		"x--xx-x" },
	{ "--ledger-size", "16",	"x--xx-x" },
	{ "--pin-rows", "16",		"x--xx-x" },
	{ "--sweep-budget", "1s",	"xxxxxxx" },
	{ "--limit", "rows=16",		"xxxxxxx" },
	/* clang-format on */
};

static bool takes_tasks(const char *verb)
{
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, verb))
			return v->options & OPTIONS_TASKS;
	return false;
}

/* Adds what the verb also needs: a pgmap, COMMAND, or an option that attaches hooks. */
static void complete(const char *verb, const char *option, const char **args, size_t n)
{
	if (!strcmp(option, "--exact"))
		args[n++] = "-gpmem0";
	if (!strcmp(option, "-f") && takes_tasks(verb))
		args[n++] = "-p1";
	if (!strcmp(verb, "refs")) {
		args[n++] = "pmem0";
		if (strcmp(option, "--exact"))
			args[n++] = "--follow";
	}
	if (!strcmp(verb, "list") &&
	    (!strcmp(option, "-d") || !strcmp(option, "--interval") || !strcmp(option, "--exact")))
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

/* Runs the command line in a child, which must exit with 0. Reads what it prints. */
static void read_help(const char *const *args, char *buf, size_t size)
{
	char *argv[8] = { (char *)"pgmapref" };
	int argc = 1, status;
	size_t n = 0;
	ssize_t got;
	int fds[2];

	for (; *args; args++)
		argv[argc++] = (char *)*args;
	fflush(NULL);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	if (!fork()) {
		struct options o;

		dup2(fds[1], 1);
		options__parse(argc, argv, verbs, &o);
		_exit(1);
	}
	close(fds[1]);
	while ((got = read(fds[0], buf + n, size - 1 - n)) > 0)
		n += got;
	buf[n] = '\0';
	close(fds[0]);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

/* "  -p, --pid=PID" or "  --stuck=DUR" */
static bool is_option(const char *line)
{
	return !strncmp(line, "  -", 3);
}

static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

/* No line is wider than 80 columns. Returns the number of lines. */
static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (const char *line = text; line; line = next_line(line), n++)
		if (strcspn(line, "\n") > 80)
			fail_msg("wider than 80 columns: %.100s", line);
	return n;
}

/* Does the text have the option as a word of its own? */
static bool names(const char *text, const char *option)
{
	size_t len = strlen(option);

	for (const char *at = text; (at = strstr(at, option)); at += len)
		if (at > text && at[-1] == ' ' && strchr(" ,=[\n", at[len]))
			return true;
	return false;
}

/*
 * "help options" has the options of the table above, and --help, --usage, --version, and
 * --json-schema, which ends the program, too.
 */
static void test_no_option_is_left_out(void **state)
{
	char text[16384];
	size_t listed = 0;

	(void)state;
	read_help(ARGS("help", "options"), text, sizeof(text));
	lines_of(text);
	for (const char *line = text; line; line = next_line(line))
		listed += is_option(line);
	assert_int_equal(listed, sizeof(golden) / sizeof(*golden) + 4);
	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++)
		assert_true(names(text, golden[i].option));
	assert_non_null(strstr(text, "read the counters this often (default 100ms)\n"));
}

static void test_help_has_the_verbs(void **state)
{
	char text[16384], same[16384];

	(void)state;
	read_help(ARGS("--help"), text, sizeof(text));
	assert_in_range(lines_of(text), 15, 24);
	for (size_t v = 0; v < NR_VERBS; v++) {
		char row[128];

		snprintf(row, sizeof(row), "\n  %-8s %s\n", verb_names[v], verbs[v].help);
		assert_non_null(strstr(text, row));
	}
	read_help(ARGS("help"), same, sizeof(same));
	assert_string_equal(text, same);
	read_help(ARGS("-h"), same, sizeof(same));
	assert_string_equal(text, same);
	read_help(ARGS("-?"), same, sizeof(same));
	assert_string_equal(text, same);
	read_help(ARGS("-p", "1", "--help"), same, sizeof(same));
	assert_string_equal(text, same);
}

/* It names the verb's own options and no other, fits a small screen, and has an example. */
static void test_help_of_a_verb(void **state)
{
	(void)state;
	for (size_t v = 0; v < NR_VERBS; v++) {
		char text[16384], same[16384], usage[64];

		read_help(ARGS(verb_names[v], "--help"), text, sizeof(text));
		assert_in_range(lines_of(text), 10, 24);
		snprintf(usage, sizeof(usage), "Usage: pgmapref %s [OPTIONS]", verb_names[v]);
		assert_int_equal(strncmp(text, usage, strlen(usage)), 0);
		for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++)
			if (names(text, golden[i].option) != (golden[i].takes[v] == 'x'))
				fail_msg("help of %s: %s", verb_names[v], golden[i].option);
		assert_non_null(strstr(text, "\nExample: "));
		assert_non_null(verbs[v].example);
		assert_non_null(strstr(text, verbs[v].example));
		read_help(ARGS("help", verb_names[v]), same, sizeof(same));
		assert_string_equal(text, same);
		read_help(ARGS("-h", verb_names[v]), same, sizeof(same));
		assert_string_equal(text, same);
	}
}

/* Help does not look at the other words: who asks for it may not have them yet. */
static void test_help_comes_first(void **state)
{
	char text[16384];

	(void)state;
	read_help(ARGS("refs", "-H", "--tap", "-h"), text, sizeof(text));
	assert_non_null(strstr(text, "Usage: pgmapref refs [OPTIONS] [NAME...]\n"));
	read_help(ARGS("why", "--usage"), text, sizeof(text));
	assert_string_equal(text, "Usage: pgmapref why [OPTIONS] [NAME|PID|PATH...]\n");
	read_help(ARGS("check", "--usage"), text, sizeof(text));
	assert_string_equal(text, "Usage: pgmapref check [OPTIONS] [NAME...] -- COMMAND [ARG...]\n");
	read_help(ARGS("--usage"), text, sizeof(text));
	assert_string_equal(text,
			    "Usage: pgmapref [VERB] [OPTIONS] [NAME...] [-- COMMAND [ARG...]]\n");
	read_help(ARGS("-V"), text, sizeof(text));
	assert_int_equal(strncmp(text, "pgmapref ", 9), 0);
}

static void test_what_a_refusal_says(void **state)
{
	static const struct {
		const char *args[6], *says;
	} lines[] = {
		{ { "-H" }, "-H is for list, not for trace; trace and watch show histories anyway" },
		{ { "-p", "1", "list" }, "-p is for trace, watch and check, not for list" },
		{ { "refs", "pmem0", "--tap" }, "--tap is for watch and check, not for refs" },
		{ { "/dev/pmem0" },
		  "/dev/pmem0: no verb; for a device write 'pgmapref why /dev/pmem0' (what hangs), "
		  "'pgmapref refs /dev/pmem0' (who has pages) or 'pgmapref list /dev/pmem0'" },
		{ { "-p", "1,x" }, "-p x: not a number from 0 to 4194304" },
		{ { "-p", " " }, "-p: no number" },
		{ { "why", "0" }, "why 0: not a process or thread" },
		{ { "trace", "pmem0" },
		  "unexpected argument 'pmem0': put COMMAND after --, select a pgmap with -g NAME" },
		{ { "list", "-H", "-w", "1" }, "use -H or -w, not both" },
		{ { "list", "-d", "1s" }, "list takes -d with -H or -w only" },
		{ { "list", "--interval=1s" }, "list takes --interval with -H or -w only" },
		{ { "refs", "pmem0", "-d", "1s" }, "refs takes -d with --follow or --exact only" },
		{ { "refs", "pmem0", "-S" }, "refs takes -S with --follow or --exact only" },
		{ { "refs", "--follow" }, "refs: name at least one pgmap (see 'pgmapref list')" },
		{ { "refs", "--follow=pmem0" },
		  "--follow pmem0: not a page frame number, such as 0x140010; write a pgmap's name "
		  "behind a blank" },
		{ { "refs", "--follow=0x" },
		  "--follow 0x: not a page frame number, such as 0x140010; write a pgmap's name "
		  "behind a blank" },
		{ { "refs", "--follow=0x12g", "pmem0" },
		  "--follow 0x12g: not a page frame number, such as 0x140010; write a pgmap's name "
		  "behind a blank" },
		{ { "refs", "--follow=0x1", "--follow=0x2", "--follow=0x3" },
		  "--follow: at most 2 of them" },
		{ { "list", "--follow" }, "--follow is for refs, not for list" },
		{ { "probes", "-g", "pmem0" }, "probes takes -g with -d or a COMMAND only" },
		{ { "probes", "--type=fsdax" }, "probes takes --type with -d or a COMMAND only" },
		{ { "probes", "--ready-fd=9" },
		  "probes takes --ready-fd with -d or a COMMAND only" },
		{ { "list", "-S" }, "-S is for trace, watch, check and refs, not for list" },
		{ { "--stacks=all" }, "-S all: HOW must be auto, site, short or full" },
		{ { "list", "--attach=kprobe" },
		  "--attach is for trace, watch, check and probes, not for list" },
		{ { "watch", "--tap", "-j" }, "use --tap or -j, not both" },
		{ { "watch", "--exact" },
		  "--exact needs a pgmap: write --exact=NAME, or name it with -g" },
		{ { "--attach", "glue" }, "--attach glue: HOW must be auto, fentry or kprobe" },
		{ { "--time", "tea" }, "--time tea: CLOCK must be start, wall, boot or delta" },
		{ { "--by", "task,tee" },
		  "--by tee: not a name, or twice; there are pgmap, site, task, comm and file" },
		{ { "-c", "-S" }, "use -c or -S, not both" },
		{ { "--by", "task", "--fields", "time" }, "use --by or --fields, not both" },
		{ { "--fields", "time,tea" },
		  "--fields tea: not a field, or twice; there are time, pgmap, event, what, pfn, order, "
		  "n, value, task and site" },
		{ { "--color=blue" }, "--color blue: WHEN must be auto, always or never" },
		{ { "--limit", "cows=1" },
		  "--limit cows=1: write rows=N, ring-pages=N, failing-reads=N or chunk=N" },
		{ { "check", "--expect-teardown", ",1", "--", "true" },
		  "--expect-teardown ,1: write NAME or NAME,N with N above 0" },
		{ { "check", "--expect-teardown", "pmem0,0", "--", "true" },
		  "--expect-teardown pmem0,0: write NAME or NAME,N with N above 0" },
		{ { "check", "--expect-teardown", "pmem0,x", "--", "true" },
		  "--expect-teardown pmem0,x: 'x' is not a number from 0 to 1000000000" },
		{ { "check", "--expect-teardown", "pmem0,", "--", "true" },
		  "--expect-teardown pmem0,: '' is not a number from 0 to 1000000000" },
		{ { "--limit", "rows=x" },
		  "--limit rows=x: 'x' is not a number from 0 to 16777216" },
		{ { "watch", "--junit", "-" },
		  "--junit -: name a file; the report goes to standard output" },
		{ { "list", "--", "true" }, "only trace, watch, check and probes run a COMMAND" },
		{ { "check" }, "check runs a COMMAND: pgmapref check -- COMMAND [ARG...]" },
		{ { "frobnicate" },
		  "frobnicate: no such verb; verbs are trace, list, why, watch, check, refs and probes (put "
		  "COMMAND after --, select a pgmap with -g NAME)" },
		{ { "wacht" },
		  "wacht: no such verb; did you mean 'watch'? Verbs are trace, list, why, watch, "
		  "check, refs and probes" },
		{ { "help", "prob" },
		  "prob: no such verb; did you mean 'probes'? Verbs are trace, list, why, watch, "
		  "check, refs and probes" },
		{ { "hlep" },
		  "hlep: no such verb; did you mean 'help'? Verbs are trace, list, why, watch, "
		  "check, refs and probes" },
		{ { "watch", "--stick=3s" }, "--stick: no such option; did you mean --stuck?" },
		{ { "--frobnicate" },
		  "--frobnicate: no such option; 'pgmapref help options' has all" },
		{ { "--pi" }, "--pi: which of these options: --pid, --pins, --pin-rows?" },
		{ { "-s" }, "-s: no such option; did you mean -S?" },
		{ { "-@" }, "-@: no such option; 'pgmapref help options' has all" },
		{ { "-jx" }, "-x: no such option; 'pgmapref help options' has all" },
		{ { "-p" }, "-p needs an argument: PID" },
		{ { "--stuck" }, "--stuck needs an argument: DUR" },
		{ { "watch", "--tap=x" }, "--tap=x: --tap takes no argument" },
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
		cmocka_unit_test(test_help_has_the_verbs),
		cmocka_unit_test(test_help_of_a_verb),
		cmocka_unit_test(test_help_comes_first),
		cmocka_unit_test(test_what_a_refusal_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
