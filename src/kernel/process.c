// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/process.h"
#include "kernel/procfs.h"

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
		{ "CAP_SYS_ADMIN", CAP_SYS_ADMIN, CAP_SYS_ADMIN }, /* frame numbers in pagemap */
	};
	unsigned long long caps = 0;
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	size_t n = 0;

	buf[0] = '\0';
	if (!f)
		return buf; /* the kernel will report what is missing */
	while (fgets(line, sizeof(line), f))
		sscanf(line, "CapEff: %llx", &caps);
	fclose(f);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && n < len; i++)
		if (!(caps >> wanted[i].bit & 1) && !(caps >> wanted[i].instead & 1))
			n += snprintf(buf + n, len - n, "%s%s", n ? ", " : "", wanted[i].name);
	return buf;
}

/* include/linux/proc_ns.h: inode number of the first PID namespace, a constant of the ABI. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

bool process__pids_are_global(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == PROC_PID_INIT_INO;
}

bool process__alive(pid_t pid)
{
	struct procfs_stat s;

	/* The first thread is a zombie until the last one has ended. */
	return procfs__read_stat(pid, &s) && (!strchr("ZX", s.state) || s.threads > 1);
}

struct family {
	struct kin {
		uint32_t pid, parent;
		bool in; /* descends from a given process, or is one */
		bool given;
	} * of;
	size_t nr, room;
	bool failed;
};

static bool note_kin(void *ctx, const struct procfs_thread *t)
{
	struct family *f = ctx;

	if (f->nr == f->room) {
		size_t room = f->room ? 2 * f->room : 256;
		struct kin *more = realloc(f->of, room * sizeof(*more));

		if (!more) {
			f->failed = true;
			return false;
		}
		f->of = more;
		f->room = room;
	}
	f->of[f->nr++] = (struct kin){ .pid = t->tgid, .parent = t->stat.parent };
	return true;
}

static int by_pid(const void *a, const void *b)
{
	const struct kin *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static struct kin *kin_of(struct family *f, uint32_t pid)
{
	return bsearch(&(struct kin){ .pid = pid }, f->of, f->nr, sizeof(*f->of), by_pid);
}

int process__descendants(const char *root, const uint32_t *of, size_t nr, uint32_t **out,
			 size_t *nr_out)
{
	struct family f = { 0 };
	int err = procfs__each_process(root, note_kin, &f);
	bool more = true;

	*out = NULL;
	*nr_out = 0;
	if (!err && f.nr)
		*out = calloc(f.nr, sizeof(**out));
	if (!err && (f.failed || (f.nr && !*out)))
		err = -ENOMEM;
	if (err || !f.nr) {
		free(f.of);
		return err;
	}
	qsort(f.of, f.nr, sizeof(*f.of), by_pid);
	for (size_t i = 0; i < nr; i++) {
		struct kin *k = kin_of(&f, of[i]);

		if (k)
			k->in = k->given = true;
	}
	/* One generation a round. */
	while (more) {
		more = false;
		for (size_t i = 0; i < f.nr; i++) {
			struct kin *parent = f.of[i].in ? NULL : kin_of(&f, f.of[i].parent);

			if (parent && parent->in)
				f.of[i].in = more = true;
		}
	}
	for (size_t i = 0; i < f.nr; i++)
		if (f.of[i].in && !f.of[i].given)
			(*out)[(*nr_out)++] = f.of[i].pid;
	free(f.of);
	return 0;
}
