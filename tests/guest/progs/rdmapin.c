// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Registers memory of a file with an RDMA device by plain system calls, without a library. The open
 * file of the device keeps the pages pinned, though they are not mapped any more and FILE is
 * closed.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <rdma/ib_user_verbs.h>

#include "step.h"

static const char usage[] =
	"usage: rdmapin UVERBS FILE OFFSET PAGES\n"
	"Maps PAGES pages of FILE from OFFSET on, registers them with the device UVERBS\n"
	"(/dev/infiniband/uverbs0), unmaps them, closes FILE, prints \"pinned\", waits for a\n"
	"line on stdin, and ends, which gives the pages back.\n";

/* include/uapi/rdma/ib_user_verbs.h: each write is a command with a place for the answer. */
static void command(int fd, uint32_t what, const void *cmd, size_t size, size_t answer)
{
	struct ib_uverbs_cmd_hdr h = { .command = what };
	char buf[256];

	h.in_words = (sizeof(h) + size) / 4;
	h.out_words = answer / 4;
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), cmd, size);
	if (write(fd, buf, sizeof(h) + size) != (ssize_t)(sizeof(h) + size))
		fail(errno, "command %u", what);
}

int main(int argc, char **argv)
{
	struct ib_uverbs_get_context_resp context;
	struct ib_uverbs_alloc_pd_resp pd;
	struct ib_uverbs_reg_mr_resp mr;
	struct ib_uverbs_get_context get = { .response = (uintptr_t)&context };
	struct ib_uverbs_alloc_pd alloc = { .response = (uintptr_t)&pd };
	struct ib_uverbs_reg_mr reg = { .response = (uintptr_t)&mr };
	int rdma, fd;
	char *map;

	if (argc != 5) {
		fputs(usage, stderr);
		return 2;
	}
	rdma = open(argv[1], O_RDWR | O_CLOEXEC);
	if (rdma < 0)
		fail(errno, "%s", argv[1]);
	fd = open(argv[2], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(errno, "%s", argv[2]);
	reg.length = number("PAGES", argv[4], 1 << 20) * 4096;
	map = mmap(NULL, reg.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   number("OFFSET", argv[3], INT64_MAX));
	if (map == MAP_FAILED)
		fail(errno, "mmap");
	command(rdma, IB_USER_VERBS_CMD_GET_CONTEXT, &get, sizeof(get), sizeof(context));
	command(rdma, IB_USER_VERBS_CMD_ALLOC_PD, &alloc, sizeof(alloc), sizeof(pd));
	reg.start = reg.hca_va = (uintptr_t)map;
	reg.pd_handle = pd.pd_handle;
	reg.access_flags = 1; /* local write */
	command(rdma, IB_USER_VERBS_CMD_REG_MR, &reg, sizeof(reg), sizeof(mr));
	munmap(map, reg.length);
	close(fd);
	step_done("pinned");
	step_wait();
	return 0;
}
