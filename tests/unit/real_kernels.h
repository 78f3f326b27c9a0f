/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Debian's kernels, one of each series, and the patched one. tests/guest/plan-facts took the facts from their images and
 * wrote them into tests/unit/kernels.d, one on each line:
 *
 *	func NAME ARITY PROTOTYPE	a function of the BTF, and how many parameters it has
 *	func NAME none			the BTF of vmlinux does not have it
 *	member STRUCT MEMBER KIND	ptr, struct, other, or none if there is no such member
 *	symbol NAME TYPE		of kallsyms: the function, or what the compiler made of it
 *	ftrace NAME			fentry, fexit, kprobes and kretprobes can hook this symbol
 *
 * Functions of modules are not there.
 */
#ifndef PGMAPREF_TEST_REAL_KERNELS_H
#define PGMAPREF_TEST_REAL_KERNELS_H

#include "kernels.h"

extern struct kernel k6_1, k6_12, k6_16, k6_17, k6_18, k6_19, k7_0, k7_1, k7_2, k7_3;
/* tests/kernel. get_dev_pagemap() is inline there. */
extern struct kernel k6_1_patched;

#define REAL_KERNELS 11

/* The same kernels, oldest first. */
extern struct kernel *const real_kernels[REAL_KERNELS];

/*
 * Reads the facts of all of them. For cmocka_run_group_tests(), before any test that uses one.
 * Fails if a file is missing, or if it was made before the plan asked for one of its functions.
 */
int real_kernels__read(void **state);

#endif /* PGMAPREF_TEST_REAL_KERNELS_H */
