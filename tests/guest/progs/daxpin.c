// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pins pages of a device-dax node or of a file on a DAX mount so that the pin outlives the mapping
 * and the file descriptor: as buffers of a pipe, as a fixed buffer of an io_uring, as memory of an
 * XDP socket, or by a kernel function that the fault module calls (tests/kmod/pins.c). Then only
 * the pin keeps the pages, and the device can be unbound.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/if_xdp.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "step.h"

#define PAGE 4096UL
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN ((1ULL << 55) - 1)

static const char usage[] =
	"usage: daxpin [--pfn] vmsplice|uring|xdp|FUNCTION:UNPIN PATH OFFSET NPAGES\n"
	"Maps PATH, pins NPAGES pages from byte OFFSET, unmaps and closes PATH, prints\n"
	"\"pinned PID\", and holds the pin until a line on stdin or SIGTERM; then drops it\n"
	"and prints \"dropped\". On a device-dax node the mapping is widened to its alignment.\n"
	"  --pfn   print \"pfn 0x...\" for each page before \"pinned\"\n";

static const char *dax_path(const struct stat *st, const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/%s", major(st->st_rdev),
		 minor(st->st_rdev), name);
	return path;
}

/* An attribute of a device-dax node in sysfs. */
static unsigned long long dax_attribute(const char *path, const struct stat *st, const char *name)
{
	const char *file = dax_path(st, name);
	char text[32];
	ssize_t len;
	int fd;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(errno, "%s: not a device-dax node? %s", path, file);
	len = read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		fail(len ? errno : ENODATA, "%s", file);
	close(fd);
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return number(file, text, LLONG_MAX);
}

/*
 * Only a write fault, which changes no data. A DAX file gets an entry with its own page, not with
 * the zero page, and the page is looked up once.
 */
static void touch(char *page)
{
	__asm__ volatile("lock; orb $0, %0" : "+m"(*page));
}

static void print_pfns(const char *addr, unsigned long pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned long i;

	if (fd < 0)
		fail(errno, "/proc/self/pagemap");
	for (i = 0; i < pages; i++) {
		off_t at = ((uintptr_t)addr / PAGE + i) * 8;
		uint64_t entry;

		if (pread(fd, &entry, 8, at) != 8)
			fail(errno, "/proc/self/pagemap");
		if (!(entry & PAGEMAP_PRESENT))
			fail(0, "page %lu is not mapped", i);
		if (!(entry & PAGEMAP_PFN))
			fail(EPERM, "pfns in /proc/self/pagemap (CAP_SYS_ADMIN)");
		printf("pfn %#llx\n", (unsigned long long)(entry & PAGEMAP_PFN));
	}
	close(fd);
}

static void pin_vmsplice(char *addr, unsigned long pages, int pipe_fds[2])
{
	struct iovec iov = { addr, pages * PAGE };

	if (pipe2(pipe_fds, O_CLOEXEC))
		fail(errno, "pipe");
	if (fcntl(pipe_fds[1], F_SETPIPE_SZ, pages * PAGE) < 0)
		fail(errno, "a pipe of %lu pages", pages);
	while (iov.iov_len) {
		ssize_t n = vmsplice(pipe_fds[1], &iov, 1, SPLICE_F_NONBLOCK);

		if (n <= 0)
			fail(n ? errno : ENODATA, "vmsplice");
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
	}
}

static void pin_uring(char *addr, unsigned long pages, int fds[2])
{
	struct io_uring_params params = { 0 };
	struct iovec iov = { addr, pages * PAGE };
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		fail(errno, "io_uring_setup");
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov, 1) < 0)
		fail(errno, "io_uring fixed buffer");
	fds[0] = ring;
	fds[1] = -1;
}

static void pin_xdp(char *addr, unsigned long pages, int fds[2])
{
	struct xdp_umem_reg umem = { .addr = (uintptr_t)addr,
				     .len = pages * PAGE,
				     .chunk_size = PAGE };
	int sock = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (sock < 0)
		fail(errno, "XDP socket");
	if (setsockopt(sock, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)))
		fail(errno, "memory of an XDP socket");
	fds[0] = sock;
	fds[1] = -1;
}

/* how: FUNCTION:UNPIN */
static void pin_call(const char *how, char *addr, unsigned long pages, int fds[2])
{
	int fd = open("/sys/kernel/debug/pgmapref_fault/pin", O_WRONLY | O_CLOEXEC);
	char line[128];
	int n;

	n = snprintf(line, sizeof(line), "%s %lx %lu", how, (unsigned long)addr, pages);
	*strchr(line, ':') = ' ';
	if (fd < 0 || write(fd, line, n) != n)
		fail(errno, "%s", line);
	fds[0] = fd;
	fds[1] = -1;
}

static void pin(const char *how, char *addr, unsigned long pages, int fds[2])
{
	if (!strcmp(how, "vmsplice"))
		pin_vmsplice(addr, pages, fds);
	else if (!strcmp(how, "uring"))
		pin_uring(addr, pages, fds);
	else if (!strcmp(how, "xdp"))
		pin_xdp(addr, pages, fds);
	else
		pin_call(how, addr, pages, fds);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pfn", no_argument, NULL, 'p' },
		{ 0 },
	};
	unsigned long long offset, size;
	unsigned long pages, align = PAGE, first, length, i;
	int c, fd, fds[2], pfns = 0, uring;
	struct stat st;
	char *map;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'p') {
			pfns = 1;
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	argv += optind;
	if (argc - optind != 4 || (strcmp(argv[0], "vmsplice") && strcmp(argv[0], "uring") &&
				   strcmp(argv[0], "xdp") && !strchr(argv[0], ':'))) {
		fputs(usage, stderr);
		return 2;
	}
	uring = !strcmp(argv[0], "uring");
	offset = number("OFFSET", argv[2], LLONG_MAX);
	pages = number("NPAGES", argv[3], 1UL << 20);
	if (!pages || offset % PAGE)
		fail(0, "OFFSET must be a multiple of %lu and NPAGES at least 1", PAGE);

	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		fail(errno, "%s", argv[1]);
	size = st.st_size;
	if (S_ISCHR(st.st_mode)) {
		align = dax_attribute(argv[1], &st, "align");
		size = dax_attribute(argv[1], &st, "size");
	}
	if (!align || align & (align - 1))
		fail(0, "%s: an alignment of %lu", argv[1], align);
	if (offset + pages * PAGE > size) /* touching the page would raise SIGBUS */
		fail(0, "%s: ends at %llu, before the last page to pin", argv[1], size);
	first = offset % align;
	length = (first + pages * PAGE + align - 1) / align * align;
	map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset - first);
	if (map == MAP_FAILED)
		fail(errno, "mmap %s", argv[1]);
	for (i = 0; i < pages; i++)
		touch(map + first + i * PAGE);
	if (pfns)
		print_pfns(map + first, pages);

	step_catch_sigterm();
	pin(argv[0], map + first, pages, fds);
	if (munmap(map, length))
		fail(errno, "munmap");
	if (close(fd))
		fail(errno, "close %s", argv[1]);
	step_done("pinned %d", getpid());

	step_wait();
	/*
	 * Closing a ring releases its buffers later, in a worker. Unregister them first, so that
	 * they are released when "dropped" is printed. Do not do this if the device was unbound:
	 * the kernel may oops then, and 6.12 would do it with the ring locked, so that nothing
	 * could kill the task.
	 */
	if (uring && (!S_ISCHR(st.st_mode) || !access(dax_path(&st, "driver"), F_OK)) &&
	    syscall(SYS_io_uring_register, fds[0], IORING_UNREGISTER_BUFFERS, NULL, 0) < 0)
		fail(errno, "io_uring fixed buffer: unregister");
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
	step_done("dropped");
	return 0;
}
