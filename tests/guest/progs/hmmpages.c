// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Moves pages of its own memory to the device memory (DEVICE_PRIVATE) of the kernel module
 * test_hmm, and back in different ways. /proc/self/pagemap shows that the pages moved, and their
 * frames. Their content shows that no data was lost.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <linux/ioctl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "step.h"

#define PAGE 4096UL
#define PAGES_MAX 4096
/*
 * Entry in /proc/PID/pagemap of a page in device memory. No processor can access the page, so the
 * entry is a swap entry, and its offset is the frame (fs/proc/task_mmu.c, pte_to_pagemap_entry(),
 * 6.1).
 */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_SWAP (1ULL << 62)
#define PAGEMAP_OFFSET(entry) (((entry) & ((1ULL << 55) - 1)) >> 5)

/* The argument of all requests of lib/test_hmm_uapi.h (6.1). */
struct request {
	uint64_t addr; /* of the program's memory */
	uint64_t copy; /* where the device copies the content to */
	uint64_t pages;
	uint64_t moved; /* out */
	uint64_t faults; /* out */
};

/* HMM_DMIRROR_MIGRATE_TO_DEV in lib/test_hmm_uapi.h */
#define TO_DEVICE _IOWR('H', 0x02, struct request)

static const char usage[] =
	"usage: hmmpages [--pfn] DEVICE PAGES [TOUCHED]\n"
	"Prints \"ready PID\", and waits for a line on stdin or SIGTERM, as after each step.\n"
	"Moves PAGES pages of its memory to DEVICE (/dev/hmm_dmirror0): \"moved\".\n"
	"Touches the first TOUCHED of them, which brings them back: \"touched\".\n"
	"Closes DEVICE, which brings back the rest: \"closed\".\n"
	"  --pfn   print \"pfn 0x... index N\" for each page before \"moved\"; N is its\n"
	"          address in pages\n";

static int pagemap;

static uint64_t pagemap_entry(const char *page)
{
	uint64_t entry;

	if (pread(pagemap, &entry, 8, (uintptr_t)page / PAGE * 8) != 8)
		fail(errno, "/proc/self/pagemap");
	return entry;
}

/* Byte `at` of page i. Neighbouring pages have different content. */
static unsigned char content(unsigned long i, unsigned long at)
{
	return i * 31 + at * 7 + (i >> 8);
}

static void check_content(const unsigned char *page, unsigned long i, const char *where)
{
	unsigned long at;

	for (at = 0; at < PAGE; at++)
		if (page[at] != content(i, at))
			fail(0, "page %lu, byte %lu %s: not what was written", i, at, where);
}

static void move(int fd, char *mem, char *copy, unsigned long pages, int show)
{
	struct request req = {
		.addr = (uintptr_t)mem,
		.copy = (uintptr_t)copy,
		.pages = pages,
	};
	unsigned long i;

	if (ioctl(fd, TO_DEVICE, &req))
		fail(errno, "%lu pages to the device", pages);
	if (req.moved != pages)
		fail(0, "%llu of %lu pages went to the device", (unsigned long long)req.moved,
		     pages);
	for (i = 0; i < pages; i++) {
		uint64_t entry = pagemap_entry(mem + i * PAGE);

		if ((entry & (PAGEMAP_PRESENT | PAGEMAP_SWAP)) != PAGEMAP_SWAP)
			fail(0, "page %lu is not on the device", i);
		if (show)
			printf("pfn %#llx index %lu\n", (unsigned long long)PAGEMAP_OFFSET(entry),
			       (uintptr_t)mem / PAGE + i);
		check_content((unsigned char *)copy + i * PAGE, i, "on the device");
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pfn", no_argument, NULL, 'p' },
		{ 0 },
	};
	unsigned long pages, touched = 0, i, at;
	char *mem, *copy;
	int c, fd, show = 0;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'p') {
			show = 1;
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	argv += optind;
	argc -= optind;
	if (argc != 2 && argc != 3) {
		fputs(usage, stderr);
		return 2;
	}
	pages = number("PAGES", argv[1], PAGES_MAX);
	if (argc == 3)
		touched = number("TOUCHED", argv[2], pages);

	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		fail(errno, "/proc/self/pagemap");
	fd = open(argv[0], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(errno, "%s", argv[0]);
	mem = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	copy = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || copy == MAP_FAILED)
		fail(errno, "%lu pages", pages);
	/* test_hmm of 6.1 moves only single pages (lib/test_hmm.c, dmirror_migrate_to_device()). */
	if (madvise(mem, pages * PAGE, MADV_NOHUGEPAGE) && errno != EINVAL)
		fail(errno, "MADV_NOHUGEPAGE");
	for (i = 0; i < pages; i++)
		for (at = 0; at < PAGE; at++)
			mem[i * PAGE + at] = content(i, at);

	step_catch_sigterm();
	step_done("ready %d", getpid());
	step_wait();

	move(fd, mem, copy, pages, show);
	step_done("moved");
	step_wait();

	for (i = 0; i < touched; i++)
		check_content((unsigned char *)mem + i * PAGE, i, "after it was touched");
	step_done("touched");
	step_wait();

	if (close(fd))
		fail(errno, "close %s", argv[0]);
	step_done("closed");
	step_wait();
	return 0;
}
