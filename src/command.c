// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "signals.h"

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

int command__prepare(char *const argv[], struct command *c)
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
		/* One byte: go. End of file: the tool died first. */
		if (read(go[0], &byte, 1) != 1)
			_exit(0);
		signals__restore();
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
	int w;

	if (c->pid <= 0 || waitpid(c->pid, &w, WNOHANG) != c->pid)
		return false;
	*status = WIFSIGNALED(w) ? 128 + WTERMSIG(w) : WEXITSTATUS(w);
	c->pid = 0;
	return true;
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

/* include/uapi/linux/capability.h */
#define CAP_SYS_ADMIN 21
#define CAP_SYSLOG 34
#define CAP_PERFMON 38
#define CAP_BPF 39

const char *process__missing_caps(char *buf, size_t len)
{
	static const struct {
		const char *name;
		int bit, instead;
	} wanted[] = {
		{ "CAP_BPF", CAP_BPF, CAP_SYS_ADMIN },
		{ "CAP_PERFMON", CAP_PERFMON, CAP_SYS_ADMIN },
		{ "CAP_SYSLOG", CAP_SYSLOG, CAP_SYSLOG },
		{ "CAP_SYS_ADMIN", CAP_SYS_ADMIN, CAP_SYS_ADMIN }, /* frame numbers of pagemap */
	};
	unsigned long long caps = 0;
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	size_t n = 0;

	buf[0] = '\0';
	if (!f)
		return buf; /* the kernel itself will say */
	while (fgets(line, sizeof(line), f))
		sscanf(line, "CapEff: %llx", &caps);
	fclose(f);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && n < len; i++)
		if (!(caps >> wanted[i].bit & 1) && !(caps >> wanted[i].instead & 1))
			n += snprintf(buf + n, len - n, "%s%s", n ? ", " : "", wanted[i].name);
	return buf;
}

/* include/linux/proc_ns.h: inode of the first PID namespace, a constant of the ABI. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

bool process__pids_are_global(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == PROC_PID_INIT_INO;
}

bool process__alive(pid_t pid)
{
	char path[64], line[512], *end;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	/* The state follows the command's name, which may hold anything. */
	end = strrchr(line, ')');
	return end && end[1] == ' ' && end[2] != 'Z' && end[2] != 'X';
}

static bool stack_has(const char *path, const char *function)
{
	char line[256];
	bool found = false;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		char *name = strchr(line, ']');

		/* "[<0>] name+0x12/0x34 [module]" */
		name = name ? name + 2 : line;
		found = !strncmp(name, function, strlen(function)) &&
			strchr("+.", name[strlen(function)]);
	}
	fclose(f);
	return found;
}

size_t process__in_function(const char *function, struct pgr_task *tasks, size_t n)
{
	size_t found = 0;
	DIR *procs = opendir("/proc");
	struct dirent *p, *t;

	while (procs && found < n && (p = readdir(procs))) {
		char path[300];
		DIR *threads;

		if (!isdigit((unsigned char)*p->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task", p->d_name);
		threads = opendir(path);
		while (threads && found < n && (t = readdir(threads))) {
			struct pgr_task *task = &tasks[found];
			char file[600];
			FILE *f;

			if (!isdigit((unsigned char)*t->d_name))
				continue;
			snprintf(file, sizeof(file), "%s/%s/stack", path, t->d_name);
			if (!stack_has(file, function))
				continue;
			memset(task, 0, sizeof(*task));
			task->tgid = atoi(p->d_name);
			task->tid = atoi(t->d_name);
			snprintf(file, sizeof(file), "%s/%s/comm", path, t->d_name);
			f = fopen(file, "re");
			if (f) {
				if (fgets(task->comm, sizeof(task->comm), f))
					task->comm[strcspn(task->comm, "\n")] = '\0';
				fclose(f);
			}
			found++;
		}
		if (threads)
			closedir(threads);
	}
	if (procs)
		closedir(procs);
	return found;
}
