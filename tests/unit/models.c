// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
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

#include "common/names.h"
#include "kernel/symbols.h"
#include "kernel/walked.h"
#include "models.h"

#define REST 262145

struct model m;

static struct symbols *symbols;

int models__load_symbols(void **state)
{
	static const char *const functions[] = {
		"_stext",
		"get_dev_pagemap",
		"dax_iomap_pte_fault",
		"vfs_write",
		"do_syscall_64",
		"pin_user_pages_fast",
		"iov_iter_extract_pages",
		"follow_page_pte.isra.0",
		"memunmap_pages",
		"unbind_store",
		"_etext",
	};
	char path[] = "/tmp/test_models.XXXXXX";
	int fd = mkstemp(path), err;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	(void)state;
	setenv("TZ", "UTC", 1); /* reports have local times */
	if (!f)
		return -1;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		fprintf(f, "ffffffff81%06zx T %s\n", i * 0x100, functions[i]);
	fprintf(f, "ffffffffc0201100 t dmirror_allocate_chunk\t[test_hmm]\n");
	err = fclose(f) ? -1 : symbols__load(path, NULL, &symbols);
	unlink(path);
	return err;
}

int models__free_symbols(void **state)
{
	(void)state;
	symbols__free(symbols);
	return 0;
}

static int stack_of(void *ctx, uint64_t key, struct pgr_stack *out)
{
	static const struct {
		uint64_t key;
		const char *names[5];
	} stacks[] = {
		{ AT_FAULT, { "get_dev_pagemap", "dax_iomap_pte_fault", "do_syscall_64" } },
		{ AT_CHUNK, { "get_dev_pagemap", "dmirror_allocate_chunk" } },
		{ AT_PIN, { "pin_user_pages_fast", "iov_iter_extract_pages", "vfs_write" } },
	};

	assert_ptr_equal(ctx, &m);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(stacks) / sizeof(*stacks); i++) {
		if (stacks[i].key != key)
			continue;
		for (const char *const *name = stacks[i].names; *name; name++)
			out->ip[out->nr++] = symbols__addr(symbols, *name) + 0x12;
		return 0;
	}
	return -ENOENT;
}

/* Process 66 ended at 11 s. */
static bool has_ended(void *ctx, pid_t tgid, uint64_t since_ns)
{
	(void)ctx;
	return tgid == 66 && since_ns < 11 * SEC;
}

/* The same, and the command line of those that live. */
static void who_is(void *ctx, const struct identity_key *key, struct identity *out)
{
	(void)ctx;
	*out = (struct identity){ .state = key->tgid == 66 ? IDENTITY_EXITED : IDENTITY_ALIVE };
	if (out->state == IDENTITY_EXITED)
		return;
	snprintf(out->command, sizeof(out->command), "./prog%u --queue 7", key->tgid);
	strcpy(out->user, "root");
	strcpy(out->unit, "user.slice");
}

int path_of(void *ctx, uint32_t dev, uint64_t ino, uint64_t pfn, char *buf, size_t len)
{
	(void)ctx, (void)dev, (void)pfn;
	return snprintf(buf, len, "/mnt/dax/dir%d/a\x1b[2Jfile", (int)ino) < (int)len ? 0 : -1;
}

void new_model_ledger(void)
{
	ledger__free(m.l);
	m.l = ledger__new();
	assert_non_null(m.l);
}

int models__set_up(void **state)
{
	struct pgr_pgmap *k = &m.p.k;

	(void)state;
	memset(&m, 0, sizeof(m));
	strcpy(m.p.name, "pmem0");
	m.p.named = true;
	m.p.wanted = true;
	*k = (struct pgr_pgmap){ .addr = 0xffff888100000000,
				 .id = 3,
				 .type = PGR_TYPE_FSDAX,
				 .born_ns = SEC,
				 .pages = 262144,
				 .baseline = REST,
				 .nr_range = 1,
				 .first = { 5ULL << 30, (6ULL << 30) - 1 },
				 .span = { 5ULL << 30, (6ULL << 30) - 1 } };
	m.p.has_value = true;
	m.p.value = REST;
	m.r.symbols = symbols;
	m.r.stack = stack_of;
	m.r.stack_ctx = &m;
	m.r.ended = has_ended;
	m.r.identify = who_is;
	m.r.start_ns = SEC;
	m.r.details = true;
	m.r.wall_ns = 1764000000 * SEC;
	m.sweep.pages = m.sweep.seen = 262144;
	m.sweep.flags = PGR_SWEEP_DONE;
	m.sweep.ns = 4 * MS;
	/* A report must not show elements of a list that are beyond its length. */
	memset(m.sweep.list, 0x5a, sizeof(m.sweep.list));
	memset(m.sweep.file, 0x5a, sizeof(m.sweep.file));
	for (int h = 0; h < PGR_HOOKS; h++) {
		m.plan.hook[h].nr = 1;
		m.plan.hook[h].name = hook__name(h);
	}
	m.f = (struct finding){ .p = &m.p, .phase = FINDING_GONE };
	new_model_ledger();
	if (history__new(SEC, SEC, &m.p.history))
		return -1;
	history__mark(m.p.history, SEC, HISTORY_LIVE);
	history__sample(m.p.history, SEC, HISTORY_VALUE, REST);
	return 0;
}

int models__clean_up(void **state)
{
	(void)state;
	ledger__free(m.l);
	walked__free(m.f.found);
	history__free(m.p.history);
	return 0;
}

void fresh_model(void)
{
	models__clean_up(NULL);
	assert_int_equal(models__set_up(NULL), 0);
}

void look_for_holders(void)
{
	m.f.found = calloc(1, sizeof(*m.f.found));
	assert_non_null(m.f.found);
	m.f.found->done = 7;
	m.f.found->pages = m.f.found->rings = true;
}

struct pgr_task task_of(const char *comm, uint32_t tgid, uint32_t tid)
{
	struct pgr_task t = { .tgid = tgid, .tid = tid };

	snprintf(t.comm, sizeof(t.comm), "%s", comm);
	return t;
}

static struct pgr_ledger_row row_of(const char *comm, uint32_t tgid, uint64_t stack, uint64_t pfn,
				    int64_t n)
{
	return (struct pgr_ledger_row){ .ns = 10 * SEC,
					.last_ns = 12 * SEC,
					.stack = stack,
					.pfn = pfn,
					.n = n,
					.followed = 1,
					.task = task_of(comm, tgid, tgid) };
}

void add_row_of(uint32_t holding, const char *comm, uint32_t tgid, uint64_t stack, uint64_t pfn,
		int64_t n)
{
	struct pgr_ledger_key key = { .id = 3, .holding = holding };
	struct pgr_ledger_row row = row_of(comm, tgid, stack, pfn, n);

	ledger__add(m.l, &key, &row);
}

void add_entry_of(const char *comm, uint32_t tgid, uint64_t ino, uint64_t index, uint64_t pfn,
		  uint32_t order)
{
	struct pgr_ledger_key key = { .id = 3, .holding = PGR_HOLD_ENTRY };
	struct pgr_ledger_row row = row_of(comm, tgid, AT_FAULT, pfn, 1);

	row.ino = ino;
	row.dev = DISK;
	row.index = index;
	row.order = order;
	ledger__add(m.l, &key, &row);
}

static bool is_transient(void *ctx, uint64_t stack)
{
	(void)ctx;
	return stack == AT_PIN;
}

void finish_ledger(void)
{
	assert_int_equal(ledger__finish(m.l, is_transient, NULL), 0);
}

struct pgr_busy_page *add_busy(uint64_t pfn, int32_t refcount)
{
	static struct pgr_busy_page not_listed;
	struct pgr_busy_page *b = &not_listed;

	m.sweep.busy++;
	m.sweep.extra += refcount - 1;
	m.sweep.others += refcount - 1;
	if (m.sweep.listed < PGR_BUSY)
		b = &m.sweep.list[m.sweep.listed++];
	*b = (struct pgr_busy_page){ .pfn = pfn, .refcount = refcount };
	return b;
}

void begin_teardown(int64_t excess)
{
	struct teardown *td = &m.p.td;

	m.p.state = PGMAP_KILLED;
	m.p.ref_flags = PGR_REF_DYING;
	m.p.value = excess;
	td->begun = td->has_value = true;
	td->value = REST + excess;
	td->begin_ns = 5 * SEC;
	td->task = task_of("sh", 100, 100);
	td->stack = AT_FAULT;
	td->sweep = &m.sweep;
	history__sample(m.p.history, 5 * SEC, HISTORY_VALUE, REST + excess);
	history__mark(m.p.history, 5 * SEC, HISTORY_KILLED);
}

void leaks(unsigned int kinds)
{
	m.f.j.verdict = VERDICT_LEAK;
	m.f.j.kinds = kinds;
}

void doubts(const char *why)
{
	m.f.j.verdict = VERDICT_INCONCLUSIVE;
	snprintf(m.f.j.why, sizeof(m.f.j.why), "%s", why);
}
