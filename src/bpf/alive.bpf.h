/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks that attached hooks run. For each way to attach a hook there is a canary: a program at a
 * function that the tool calls itself (PLAN_CANARY; running any SEC("syscall") program calls it).
 * prove() also reads the code at the start of each hooked function.
 */
#ifndef PGMAPREF_ALIVE_BPF_H
#define PGMAPREF_ALIVE_BPF_H

/* The tgid of the tool in the first PID namespace. calibrate(), which the tool runs, sets it. */
u32 own_tgid;
u64 canaries[PGR_MECHANISMS];

/* By enum pgr_hook. 0: do not read the code, or its address is not known. */
u64 site_addr[PGR_HOOKS];
u64 site_code[PGR_HOOKS][PGR_SITE_BYTES / 8]; /* all 0: the code could not be read */

static __always_inline int canary(u32 mechanism)
{
	if (bpf_get_current_pid_tgid() >> 32 == own_tgid)
		canaries[mechanism]++;
	return 0;
}

SEC("fentry/bpf_prog_test_run_syscall")
int canary_fentry(u64 *ctx)
{
	return canary(PGR_BY_FENTRY);
}

SEC("fexit/bpf_prog_test_run_syscall")
int canary_fexit(u64 *ctx)
{
	return canary(PGR_BY_FEXIT);
}

SEC("kprobe/bpf_prog_test_run_syscall")
int canary_kprobe(void *ctx)
{
	return canary(PGR_BY_KPROBE);
}

SEC("kretprobe/bpf_prog_test_run_syscall")
int canary_kretprobe(void *ctx)
{
	return canary(PGR_BY_KRETPROBE);
}

/*
 * The tool reaches this tracepoint by prctl(PR_SET_NAME). Other tasks reach it at exec, and when
 * they name a thread.
 */
SEC("raw_tp/task_rename")
int canary_raw_tp(u64 *ctx)
{
	return canary(PGR_BY_RAW_TP);
}

/* User space runs this program to trigger the canaries, and to read the code of the sites. */
SEC("syscall")
int prove(void *ctx)
{
	for (u32 h = 0; h < PGR_HOOKS; h++) {
		if (!site_addr[h])
			continue;
		if (bpf_probe_read_kernel(site_code[h], PGR_SITE_BYTES, (void *)site_addr[h]))
			__builtin_memset(site_code[h], 0, PGR_SITE_BYTES);
	}
	return 0;
}

#endif /* PGMAPREF_ALIVE_BPF_H */
