// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/asleep.h"

/* The skeleton declares globals of the BPF side with the kernel's types. */
typedef uint32_t u32;
#include "asleep.skel.h"

static int read_all(int fd, struct pgr_asleep *out, size_t room)
{
	char *to = (char *)out;
	size_t have = 0;
	ssize_t n;

	while (have < room) {
		n = read(fd, to + have, room - have);
		/* EAGAIN: a million tasks without a record. The next read continues there. */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += n;
	}
	return have / sizeof(*out);
}

static int walk(struct asleep_bpf *skel, struct pgr_asleep *out, size_t n)
{
	struct bpf_link *link = bpf_program__attach_iter(skel->progs.look_asleep, NULL);
	int fd, err;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	err = fd < 0 ? -errno : read_all(fd, out, n * sizeof(*out));
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

int asleep__read(const uint32_t *tids, size_t n, struct pgr_asleep *out)
{
	struct asleep_bpf *skel;
	int err;

	if (!n)
		return 0;
	n = n < PGR_ASLEEP ? n : PGR_ASLEEP;
	skel = asleep_bpf__open();
	if (!skel)
		return -errno;
	memcpy(skel->bss->asked, tids, n * sizeof(*tids));
	skel->bss->nr_asked = n;
	err = asleep_bpf__load(skel);
	if (!err)
		err = walk(skel, out, n);
	asleep_bpf__destroy(skel);
	return err;
}
