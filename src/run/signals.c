// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "run/signals.h"

#define PATIENCE_S 5

static volatile sig_atomic_t asked, first; /* how often to end, and by what */
static int told; /* how often of that signals__next() has told */
static volatile sig_atomic_t command;
static int in = -1;

static const int passed[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
#define NR_PASSED (sizeof(passed) / sizeof(*passed))
static struct sigaction before[NR_PASSED], pipe_before;
static bool opened;

/* By the signal that asked first, as if it had not been caught. */
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
	/* If there is no room, there is enough to wake who waits. */
	if (write(in, &number, sizeof(number)) < 0)
		errno = saved;
	errno = saved;
}

int signals__open(void)
{
	/* A write of a report goes on where it was. */
	struct sigaction sa = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	in = fds[1];
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NR_PASSED; i++)
		sigaddset(&sa.sa_mask, passed[i]);
	for (size_t i = 0; i < NR_PASSED; i++) {
		/* Not SIGINT: a shell without job control ignores it in all that it starts with &. */
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
	/* Behind so many of SIGCHLD that there was no room in the pipe. */
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
