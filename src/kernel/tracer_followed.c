// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/followed.h"
#include "kernel/tracer_followed.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"
#include "followed.skel.h"

static int look(void *ctx, struct pgr_followed_args *a)
{
	int err = tracer__run(((struct followed_bpf *)ctx)->progs.followed_look, a, sizeof(*a));

	return err ? err : a->err;
}

static int program(void *ctx)
{
	return bpf_program__fd(((struct followed_bpf *)ctx)->progs.followed_write);
}

static void count(void *ctx, unsigned int slot, uint64_t *runs, uint64_t *lost)
{
	const struct pgr_followed *f = &((struct followed_bpf *)ctx)->bss->followed[slot];

	*runs = *(const volatile __u64 *)&f->runs;
	*lost = *(const volatile __u64 *)&f->lost;
}

static void destroy(void *ctx)
{
	followed_bpf__destroy(ctx);
}

int tracer_followed__open(struct tracer *t, struct followed **out, char *why, size_t len)
{
	static const struct followed_ops ops = {
		.look = look,
		.program = program,
		.breakpoints = &breakpoint_ops,
		.count = count,
		.close = destroy,
	};
	struct followed_bpf *skel = followed_bpf__open();
	int err = skel ? tracer__share_maps(t, skel->obj) : -errno;

	if (!err)
		err = followed_bpf__load(skel);
	if (!err) {
		skel->bss->vmemmap_base = tracer__vmemmap(t);
		*out = followed__new(&ops, skel, libbpf_num_possible_cpus());
		err = *out ? 0 : -ENOMEM;
	}
	if (!err)
		return 0;
	snprintf(why, len, "cannot load the programs of breakpoints: %s", strerror(-err));
	followed_bpf__destroy(skel);
	return err;
}
