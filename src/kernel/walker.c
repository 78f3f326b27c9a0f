// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/clock.h"
#include "kernel/process.h"
#include "kernel/walker.h"

/* The skeleton declares globals of the BPF side with the kernel's types. */
typedef uint32_t u32;
typedef uint64_t u64;
#include "walk.skel.h"

#define PATHS_MAX 4096 /* paths read from /proc in one walk */
#define HEADER (sizeof(struct pgr_walked) - sizeof(((struct pgr_walked *)0)->range))

struct walker {
	struct walk_bpf *skel;
	struct bpf_link *link[WALKS];
};

/* From the walker to the tool. record.how 0: walk record.fd ended, with error -record.flags. */
struct message {
	struct pgr_walked record;
	char path[WALKED_PATH];
};

int walker__open(struct walker **out, char *why, size_t len)
{
	struct bpf_program *progs[WALKS];
	struct walker *f = calloc(1, sizeof(*f));
	int err = -ENOMEM;

	if (!f)
		goto err_out;
	f->skel = walk_bpf__open();
	if (!f->skel) {
		err = -errno;
		goto err_out;
	}
	err = walk_bpf__load(f->skel);
	if (err)
		goto err_out;
	progs[WALKED_TASKS] = f->skel->progs.walk_task;
	progs[WALKED_FILES] = f->skel->progs.walk_file;
	progs[WALKED_MAPS] = f->skel->progs.walk_map;
	for (int w = 0; w < WALKS; w++) {
		f->link[w] = bpf_program__attach_iter(progs[w], NULL);
		if (!f->link[w]) {
			err = -errno;
			goto err_out;
		}
	}
	*out = f;
	return 0;

err_out:
	if (err == -EPERM)
		snprintf(why, len,
			 "this kernel refuses BPF tracing programs, and with them BPF iterators; "
			 "use a kernel that allows them, or use 'list'");
	else
		snprintf(why, len, "cannot load the BPF iterators: %s", strerror(-err));
	walker__close(f);
	return err;
}

void walker__close(struct walker *f)
{
	if (!f)
		return;
	for (int w = 0; w < WALKS; w++)
		bpf_link__destroy(f->link[w]);
	walk_bpf__destroy(f->skel);
	free(f);
}

/* ---- the walker, a process of its own -------------------------------------- */

static void send_message(int fd, const struct message *m)
{
	const char *p = (const char *)m;

	for (size_t left = sizeof(*m); left;) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(1);
		p += n;
		left -= n;
	}
}

/* Only files have a useful path. */
static void find_path(struct message *m, unsigned int *asked)
{
	const struct pgr_walked *r = &m->record;
	char link[96];
	ssize_t n;

	m->path[0] = '\0';
	if (r->object || *asked == PATHS_MAX)
		return;
	++*asked;
	if (r->how == PGR_WALK_MAP)
		snprintf(link, sizeof(link), "/proc/%u/map_files/%llx-%llx", r->task.tgid,
			 (unsigned long long)r->start, (unsigned long long)r->end);
	else
		snprintf(link, sizeof(link), "/proc/%u/fd/%u", r->task.tid, r->fd);
	n = readlink(link, m->path, sizeof(m->path) - 1);
	m->path[n > 0 ? n : 0] = '\0';
}

/* Sends the complete records in buf, and returns how many bytes are left. */
static size_t hand_on(char *buf, size_t n, int out, unsigned int *asked)
{
	size_t done = 0, size;
	struct message m;

	for (; n - done >= HEADER; done += size) {
		memcpy(&m.record, buf + done, HEADER);
		if (m.record.nr_ranges > PGR_WALK_RANGES)
			_exit(1);
		size = HEADER + m.record.nr_ranges * sizeof(struct pgr_pfn_range);
		if (n - done < size)
			break;
		memcpy(m.record.range, buf + done + HEADER, size - HEADER);
		find_path(&m, asked);
		send_message(out, &m);
	}
	memmove(buf, buf + done, n - done);
	return n - done;
}

static int walk(struct bpf_link *link, int out, unsigned int *asked)
{
	static char buf[256 * 1024];
	int fd = bpf_iter_create(bpf_link__fd(link));
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (;;) {
		n = read(fd, buf + have, sizeof(buf) - have);
		/* EAGAIN: a million objects without a record. The next read continues there. */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		have = hand_on(buf, have + n, out, asked);
	}
	n = n < 0 ? -errno : have ? -EIO : 0;
	close(fd);
	return n;
}

static void walker(struct walker *f, int out)
{
	/* In a PID namespace the PIDs in /proc are not the PIDs in the records: read no paths. */
	unsigned int asked = process__pids_are_global() ? 0 : PATHS_MAX;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	/* ^C at a terminal is for the tool. The inherited handlers would send it on again. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* Mappings come last, because only this walk takes a lock that a task may hold for long. */
	for (int w = 0; w < WALKS; w++) {
		struct message m = { .record = { .fd = w } };

		m.record.flags = -walk(f->link[w], out, &asked);
		send_message(out, &m);
	}
	_exit(0);
}

/* ---- the reader of its messages ---------------------------------------------- */

static int take(struct walked_set *s, struct message *m)
{
	if (m->record.how) {
		m->path[sizeof(m->path) - 1] = '\0';
		return walked__add(s, &m->record, m->path);
	}
	/* The error of one walk does not affect the results of the others. */
	if (!m->record.flags && m->record.fd < WALKS)
		s->done |= 1u << m->record.fd;
	return 0;
}

/* Receives messages until the walker process ends or the time is over. */
static int collect(int in, uint64_t deadline, struct walked_set *s)
{
	struct message m;
	size_t have = 0;
	int err = 0;

	while (!err) {
		struct pollfd p = { .fd = in, .events = POLLIN };
		uint64_t now = clock__now();
		ssize_t n;

		if (now >= deadline)
			break;
		n = poll(&p, 1, (deadline - now) / NSEC_PER_MSEC + 1);
		if (n == 0 || (n < 0 && errno == EINTR))
			continue;
		n = read(in, (char *)&m + have, sizeof(m) - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += n;
		if (have < sizeof(m))
			continue;
		have = 0;
		err = take(s, &m);
	}
	return err;
}

/*
 * Kills the walker process. If it sleeps and cannot receive the signal, leave it behind: it dies
 * when it wakes up.
 */
static void end_walker(pid_t pid)
{
	kill(pid, SIGKILL);
	for (int i = 0; i < 100; i++) {
		struct timespec ms = { .tv_nsec = 10000000 };

		if (waitpid(pid, NULL, WNOHANG))
			return;
		nanosleep(&ms, NULL);
	}
}

/*
 * The walks run in a process of their own, for two reasons. A walk may wait for the mmap_lock of a
 * process that holds it while sleeping, and the tool must not wait. And the last user of a file may
 * close the file while the walk holds it: then the walk releases the file (fput(),
 * kernel/bpf/task_iter.c), and the kernel oopses there if the file was a pipe with pages that are
 * gone.
 */
int walker__walk(struct walker *f, const struct pgr_walk_query *q,
		 const struct pgr_pfn_range *ranges, uint64_t timeout_ns, struct walked_set *s)
{
	uint64_t began = clock__now();
	pid_t pid;
	int fds[2], err;

	memset(&f->skel->bss->seen, 0, sizeof(f->skel->bss->seen));
	f->skel->bss->query = *q;
	memcpy(f->skel->bss->query_range, ranges, q->nr_range * sizeof(*ranges));
	s->pages = q->vmemmap_base;
	s->rings = q->uring_release;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		close(fds[0]);
		walker(f, fds[1]);
	}
	err = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (!err) {
		err = collect(fds[0], began + timeout_ns, s);
		end_walker(pid);
	}
	close(fds[0]);
	s->seen = f->skel->bss->seen;
	s->ns = clock__now() - began;
	walked__finish(s);
	return err;
}
