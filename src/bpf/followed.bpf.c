// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pages whose refcounts are followed: followed.bpf.h. A separate object, which is loaded only for
 * refs --follow. It shares the maps of pgmapref.bpf.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <asm-generic/errno.h>

#include "common/records.h"
#include "bpf/followed.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
