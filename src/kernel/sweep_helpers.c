// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/on_demand.h"
#include "kernel/helpers.h"
#include "kernel/sweep_helpers.h"

struct sweep_helpers {
	struct ring_buffer *ring;
	struct helpers *threads;
	int prog;
};

static bool step(void *ctx, unsigned int number)
{
	const struct sweep_helpers *s = ctx;
	struct pgr_ahead_args args = { .helper = number };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args));

	return !bpf_prog_test_run_opts(s->prog, &opts) && args.more;
}

/* Several calls at once are one: the offer is read when a step begins. */
static void drain(void *ctx)
{
	const struct sweep_helpers *s = ctx;

	ring_buffer__consume(s->ring);
}

static int ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

unsigned int sweep_helpers__number(void)
{
	return helpers__number(PGR_HELPERS);
}

struct sweep_helpers *sweep_helpers__start(int prog, int ring)
{
	struct sweep_helpers *s = calloc(1, sizeof(*s));
	struct helpers_work work = { .drain = drain, .step = step, .ctx = s };

	if (!s)
		return NULL;
	s->prog = prog;
	s->ring = ring_buffer__new(ring, ignore, NULL, NULL);
	if (s->ring) {
		work.fd = ring_buffer__epoll_fd(s->ring);
		s->threads = helpers__start(&work, sweep_helpers__number());
	}
	if (s->threads)
		return s;
	sweep_helpers__stop(s);
	return NULL;
}

void sweep_helpers__stop(struct sweep_helpers *s)
{
	if (!s)
		return;
	helpers__stop(s->threads);
	ring_buffer__free(s->ring);
	free(s);
}
