// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Threads that wait for work. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/helpers.h"

#define THREADS 3

struct job {
	int fd;
	int left; /* steps */
	int done;
	unsigned int who; /* bits: numbers of the threads that did a step */
	int drained;
	int signals; /* threads that let signals in */
};

static void drain(void *ctx)
{
	struct job *j = ctx;
	uint64_t n;

	assert_int_equal(read(j->fd, &n, sizeof(n)), sizeof(n));
	__sync_fetch_and_add(&j->drained, 1);
}

static bool step(void *ctx, unsigned int number)
{
	struct job *j = ctx;
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	if (!sigismember(&now, SIGINT))
		__sync_fetch_and_add(&j->signals, 1);
	__sync_fetch_and_or(&j->who, 1u << number);
	if (__sync_fetch_and_add(&j->left, -1) <= 0)
		return false;
	__sync_fetch_and_add(&j->done, 1);
	return true;
}

static void call(struct job *j, int steps)
{
	uint64_t one = 1;

	j->who = 0;
	j->done = 0;
	__sync_lock_test_and_set(&j->left, steps);
	assert_int_equal(write(j->fd, &one, sizeof(one)), sizeof(one));
	/* Each thread comes at least once. A test that waits for ever is ended by its caller. */
	while (__sync_fetch_and_add(&j->done, 0) < steps ||
	       __sync_fetch_and_or(&j->who, 0) != (1u << THREADS) - 1)
		usleep(1000);
}

static void test_work(void **state)
{
	struct job j = { .fd = eventfd(0, EFD_CLOEXEC) };
	struct helpers_work work = { .fd = j.fd, .drain = drain, .step = step, .ctx = &j };
	struct helpers *h = helpers__start(&work, THREADS);

	(void)state;
	assert_non_null(h);
	for (int i = 1; i <= 50; i++) {
		call(&j, i);
		assert_int_equal(j.done, i);
	}
	helpers__stop(h);
	assert_int_equal(j.drained, 50);
	assert_int_equal(j.signals, 0);
	/* Nobody is there any more. */
	assert_int_equal(write(j.fd, &(uint64_t){ 1 }, 8), 8);
	usleep(10000);
	assert_int_equal(j.drained, 50);
	close(j.fd);
}

static void test_no_work(void **state)
{
	struct job j = { .fd = eventfd(0, EFD_CLOEXEC) };
	struct helpers_work work = { .fd = j.fd, .drain = drain, .step = step, .ctx = &j };

	(void)state;
	helpers__stop(helpers__start(&work, THREADS));
	helpers__stop(helpers__start(&work, 1));
	assert_null(helpers__start(&work, 0));
	helpers__stop(NULL);
	assert_int_equal(j.drained, 0);
	assert_int_equal(j.who, 0);
	close(j.fd);
}

static void test_number(void **state)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	(void)state;
	assert_int_equal(helpers__number(100000), cpus - 1);
	assert_int_equal(helpers__number(0), 0);
	assert_true(helpers__number(1) <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_no_work),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
