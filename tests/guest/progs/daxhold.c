// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Holds a device-dax node or a file on a DAX mount in the ways that tools look for: a descriptor, a
 * mapping, pages in a pipe that a child has too, a fixed buffer of an io_uring without descriptor.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "step.h"

#define PAGE 4096UL

static const char usage[] =
	"usage: daxhold [--open] [--map] [--fork] [--many N] [--ring] [--pipe | --emptied]\n"
	"               PATH OFFSET\n"
	"Opens PATH, maps and writes to the page at byte OFFSET, prints \"held PID\", and holds what\n"
	"the options say until a line on stdin or SIGTERM; then prints \"dropped\".\n"
	"  --open    the descriptor\n"
	"  --map     the mapping\n"
	"  --many N  N further descriptors, and N mappings that the kernel does not merge\n"
	"  --pipe    the page, in a pipe\n"
	"  --emptied a pipe in which the page was, and is not any more\n"
	"  --ring    the page, in a fixed buffer of a ring that is registered and then closed\n"
	"  --fork    a child has all that is inherited, too: \"child PID\" is printed before\n";

static void many(int fd, off_t offset, unsigned long n)
{
	struct rlimit limit = { n + 64, n + 64 };
	unsigned long i;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail(errno, "RLIMIT_NOFILE");
	for (i = 0; i < n; i++) {
		/* Mappings of one page with gaps between them: the kernel cannot merge them. */
		if (fcntl(fd, F_DUPFD_CLOEXEC, 0) < 0 ||
		    mmap((void *)(0x100000000000UL + i * 2 * PAGE), PAGE, PROT_READ, MAP_SHARED, fd,
			 offset) == MAP_FAILED)
			fail(errno, "%lu descriptors and mappings", i);
	}
}

static void to_pipe(char *page, int fds[2], int empty)
{
	struct iovec iov = { page, PAGE };
	char buf[PAGE];

	/*
	 * The page is not in the first slot of the pipe. The next slot was used for the page too;
	 * it is free, but still contains the page's address.
	 */
	if (pipe(fds) || write(fds[1], buf, 1) != 1 || read(fds[0], buf, 1) != 1 ||
	    vmsplice(fds[1], &iov, 1, 0) != (ssize_t)PAGE ||
	    read(fds[0], buf, PAGE) != (ssize_t)PAGE)
		fail(errno, "a pipe");
	if (!empty && vmsplice(fds[1], &iov, 1, 0) != (ssize_t)PAGE)
		fail(errno, "vmsplice");
}

static void to_ring(char *page)
{
	struct io_uring_params params = { 0 };
	struct iovec iov = { page, PAGE };
	int ring = syscall(SYS_io_uring_setup, 1, &params);
	struct io_uring_rsrc_update update = { .offset = -1U, .data = ring };

	if (ring < 0)
		fail(errno, "io_uring_setup");
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov, 1) < 0)
		fail(errno, "io_uring fixed buffer");
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_RING_FDS, &update, 1) != 1)
		fail(errno, "io_uring: registering the ring");
	close(ring);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "open", no_argument, NULL, 'o' },    { "map", no_argument, NULL, 'm' },
		{ "fork", no_argument, NULL, 'f' },    { "many", required_argument, NULL, 'n' },
		{ "ring", no_argument, NULL, 'r' },    { "pipe", no_argument, NULL, 'p' },
		{ "emptied", no_argument, NULL, 'e' }, { 0 },
	};
	int c, fd, fds[2] = { -1, -1 }, want[128] = { 0 };
	unsigned long n = 0;
	pid_t child = 0;
	off_t offset;
	char *page;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == '?') {
			fputs(usage, stderr);
			return 2;
		}
		want[c] = 1;
		if (c == 'n')
			n = number("--many", optarg, 30000);
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return 2;
	}
	offset = number("OFFSET", argv[optind + 1], 1ULL << 40);
	fd = open(argv[optind], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(errno, "%s", argv[optind]);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (page == MAP_FAILED)
		fail(errno, "mmap %s", argv[optind]);
	__asm__ volatile("lock; orb $0, %0" : "+m"(*page));
	step_catch_sigterm();
	if (n)
		many(fd, offset, n);
	if (want['p'] || want['e'])
		to_pipe(page, fds, want['e']);
	if (want['r'])
		to_ring(page);
	if (!want['m'] && munmap(page, PAGE))
		fail(errno, "munmap");
	if (!want['o'])
		close(fd);
	if (want['f']) {
		child = fork();
		if (child < 0)
			fail(errno, "fork");
		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		step_done("child %d", child);
	}
	step_done("held %d", getpid());
	step_wait();
	if (child) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	/* Before the file is closed: since 6.15 the end of an unlinked file waits for its pages. */
	close(fds[0]);
	close(fds[1]);
	step_done("dropped");
	return 0;
}
