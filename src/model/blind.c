// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "model/blind.h"
#include "model/verdict.h"

void blind__because(struct blind_reason *r, const char *fmt, ...)
{
	va_list args;

	if (*r->text)
		return;
	va_start(args, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, args);
	va_end(args);
}

const char *blind__text(const struct blind_reason *r)
{
	return *r->text ? r->text : NULL;
}

/* Adds why a hook for which `is` returns true may not have seen every call. */
static void see_hooks(const struct blind_facts *f, bool (*is)(int hook), struct blind_reason *r)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &f->plan->hook[h];
		const char *doubt = alive__doubt(f->alive, h);

		if (!is(h))
			continue;
		if (!hook->absent && !plan_hook__attempt(hook))
			blind__because(r, "hook %s is missing", hook__name(h));
		if (doubt)
			blind__because(r, "hook %s %s", hook__name(h), doubt);
		if (f->missed_runs[h])
			blind__because(r, "hook %s missed calls", hook__name(h));
	}
}

static bool is_pin(int hook)
{
	return pgr_hook__is_pin(hook);
}

static bool is_unpin(int hook)
{
	return pgr_hook__is_unpin(hook);
}

static void see_losses(const struct blind_facts *f, uint32_t causes, struct blind_reason *r)
{
	for (int c = 0; c < PGR_LOSSES; c++)
		if (f->cause[c] && causes >> c & 1)
			blind__because(r, "lost: %s", loss__name(c));
}

#define L(cause) (1u << PGR_LOSS_##cause)

void blind__see(struct blind *b, const struct blind_facts *f)
{
	memset(b, 0, sizeof(*b));
	if (!f->pins)
		blind__because(&b->pins, "pins are not traced");
	if (f->filtered)
		blind__because(&b->taken, "a filter leaves out tasks that took references");
	if (!f->cause || !f->missed_runs) {
		blind__because(&b->pins, "what was lost is not known");
		blind__because(&b->unpins, "what was lost is not known");
		blind__because(&b->taken, "what was lost is not known");
		return;
	}
	see_hooks(f, is_pin, &b->pins);
	see_hooks(f, is_unpin, &b->unpins);
	see_hooks(f, verdict__takes, &b->taken);
	see_losses(f, L(PIN_FULL) | L(PIN_SLOTS) | L(PIN_MORE) | L(PIN_STASH) | L(PIN_READ),
		   &b->pins);
	see_losses(f, L(PIN_MORE) | L(PIN_READ), &b->unpins);
	see_losses(f, L(LEDGER_FULL) | L(LEDGER_ERR) | L(PGMAP_UNKNOWN) | L(READ) | L(STASH),
		   &b->taken);
}
