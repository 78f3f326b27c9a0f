// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <time.h>

#include "common/clock.h"

static int64_t ahead;

static uint64_t read_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

uint64_t clock__now(void)
{
	return read_ns(CLOCK_MONOTONIC) - ahead;
}

void clock__learn(uint64_t before, uint64_t kernel, uint64_t after)
{
	if (kernel < before || kernel > after)
		ahead += before + (after - before) / 2 - kernel;
}

int64_t clock__ahead(void)
{
	return ahead;
}

int64_t clock__to_boottime(void)
{
	return read_ns(CLOCK_BOOTTIME) - clock__now();
}

uint64_t clock__wall(void)
{
	return read_ns(CLOCK_REALTIME) - clock__now();
}
