// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/process.h"
#include "kernel/symbols.h"
#include "out_dir.h"
#include "run/command.h"
#include "run_world.h"
#include "verb_world.h"

#define WORDS 24

char done[96];
static char messages[96]; /* what the last run wrote to standard error */
const char *caps;

const char *__wrap_process__missing_caps(char *buf, size_t len);
bool __wrap_process__pids_are_global(void);
int __real_symbols__load(const char *path, const char *const *first, struct symbols **out);
int __wrap_symbols__load(const char *path, const char *const *first, struct symbols **out);

const char *__wrap_process__missing_caps(char *buf, size_t len)
{
	snprintf(buf, len, "%s", caps);
	return buf;
}

/* The tests may run in a PID namespace. */
bool __wrap_process__pids_are_global(void)
{
	return true;
}

/* The addresses in the symbols of this machine do not fit the made-up kernel. */
int __wrap_symbols__load(const char *path, const char *const *first, struct symbols **out)
{
	char name[96];
	FILE *f;

	if (path)
		return __real_symbols__load(path, first, out);
	snprintf(name, sizeof(name), "%s/target", out_dir);
	f = fopen(name, "w");
	assert_non_null(f);
	fprintf(f, "ffffffff81000000 T _text\nffffffff81000400 T _etext\n");
	assert_int_equal(fclose(f), 0);
	return __real_symbols__load(name, first, out);
}

int set_up_verbs(void **state)
{
	int err = set_up(state);

	if (err)
		return err;
	out__close(run.out.report.out); /* the run opens its own output */
	run.out.report.out = NULL;
	unlink(out_path);
	snprintf(done, sizeof(done), "%s/done", out_dir);
	snprintf(messages, sizeof(messages), "%s/messages", out_dir);
	caps = "";
	fake_tracer__offer(&kernel);
	return 0;
}

int tear_down_verbs(void **state)
{
	fake_tracer__offer(NULL);
	unlink(done);
	snprintf(done, sizeof(done), "%s/made", out_dir); /* of some tests */
	unlink(done);
	unlink(messages);
	return tear_down(state);
}

static int run_verb(const struct options *mine)
{
	int fd = open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0600), saved = dup(STDERR_FILENO);
	int status;

	assert_true(fd >= 0 && saved >= 0);
	dup2(fd, STDERR_FILENO);
	status = mine->verb->run(mine);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	return status;
}

int pgmapref(const char *line)
{
	char text[512], *argv[WORDS] = { (char *)"pgmapref" }, *at = text, *word;
	struct options mine;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	while ((word = strsep(&at, " ")) && argc < WORDS - 4) {
		if (!*word)
			continue;
		argv[argc++] = word;
		if (argc == 2) { /* directly after the verb */
			argv[argc++] = (char *)"-o";
			argv[argc++] = out_path;
			argv[argc++] = (char *)"--details";
		}
	}
	assert_null(word);
	optind = 0;
	options__parse(argc, argv, verbs, &mine);
	return run_verb(&mine);
}

int check_that_makes_the_file(const char *more)
{
	char line[480];

	snprintf(line, sizeof(line), "check -q --settle 1ms %s -- touch %s", more, done);
	return pgmapref(line);
}

void comes(const struct pgr_header *h, size_t size)
{
	kernel.record[kernel.nr_records].h = h;
	kernel.record[kernel.nr_records++].size = size;
}

const char *output(void)
{
	return read_file(out_path);
}

const char *said(void)
{
	return read_file(messages);
}

void rises(struct fake_pgmap *k, int64_t n)
{
	k->moves = true;
	k->when = done;
	k->then = k->value + n;
}
