// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef __x86_64__
#include <asm/perf_regs.h>
#endif

#include "kernel/perf_ring.h"
#include "kernel/sampler.h"
#include "kernel/symbols.h"

#define RING_PAGES 16 /* pages of data: a power of two */
#define PERIOD_NS 500000
#define ROUND_NS 10000000
#define ROUNDS 5
/*
 * Numbers of samples. A few samples may all lie within one call of a loop, therefore wait for
 * ENOUGH. After the last round, FEW are sufficient.
 */
#define ENOUGH 60
#define FEW 3
#define RECORD_MAX 4096

struct ring {
	struct perf_event_mmap_page *head;
	const uint8_t *data;
	size_t size;
	uint64_t tail;
};

/* System call arguments: di, si, dx. A sample has them in the order of perf's numbers. */
#ifdef __x86_64__
#define ARGS_MASK (1ULL << PERF_REG_X86_DX | 1ULL << PERF_REG_X86_SI | 1ULL << PERF_REG_X86_DI)
#else
#define ARGS_MASK 0
#endif

static int open_event(uint32_t tid)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(a),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERIOD_NS,
		.sample_type = PERF_SAMPLE_CALLCHAIN | (ARGS_MASK ? PERF_SAMPLE_REGS_USER : 0),
		.sample_regs_user = ARGS_MASK,
		.exclude_user = 1,
		.exclude_callchain_user = 1,
	};

	return syscall(SYS_perf_event_open, &a, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static void name_frame(struct symbols *symbols, uint64_t ip, struct blocked_frame *f)
{
	const char *name, *module;

	memset(f, 0, sizeof(*f));
	if (symbols__name(symbols, ip, &name, &module, NULL)) {
		snprintf(f->function, sizeof(f->function), "0x%llx", (unsigned long long)ip);
		return;
	}
	/* Drop the suffix of a clone, as blocked__parse() does. */
	snprintf(f->function, sizeof(f->function), "%.*s", (int)strcspn(name, "."), name);
	if (module)
		snprintf(f->module, sizeof(f->module), "%s", module);
}

/* w: the sample after its header: number of addresses, the addresses, then the registers. */
static void add_sample(struct symbols *symbols, const uint64_t *w, size_t words,
		       struct blocked_sample *s, unsigned int *nr)
{
	struct blocked_stack stack = { 0 };
	uint64_t n = words ? w[0] : 0;

	if (n >= words)
		return;
	for (uint64_t i = 1; i <= n && stack.nr < BLOCKED_FRAMES; i++)
		if (w[i] < PERF_CONTEXT_MAX) /* larger values are markers, not addresses */
			name_frame(symbols, w[i], &stack.frame[stack.nr++]);
	if (!stack.nr)
		return;
	if (!(*nr)++)
		s->stack = stack;
	else
		blocked__common(&s->stack, &stack);
	/* ABI 0 means a kernel thread, which has no user registers. */
	if (ARGS_MASK && n + 4 < words && w[n + 1]) {
		s->has_args = true;
		s->arg[2] = w[n + 2]; /* dx */
		s->arg[1] = w[n + 3]; /* si */
		s->arg[0] = w[n + 4]; /* di */
	}
}

static void drain(struct ring *r, struct symbols *symbols, struct blocked_sample *s,
		  unsigned int *nr)
{
	uint64_t head = __atomic_load_n(&r->head->data_head, __ATOMIC_ACQUIRE);
	static uint64_t buf[RECORD_MAX / 8];
	struct perf_event_header h;

	for (; perf_ring__next(r->data, r->size, r->tail, head, &h); r->tail += h.size) {
		if (h.type != PERF_RECORD_SAMPLE || h.size > sizeof(buf))
			continue;
		perf_ring__copy(r->data, r->size, r->tail + sizeof(h), buf, h.size - sizeof(h));
		add_sample(symbols, buf, (h.size - sizeof(h)) / 8, s, nr);
	}
	__atomic_store_n(&r->head->data_tail, r->tail, __ATOMIC_RELEASE);
}

int sampler__stack(struct symbols *symbols, uint32_t tid, struct blocked_sample *s)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t len = (RING_PAGES + 1) * page;
	struct blocked_sample got = { .has_args = false };
	struct ring r = { .size = RING_PAGES * page };
	int fd = open_event(tid), err = 0;
	unsigned int nr = 0;
	void *map;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		err = -errno;
		close(fd);
		return err;
	}
	r.head = map;
	r.data = (const uint8_t *)map + page;
	for (int i = 0; i < ROUNDS && nr < ENOUGH; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = ROUND_NS }, NULL);
		drain(&r, symbols, &got, &nr);
	}
	munmap(map, len);
	close(fd);
	if (nr < FEW)
		return -EAGAIN;
	*s = got;
	return 0;
}
