// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "kernel/procfs.h"

#define STAT_MAX 1024 /* bytes of a line: 52 numbers and a name */

/* The line is "pid (comm) state ppid …"; comm may contain any character. Field numbers: proc(5). */
bool procfs__parse_stat(const char *text, struct procfs_stat *s)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (!open || !close || close < open)
		return false;
	memset(s, 0, sizeof(*s));
	snprintf(s->comm, sizeof(s->comm), "%.*s", (int)(close - open - 1), open + 1);
	/* fields 3, 4, 14, 15, 20, 22 */
	return sscanf(close + 1,
		      " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64
		      " %*s %*s %*s %*s %lu %*s %" SCNu64,
		      &s->state, &s->parent, &s->user, &s->system, &s->threads, &s->start) == 6;
}

static bool read_stat(int proc, const char *path, struct procfs_stat *s)
{
	char text[STAT_MAX];

	return file__read_head(proc, path, text, sizeof(text)) > 0 && procfs__parse_stat(text, s);
}

bool procfs__read_stat(pid_t pid, struct procfs_stat *s)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return read_stat(AT_FDCWD, path, s);
}

/* The next entry whose name is a number; 0: there is none. */
static uint32_t next_number(DIR *dir)
{
	struct dirent *d;

	while ((d = readdir(dir)))
		if (isdigit((unsigned char)*d->d_name))
			return strtoul(d->d_name, NULL, 10);
	return 0;
}

int procfs__each_process(const char *root, procfs_fn fn, void *ctx)
{
	struct procfs_thread t = { 0 };
	char path[PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", root ? root : "");
	dir = opendir(path);
	if (!dir)
		return -errno;
	t.proc = dirfd(dir);
	while ((t.tgid = t.tid = next_number(dir))) {
		snprintf(path, sizeof(path), "%u/stat", t.tgid);
		if (read_stat(t.proc, path, &t.stat) && !fn(ctx, &t))
			break;
	}
	closedir(dir);
	return 0;
}

struct walk {
	procfs_fn fn;
	void *ctx;
};

static bool read_thread(struct procfs_thread *t)
{
	char path[64];

	snprintf(path, sizeof(path), "%u/task/%u/stat", t->tgid, t->tid);
	return read_stat(t->proc, path, &t->stat);
}

/* Calls fn for all threads of a process except the first one. */
static bool each_other(const struct walk *w, const struct procfs_thread *first)
{
	struct procfs_thread t = *first;
	bool more = true;
	char path[32];
	int fd;
	DIR *dir;

	snprintf(path, sizeof(path), "%u/task", t.tgid);
	fd = openat(t.proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		close(fd);
	if (!dir)
		return true;
	while (more && (t.tid = next_number(dir)))
		if (t.tid != t.tgid && read_thread(&t))
			more = w->fn(w->ctx, &t);
	closedir(dir);
	return more;
}

/* Opens the task folder only of processes with several threads, because few processes have them. */
static bool each_of(void *ctx, const struct procfs_thread *process)
{
	const struct walk *w = ctx;
	struct procfs_thread t = *process;

	if (t.stat.threads < 2)
		return w->fn(w->ctx, &t);
	/* stat has the times of the whole process. Read the times of its first thread. */
	if (t.stat.state == 'R' && !read_thread(&t))
		return true;
	return w->fn(w->ctx, &t) && each_other(w, &t);
}

int procfs__each_thread(const char *root, procfs_fn fn, void *ctx)
{
	struct walk w = { fn, ctx };

	return procfs__each_process(root, each_of, &w);
}
