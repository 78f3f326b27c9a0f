// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps PCI peer-to-peer memory through p2pmem/allocate of a device. mmap() itself allocates every
 * page of the mapping from this memory.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <sys/mman.h>

#include "step.h"

static const char usage[] =
	"usage: p2pmap [--private] FILE PAGES [PART]\n"
	"       p2pmap --apart FILE PAGES\n"
	"       p2pmap --again ROUNDS FILE PAGES\n"
	"Maps PAGES pages of FILE shared, writes to each, prints \"mapped\", and waits for a\n"
	"line on stdin. Then, with PART, unmaps that many pages of the start, prints\n"
	"\"unmapped PART\" and waits again. Unmaps the rest, prints \"unmapped\", waits, ends.\n"
	"  --private  private, which the kernel refuses: prints \"refused\"\n"
	"  --apart    prints \"ready\" and waits; then maps up to PAGES pages one by one, so far\n"
	"             apart that each needs a page table; prints \"mapped N, then ERROR\" when\n"
	"             one cannot be mapped, waits, and ends\n"
	"  --again    waits for a line; then maps PAGES pages and unmaps them, ROUNDS times, and\n"
	"             ends\n";

#define FAR_BASE 0x100000000000UL /* nothing is mapped there */
#define FAR_STEP 0x200000UL /* the range of a page table on x86-64 */

static void map_apart(int fd, size_t page, size_t pages)
{
	size_t n;

	step_done("ready");
	step_wait();
	for (n = 0; n < pages; n++)
		if (mmap((void *)(FAR_BASE + n * FAR_STEP), page, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) == MAP_FAILED)
			break;
	step_done("mapped %zu, then %d", n, n < pages ? errno : 0);
	step_wait();
}

static void map_again(int fd, size_t page, size_t pages, unsigned long long rounds)
{
	step_done("ready");
	step_wait();
	while (rounds--) {
		char *map = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (map == MAP_FAILED || munmap(map, pages * page))
			fail(errno, "map again");
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "again", required_argument, NULL, 'r' },
		{ "private", no_argument, NULL, 'p' },
		{ "apart", no_argument, NULL, 'a' },
		{ 0 },
	};
	size_t page = sysconf(_SC_PAGESIZE), pages, part = 0;
	int c, fd, flags = MAP_SHARED, apart = 0;
	unsigned long long rounds = 0;
	char *map;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'p') {
			flags = MAP_PRIVATE;
		} else if (c == 'a') {
			apart = 1;
		} else if (c == 'r') {
			rounds = number("ROUNDS", optarg, 1 << 20);
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
	pages = number("PAGES", argv[1], 1 << 20);
	if (argc == 3)
		part = number("PART", argv[2], pages);

	fd = open(argv[0], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(errno, "%s", argv[0]);
	if (apart || rounds) {
		if (apart)
			map_apart(fd, page, pages);
		else
			map_again(fd, page, pages, rounds);
		return 0;
	}
	map = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (map == MAP_FAILED && flags == MAP_PRIVATE) {
		step_done("refused");
		return 0;
	}
	if (map == MAP_FAILED)
		fail(errno, "%s: mmap of %zu pages", argv[0], pages);
	for (size_t i = 0; i < pages; i++)
		*(volatile unsigned long *)(map + i * page) = i + 1;
	for (size_t i = 0; i < pages; i++)
		if (*(volatile unsigned long *)(map + i * page) != i + 1)
			fail(0, "page %zu does not hold what was written to it", i);
	step_done("mapped");
	step_wait();
	if (part) {
		if (munmap(map, part * page))
			fail(errno, "munmap of %zu pages", part);
		step_done("unmapped %zu", part);
		step_wait();
	}
	if (munmap(map + part * page, (pages - part) * page))
		fail(errno, "munmap");
	step_done("unmapped");
	step_wait();
	return 0;
}
