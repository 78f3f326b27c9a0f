// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "report/report_brief.h"
#include "report/report_culprits.h"
#include "report/report_parts.h"
#include "report/report_words.h"

const char *part__wall(const struct report *r, uint64_t ns, char *buf, size_t len)
{
	uint64_t wall = ns + r->wall_ns;
	time_t s = wall / NSEC_PER_SEC;
	struct tm tm;

	if (!localtime_r(&s, &tm) || !strftime(buf, len, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, len, "?");
	return buf;
}

enum out_style part__style_of(const struct judgement *j)
{
	if (j->verdict == VERDICT_CLEAN)
		return OUT_GOOD;
	return j->verdict == VERDICT_LEAK && !j->allowed ? OUT_BAD : OUT_DOUBT;
}

/* "2026-11-26 18:22:31  pmem0: UNBIND HANGS, 4 references are left (hang)" */
static void put_headline(struct report *r, const struct finding *f, const char *words,
			 const char *kinds, uint64_t now)
{
	char when[32], lead[64 + DEVICES_NAME_MAX];
	struct out *o = r->out;

	part__wall(r, now, when, sizeof(when));
	snprintf(lead, sizeof(lead), "%s  %s: ", when, f->p->name);
	out__paragraph(o, lead, 4);
	out__style(o, part__style_of(&f->j));
	out__str(o, "headline", "%s", words);
	out__style(o, OUT_PLAIN);
	out__str(o, NULL, *kinds ? " (%s" : NULL, kinds);
	out__str(o, NULL, *kinds ? "%s)" : NULL, f->j.allowed ? ", suppressed" : "");
	out__paragraph_end(o);
}

static void put_advice(void *ctx, const char *sentence)
{
	struct out *o = ctx;

	out__paragraph(o, "   ", 3);
	out__str(o, "", "%s", sentence);
	out__paragraph_end(o);
}

static void count_advice(void *ctx, const char *sentence)
{
	size_t *n = ctx;

	(void)sentence;
	++*n;
}

static void put_advices(struct report *r, const struct finding *f, const struct culprits *c)
{
	struct out *o = r->out;
	size_t n = 0;

	words__advice(f, c, count_advice, &n);
	if (n)
		out__str(o, NULL, "\n%s\n",
			 f->j.kinds & (LEAK_PINNED | LEAK_ENTRIES) ? "NEXT TIME" : "WHAT TO DO");
	out__array(o, "advice");
	words__advice(f, c, put_advice, o);
	out__pop(o);
}

static void put_danger(struct report *r, const struct finding *f)
{
	const char *danger = words__danger(f);
	struct out *o = r->out;

	if (!danger)
		return;
	out__text(o, "\n");
	out__style(o, OUT_DANGER);
	out__str(o, NULL, "%s", "!! DANGER");
	out__style(o, OUT_PLAIN);
	out__paragraph(o, "\n   ", 3);
	out__str(o, "danger", "%s", danger);
	out__paragraph_end(o);
}

static void put_happened(struct report *r, const struct finding *f, uint64_t now)
{
	struct out *o = r->out;
	char words[WORDS_MAX];

	words__happened(f, now, words, sizeof(words));
	if (!words[0])
		return;
	out__paragraph(o, "\n  ", 2);
	out__str(o, "happened", "%s", words);
	out__paragraph_end(o);
}

static void put_facts(struct report *r, const struct finding *f)
{
	char words[WORDS_MAX];

	out__paragraph(r->out, "\nFACTS ", 6);
	out__str(r->out, NULL, "%s", words__facts(f, words, sizeof(words)));
	out__paragraph_end(r->out);
	out__text(r->out, "\n");
}

/* One line for what needs no more. Returns false if it needs more. */
static bool put_line(struct report *r, const struct finding *f, uint64_t now)
{
	char words[WORDS_MAX];

	if (f->j.verdict == VERDICT_CLEAN)
		words__clean(f, now, words, sizeof(words));
	else if (f->said && f->said == f->j.kinds)
		words__again(f, now, words, sizeof(words));
	else
		return false;
	put_headline(r, f, words, "", now);
	return true;
}

void part__brief(struct report *r, const struct finding *f, uint64_t now)
{
	char words[WORDS_MAX], kinds[VERDICT_KINDS_MAX] = "inconclusive";
	bool json = out__is_json(r->out);
	struct culprits c;

	if (!json && put_line(r, f, now))
		return;
	if (f->j.verdict != VERDICT_INCONCLUSIVE)
		verdict__kinds(f->j.kinds, kinds, sizeof(kinds));
	put_headline(r, f, words__headline(f, words, sizeof(words)), kinds, now);
	if (f->j.allowed && !json)
		return;
	put_happened(r, f, now);
	if (!culprits__make(&c, f) && f->j.verdict == VERDICT_LEAK) {
		part__culprits(r, f, &c, now);
		put_danger(r, f);
		put_advices(r, f, &c);
	}
	culprits__clear(&c);
	put_facts(r, f);
}
