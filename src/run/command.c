// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/process.h"
#include "kernel/surroundings.h"
#include "run/command.h"
#include "run/signals.h"

/* Is there a program of this name to run? As execvp() would look for it. */
static int find_program(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (strchr(name, '/'))
		return access(name, X_OK) ? -errno : 0;
	for (const char *p = path ? path : "/bin:/usr/bin"; *p;) {
		size_t n = strcspn(p, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)n, p, name);
		if (!access(file, X_OK))
			return 0;
		p += n + (p[n] == ':');
	}
	return -ENOENT;
}

int command__prepare(char *const argv[], bool to_stderr, struct command *c)
{
	int go[2], failed[2], err = find_program(argv[0]);
	char byte;
	pid_t pid;

	if (err)
		return err;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(failed, O_CLOEXEC)) {
		err = -errno;
		close(go[0]);
		close(go[1]);
		return err;
	}
	pid = fork();
	if (pid < 0) {
		err = -errno;
		close(go[0]);
		close(go[1]);
		close(failed[0]);
		close(failed[1]);
		return err;
	}
	if (!pid) {
		close(go[1]);
		close(failed[0]);
		/* The tool's handlers are not for it, and what it is to do by a signal is not yet. */
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		/* One byte: go. End of file: the tool died first. */
		if (read(go[0], &byte, 1) != 1)
			_exit(0);
		signals__restore();
		surroundings__restore_limits();
		if (to_stderr)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		err = errno;
		if (write(failed[1], &err, sizeof(err)) < 0)
			_exit(126);
		_exit(127);
	}
	close(go[0]);
	close(failed[1]);
	c->pid = pid;
	c->go = go[1];
	c->failed = failed[0];
	return 0;
}

int command__start(struct command *c)
{
	int err = 0;
	ssize_t n;

	if (write(c->go, "g", 1) != 1)
		err = -errno;
	close(c->go);
	c->go = -1;
	if (err)
		return err;
	/* Closed by a successful exec. */
	do
		n = read(c->failed, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(c->failed);
	c->failed = -1;
	return n == sizeof(err) ? -err : 0;
}

bool command__ended(struct command *c, int *status)
{
	bool ended = false;
	pid_t pid;
	int w;

	/* Others are orphans that came to us. */
	while ((pid = waitpid(-1, &w, WNOHANG)) > 0) {
		if (pid != c->pid)
			continue;
		*status = WIFSIGNALED(w) ? 128 + WTERMSIG(w) : WEXITSTATUS(w);
		c->pid = 0;
		ended = true;
	}
	return ended;
}

void command__adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

struct child {
	struct pgr_task task;
	pid_t parent;
	bool ours;
};

/* All that run, with their parents; the caller frees them. */
static struct child *processes(size_t *nr)
{
	DIR *procs = opendir("/proc");
	struct child *all = NULL;
	size_t n = 0, room = 0;
	struct dirent *p;

	while (procs && (p = readdir(procs))) {
		struct child c = {};
		char state;

		if (!isdigit((unsigned char)*p->d_name) ||
		    !process__read_stat(p->d_name, &state, &c.parent, &c.task) ||
		    strchr("ZX", state))
			continue;
		if (n == room) {
			struct child *more = realloc(all, (room = room * 2 + 64) * sizeof(*all));

			if (!more)
				break;
			all = more;
		}
		all[n++] = c;
	}
	if (procs)
		closedir(procs);
	*nr = n;
	return all;
}

/* Numbers wrap: a child may stand before its parent. */
static void mark_ours(struct child *all, size_t n)
{
	pid_t self = getpid();

	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			bool ours = all[i].parent == self;

			for (size_t k = 0; k < n && !ours && !all[i].ours; k++)
				ours = all[k].ours && (pid_t)all[k].task.tgid == all[i].parent;
			more = more || (ours && !all[i].ours);
			all[i].ours = all[i].ours || ours;
		}
	}
}

size_t command__running(struct pgr_task *tasks, size_t n)
{
	size_t nr, found = 0;
	struct child *all = processes(&nr);

	mark_ours(all, nr);
	for (size_t i = 0; i < nr; i++)
		if (all[i].ours && found++ < n)
			tasks[found - 1] = all[i].task;
	free(all);
	return found;
}

size_t command__signal_all(int signal)
{
	size_t nr, found = 0;
	struct child *all = processes(&nr);

	mark_ours(all, nr);
	for (size_t i = 0; i < nr; i++) {
		if (!all[i].ours)
			continue;
		found++;
		kill(all[i].task.tgid, signal);
	}
	free(all);
	return found;
}

void command__kill(struct command *c)
{
	if (c->pid <= 0)
		return;
	kill(c->pid, SIGTERM);
	if (c->go >= 0)
		close(c->go);
	c->pid = 0;
}
