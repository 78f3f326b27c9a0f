// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The exact account by hardware breakpoints: exact.bpf.h. A separate object, which is loaded only
 * for a run that keeps an exact account. It shares the maps of pgmapref.bpf.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <asm-generic/errno.h>

#include "common/on_demand.h"
#include "bpf/exact.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
