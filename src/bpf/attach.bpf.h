/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs of a hook, one for each way to attach it, from one body. In a body ctx is the program's
 * context, ARG(n) argument n of the function, from 0, and RET what it returned, both as u64: a body
 * casts what is shorter. ARG() at an exit is what the entry had, see AT_EXIT_OF().
 *
 * AT_ENTRY(name, function, body): NAME_fentry and NAME_kprobe
 * AT_EXIT(name, function, body): NAME_fexit and NAME_kretprobe; no ARG()
 * AT_EXIT_OF(name, function, hook, nr, body): NAME_fexit; and NAME_kprobe, which keeps the first nr
 *	arguments for NAME_kretprobe
 *
 * FENTRY(), FEXIT(), KPROBE(), KRETPROBE(), KPROBE_KEEP() and KRETPROBE_OF() are the programs one
 * by one, for what differs between the ways, or serves functions of several arities.
 */
#ifndef PGMAPREF_ATTACH_BPF_H
#define PGMAPREF_ATTACH_BPF_H

#include "bpf/task.bpf.h"

/*
 * As a number. What a program of fentry or fexit loads from its context is a typed pointer to the
 * verifier, with which it allows no arithmetic; that of 6.1 refuses to load a struct page **.
 */
static __always_inline u64 func_arg(void *ctx, u32 n)
{
	u64 arg = 0;

	bpf_get_func_arg(ctx, n, &arg); /* fails only where there is no such argument */
	return arg;
}

static __always_inline u64 func_ret(void *ctx)
{
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret); /* fails only where there is none */
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

/* The first nr arguments, for the kretprobe. */
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
	return by == PGR_BY_KPROBE    ? parm(ctx, n) :
	       by == PGR_BY_KRETPROBE ? s->arg[n] :
					func_arg(ctx, n);
}

static __always_inline u64 hook_ret(enum pgr_mechanism by, void *ctx)
{
	return by == PGR_BY_KRETPROBE ? PT_REGS_RC((struct pt_regs *)ctx) : func_ret(ctx);
}

#define ARG(n) hook_arg(by, ctx, kept, n)
#define RET hook_ret(by, ctx)

/* A function whose body the compiler puts in place, so that `by` is no question any more. */
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

#define AT_EXIT(name, function, body) \
	FEXIT(name, function, body)   \
	KRETPROBE(name, function, body)

#define AT_EXIT_OF(name, function, hook, nr, body) \
	FEXIT(name, function, body)                \
	KPROBE_KEEP(name, function, hook, nr)      \
	KRETPROBE_OF(name, function, hook, body)

#endif /* PGMAPREF_ATTACH_BPF_H */
