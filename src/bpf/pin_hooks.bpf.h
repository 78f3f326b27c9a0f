/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pin hooks' wrappers, each way to attach. Arguments come by bpf_get_func_arg(), as numbers: a
 * struct page ** the verifier of 6.1 does not let a program take from its context.
 */
#ifndef PGMAPREF_PIN_HOOKS_BPF_H
#define PGMAPREF_PIN_HOOKS_BPF_H

#include "bpf/pins.bpf.h"

static __always_inline u64 func_arg(void *ctx, u32 n)
{
	u64 arg = 0;

	bpf_get_func_arg(ctx, n, &arg); /* fails only where there is no such argument */
	return arg;
}

static __always_inline s64 func_ret(void *ctx)
{
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return (s32)ret; /* an int or a long; neither is above INT_MAX */
}

/*
 * Of a kprobe for its kretprobe: the array of pages. Not in map stashes, whose losses make a
 * verdict uncertain.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct stash_key);
	__type(value, u64);
} pin_stashes SEC(".maps");

static __always_inline int pin_stash(u32 hook, u64 pages)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = hook };

	if (bpf_map_update_elem(&pin_stashes, &k, &pages, BPF_ANY))
		lose(PGR_LOSS_PIN_STASH);
	return 0;
}

static __always_inline int on_pin_return(void *ctx, u32 hook, u32 how, s64 nr)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = hook };
	u64 *p = bpf_map_lookup_elem(&pin_stashes, &k), pages;

	if (!p) {
		/* Before that it may have been called before its kprobe was attached. */
		if (ready)
			lose(PGR_LOSS_PIN_STASH);
		return 0;
	}
	pages = *p;
	bpf_map_delete_elem(&pin_stashes, &k);
	return on_pin(ctx, hook, how, pages, nr);
}

/* arg: which argument is the array, from 0; ret: what is returned */
#define PIN_HOOKS(name, function, hook, how, arg, ret, parm)                \
	SEC("fexit/" #function)                                             \
	int name##_fexit(u64 *ctx)                                          \
	{                                                                   \
		return on_pin(ctx, hook, how, func_arg(ctx, arg), ret);     \
	}                                                                   \
	SEC("kprobe/" #function)                                            \
	int name##_kprobe(struct pt_regs *ctx)                              \
	{                                                                   \
		return pin_stash(hook, parm(ctx));                          \
	}                                                                   \
	SEC("kretprobe/" #function)                                         \
	int name##_kretprobe(struct pt_regs *ctx)                           \
	{                                                                   \
		return on_pin_return(ctx, hook, how, (s32)PT_REGS_RC(ctx)); \
	}

/* Those that are called most have four arguments on every kernel: a load instead of a helper. */
#define RET_OF_FOUR ((s32)ctx[4])
PIN_HOOKS(pin_fast, pin_user_pages_fast, PGR_HOOK_PIN_FAST, PGR_PIN_PIN, 3, RET_OF_FOUR,
	  PT_REGS_PARM4)
PIN_HOOKS(gup_fast, get_user_pages_fast, PGR_HOOK_GUP_FAST, PGR_PIN_GET, 3, RET_OF_FOUR,
	  PT_REGS_PARM4)
PIN_HOOKS(pin_fast_only, pin_user_pages_fast_only, PGR_HOOK_PIN_FAST_ONLY, PGR_PIN_PIN, 3,
	  RET_OF_FOUR, PT_REGS_PARM4)
PIN_HOOKS(gup_fast_only, get_user_pages_fast_only, PGR_HOOK_GUP_FAST_ONLY, PGR_PIN_GET, 3,
	  RET_OF_FOUR, PT_REGS_PARM4)
PIN_HOOKS(pin, pin_user_pages, PGR_HOOK_PIN, PGR_PIN_PIN, 3, func_ret(ctx), PT_REGS_PARM4)
PIN_HOOKS(pin_remote, pin_user_pages_remote, PGR_HOOK_PIN_REMOTE, PGR_PIN_PIN, 4, func_ret(ctx),
	  PT_REGS_PARM5)
PIN_HOOKS(pin_unlocked, pin_user_pages_unlocked, PGR_HOOK_PIN_UNLOCKED, PGR_PIN_PIN, 2,
	  func_ret(ctx), PT_REGS_PARM3)
PIN_HOOKS(gup, get_user_pages, PGR_HOOK_GUP, PGR_PIN_GET, 3, func_ret(ctx), PT_REGS_PARM4)
PIN_HOOKS(gup_remote, get_user_pages_remote, PGR_HOOK_GUP_REMOTE, PGR_PIN_GET, 4, func_ret(ctx),
	  PT_REGS_PARM5)

/*
 * mm/gup.c, 6.1: pin_user_pages_unlocked() calls get_user_pages_unlocked() with FOLL_PIN (0x40000),
 * and what get_user_pages_fast() and pin_user_pages_fast() do not get the fast way they get by it,
 * with FOLL_GET (4) or FOLL_PIN: those calls are seen where they return. Callers from outside pass
 * neither. In 6.12 and 7.3 nobody in there calls it, and these bits are FOLL_REMOTE and FOLL_DUMP,
 * which are not for its callers.
 */
#define FOLL_WITHIN 0x40004u

SEC("fexit/get_user_pages_unlocked")
int gup_unlocked_fexit(u64 *ctx)
{
	if (func_arg(ctx, 3) & FOLL_WITHIN)
		return 0;
	return on_pin(ctx, PGR_HOOK_GUP_UNLOCKED, PGR_PIN_GET, func_arg(ctx, 2), func_ret(ctx));
}

SEC("kprobe/get_user_pages_unlocked")
int gup_unlocked_kprobe(struct pt_regs *ctx)
{
	/* No array, as far as the exit can tell: that of the call outside has it. */
	return pin_stash(PGR_HOOK_GUP_UNLOCKED,
			 PT_REGS_PARM4(ctx) & FOLL_WITHIN ? 0 : PT_REGS_PARM3(ctx));
}

SEC("kretprobe/get_user_pages_unlocked")
int gup_unlocked_kretprobe(struct pt_regs *ctx)
{
	return on_pin_return(ctx, PGR_HOOK_GUP_UNLOCKED, PGR_PIN_GET, (s32)PT_REGS_RC(ctx));
}

SEC("fentry/unpin_user_page")
int unpin_page_fentry(u64 *ctx)
{
	return on_unpin(ctx, PGR_HOOK_UNPIN_PAGE, func_arg(ctx, 0), 1, 0);
}

SEC("kprobe/unpin_user_page")
int unpin_page_kprobe(struct pt_regs *ctx)
{
	return on_unpin(ctx, PGR_HOOK_UNPIN_PAGE, PT_REGS_PARM1(ctx), 1, 0);
}

SEC("fentry/unpin_user_pages")
int unpin_pages_fentry(u64 *ctx)
{
	return on_unpin(ctx, PGR_HOOK_UNPIN_PAGES, func_arg(ctx, 0), func_arg(ctx, 1), 1);
}

SEC("kprobe/unpin_user_pages")
int unpin_pages_kprobe(struct pt_regs *ctx)
{
	return on_unpin(ctx, PGR_HOOK_UNPIN_PAGES, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), 1);
}

/* Without make_dirty it calls unpin_user_pages() (mm/gup.c, 6.1 to 7.3). */
SEC("fentry/unpin_user_pages_dirty_lock")
int unpin_dirty_fentry(u64 *ctx)
{
	if (!(u8)func_arg(ctx, 2))
		return 0;
	return on_unpin(ctx, PGR_HOOK_UNPIN_DIRTY, func_arg(ctx, 0), func_arg(ctx, 1), 1);
}

SEC("kprobe/unpin_user_pages_dirty_lock")
int unpin_dirty_kprobe(struct pt_regs *ctx)
{
	if (!(u8)PT_REGS_PARM3(ctx))
		return 0;
	return on_unpin(ctx, PGR_HOOK_UNPIN_DIRTY, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), 1);
}

SEC("fentry/unpin_user_page_range_dirty_lock")
int unpin_range_fentry(u64 *ctx)
{
	return on_unpin(ctx, PGR_HOOK_UNPIN_RANGE, func_arg(ctx, 0), func_arg(ctx, 1), 0);
}

SEC("kprobe/unpin_user_page_range_dirty_lock")
int unpin_range_kprobe(struct pt_regs *ctx)
{
	return on_unpin(ctx, PGR_HOOK_UNPIN_RANGE, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), 0);
}

SEC("fentry/unpin_user_folio")
int unpin_folio_fentry(u64 *ctx)
{
	return on_unpin_folio(ctx, PGR_HOOK_UNPIN_FOLIO, func_arg(ctx, 0), func_arg(ctx, 1));
}

SEC("kprobe/unpin_user_folio")
int unpin_folio_kprobe(struct pt_regs *ctx)
{
	return on_unpin_folio(ctx, PGR_HOOK_UNPIN_FOLIO, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
}

#endif /* PGMAPREF_PIN_HOOKS_BPF_H */
