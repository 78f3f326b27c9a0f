/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tests of src/bpf share: they load the object units.bpf.c with the settings of a test,
 * and make kernel objects in its `memory`, with the layout in the BTF of the running kernel.
 */
#ifndef PGMAPREF_BED_H
#define PGMAPREF_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/exact.h"
#include "common/on_demand.h"
#include "common/walk.h"

/* The skeleton declares the globals with the kernel's types. */
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#include "units.skel.h"

/*
 * Opens the object. The setup of a group calls bed__open(), sets rodata and sizes of maps, and ends
 * with bed__load(), which puts the object into *state. The tests of a group begin with bed__of().
 * If the kernel has no BTF or refuses BPF programs, bed__of() skips the test and prints the reason.
 */
struct units_bpf *bed__open(void);
int bed__load(void **state, struct units_bpf *u);
struct units_bpf *bed__of(void **state);
int bed__close(void **state);

/* Runs a program; fails the test unless it returns 0. */
void bed__run(struct bpf_program *prog);
/* Runs the program in another process. */
void bed__run_as_another(struct bpf_program *prog);

/* The kernel's address of memory[at]. */
uint64_t bed__address(struct units_bpf *u, size_t at);
void bed__put64(struct units_bpf *u, size_t at, uint64_t value);
void bed__put32(struct units_bpf *u, size_t at, uint32_t value);
/* Offset of a member. It may be in unnamed structs and unions: "data", "i_pages.xa_head". */
size_t bed__offset(const char *type, const char *member);
bool bed__has(const char *type, const char *member);
size_t bed__size(const char *type);
/* Call it after bed__open(). */
bool bed__has_function(const char *name);
int64_t bed__enum(const char *name, int64_t otherwise);

/* How often a cause of loss was counted, on all CPUs, since the last bed__reset(). */
uint64_t bed__lost(struct units_bpf *u, enum pgr_loss cause);
/* Empties the maps that the tests use and `memory`, and sets the counts of losses to 0. */
void bed__reset(struct units_bpf *u);

#endif /* PGMAPREF_BED_H */
