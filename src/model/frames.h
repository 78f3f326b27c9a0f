/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel stacks as the programs took them, made readable. */
#ifndef PGMAPREF_FRAMES_H
#define PGMAPREF_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/records.h"

struct symbols;

/*
 * The stack begins in the BPF program and the trampoline or probe that called
 * it. Index of the first frame of the kernel's own below them and below the
 * hooked function itself: the call site. stack->nr if there is none.
 */
unsigned int frames__site(struct symbols *s, const struct pgr_stack *stack);

/* One frame, "name+0x12 [module]". Returns buf. */
const char *frames__format(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			   char *buf, size_t len);
/* The same without offset, for the site column of a line. */
const char *frames__short(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			  char *buf, size_t len);

/* Does a function in the stack give back before it returns what it takes? */
bool frames__transient(struct symbols *s, const struct pgr_stack *stack);

/*
 * Is it that of an interrupt, or of a callback that RCU runs? Then the task that was running has
 * nothing to do with it.
 */
bool frames__in_interrupt(struct symbols *s, const struct pgr_stack *stack);

#endif /* PGMAPREF_FRAMES_H */
