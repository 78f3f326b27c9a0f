// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "run/signals.h"

#define PATIENCE_S 5

static volatile sig_atomic_t asked, first; /* number of requests to end; the first signal */
static int told; /* how many of them signals__next() has returned */
static volatile sig_atomic_t command;
static int in = -1;

static const int passed[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
#define NR_PASSED (sizeof(passed) / sizeof(*passed))
static struct sigaction before[NR_PASSED], pipe_before;
static bool opened;

/* Ends the tool by the first signal, as if it had no handler. */
static void end(int sig)
{
	sigset_t set;

	(void)sig;
	if (command > 0)
		kill(command, SIGTERM);
	signal(first, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, first);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(first);
}

static void pass_on(int sig)
{
	unsigned char number = sig;
	int saved = errno;

	if (sig != SIGCHLD) {
		if (!asked)
			first = sig;
		asked = asked + 1;
		if (asked == 2)
			alarm(PATIENCE_S);
		else if (asked > 2)
			end(sig);
	}
	/* If the pipe is full, the reader wakes up anyway. */
	if (write(in, &number, sizeof(number)) < 0)
		errno = saved;
	errno = saved;
}

int signals__open(void)
{
	/* SA_RESTART: a signal does not break the write of a report. */
	struct sigaction sa = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	in = fds[1];
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NR_PASSED; i++)
		sigaddset(&sa.sa_mask, passed[i]);
	for (size_t i = 0; i < NR_PASSED; i++) {
		/* Catch SIGINT even if ignored: shells without job control ignore it for &. */
		if (sigaction(passed[i], NULL, &before[i]) ||
		    ((passed[i] != SIGHUP || before[i].sa_handler != SIG_IGN) &&
		     sigaction(passed[i], &sa, NULL)))
			return -errno;
	}
	sa.sa_handler = end;
	if (sigaction(SIGALRM, &sa, NULL))
		return -errno;
	sa.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &sa, &pipe_before))
		return -errno;
	opened = true;
	return fds[0];
}

int signals__next(int fd)
{
	unsigned char number;

	while (read(fd, &number, sizeof(number)) == sizeof(number)) {
		if (number == SIGCHLD)
			continue;
		told++;
		return number;
	}
	/* The pipe may have had no room for a request, because it was full of SIGCHLD. */
	if (told >= asked)
		return 0;
	told++;
	return first;
}

int signals__asked(void)
{
	return asked ? first : 0;
}

void signals__restore(void)
{
	if (!opened)
		return;
	for (size_t i = 0; i < NR_PASSED; i++)
		sigaction(passed[i], &before[i], NULL);
	sigaction(SIGPIPE, &pipe_before, NULL);
}

void signals__set_command(pid_t pid)
{
	command = pid;
}
