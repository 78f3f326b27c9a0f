/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Macros that make the programs of a hook, one for each way to attach it, from one body. In a body,
 * ctx is the context of the program, ARG(n) is argument n of the function, counted from 0, and RET
 * is the return value. ARG() and RET are u64: a body casts them to a shorter type. At an exit,
 * ARG() gives the arguments as they were at the entry, see AT_EXIT_OF().
 *
 * AT_ENTRY(name, function, body): NAME_fentry and NAME_kprobe
 * AT_EXIT(name, function, body): NAME_fexit and NAME_kretprobe; no ARG()
 * AT_EXIT_OF(name, function, hook, nr, body): NAME_fexit; and NAME_kprobe, which keeps the first nr
 * 	arguments for NAME_kretprobe
 *
 * AT_BREAKPOINT(name, hook, body): NAME_breakpoint, for a function without an ftrace site
 *
 * FENTRY(), FEXIT(), KPROBE(), KRETPROBE(), KPROBE_KEEP() and KRETPROBE_OF() make single programs.
 * Use them if the ways to attach need different bodies, or if a hook serves functions with
 * different numbers of arguments.
 */
#ifndef PGMAPREF_ATTACH_BPF_H
#define PGMAPREF_ATTACH_BPF_H

#include "bpf/task.bpf.h"

/* How often the programs at breakpoints ran. The kernel counts the hits: the rest was missed. */
u64 breakpoint_runs[PGR_HOOKS];

/*
 * The argument as a plain number. If a fentry or fexit program loads an argument from its context,
 * the verifier sees a typed pointer and allows no arithmetic. The verifier of 6.1 refuses to load a
 * struct page **.
 */
static __always_inline u64 func_arg(void *ctx, u32 n)
{
	u64 arg = 0;

	bpf_get_func_arg(ctx, n, &arg); /* fails only if the function has fewer arguments */
	return arg;
}

static __always_inline u64 func_ret(void *ctx)
{
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret); /* fails only if the function returns nothing */
	return ret;
}

static __always_inline u64 parm(struct pt_regs *ctx, u32 n)
{
	switch (n) {
	case 0:
		return PT_REGS_PARM1(ctx);
	case 1:
		return PT_REGS_PARM2(ctx);
	case 2:
		return PT_REGS_PARM3(ctx);
	case 3:
		return PT_REGS_PARM4(ctx);
	default:
		return PT_REGS_PARM5(ctx);
	}
}

/* Keeps the first nr arguments for the kretprobe. */
static __always_inline int keep_args(struct pt_regs *ctx, u32 hook, u32 nr)
{
	struct stash s = {};

	for (u32 n = 0; n < nr && n < STASH_ARGS; n++)
		s.arg[n] = parm(ctx, n);
	stash_put(hook, &s);
	return 0;
}

static __always_inline u64 hook_arg(enum pgr_mechanism by, void *ctx, const struct stash *s, u32 n)
{
	return by == PGR_BY_KPROBE || by == PGR_BY_BREAKPOINT ? parm(ctx, n) :
	       by == PGR_BY_KRETPROBE			      ? s->arg[n] :
								func_arg(ctx, n);
}

static __always_inline u64 hook_ret(enum pgr_mechanism by, void *ctx)
{
	return by == PGR_BY_KRETPROBE ? PT_REGS_RC((struct pt_regs *)ctx) : func_ret(ctx);
}

#define ARG(n) hook_arg(by, ctx, kept, n)
#define RET hook_ret(by, ctx)

/* The compiler inlines this function, and `by` becomes a constant. */
#define HOOK_BODY(name, body)                                                                 \
	static __always_inline int name(enum pgr_mechanism by, void *ctx, struct stash *kept) \
	{                                                                                     \
		return body;                                                                  \
	}

#define FENTRY(name, function, body)                               \
	HOOK_BODY(name##_at_fentry, body)                          \
	SEC("fentry/" #function)                                   \
	int name##_fentry(u64 *ctx)                                \
	{                                                          \
		return name##_at_fentry(PGR_BY_FENTRY, ctx, NULL); \
	}

#define FEXIT(name, function, body)                              \
	HOOK_BODY(name##_at_fexit, body)                         \
	SEC("fexit/" #function)                                  \
	int name##_fexit(u64 *ctx)                               \
	{                                                        \
		return name##_at_fexit(PGR_BY_FEXIT, ctx, NULL); \
	}

#define KPROBE(name, function, body)                               \
	HOOK_BODY(name##_at_kprobe, body)                          \
	SEC("kprobe/" #function)                                   \
	int name##_kprobe(struct pt_regs *ctx)                     \
	{                                                          \
		return name##_at_kprobe(PGR_BY_KPROBE, ctx, NULL); \
	}

#define KRETPROBE(name, function, body)                                  \
	HOOK_BODY(name##_at_kretprobe, body)                             \
	SEC("kretprobe/" #function)                                      \
	int name##_kretprobe(struct pt_regs *ctx)                        \
	{                                                                \
		return name##_at_kretprobe(PGR_BY_KRETPROBE, ctx, NULL); \
	}

#define KPROBE_KEEP(name, function, hook, nr) KPROBE(name, function, keep_args(ctx, hook, nr))

#define KRETPROBE_OF(name, function, hook, body)                       \
	HOOK_BODY(name##_at_kretprobe, body)                           \
	SEC("kretprobe/" #function)                                    \
	int name##_kretprobe(struct pt_regs *ctx)                      \
	{                                                              \
		struct stash s;                                        \
                                                                       \
		if (!stash_take(hook, &s))                             \
			return 0;                                      \
		return name##_at_kretprobe(PGR_BY_KRETPROBE, ctx, &s); \
	}

#define AT_ENTRY(name, function, body) \
	FENTRY(name, function, body)   \
	KPROBE(name, function, body)

/* The context of a breakpoint begins with the registers, as that of a kprobe. */
#define AT_BREAKPOINT(name, hook, body)                                    \
	HOOK_BODY(name##_at_breakpoint, body)                              \
	SEC("perf_event")                                                  \
	int name##_breakpoint(struct pt_regs *ctx)                         \
	{                                                                  \
		__sync_fetch_and_add(&breakpoint_runs[hook], 1);           \
		return name##_at_breakpoint(PGR_BY_BREAKPOINT, ctx, NULL); \
	}

#define AT_EXIT(name, function, body) \
	FEXIT(name, function, body)   \
	KRETPROBE(name, function, body)

#define AT_EXIT_OF(name, function, hook, nr, body) \
	FEXIT(name, function, body)                \
	KPROBE_KEEP(name, function, hook, nr)      \
	KRETPROBE_OF(name, function, hook, body)

#endif /* PGMAPREF_ATTACH_BPF_H */
