// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"

int tracer__run(struct bpf_program *prog, void *args, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
}

int tracer__share_maps(struct tracer *t, struct bpf_object *to)
{
	struct bpf_map *m, *of_tracer;

	bpf_object__for_each_map(m, to)
	{
		int err;

		if (bpf_map__is_internal(m) || strstr(bpf_map__name(m), "scratch"))
			continue;
		of_tracer = bpf_object__find_map_by_name(t->skel->obj, bpf_map__name(m));
		err = of_tracer ? bpf_map__reuse_fd(m, bpf_map__fd(of_tracer)) : 0;
		if (err)
			return err;
	}
	return 0;
}
