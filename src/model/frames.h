/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel stacks that the BPF programs recorded: as readable text, and their call sites. */
#ifndef PGMAPREF_FRAMES_H
#define PGMAPREF_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/records.h"

struct symbols;

/*
 * Index of the call site. A stack begins with the BPF program and the trampoline or probe that
 * called it, then the hooked function itself. The call site is the first frame of the kernel below
 * these; stack->nr if there is none.
 */
unsigned int frames__site(struct symbols *s, const struct pgr_stack *stack);

/*
 * The same for the stack of a write to a page's refcount: the first frame beyond functions that only
 * count for their callers.
 */
unsigned int frames__counting_site(struct symbols *s, const struct pgr_stack *stack);

/* Formats one frame as "name+0x12 [module]". Returns buf. */
const char *frames__format(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			   char *buf, size_t len);
/* The same with the size of the function: "name+0x12/0x40 [module]", as tools that find lines want. */
const char *frames__full(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			 char *buf, size_t len);
/* The same without the offset, for the site column of a line. */
const char *frames__short(struct symbols *s, const struct pgr_stack *stack, unsigned int i,
			  char *buf, size_t len);

/*
 * The stack in one line, for people: the call site, its caller, and what the task had asked the kernel
 * for: "get_write+0xc3 [mod] <- write(2)". Frames that all calls of the kind have are left out.
 * Returns buf; "": the stack has no call site.
 */
const char *frames__way(struct symbols *s, const struct pgr_stack *stack, char *buf, size_t len);

/* Does a function in the stack take a reference and put it before it returns? */
bool frames__transient(struct symbols *s, const struct pgr_stack *stack);

/*
 * Is this the stack of an interrupt or of an RCU callback? Then the task that was running on the
 * CPU is not the cause.
 */
bool frames__in_interrupt(struct symbols *s, const struct pgr_stack *stack);

#endif /* PGMAPREF_FRAMES_H */
