// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads with O_DIRECT into its own memory, or into a mapping of a device-dax node or of a file on a
 * DAX mount. The kernel pins this memory during each read.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "step.h"

#define PAGE 4096UL
#define DEPTH 8 /* io_uring: reads in progress */

static const char usage[] =
	"usage: dio [--into PATH [--at PAGE]] one FILE OFFSET NPAGES\n"
	"       dio pread|uring FILE SIZE COUNT\n"
	"one: submits one read of NPAGES pages from byte OFFSET, prints \"submitted PID\", waits\n"
	"for its end, and prints \"read N\".\n"
	"pread, uring: COUNT reads of SIZE bytes one after the other, or 8 at a time through an\n"
	"io_uring; prints how many ns they took.\n"
	"  --into PATH  read into a shared mapping of PATH, 2 MiB of it from its begin\n"
	"  --at PAGE    one: not to its first page but to this one\n";

static char *memory(const char *path, size_t size)
{
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	char *map;

	if (path && fd < 0)
		fail(errno, "%s", path);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		fail(errno, "mmap %s", path ? path : "memory");
	return map;
}

static void one(int fd, char *into, off_t offset, size_t size)
{
	struct iocb cb = { .aio_fildes = fd,
			   .aio_lio_opcode = IOCB_CMD_PREAD,
			   .aio_buf = (uintptr_t)into,
			   .aio_nbytes = size,
			   .aio_offset = offset };
	struct iocb *cbs[] = { &cb };
	struct io_event event;
	aio_context_t ctx = 0;

	if (syscall(SYS_io_setup, 1, &ctx))
		fail(errno, "io_setup");
	if (syscall(SYS_io_submit, ctx, 1, cbs) != 1)
		fail(errno, "io_submit");
	step_done("submitted %d", getpid());
	while (syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL) != 1)
		if (errno != EINTR)
			fail(errno, "io_getevents");
	if (event.res < 0)
		fail(-event.res, "read");
	step_done("read %lld", (long long)event.res);
}

static void preads(int fd, char *into, size_t size, unsigned long count, size_t blocks)
{
	for (unsigned long i = 0; i < count; i++)
		if (pread(fd, into, size, i % blocks * size) != (ssize_t)size)
			fail(errno, "pread");
}

struct ring {
	int fd;
	unsigned int *sq_tail, *cq_head, *cq_tail;
	unsigned int sq_mask, cq_mask;
	unsigned int *sq_array;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static void open_ring(struct ring *r)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	r->fd = syscall(SYS_io_uring_setup, DEPTH, &p);
	if (r->fd < 0)
		fail(errno, "io_uring_setup");
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		  PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_CQ_RING);
	r->sqes = mmap(NULL, p.sq_entries * sizeof(*r->sqes), PROT_READ | PROT_WRITE, MAP_SHARED,
		       r->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || r->sqes == MAP_FAILED)
		fail(errno, "mmap of an io_uring");
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_mask = *(unsigned int *)(sq + p.sq_off.ring_mask);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned int *)(cq + p.cq_off.ring_mask);
	r->cqes = (void *)(cq + p.cq_off.cqes);
}

/* Rounds of DEPTH reads: submits them together and waits for all of them. */
static void urings(int fd, char *into, size_t size, unsigned long count, size_t blocks)
{
	struct ring r;

	open_ring(&r);
	for (unsigned long done = 0; done < count; done += DEPTH) {
		unsigned int tail = *r.sq_tail, head;

		for (unsigned int k = 0; k < DEPTH; k++, tail++) {
			struct io_uring_sqe *sqe = &r.sqes[tail & r.sq_mask];

			memset(sqe, 0, sizeof(*sqe));
			sqe->opcode = IORING_OP_READ;
			sqe->fd = fd;
			sqe->addr = (uintptr_t)(into + k * size);
			sqe->len = size;
			sqe->off = (done + k) % blocks * size;
			r.sq_array[tail & r.sq_mask] = tail & r.sq_mask;
		}
		__atomic_store_n(r.sq_tail, tail, __ATOMIC_RELEASE);
		if (syscall(SYS_io_uring_enter, r.fd, DEPTH, DEPTH, IORING_ENTER_GETEVENTS, NULL,
			    0) != DEPTH)
			fail(errno, "io_uring_enter");
		head = *r.cq_head;
		while (head != __atomic_load_n(r.cq_tail, __ATOMIC_ACQUIRE)) {
			const struct io_uring_cqe *cqe = &r.cqes[head++ & r.cq_mask];

			if (cqe->res != (int)size)
				fail(cqe->res < 0 ? -cqe->res : 0, "read through an io_uring");
		}
		__atomic_store_n(r.cq_head, head, __ATOMIC_RELEASE);
	}
}

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "into", required_argument, NULL, 'i' },
		{ "at", required_argument, NULL, 'a' },
		{ 0 },
	};
	unsigned long long size, count, began, at = 0;
	const char *path = NULL;
	char *into;
	off_t end;
	int c, fd;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'i') {
			path = optarg;
		} else if (c == 'a') {
			at = number("PAGE", optarg, 256);
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	argv += optind;
	if (argc - optind != 4 ||
	    (strcmp(argv[0], "one") && strcmp(argv[0], "pread") && strcmp(argv[0], "uring"))) {
		fputs(usage, stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		fail(errno, "%s", argv[1]);
	if (!strcmp(argv[0], "one")) {
		one(fd, memory(path, 2UL << 20) + at * PAGE, number("OFFSET", argv[2], LLONG_MAX),
		    number("NPAGES", argv[3], 256) * PAGE);
		return 0;
	}
	size = number("SIZE", argv[2], 1UL << 20);
	count = number("COUNT", argv[3], LONG_MAX);
	end = lseek(fd, 0, SEEK_END);
	if (!size || size % 512 || end < (off_t)size)
		fail(0, "%s: no %llu bytes", argv[1], size);
	into = memory(path, DEPTH * size > 2UL << 20 ? DEPTH * size : 2UL << 20);
	began = now();
	(argv[0][0] == 'u' ? urings : preads)(fd, into, size, count, end / size);
	step_done("%llu", now() - began);
	return 0;
}
