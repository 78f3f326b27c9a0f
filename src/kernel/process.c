// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "kernel/process.h"

/* pid (comm) state ppid …; comm may hold anything. */
bool process__read_stat(const char *pid, char *state, pid_t *parent, struct pgr_task *task)
{
	char path[64], line[512], *from, *to;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	from = strchr(line, '(');
	to = strrchr(line, ')');
	if (!from || !to || sscanf(to + 1, " %c %d", state, parent) != 2)
		return false;
	*to = '\0';
	memset(task, 0, sizeof(*task));
	task->tgid = task->tid = atoi(pid);
	snprintf(task->comm, sizeof(task->comm), "%s", from + 1);
	return true;
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
	struct pgr_task task;
	char name[16], state;
	pid_t parent;

	snprintf(name, sizeof(name), "%d", pid);
	return process__read_stat(name, &state, &parent, &task) && !strchr("ZX", state);
}

/* When a process began, CLOCK_BOOTTIME in ns, in steps of a tick; 0: not known. */
static uint64_t began_ns(pid_t pid)
{
	char path[40], line[512], *p = NULL;
	unsigned long long ticks = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f))
		p = strrchr(line, ')'); /* the end of the name, which may have any characters */
	fclose(f);
	/* Documentation/filesystems/proc.rst: field 22, and p is at the end of field 2. */
	for (int i = 2; p && i < 22; i++)
		p = strchr(p + 1, ' ');
	if (!p || sscanf(p, "%llu", &ticks) != 1)
		return 0;
	return ticks * (1000000000ULL / sysconf(_SC_CLK_TCK));
}

/* The first thread of a process may be a zombie while others run. */
static bool has_threads(pid_t pid)
{
	unsigned int n = 0;
	char path[40];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));)
		n += d->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n > 1;
}

bool process__ended(pid_t pid, uint64_t since_ns)
{
	uint64_t began;

	if (!process__pids_are_global())
		return false;
	if (!process__alive(pid) && !has_threads(pid))
		return true;
	began = began_ns(pid);
	/* The one that was there began before, but for a tick. */
	return began && began > since_ns + clock__to_boottime() + 20000000;
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
