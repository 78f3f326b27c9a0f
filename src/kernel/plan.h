/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which hooks the running kernel offers, and by which BPF program each is to be
 * served: a pure function of the kernel's BTF and symbols, never of its
 * version. KERNEL facts (which function is in which release) stand beside the
 * table in plan_table.c.
 */
#ifndef PGMAPREF_PLAN_H
#define PGMAPREF_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hooks.h"
#include "common/records.h"

struct btf;
struct symbols;

enum plan_how {
	PLAN_FENTRY, /* fentry or fexit, as the program's section says */
	PLAN_KPROBE, /* kprobe and, for its results, kretprobe */
	PLAN_RAW_TP,
};

enum plan_mechanism { PLAN_AUTO, PLAN_ONLY_FENTRY, PLAN_ONLY_KPROBE };

#define PLAN_PROGS 3
#define PLAN_ATTEMPTS 6
#define PLAN_SYMBOL 64
#define PLAN_FUNCTIONS 128 /* no plan asks for more */

/*
 * What programs that prove that hooks run are attached to: bpf_prog_test_run_syscall(prog, kattr,
 * uattr), net/bpf/test_run.c, 5.14 to 7.3, through which our own SEC("syscall") programs are run,
 * and hardly anything else.
 */
#define PLAN_CANARY "bpf_prog_test_run_syscall"

/* One way to serve a hook. */
struct plan_attempt {
	enum plan_how how;
	char symbol[PLAN_SYMBOL]; /* what to attach to; as in kallsyms, suffix included */
	uint32_t btf_id; /* of that function in the BTF of vmlinux, for fentry; else 0 */
	const char *prog[PLAN_PROGS]; /* programs that belong together; NULL ends */
	enum pgr_mechanism by[PLAN_PROGS]; /* how each of them is attached */
};

struct plan_hook {
	const char *name; /* stable, as in `probes` and --disable-hook */
	const char *wanted; /* the function's name on most kernels */
	const char *without; /* what is not seen without it */
	unsigned int nr; /* attempts, best first; 0: this kernel has no way */
	unsigned int next; /* the one to try, or that is attached */
	struct plan_attempt attempt[PLAN_ATTEMPTS];
	bool disabled; /* by the user: --disable-hook */
	bool barred; /* by the user: --attach */
	bool absent; /* of what this kernel does not have: nothing is missing */
	char missing[160]; /* why there is no (more) attempt, "" otherwise */
};

struct plan {
	struct plan_hook hook[PGR_HOOKS]; /* by enum pgr_hook */
	int32_t idle[PGR_TYPES]; /* refcount of an idle page by type; -1: not known */
	uint32_t share_how; /* enum pgr_share */
	uint8_t maps_hold[PGR_TYPES]; /* a mapping holds a page reference of its own */
	/* Of the series of 2022, as in struct pgr_series; folio_refs: it is there. */
	bool folio_refs, puts_visible, free_puts_all, range_refs;
	uint8_t dax_shift; /* of the pfn in a DAX entry, to begin with */
	bool rdonly_cast; /* there is bpf_rdonly_cast() */
	uint32_t canary_id; /* of PLAN_CANARY in the BTF of vmlinux; 0: not there */
	bool alloc_per_page; /* zone_device_page_init() counts pages, not calls */
	char unusable[128]; /* why no part of the tool works on this kernel, or "" */
};

struct plan_options {
	enum plan_mechanism mechanism;
	const char *const *disabled; /* hook names or symbols; NULL-terminated or NULL */
};

/* The functions that a plan may ask the symbols for, at most PLAN_FUNCTIONS; NULL ends. */
const char *const *plan__symbols(void);
/*
 * Those of them whose caller is the one that did it: where a hook's stack begins with one of these,
 * who called it is the site. NULL ends.
 */
const char *const *plan__callees(void);

/*
 * Fills *plan. btf: the kernel's own; symbols: its kallsyms; options may be
 * NULL. Borrows nothing: *plan stands alone. Returns 0, or -ENOENT if
 * options->disabled names no hook (the name is then in *unknown, borrowed).
 */
int plan__make(const struct btf *btf, struct symbols *symbols, const struct plan_options *options,
	       struct plan *plan, const char **unknown);

/* The attempt to try now, or NULL when the hook is missing. */
const struct plan_attempt *plan_hook__attempt(const struct plan_hook *hook);

/* The current attempt failed for `why`: go on to the next one. */
void plan_hook__fail(struct plan_hook *hook, const char *why);

/* How pgmaps account for their folios here, with the attempts as they stand: for the BPF side. */
struct pgr_series plan__series(const struct plan *plan);

/*
 * Do pgmaps account for their folios here, and is all of it seen? Asked after attaching, since
 * what could not be attached leaves the account open.
 */
bool plan__sees_folios(const struct plan *plan);

/*
 * What a call of the hook's function does to the counter, where its name and arity say so; "" where
 * it moves nothing; NULL where it is learned from the first calls.
 */
const char *plan__effect(const struct plan *plan, enum pgr_hook hook);

const char *plan_how__name(const struct plan_attempt *attempt);

#endif /* PGMAPREF_PLAN_H */
