// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stacks of made-up kernels: the call site, its names, and sites whose references are transient. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/frames.h"
#include "kernel/symbols.h"

#define NOWHERE 0xffffffffdead0000ull /* a trampoline that kallsyms does not list */

/* Functions of vmlinux, each 0x100 bytes long. Those of modules and pseudo modules are below. */
/* clang-format off */
static const char *const vmlinux[] = {
	"_stext", "memremap_pages", "devm_memremap_pages", "memunmap_pages",
	"remove_pfn_range_from_zone", "dev_pagemap_percpu_release", "get_dev_pagemap",
	"zone_device_page_init",
	"free_zone_device_page", "free_zone_device_folio", "dax_insert_entry",
	"dax_disassociate_entry.isra.0", "dax_folio_put", "dax_folio_reset_order",
	"__get_user_pages", "__get_user_pages_locked", "follow_page_pte.isra.0",
	"follow_page_mask.constprop.0", "gup_pte_range.part.0", "internal_get_user_pages_fast",
	"gup_fast_fallback", "gup_fast_pte_range", "gup_fast_devmap_leaf", "__gup_device_huge",
	"follow_page", "follow_devmap_pmd", "follow_devmap_pud", "follow_huge_pud",
	"pfn_to_online_page", "memory_failure", "memory_failure_dev_pagemap",
	"memory_failure_queue", "get_user_pages_fast", "get_dev_pagemap_many", "get_dev_pagemap_few",
	"memunmap_pages_of", "dax_iomap_pte_fault", "__dax_invalidate_entry",
	"dax_delete_mapping_range", "devm_action_release", "release_nodes", "unbind_store",
	"vfs_write", "do_syscall_64", "kprobe_ftrace_handler", "kprobe_dispatcher",
	"kprobe_perf_func", "trace_call_bpf", "kretprobe_rethook_handler",
	"arch_rethook_trampoline", "arch_rethook_trampoline_callback",
	"rethook_trampoline_handler", "ftrace_ops_assist_func", "ftrace_regs_call",
	"__bpf_prog_exit_recur", "bpf_trampoline_enter", "__kretprobe_trampoline_handler",
	"optimized_callback", "percpu_ref_put_many", "pci_alloc_p2pmem",
	"pci_free_p2pmem", "p2pdma_folio_free", "p2pdma_page_free", "vm_insert_page",
	"p2pmem_alloc_mmap", "kernfs_fop_mmap", "__folio_put",
	"__put_devmap_managed_folio_refs", "try_grab_folio_fast", "page_cache_pipe_buf_release",
	"percpu_ref_switch_to_atomic_rcu", "rcu_do_batch", "rcu_core_si", "handle_softirqs",
	"__irq_exit_rcu", "sysvec_apic_timer_interrupt", "asm_sysvec_apic_timer_interrupt",
	"asm_exc_page_fault", "__x64_sys_write", "__x64_sys_newfstat", "rcu_cpu_kthread", "kthread", "_etext",
};
/* clang-format on */

static struct symbols *symbols;

static int load_symbols(void **state)
{
	char path[] = "/tmp/test_frames.XXXXXX";
	int fd = mkstemp(path), err;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	(void)state;
	if (!f)
		return -1;
	for (size_t i = 0; i < sizeof(vmlinux) / sizeof(*vmlinux); i++)
		fprintf(f, "ffffffff81%06zx T %s\n", i * 0x100, vmlinux[i]);
	fprintf(f, "ffffffffc0101000 t pmem_attach_disk\t[nd_pmem]\n"
		   "ffffffffc0101100 t pmem_release\t[nd_pmem]\n"
		   "ffffffffc0201000 t get_dev_pagemap_wrapper\t[test_hmm]\n"
		   "ffffffffc0201100 t dmirror_allocate_chunk\t[test_hmm]\n"
		   "ffffffffc0300000 t ftrace_trampoline\t[__builtin__ftrace]\n"
		   "ffffffffc0400000 t bpf_prog_6deef7357e7b4530_get2_fexit\t[bpf]\n"
		   "ffffffffc0500000 t bpf_trampoline_6442510591\t[bpf]\n"
		   "ffffffffc0600000 t account\t[bpf]\n");
	err = fclose(f) ? -1 : symbols__load(path, NULL, &symbols);
	unlink(path);
	return err;
}

static int free_symbols(void **state)
{
	(void)state;
	symbols__free(symbols);
	return 0;
}

/* A stack of functions, innermost first. "?" is an address without a symbol. */
static struct pgr_stack stack_of(const char *const *names)
{
	struct pgr_stack s = { 0 };

	for (; *names; names++) {
		uint64_t addr = symbols__addr(symbols, *names);

		if (strcmp(*names, "?") && !addr)
			fail_msg("the test's kernel has no %s", *names);
		assert_in_range(s.nr, 0, PGR_STACK_DEPTH - 1);
		s.ip[s.nr++] = strcmp(*names, "?") ? addr + 0x12 : NOWHERE;
	}
	return s;
}

#define STACK(...) stack_of((const char *const[]){ __VA_ARGS__, NULL })

static void assert_site(struct pgr_stack s, const char *expected)
{
	unsigned int i = frames__site(symbols, &s);
	char buf[128];

	if (!expected) {
		assert_int_equal(i, s.nr);
		return;
	}
	assert_in_range(i, 0, s.nr - 1);
	assert_string_equal(frames__short(symbols, &s, i, buf, sizeof(buf)), expected);
}

static void test_site_is_below_fentry(void **state)
{
	(void)state;
	assert_site(STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "bpf_trampoline_6442510591",
			  "get_dev_pagemap", "__get_user_pages", "__get_user_pages_locked"),
		    "__get_user_pages");
	assert_site(STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "bpf_trampoline_6442510591",
			  "dax_insert_entry", "dax_iomap_pte_fault", "vfs_write"),
		    "dax_iomap_pte_fault");
	/* trampolines without a name, and BPF subprograms with a name of their own */
	assert_site(STACK("account", "bpf_prog_6deef7357e7b4530_get2_fexit", "?",
			  "zone_device_page_init", "dmirror_allocate_chunk"),
		    "dmirror_allocate_chunk [test_hmm]");
	assert_site(STACK("bpf_trampoline_enter", "?", "dax_folio_put", "vfs_write"), "vfs_write");
	assert_site(STACK("?", "?", "free_zone_device_folio", "percpu_ref_put_many"),
		    "percpu_ref_put_many");
	assert_site(STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "__bpf_prog_exit_recur",
			  "ftrace_trampoline", "memunmap_pages", "devm_action_release"),
		    "devm_action_release");
}

static void test_a_write_to_a_refcount(void **state)
{
	static const struct {
		const char *names[4], *site;
	} rows[] = {
		{ { "page_cache_pipe_buf_release", "vfs_write" }, "page_cache_pipe_buf_release" },
		{ { "__put_devmap_managed_folio_refs", "page_cache_pipe_buf_release" },
		  "page_cache_pipe_buf_release" },
		{ { "try_grab_folio_fast", "gup_fast_fallback" }, "gup_fast_fallback" },
		{ { "__folio_put" }, "?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pgr_stack s = stack_of(rows[i].names);
		char buf[128];

		assert_string_equal(frames__short(symbols, &s, frames__counting_site(symbols, &s),
						  buf, sizeof(buf)),
				    rows[i].site);
	}
}

static void test_site_is_below_kprobes(void **state)
{
	(void)state;
	/* a kprobe's stack begins with the hooked function itself */
	assert_site(STACK("get_dev_pagemap", "follow_page_pte.isra.0", "__get_user_pages"),
		    "follow_page_pte.isra.0");
	/* a kretprobe's stack begins with the trampoline into which the function returned */
	assert_site(STACK("arch_rethook_trampoline", "pmem_attach_disk"),
		    "pmem_attach_disk [nd_pmem]");
	assert_site(STACK("get_dev_pagemap_wrapper", "dmirror_allocate_chunk"),
		    "get_dev_pagemap_wrapper [test_hmm]");
	/* a stack with all functions between the program and the hooked function */
	assert_site(STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "trace_call_bpf",
			  "kprobe_perf_func", "kprobe_dispatcher", "kprobe_ftrace_handler",
			  "ftrace_ops_assist_func", "ftrace_trampoline", "ftrace_regs_call",
			  "memremap_pages", "devm_memremap_pages", "pmem_attach_disk"),
		    "pmem_attach_disk [nd_pmem]");
	assert_site(STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "trace_call_bpf",
			  "kretprobe_rethook_handler", "rethook_trampoline_handler",
			  "arch_rethook_trampoline_callback", "arch_rethook_trampoline",
			  "dax_iomap_pte_fault"),
		    "dax_iomap_pte_fault");
	assert_site(STACK("__kretprobe_trampoline_handler", "optimized_callback", "unbind_store"),
		    "unbind_store");
}

static void test_site_is_below_every_hooked_function(void **state)
{
	/* clang-format off */
	static const char *const hooked[] = {
		"memremap_pages", "devm_memremap_pages", "memunmap_pages",
		"remove_pfn_range_from_zone", "dev_pagemap_percpu_release", "get_dev_pagemap",
		"zone_device_page_init",
		"free_zone_device_page", "free_zone_device_folio", "dax_insert_entry",
		"dax_disassociate_entry.isra.0", "dax_folio_put", "dax_folio_reset_order",
		"pci_alloc_p2pmem", "pci_free_p2pmem", "p2pdma_folio_free", "p2pdma_page_free",
		"vm_insert_page",
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(hooked) / sizeof(*hooked); i++) {
		assert_site(STACK(hooked[i], "do_syscall_64"), "do_syscall_64");
		assert_site(STACK("?", hooked[i], "do_syscall_64"), "do_syscall_64");
	}
	/* a stack of fexit has the function twice; hooked functions further in are skipped too */
	assert_site(STACK("?", "memunmap_pages", "?", "memunmap_pages", "devm_action_release"),
		    "devm_action_release");
	assert_site(STACK("dax_folio_reset_order", "dax_disassociate_entry.isra.0",
			  "__dax_invalidate_entry", "dax_delete_mapping_range"),
		    "__dax_invalidate_entry");
	assert_site(STACK("p2pdma_folio_free", "free_zone_device_folio", "__folio_put"),
		    "__folio_put");
	/* hooked too, but the call site nevertheless, because its callers serve any file */
	assert_site(STACK("vm_insert_page", "p2pmem_alloc_mmap", "?", "p2pmem_alloc_mmap",
			  "kernfs_fop_mmap"),
		    "p2pmem_alloc_mmap");
}

/* A function is not hooked if its name only begins like that of a hooked function. */
static void test_longer_names_are_not_hooked(void **state)
{
	(void)state;
	assert_site(STACK("?", "get_dev_pagemap", "get_dev_pagemap_few", "vfs_write"),
		    "get_dev_pagemap_few");
	assert_site(STACK("?", "get_dev_pagemap", "get_dev_pagemap_many", "vfs_write"), "vfs_write");
	assert_site(STACK("memunmap_pages_of", "vfs_write"), "memunmap_pages_of");
}

static void test_no_site(void **state)
{
	(void)state;
	assert_site((struct pgr_stack){ 0 }, NULL);
	assert_site(STACK("?"), NULL);
	assert_site(STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "?", "get_dev_pagemap"), NULL);
}

static void test_full_stack(void **state)
{
	struct pgr_stack s = { .nr = PGR_STACK_DEPTH };

	(void)state;
	for (unsigned int i = 0; i < PGR_STACK_DEPTH; i++)
		s.ip[i] = symbols__addr(symbols, "memunmap_pages") + i;
	assert_site(s, NULL);
	s.ip[PGR_STACK_DEPTH - 1] = symbols__addr(symbols, "unbind_store");
	assert_int_equal(frames__site(symbols, &s), PGR_STACK_DEPTH - 1);
	assert_false(frames__transient(symbols, &s));
}

static void test_frames_are_named(void **state)
{
	struct pgr_stack s = STACK("vfs_write", "pmem_attach_disk", "?");
	char buf[128], tiny[5];

	(void)state;
	assert_ptr_equal(frames__format(symbols, &s, 0, buf, sizeof(buf)), buf);
	assert_string_equal(buf, "vfs_write+0x12");
	assert_string_equal(frames__format(symbols, &s, 1, buf, sizeof(buf)),
			    "pmem_attach_disk+0x12 [nd_pmem]");
	assert_string_equal(frames__format(symbols, &s, 2, buf, sizeof(buf)), "0xffffffffdead0000");
	s.ip[3] = s.ip[0]; /* an address behind the end of the stack does not belong to it */
	assert_string_equal(frames__format(symbols, &s, 3, buf, sizeof(buf)), "?");
	assert_ptr_equal(frames__short(symbols, &s, 0, buf, sizeof(buf)), buf);
	assert_string_equal(buf, "vfs_write");
	assert_string_equal(frames__short(symbols, &s, 1, buf, sizeof(buf)),
			    "pmem_attach_disk [nd_pmem]");
	assert_string_equal(frames__short(symbols, &s, 2, buf, sizeof(buf)), "?");
	assert_string_equal(frames__short(symbols, &s, 3, buf, sizeof(buf)), "?");
	assert_string_equal(frames__short(symbols, &s, UINT32_MAX, buf, sizeof(buf)), "?");
	/* the text is cut and ends with a NUL */
	assert_string_equal(frames__short(symbols, &s, 1, tiny, sizeof(tiny)), "pmem");
	assert_string_equal(frames__format(symbols, &s, 0, tiny, sizeof(tiny)), "vfs_");
}

static void test_transient_owners(void **state)
{
	/* clang-format off */
	static const char *const owners[] = {
		"__get_user_pages", "internal_get_user_pages_fast", "gup_fast_fallback",
		"gup_pte_range.part.0", "gup_fast_pte_range", "gup_fast_devmap_leaf",
		"__gup_device_huge", "follow_page_pte.isra.0", "follow_page_mask.constprop.0",
		"follow_page", "follow_devmap_pmd", "follow_devmap_pud", "follow_huge_pud",
		"pfn_to_online_page", "memory_failure", "memremap_pages",
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		struct pgr_stack s = STACK("?", "get_dev_pagemap", owners[i], "do_syscall_64");

		if (!frames__transient(symbols, &s))
			fail_msg("%s is not transient", owners[i]);
		s = STACK("arch_rethook_trampoline", "percpu_ref_put_many", owners[i]);
		if (!frames__transient(symbols, &s))
			fail_msg("%s further out is not transient", owners[i]);
	}
}

static void test_what_is_not_transient(void **state)
{
	/* clang-format off */
	static const char *const others[] = {
		"pmem_attach_disk", "get_dev_pagemap_wrapper", "dmirror_allocate_chunk",
		"dax_iomap_pte_fault", "vfs_write", "devm_memremap_pages",
		/* names that only begin like that of an owner */
		"__get_user_pages_locked", "memory_failure_dev_pagemap", "memory_failure_queue",
		"get_user_pages_fast",
	};
	/* clang-format on */
	struct pgr_stack s = { 0 };

	(void)state;
	assert_false(frames__transient(symbols, &s));
	s = STACK("?", "?");
	assert_false(frames__transient(symbols, &s));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		s = STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "?", "get_dev_pagemap", others[i],
			  "do_syscall_64");
		if (frames__transient(symbols, &s))
			fail_msg("%s is transient", others[i]);
	}
}

/* A reference is transient if its owner is the call site or one of the five frames above it. */
static void test_how_far_out_is_transient(void **state)
{
	struct pgr_stack s = STACK("follow_page_pte.isra.0", "vfs_write");

	(void)state;
	assert_true(frames__transient(symbols, &s));
	s = STACK("?", "get_dev_pagemap", "vfs_write", "release_nodes", "release_nodes",
		  "release_nodes", "release_nodes", "follow_page_mask.constprop.0", "do_syscall_64");
	assert_int_equal(frames__site(symbols, &s), 2);
	assert_true(frames__transient(symbols, &s));
	s = STACK("?", "get_dev_pagemap", "vfs_write", "release_nodes", "release_nodes",
		  "release_nodes", "release_nodes", "release_nodes", "follow_page_mask.constprop.0",
		  "do_syscall_64");
	assert_false(frames__transient(symbols, &s));
}

static const char *way(struct pgr_stack s)
{
	static char buf[256];

	return frames__way(symbols, &s, buf, sizeof(buf));
}

/* A stack in one line: the call site, its caller, and how the kernel was entered. */
static void test_the_way(void **state)
{
	struct pgr_stack s = STACK("?", "get_dev_pagemap", "dax_iomap_pte_fault", "vfs_write",
				   "dax_delete_mapping_range", "unbind_store", "__x64_sys_write",
				   "do_syscall_64");
	char small[12];

	(void)state;
	assert_string_equal(way(s),
			    "dax_iomap_pte_fault+0x12 <- dax_delete_mapping_range <- write(2)");
	assert_string_equal(frames__way(symbols, &s, small, sizeof(small)), "dax_iomap_p");
	assert_string_equal(way(STACK("unbind_store", "__x64_sys_newfstat")),
			    "unbind_store+0x12 <- fstat(2)");
	assert_string_equal(way(STACK("dax_iomap_pte_fault", "asm_exc_page_fault")),
			    "dax_iomap_pte_fault+0x12 <- page fault");
	assert_string_equal(way(STACK("release_nodes")), "release_nodes+0x12");
	assert_string_equal(way((struct pgr_stack){ 0 }), "");
}

static void test_in_an_interrupt(void **state)
{
	struct pgr_stack s = { 0 };

	(void)state;
	assert_false(frames__in_interrupt(symbols, &s));
	s = STACK("bpf_prog_6deef7357e7b4530_get2_fexit", "?", "dev_pagemap_percpu_release",
		  "percpu_ref_switch_to_atomic_rcu", "rcu_do_batch", "rcu_core_si",
		  "handle_softirqs", "__irq_exit_rcu", "sysvec_apic_timer_interrupt",
		  "asm_sysvec_apic_timer_interrupt", "vfs_write");
	assert_true(frames__in_interrupt(symbols, &s));
	/* a kernel thread that runs callbacks for others */
	s = STACK("dev_pagemap_percpu_release", "percpu_ref_switch_to_atomic_rcu", "rcu_do_batch",
		  "rcu_cpu_kthread", "kthread");
	assert_true(frames__in_interrupt(symbols, &s));
	s = STACK("dev_pagemap_percpu_release", "percpu_ref_put_many", "memunmap_pages",
		  "release_nodes", "unbind_store", "vfs_write", "do_syscall_64");
	assert_false(frames__in_interrupt(symbols, &s));
	/* the task itself acted */
	s = STACK("dax_insert_entry", "dax_iomap_pte_fault", "asm_exc_page_fault");
	assert_false(frames__in_interrupt(symbols, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_site_is_below_fentry),
		cmocka_unit_test(test_site_is_below_kprobes),
		cmocka_unit_test(test_a_write_to_a_refcount),
		cmocka_unit_test(test_site_is_below_every_hooked_function),
		cmocka_unit_test(test_longer_names_are_not_hooked),
		cmocka_unit_test(test_no_site),
		cmocka_unit_test(test_full_stack),
		cmocka_unit_test(test_frames_are_named),
		cmocka_unit_test(test_transient_owners),
		cmocka_unit_test(test_what_is_not_transient),
		cmocka_unit_test(test_how_far_out_is_transient),
		cmocka_unit_test(test_the_way),
		cmocka_unit_test(test_in_an_interrupt),
	};

	return cmocka_run_group_tests(tests, load_symbols, free_symbols);
}
