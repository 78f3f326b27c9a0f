// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run says about its hooks on standard error, and what it writes to --ready-fd. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_tracer.h"
#include "kernel/symbols.h"
#include "run/open.h"
#include "run/ready.h"
#include "run/run.h"

static struct fake_tracer kernel;
static struct options o;
static struct run run;
static char said[8192];

static const struct verb *verb(const char *name)
{
	const struct verb *v = verbs;

	while (strcmp(v->name, name))
		v++;
	return v;
}

static void load_symbols(const char *line)
{
	char path[] = "/tmp/test_run_ready.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	fprintf(f, "ffffffff81000000 T _text\n%sffffffff81000400 T _etext\n", line);
	assert_int_equal(fclose(f), 0);
	symbols__free(run.k.symbols);
	assert_int_equal(symbols__load(path, NULL, &run.k.symbols), 0);
	unlink(path);
}

static int tear_down(void **state)
{
	(void)state;
	symbols__free(run.k.symbols);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	fake_tracer__init(&kernel);
	o = (struct options){ .verb = verb("watch"), .ready_fd = -1, .pins = true };
	run = (struct run){ .o = &o, .k.tracer = fake_tracer__as_tracer(&kernel) };
	load_symbols("");
	return 0;
}

/* What fn writes to standard error, in `said`. */
static const char *hear(void (*fn)(const struct run *run))
{
	int fds[2], before = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	dup2(fds[1], STDERR_FILENO);
	fn(&run);
	dup2(before, STDERR_FILENO);
	n = read(fds[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(before);
	close(fds[0]);
	close(fds[1]);
	return said;
}

static void lose(enum pgr_hook hook)
{
	struct plan_hook *h = &kernel.plan.hook[hook];

	h->nr = 0;
	h->without = "what it saw";
	snprintf(h->missing, sizeof(h->missing), "for a reason");
}

static void test_how_many_hooks(void **state)
{
	char expected[64];

	(void)state;
	/* all hooks except that of forks, which only a trace of COMMAND needs */
	snprintf(expected, sizeof(expected), "pgmapref: ready: 0 pgmaps, %d of %d hooks\n",
		 PGR_HOOKS - 1, PGR_HOOKS - 1);
	assert_string_equal(hear(ready__say), expected);
	o.verb = verb("trace");
	o.command = (char *[]){ (char *)"true", NULL };
	snprintf(expected, sizeof(expected), "pgmapref: ready: 0 pgmaps, %d of %d hooks\n",
		 PGR_HOOKS, PGR_HOOKS);
	assert_string_equal(hear(ready__say), expected);
	o.quiet = true;
	assert_string_equal(hear(ready__say), "");
}

static void test_what_is_missing(void **state)
{
	(void)state;
	lose(PGR_HOOK_GET);
	lose(PGR_HOOK_FORK);
	hear(ready__say);
	assert_non_null(strstr(said, "\npgmapref: hook get is missing (for a reason): what it saw "
				     "will not be seen\n"));
	assert_null(strstr(said, "hook fork"));
	lose(PGR_HOOK_UNPIN_PAGES);
	kernel.plan.hook[PGR_HOOK_UNPIN_PAGES].wanted = "unpin_user_pages";
	hear(ready__say);
	assert_non_null(strstr(said, "\npgmapref: hook unpin_pages is missing (for a reason): pages "
				     "unpinned by unpin_user_pages() are listed as pinned until a "
				     "sweep finds them idle\n"));
	kernel.plan.hook[PGR_HOOK_UNPIN_PAGES].absent = true;
	kernel.plan.hook[PGR_HOOK_GET].absent = true;
	assert_null(strstr(hear(ready__say), "missing"));
}

static void test_what_is_not_followed(void **state)
{
	(void)state;
	load_symbols("ffffffff81000100 T pcim_p2pdma_provider\n");
	assert_null(strstr(hear(ready__say), "followed")); /* nothing waits for its users */
	load_symbols("ffffffff81000100 T memremap_device_private_pagemap\n");
	assert_non_null(strstr(hear(ready__say),
			       "\npgmapref: private memory outside of the array of struct pages "
			       "(memremap_device_private_pagemap()) is not followed: "));
}

static void test_scripts_are_told(void **state)
{
	char buf[16];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	o.ready_fd = fds[1];
	o.quiet = true;
	hear(ready__say);
	assert_int_equal(read(fds[0], buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "ready\n", 6);
	assert_int_equal(read(fds[0], buf, sizeof(buf)), 0); /* the descriptor was closed */
	close(fds[0]);
}

static int status;

static void check_hooks(const struct run *r)
{
	status = open__check_hooks(r->o, &kernel.plan);
}

static void lose_all(void)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		lose(h);
	kernel.plan.hook[PGR_HOOK_TEARDOWN].name = "teardown";
}

static void test_no_hook_at_all(void **state)
{
	(void)state;
	assert_string_equal(hear(check_hooks), "");
	assert_int_equal(status, STATUS_CLEAN);
	lose_all();
	assert_string_equal(hear(check_hooks),
			    "pgmapref: no hook could be attached on this kernel (teardown: for a "
			    "reason); 'probes' shows each, 'list' works without\n");
	assert_int_equal(status, STATUS_CANNOT);
}

static void test_one_hook_is_enough(void **state)
{
	(void)state;
	for (int h = 0; h < PGR_HOOKS; h++) {
		bool enough = h != PGR_HOOK_FORK; /* this hook sees nothing of a pgmap */

		lose_all();
		kernel.plan.hook[h].nr = 1;
		hear(check_hooks);
		assert_int_equal(status, enough ? STATUS_CLEAN : STATUS_CANNOT);
		o.pins = false; /* without --pins, the hooks of pins are not attached */
		hear(check_hooks);
		assert_int_equal(status,
				 enough && !pgr_hook__is_pin(h) ? STATUS_CLEAN : STATUS_CANNOT);
		o.pins = true;
	}
}

static void say_failed(const struct run *r)
{
	ready__say_failed(&r->k, r->o);
}

/* A hook that cannot be attached again is reported once, with -q too, because it is an error. */
static void test_what_fails_later_is_said_once(void **state)
{
	(void)state;
	assert_string_equal(hear(say_failed), "");
	lose(PGR_HOOK_GET);
	kernel.failed = &kernel.plan.hook[PGR_HOOK_GET];
	o.quiet = true;
	assert_string_equal(hear(say_failed),
			    "pgmapref: hook get is missing (for a reason): what it saw will not be "
			    "seen\n");
	assert_string_equal(hear(say_failed), "");
}

static void test_what_does_not_run_is_said_once(void **state)
{
	struct alive_hook *h = &kernel.alive.hook[PGR_HOOK_GET];

	(void)state;
	h->now = h->worst = ALIVE_STOPPED;
	h->cause = CAUSE_FTRACE;
	hear(say_failed);
	assert_string_equal(said,
			    "pgmapref: 1 hook is attached but does not run "
			    "(kernel.ftrace_enabled is 0; sysctl kernel.ftrace_enabled=1, then "
			    "restart pgmapref): get\n");
	assert_string_equal(hear(say_failed), "");
	h->reported = false;
	o.quiet = true;
	assert_string_equal(hear(say_failed), "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_how_many_hooks),
		TEST(test_what_is_missing),
		TEST(test_what_is_not_followed),
		TEST(test_scripts_are_told),
		TEST(test_no_hook_at_all),
		TEST(test_one_hook_is_enough),
		TEST(test_what_fails_later_is_said_once),
		TEST(test_what_does_not_run_is_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
