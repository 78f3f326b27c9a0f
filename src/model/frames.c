// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "kernel/plan.h"
#include "kernel/symbols.h"
#include "model/frames.h"

/* Functions between the hooked function and the BPF program. */
/* clang-format off */
static const char *const machinery[] = {
	"bpf_", "__bpf_", "kprobe_", "__kprobe", "kretprobe_", "__kretprobe", "arch_rethook",
	"rethook_", "ftrace_", "trampoline_handler", "arch_kretprobe", "__x86_return_thunk",
	"trace_call_bpf", "perf_trace", "optimized_callback", "0x",
};
/* clang-format on */

/*
 * All callers of get_dev_pagemap() in 6.1, 6.12 and 7.3 that put the reference before they return
 * (mm/gup.c, mm/huge_memory.c, mm/memory_hotplug.c, mm/memory-failure.c, and the conflict check of
 * mm/memremap.c).
 */
/* clang-format off */
static const char *const transient[] = {
	"__get_user_pages", "internal_get_user_pages_fast", "gup_fast_fallback", "gup_pte_range",
	"gup_fast_pte_range", "gup_fast_devmap_leaf", "__gup_device_huge", "follow_page_pte",
	"follow_page_mask", "follow_page", "follow_devmap_pmd", "follow_devmap_pud",
	"follow_huge_pud", "pfn_to_online_page", "memory_failure", "memremap_pages",
};
/* clang-format on */

/*
 * Functions that a CPU runs without a request of the current task: interrupts and softirqs (x86-64,
 * 6.1 to 7.3), and RCU callbacks, in whichever thread they run.
 */
static const char *const interrupts[] = {
	"asm_sysvec_",	"sysvec_",	  "asm_common_interrupt", "common_interrupt",
	"irq_exit_rcu", "__irq_exit_rcu", "handle_softirqs",	  "__do_softirq",
	"rcu_core",	"rcu_do_batch",	  "asm_exc_nmi",
};

/*
 * Functions that change a page's refcount for their callers (include/linux/mm.h, page_ref.h,
 * mm/gup.c, mm/swap.c, mm/memremap.c, 6.1 to 7.3), where the compiler has them out of line.
 */
/* clang-format off */
static const char *const counting[] = {
	"folio_put", "folio_put_refs", "folios_put_refs", "put_page", "__folio_put", "folio_ref_try_add_rcu",
	"try_get_folio", "try_get_page", "try_grab_page", "try_grab_folio", "try_grab_folio_fast",
	"gup_put_folio", "__put_devmap_managed_page_refs", "__put_devmap_managed_folio_refs",
};
/* clang-format on */

/*
 * A function of list `transient` is at most this many frames above the call site, because helpers
 * like gup_pgd_range() lie in between.
 */
#define TRANSIENT_DEPTH 6

#define WAY_FRAMES 2 /* shown of a stack in one line */

static bool is_one_of(const char *name, const char *const *list, size_t n, bool prefix)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(list[i]);

		if (strncmp(name, list[i], len))
			continue;
		/* The suffix of a clone (.isra.0, .part.0) does not matter. */
		if (prefix || !name[len] || name[len] == '.')
			return true;
	}
	return false;
}

/* Is this a hooked function, with which a stack can begin? */
static bool is_hooked(const char *name)
{
	const char *const *callees = plan__callees();
	size_t n = 0;

	while (callees[n])
		n++;
	return is_one_of(name, callees, n, false);
}

#define IS_ONE_OF(name, list, prefix) is_one_of(name, list, sizeof(list) / sizeof(*(list)), prefix)

/* The frame's function, or NULL. */
static const char *function(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			    const char **module, uint64_t *off)
{
	const char *name;

	if (symbols__name(s, stack->ip[i], &name, module, off))
		return NULL;
	return name;
}

unsigned int frames__site(struct symbols *s, const struct pgr_stack *stack)
{
	const char *module;
	unsigned int i;
	uint64_t off;

	for (i = 0; i < stack->nr; i++) {
		const char *name = function(s, stack, i, &module, &off);

		if (name && !IS_ONE_OF(name, machinery, true) && !is_hooked(name) &&
		    !(module && !strcmp(module, "bpf")))
			break;
	}
	return i;
}

unsigned int frames__counting_site(struct symbols *s, const struct pgr_stack *stack)
{
	unsigned int i = frames__site(s, stack);
	const char *module, *name;
	uint64_t off;

	while (i < stack->nr && (name = function(s, stack, i, &module, &off)) &&
	       IS_ONE_OF(name, counting, false))
		i++;
	return i;
}

const char *frames__format(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			   char *buf, size_t len)
{
	if (i >= stack->nr || symbols__format(s, stack->ip[i], buf, len) < 0)
		snprintf(buf, len, "?");
	return buf;
}

const char *frames__full(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			 char *buf, size_t len)
{
	if (i >= stack->nr || symbols__format_sized(s, stack->ip[i], buf, len) < 0)
		snprintf(buf, len, "?");
	return buf;
}

const char *frames__short(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			  char *buf, size_t len)
{
	const char *module = NULL, *name;
	uint64_t off;

	name = i < stack->nr ? function(s, stack, i, &module, &off) : NULL;
	if (!name)
		snprintf(buf, len, "?");
	else if (module)
		snprintf(buf, len, "%s [%s]", name, module);
	else
		snprintf(buf, len, "%s", name);
	return buf;
}

/* Where the kernel was entered: the name of a frame, and the words for it. */
static const struct {
	const char *prefix, *words;
} entries[] = {
	{ "asm_exc_page_fault", "page fault" },	 { "asm_sysvec_", "interrupt" },
	{ "asm_common_interrupt", "interrupt" }, { "rcu_core", "RCU callback" },
	{ "worker_thread", "kernel worker" },	 { "ret_from_fork", "kernel thread" },
};

/* Prefixes of the functions that begin a system call; its name follows (arch/ of 6.1 to 7.3). */
static const char *const syscalls[] = { "__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__se_sys_",
					"__do_sys_" };

/* Writes how the kernel was entered, if frame `name` tells it. */
static bool tell_entry(const char *name, char *buf, size_t len)
{
	for (size_t i = 0; i < sizeof(syscalls) / sizeof(*syscalls); i++) {
		size_t n = strlen(syscalls[i]);

		if (strncmp(name, syscalls[i], n))
			continue;
		/* Newer variants of a call have another name in the kernel: sys_newfstat(). */
		snprintf(buf, len, "%s(2)", strncmp(name + n, "new", 3) ? name + n : name + n + 3);
		return true;
	}
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		if (strncmp(name, entries[i].prefix, strlen(entries[i].prefix)))
			continue;
		snprintf(buf, len, "%s", entries[i].words);
		return true;
	}
	return false;
}

/* Functions between a system call and the code that does its work: they say nothing of it. */
static const char *const plumbing[] = {
	"vfs_",
	"ksys_",
	"do_syscall_",
	"x64_sys_call",
	"entry_",
	"full_proxy_",
	"new_sync_",
	"kernfs_fop_",
	"call_",
	"do_iter_",
	"do_user_addr_fault",
	"exc_page_fault",
	"handle_mm_fault",
	"__handle_mm_fault",
	"do_fault",
	"__do_fault",
	"do_pte_missing",
	"sysfs_kf_",
	"drv_attr_",
	"invoke_syscall",
	"el0",
	"__import_iovec",
};

const char *frames__way(struct symbols *s, const struct pgr_stack *stack, char *buf, size_t len)
{
	unsigned int site = frames__site(s, stack), shown = 0;
	char entry[64] = "", frame[128];
	const char *module;
	uint64_t off;
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = site; i < stack->nr && !entry[0]; i++) {
		const char *name = function(s, stack, i, &module, &off);

		if (name && tell_entry(name, entry, sizeof(entry)))
			break;
		if (shown == WAY_FRAMES || (i > site && (!name || IS_ONE_OF(name, plumbing, true))))
			continue;
		if (shown)
			frames__short(s, stack, i, frame, sizeof(frame));
		else
			frames__format(s, stack, i, frame, sizeof(frame));
		if (n < len)
			n += snprintf(buf + n, len - n, "%s%s", shown ? " <- " : "", frame);
		shown++;
	}
	if (entry[0] && n < len)
		snprintf(buf + n, len - n, "%s%s", shown ? " <- " : "", entry);
	return buf;
}

bool frames__in_interrupt(struct symbols *s, const struct pgr_stack *stack)
{
	const char *module;
	uint64_t off;

	for (unsigned int i = 0; i < stack->nr; i++) {
		const char *name = function(s, stack, i, &module, &off);

		if (name && !module && IS_ONE_OF(name, interrupts, true))
			return true;
	}
	return false;
}

bool frames__transient(struct symbols *s, const struct pgr_stack *stack)
{
	unsigned int site = frames__site(s, stack);
	const char *module;
	uint64_t off;

	for (unsigned int i = 0; i < stack->nr && i < site + TRANSIENT_DEPTH; i++) {
		const char *name = function(s, stack, i, &module, &off);

		if (name && IS_ONE_OF(name, transient, false))
			return true;
	}
	return false;
}
