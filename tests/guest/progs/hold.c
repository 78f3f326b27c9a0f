// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Takes pgmap references through the module of tests/kmod, as a task with a name of its own, and
 * ends without dropping them. The leak outlives the task that took them.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>

#include "step.h"

#define DIR "/sys/kernel/debug/pgmapref_fault/"

static const char usage[] =
	"usage: hold [--put] [--page] NAME PFN COUNT\n"
	"Takes COUNT references on the pgmap of PFN as a task called NAME (15 characters\n"
	"count), prints \"held\", waits for a line on stdin or SIGTERM, and exits.\n"
	"  --put   drop them before the exit, and print \"dropped\"\n"
	"  --page  references on the struct page of PFN instead\n";

static void tell(const char *file, unsigned long long pfn, unsigned long long count)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%#llx %llu", pfn, count);
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		fail(errno, "%s", file);
	if (write(fd, text, len) != len)
		fail(errno, "%s: %s", file, text);
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "put", no_argument, NULL, 'p' },
		{ "page", no_argument, NULL, 'g' },
		{ 0 },
	};
	unsigned long long pfn, count;
	int c, put = 0, page = 0;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'p') {
			put = 1;
		} else if (c == 'g') {
			page = 1;
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	argv += optind;
	if (argc - optind != 3) {
		fputs(usage, stderr);
		return 2;
	}
	pfn = number("PFN", argv[1], ~0ULL);
	count = number("COUNT", argv[2], ~0U);

	if (prctl(PR_SET_NAME, argv[0]))
		fail(errno, "PR_SET_NAME %s", argv[0]);
	step_catch_sigterm();
	tell(page ? DIR "page_get" : DIR "get", pfn, count);
	step_done("held");
	step_wait();
	if (put) {
		tell(page ? DIR "page_put" : DIR "put", pfn, count);
		step_done("dropped");
	}
	return 0;
}
