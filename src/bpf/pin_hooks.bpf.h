/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of the pin hooks, as in hooks.bpf.h. */
#ifndef PGMAPREF_PIN_HOOKS_BPF_H
#define PGMAPREF_PIN_HOOKS_BPF_H

#include "bpf/attach.bpf.h"
#include "bpf/pins.bpf.h"

/*
 * What a kprobe leaves for its kretprobe: the address of the array of pages. Not in map stashes: a
 * loss there makes a verdict inconclusive.
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
		/* Before `ready`, the call may have begun before its kprobe was attached. */
		if (ready)
			lose(PGR_LOSS_PIN_STASH);
		return 0;
	}
	pages = *p;
	bpf_map_delete_elem(&pin_stashes, &k);
	return on_pin(ctx, hook, how, pages, nr);
}

/*
 * arg: number of the argument that is the array, from 0. ret: the return value that fexit uses, an
 * int or a long, at most INT_MAX.
 */
#define PIN_HOOKS(name, function, hook, pin, arg, ret)               \
	FEXIT(name, function, on_pin(ctx, hook, pin, ARG(arg), ret)) \
	KPROBE(name, function, pin_stash(hook, ARG(arg)))            \
	KRETPROBE(name, function, on_pin_return(ctx, hook, pin, (s32)RET))

/*
 * The functions that are called most have four arguments on every kernel. The return value is then
 * at a known place in the context; a load is faster than a helper.
 */
#define RET_OF_FOUR ((s32)((u64 *)ctx)[4])
PIN_HOOKS(pin_fast, pin_user_pages_fast, PGR_HOOK_PIN_FAST, PGR_PIN_PIN, 3, RET_OF_FOUR)
PIN_HOOKS(gup_fast, get_user_pages_fast, PGR_HOOK_GUP_FAST, PGR_PIN_GET, 3, RET_OF_FOUR)
PIN_HOOKS(pin_fast_only, pin_user_pages_fast_only, PGR_HOOK_PIN_FAST_ONLY, PGR_PIN_PIN, 3,
	  RET_OF_FOUR)
PIN_HOOKS(gup_fast_only, get_user_pages_fast_only, PGR_HOOK_GUP_FAST_ONLY, PGR_PIN_GET, 3,
	  RET_OF_FOUR)
PIN_HOOKS(pin, pin_user_pages, PGR_HOOK_PIN, PGR_PIN_PIN, 3, (s32)RET)
PIN_HOOKS(pin_remote, pin_user_pages_remote, PGR_HOOK_PIN_REMOTE, PGR_PIN_PIN, 4, (s32)RET)
PIN_HOOKS(pin_unlocked, pin_user_pages_unlocked, PGR_HOOK_PIN_UNLOCKED, PGR_PIN_PIN, 2, (s32)RET)
PIN_HOOKS(gup, get_user_pages, PGR_HOOK_GUP, PGR_PIN_GET, 3, (s32)RET)
PIN_HOOKS(gup_remote, get_user_pages_remote, PGR_HOOK_GUP_REMOTE, PGR_PIN_GET, 4, (s32)RET)

/*
 * mm/gup.c, 6.1: pin_user_pages_unlocked() calls get_user_pages_unlocked() with FOLL_PIN (0x40000).
 * If get_user_pages_fast() and pin_user_pages_fast() do not get all pages the fast way, they call
 * it too, with FOLL_GET (4) or FOLL_PIN. The hooks of the outer functions see these calls. Other
 * callers pass neither flag. In 6.12 and 7.3 no function of mm/gup.c calls it, and these bits are
 * FOLL_REMOTE and FOLL_DUMP, which its callers must not pass.
 */
#define FOLL_WITHIN 0x40004u

FEXIT(gup_unlocked, get_user_pages_unlocked,
      ARG(3) & FOLL_WITHIN ? 0 : on_pin(ctx, PGR_HOOK_GUP_UNLOCKED, PGR_PIN_GET, ARG(2), (s32)RET))
/* For a call from mm/gup.c the exit gets no array; the exit of the outer function has the array. */
KPROBE(gup_unlocked, get_user_pages_unlocked,
       pin_stash(PGR_HOOK_GUP_UNLOCKED, ARG(3) & FOLL_WITHIN ? 0 : ARG(2)))
KRETPROBE(gup_unlocked, get_user_pages_unlocked,
	  on_pin_return(ctx, PGR_HOOK_GUP_UNLOCKED, PGR_PIN_GET, (s32)RET))

AT_ENTRY(unpin_page, unpin_user_page, on_unpin(ctx, PGR_HOOK_UNPIN_PAGE, ARG(0), 1, 0))
AT_ENTRY(unpin_pages, unpin_user_pages, on_unpin(ctx, PGR_HOOK_UNPIN_PAGES, ARG(0), ARG(1), 1))
/* Without make_dirty it calls unpin_user_pages(), which has its own hook (mm/gup.c, 6.1 to 7.3). */
AT_ENTRY(unpin_dirty, unpin_user_pages_dirty_lock,
	 (u8)ARG(2) ? on_unpin(ctx, PGR_HOOK_UNPIN_DIRTY, ARG(0), ARG(1), 1) : 0)
AT_ENTRY(unpin_range, unpin_user_page_range_dirty_lock,
	 on_unpin(ctx, PGR_HOOK_UNPIN_RANGE, ARG(0), ARG(1), 0))
AT_ENTRY(unpin_folio, unpin_user_folio, on_unpin_folio(ctx, PGR_HOOK_UNPIN_FOLIO, ARG(0), ARG(1)))

#endif /* PGMAPREF_PIN_HOOKS_BPF_H */
