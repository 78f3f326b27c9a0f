// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>
#include <sys/param.h>

#include "common/hooks.h"
#include "model/layers.h"

/*
 * References that nobody was seen to take are older than the tool. Two samples must agree on their
 * number, because during the first sample folios may come and go.
 */
static bool settle(struct layers_state *s, const struct layers_sample *sample, int64_t off)
{
	int64_t guess;

	if (s->settled)
		return true;
	if (!sample->adopted || (!sample->excess && !off && !sample->foreign_puts)) {
		s->settled = true;
		return true;
	}
	if (!sample->traced)
		return false;
	guess = off - sample->traced->others;
	s->settled = s->guessed && s->guess == guess;
	s->guessed = true;
	s->guess = guess;
	if (s->settled) {
		s->older = MAX(guess, 0);
		s->short_before = guess < 0;
	}
	return s->settled;
}

/* off: the excess minus the folios in use. */
static void explain(const struct layers_state *s, const struct layers *y, int64_t off,
		    struct layers_off *now)
{
	int64_t known = y->others + s->older, diff, without_reference = 0, few;

	/* A negative number of known references means too many puts: nobody holds less than 0. */
	diff = off - MAX(known, 0);
	few = MAX(-known, 0);
	/* An entry may lie over one folio, or over one folio per page. */
	if (y->without_reference)
		without_reference = MAX(MIN(-diff - few, (int64_t)y->pages_without_reference), 1);
	few = MAX(-diff - without_reference, few);
	now->without_reference = y->without_reference;
	now->refs_too_few = few;
	now->refs_too_many = diff + without_reference + few;
	now->perhaps_untraced = few && s->short_before;
}

enum layers_verdict layers__judge(struct layers_state *s, const struct layers_sample *sample)
{
	int64_t off = sample->excess - (int64_t)sample->used;
	bool settled = settle(s, sample, off), lost = sample->traced && sample->traced->incomplete;
	struct layers_off now = { 0 };
	enum layers_verdict verdict;

	if (!sample->traced) {
		if (!settled || off != s->older || sample->foreign_puts)
			return LAYERS_ASK;
	} else if (lost) {
		/* Too few references were read: a fact. Too many may belong to lost rows. */
		now.refs_too_few = MAX(-off, 0);
		now.perhaps_untraced = now.refs_too_few;
	} else if (!settled) {
		return LAYERS_OPEN;
	} else {
		explain(s, sample->traced, off, &now);
	}
	if (!now.refs_too_many && !now.refs_too_few && !now.without_reference)
		verdict = lost ? LAYERS_INCOMPLETE : LAYERS_AGREE;
	else if (now.refs_too_many == s->off.refs_too_many &&
		 now.refs_too_few == s->off.refs_too_few &&
		 now.without_reference == s->off.without_reference)
		verdict = LAYERS_DIFFER;
	else
		verdict = LAYERS_OPEN;
	s->off = now;
	return verdict;
}

void layers__skip(struct layers_state *s)
{
	memset(&s->off, 0, sizeof(s->off));
	s->guessed = false;
}

bool layers__have(enum pgr_type type)
{
	return type == PGR_TYPE_FSDAX || type == PGR_TYPE_GENERIC || type == PGR_TYPE_PRIVATE ||
	       type == PGR_TYPE_COHERENT;
}

bool layers__lost(const uint64_t *cause, const uint64_t *missed_runs)
{
	static const enum pgr_loss causes[] = { PGR_LOSS_LEDGER_FULL, PGR_LOSS_LEDGER_ERR,
						PGR_LOSS_READ, PGR_LOSS_STASH,
						PGR_LOSS_ENTRY_LAYOUT };
	uint64_t needed = hooks__seeing(SEES_FOLIO_ACCOUNT);

	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (cause[causes[i]])
			return true;
	for (int h = 0; h < PGR_HOOKS; h++)
		if (needed >> h & 1 && missed_runs[h])
			return true;
	return false;
}
