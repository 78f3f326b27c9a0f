// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "common/hooks.h"

/* Words that the rows of hook_defs.h use. */
#define BIT_OF(hook) (1ULL << PGR_HOOK_##hook)
#define MAKES(event) (1u << PGR_EV_##event)
#define PINS .without = "who pinned pages with this function", .sees = SEES_PINS
#define UNPINS                                                                                       \
	.without =                                                                                   \
		"unpins by this function: pages are listed as pinned until a sweep finds them idle", \
	.sees = SEES_UNPINS

#define HOOK(number, NAME, word, ...) [number] = { .name = #word, __VA_ARGS__ },
const struct hook hooks[PGR_HOOKS] = {
#include "common/hook_defs.h"
};

#define HOOK(number, NAME, ...) ROW_##NAME,
enum {
#include "common/hook_defs.h"
	ROWS
};
_Static_assert((int)ROWS == (int)PGR_HOOKS,
	       "hook_defs.h: a number is there twice, left out, or not in order");
_Static_assert(PGR_HOOKS <= 64, "a set of hooks is a uint64_t");

uint64_t hooks__seeing(unsigned int sees)
{
	uint64_t set = 0;

	for (int h = 0; h < PGR_HOOKS; h++)
		if (hooks[h].sees & sees)
			set |= 1ULL << h;
	return set;
}
