/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs of SEC("syscall"), and objects that share the maps of the tracer. */
#ifndef PGMAPREF_TRACER_RUN_H
#define PGMAPREF_TRACER_RUN_H

#include "kernel/tracer.h"

struct bpf_object;
struct bpf_program;

/* Runs an on-demand program. args are input and output. Returns 0 or a negative errno. */
int tracer__run(struct bpf_program *prog, void *args, size_t size);

/*
 * Call it before `to` is loaded: its maps become those of the tracer that have the same names, except
 * buffers ("scratch"), which belong to the programs of one object. Returns 0 or a negative errno.
 */
int tracer__share_maps(struct tracer *t, struct bpf_object *to);

#endif /* PGMAPREF_TRACER_RUN_H */
