// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/procfs.h"
#include "kernel/surroundings.h"
#include "run/command.h"
#include "run/signals.h"

/* Can execvp() find a program with this name? Returns 0 or a negative errno. */
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

/* In the child: waits for the byte from command__start(), then executes COMMAND. */
__attribute__((noreturn)) static void run_child(char *const argv[], bool to_stderr, int go,
						int failed)
{
	char byte;
	int err;

	/* The handlers of the tool must not run here. Ignore signals until COMMAND is executed. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* One byte: start. End of file: the tool died. */
	if (read(go, &byte, 1) != 1)
		_exit(0);
	signals__restore();
	surroundings__restore_limits();
	if (to_stderr)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(argv[0], argv);
	err = errno;
	if (write(failed, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int command__prepare(char *const argv[], bool to_stderr, struct command *c)
{
	int go[2] = { -1, -1 }, failed[2] = { -1, -1 }, err = find_program(argv[0]);
	pid_t pid = -1;

	if (err)
		return err;
	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC) || (pid = fork()) < 0) {
		err = -errno;
	} else if (!pid) {
		close_end(&go[1]);
		close_end(&failed[0]);
		run_child(argv, to_stderr, go[0], failed[1]);
	} else {
		*c = (struct command){ .pid = pid, .go = go[1], .failed = failed[0] };
		go[1] = failed[0] = -1; /* keep these two open */
	}
	for (int i = 0; i < 2; i++) {
		close_end(&go[i]);
		close_end(&failed[i]);
	}
	return err;
}

int command__start(struct command *c)
{
	int err = 0;
	ssize_t n;

	if (write(c->go, "g", 1) != 1)
		err = -errno;
	close_end(&c->go);
	if (err)
		return err;
	/* End of file: a successful exec closed the pipe. */
	do
		n = read(c->failed, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close_end(&c->failed);
	return n == sizeof(err) ? -err : 0;
}

bool command__ended(struct command *c, int *status)
{
	bool ended = false;
	pid_t pid;
	int w;

	/* Other processes are orphans that the kernel gave to the tool (subreaper). */
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

struct children {
	struct child *all;
	size_t nr, room;
};

static bool add_child(void *ctx, const struct procfs_thread *t)
{
	struct children *c = ctx;
	struct child *new;

	if (strchr("ZX", t->stat.state))
		return true;
	if (c->nr == c->room) {
		struct child *more = realloc(c->all, (c->room = c->room * 2 + 64) * sizeof(*more));

		if (!more)
			return false;
		c->all = more;
	}
	new = &c->all[c->nr++];
	*new = (struct child){
		.task = { .tgid = t->tgid, .tid = t->tgid },
		.parent = t->stat.parent,
	};
	memcpy(new->task.comm, t->stat.comm, sizeof(new->task.comm));
	return true;
}

/* All running processes, with their parents. The caller frees the array. */
static struct child *processes(size_t *nr)
{
	struct children c = { 0 };

	procfs__each_process(NULL, add_child, &c);
	*nr = c.nr;
	return c.all;
}

/* PIDs wrap around: a child may come before its parent in `all`. Repeat until nothing changes. */
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
	close_end(&c->go);
	close_end(&c->failed);
	if (c->pid > 0)
		kill(c->pid, SIGTERM);
	c->pid = 0;
}
