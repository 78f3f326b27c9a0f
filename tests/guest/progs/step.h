/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the workload programs: messages, and steps instead of sleeps. */
#ifndef STEP_H
#define STEP_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static volatile sig_atomic_t step_signalled;

/* Prints the message and, if err is not 0, its meaning. Ends with status 1. */
__attribute__((noreturn, format(printf, 2, 3))) static inline void fail(int err, const char *fmt,
									...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	if (err)
		fprintf(stderr, ": %s (%d)", strerror(err), err);
	fputc('\n', stderr);
	exit(1);
}

/* Parses a number of at most max, decimal or with 0x. */
static inline unsigned long long number(const char *what, const char *text, unsigned long long max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value > max)
		fail(0, "%s: not a number from 0 to %llu: %s", what, max, text);
	return value;
}

static inline void step_on_signal(int sig)
{
	(void)sig;
	step_signalled = 1;
}

/* From now on SIGTERM ends the next step_wait() instead of the program. */
static inline void step_catch_sigterm(void)
{
	struct sigaction sa = { .sa_handler = step_on_signal };
	sigset_t set;

	/* Blocked except while step_wait() waits: none arrives between test and wait. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (sigaction(SIGTERM, &sa, NULL) || sigprocmask(SIG_BLOCK, &set, NULL))
		fail(errno, "SIGTERM");
}

/*
 * Waits for a line on stdin, or for SIGTERM if it is caught. The end of stdin is not a line: if a
 * shell starts the program with &, stdin is /dev/null, and only a signal ends the wait.
 */
static inline void step_wait(void)
{
	sigset_t none;

	sigemptyset(&none);
	while (!step_signalled) {
		fd_set in;
		char c;

		FD_ZERO(&in);
		FD_SET(STDIN_FILENO, &in);
		if (pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, &none) < 0) {
			if (errno == EINTR)
				continue;
			fail(errno, "stdin");
		}
		switch (read(STDIN_FILENO, &c, 1)) {
		case 1:
			if (c == '\n')
				return;
			break;
		case 0:
			while (!step_signalled)
				sigsuspend(&none);
			return;
		default:
			fail(errno, "stdin");
		}
	}
}

/* Prints that a step is done. Flushes, so that the reader of a pipe sees it at once. */
__attribute__((format(printf, 1, 2))) static inline void step_done(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	if (fflush(stdout))
		fail(errno, "stdout");
}

#endif
