/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernels as the plan sees them: what their BTF and kallsyms contain about the functions that the
 * plan needs. Those here are made up. Real ones are in real_kernels.h.
 */
#ifndef PGMAPREF_TEST_KERNELS_H
#define PGMAPREF_TEST_KERNELS_H

#include <stdbool.h>

struct btf;
struct symbols;

#define NO_BTF (-1)

/* A function: its arity in BTF (or NO_BTF), and its name in kallsyms (or NULL). */
struct fn {
	const char *name;
	int arity;
	const char *symbol;
	char type; /* of the symbol, as in kallsyms; 0: T */
	bool no_site; /* ftrace has no site at the symbol */
};

#define FN(function, parameters)                                          \
	{                                                                 \
		.name = function, .arity = parameters, .symbol = function \
	}

/* struct dev_pagemap: the type of its counter, and whether it has init_mode. */
enum ref { REF_STRUCT, REF_STRUCT_INIT_MODE, REF_POINTER, REF_NONE };
enum owner { PGMAP_OF_PAGE, PGMAP_OF_FOLIO, PGMAP_OF_NEITHER };

#define FNS 128

struct kernel {
	const char *name;
	enum owner owner;
	enum ref ref;
	struct fn fns[FNS]; /* ends with a NULL name */
};

/* Functions that all kernels have. */
#define COMMON COMMON_BUT_INSERT, FN("dax_insert_entry", 6)
#define COMMON_BUT_INSERT                                                                 \
	FN("memremap_pages", 2), FN("devm_memremap_pages", 2), FN("memunmap_pages", 1),   \
		FN("remove_pfn_range_from_zone", 3), FN("dev_pagemap_percpu_release", 1), \
		FN("__dax_invalidate_entry", 3), FN("dax_delete_mapping_entry", 2),       \
		FN("vm_insert_page", 3)

/* The functions of 6.1 that pin pages of processes. */
#define GUP_OLD                                                                           \
	FN("pin_user_pages", 5), FN("get_user_pages", 5), FN("pin_user_pages_remote", 7), \
		FN("get_user_pages_remote", 7), FN("pin_user_pages_fast", 4),             \
		FN("pin_user_pages_unlocked", 4), FN("pin_user_pages_fast_only", 4),      \
		FN("get_user_pages_fast", 4), FN("get_user_pages_unlocked", 4),           \
		FN("get_user_pages_fast_only", 4), FN("unpin_user_page", 1),              \
		FN("unpin_user_pages", 2), FN("unpin_user_pages_dirty_lock", 3),          \
		FN("unpin_user_page_range_dirty_lock", 3)

/*
 * The versions of the series on lore.kernel.org/nvdimm. In the first two put_dev_pagemap_many() is
 * inline. The third is here twice: in the middle, and at its end. k_series_next is the successor in
 * linux-next of late 2022.
 */
extern const struct kernel k_series_v1, k_series_v2, k_series_v3_middle, k_series_v3, k_series_next;
/* The second version plus the function that a reply proposed, under each of its two names. */
extern const struct kernel k_series_get_folio, k_series_folio_get;

/* The kernel's row of a function, for tests to change. Fails the test if the kernel has no row. */
struct fn *kernel__fn(struct kernel *k, const char *name);
/* What the kernel would show. The caller frees it with btf__free() or symbols__free(). */
struct btf *kernel__btf(const struct kernel *k);
struct symbols *kernel__symbols(const struct kernel *k);

#endif /* PGMAPREF_TEST_KERNELS_H */
