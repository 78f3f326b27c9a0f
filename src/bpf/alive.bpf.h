/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * That hooks run: a program for each way to attach one, at a function that the tool itself calls
 * (PLAN_CANARY, by running any SEC("syscall") program), and a look at the code where the hooked
 * functions begin.
 */
#ifndef PGMAPREF_ALIVE_BPF_H
#define PGMAPREF_ALIVE_BPF_H

/* The tool itself, as the kernel numbers it: set by calibrate(), which it runs. */
u32 own_tgid;
u64 canaries[PGR_MECHANISMS];

/* By enum pgr_hook; 0: not to be looked at, or not to be had. */
u64 site_addr[PGR_HOOKS];
u64 site_code[PGR_HOOKS][PGR_SITE_BYTES / 8]; /* all 0: could not be read */

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

/* prctl(PR_SET_NAME) gets here; others do at an exec, and when they name a thread. */
SEC("raw_tp/task_rename")
int canary_raw_tp(u64 *ctx)
{
	return canary(PGR_BY_RAW_TP);
}

/* To be run for what it does on its way in and out, and for what the sites hold. */
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
