// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs a program of SEC("syscall"). */
#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"

int tracer__run(struct bpf_program *prog, void *args, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
}
