/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs a program of SEC("syscall"). */
#ifndef PGMAPREF_TRACER_RUN_H
#define PGMAPREF_TRACER_RUN_H

#include "kernel/tracer.h"

struct bpf_program;

/* Runs an on-demand program. args are input and output. Returns 0 or a negative errno. */
int tracer__run(struct bpf_program *prog, void *args, size_t size);

#endif /* PGMAPREF_TRACER_RUN_H */
