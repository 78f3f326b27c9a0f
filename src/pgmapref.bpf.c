// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The BPF object: hooks -> account() -> maps and rings, and the SEC("syscall") programs that user
 * space runs to read the kernel on demand.
 *
 * Each hook has a body, on_*(), and one program for each way to attach it (hooks.bpf.h and
 * pin_hooks.bpf.h). plan.c chooses the programs that fit the running kernel; the others are not
 * loaded.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <asm-generic/errno.h>

#include "common/on_demand.h"
#include "bpf/alive.bpf.h"
#include "bpf/file_path.bpf.h"
#include "bpf/hooks.bpf.h"
#include "bpf/on_demand.bpf.h"
#include "bpf/pin_hooks.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Children of COMMAND, and with -f those of the processes of -p, are followed too. */
SEC("raw_tp/sched_process_fork")
int fork_raw(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0];
	struct task_struct *child = (void *)ctx[1];
	u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid);
	u8 one = 1;

	if (from == to || !bpf_map_lookup_elem(&tgids, &from))
		return 0;
	if (bpf_map_update_elem(&tgids, &to, &one, BPF_ANY))
		lose(PGR_LOSS_FOLLOW);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int exit_raw(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	u32 tgid = BPF_CORE_READ(task, tgid);

	/*
	 * The last thread (do_exit() has counted this one already, kernel/exit.c, 6.1 to 7.3): the
	 * kernel will give this number to another process. Other threads may outlive the first one.
	 */
	if (!BPF_CORE_READ(task, signal, live.counter))
		bpf_map_delete_elem(&tgids, &tgid);
	return 0;
}
