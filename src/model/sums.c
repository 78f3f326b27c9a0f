// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "common/choices.h"
#include "model/name_set.h"
#include "model/sums.h"

#define STEPS_LOG2 3 /* buckets in a power of two: 1 << 3 */
#define STEPS (1ull << STEPS_LOG2)

/* Equal keys have equal bytes: make one by memset(). */
struct key {
	uint32_t kind;
	uint32_t pgmap, site; /* 1 + index of the name; 0: none */
	uint32_t tgid;
	uint64_t ino;
	uint32_t dev, rest;
	char comm[PGR_COMM];
};

/* The site of a stack. */
struct known_stack {
	uint64_t stack; /* 0: free */
	uint32_t site;
};

struct slot {
	struct key key;
	struct sum_row *row; /* NULL: free */
};

#define SLOTS (2ull * SUMS_ROWS) /* half of them are free at least */

struct sums {
	unsigned int by;
	sums_site_fn site;
	void *ctx;
	struct name_set pgmaps, sites;
	struct known_stack *stacks;
	size_t nr_stacks, room_stacks; /* room: 0 or a power of two */
	struct sum_row **rows; /* in the order of their making, until they are sorted */
	size_t nr;
	uint64_t unknown[SUM_KINDS];
	struct slot slots[SLOTS];
};

/* ---- words ------------------------------------------------------------------------------- */

/* In the order of the bits of enum sum_by. */
static const char *const words[] = { "pgmap", "site", "task", "comm", "file" };
#define NR_WORDS (sizeof(words) / sizeof(*words))

int sum_by__parse(const char *list, unsigned int *by, char *bad, size_t len)
{
	unsigned int order[NR_WORDS];
	int n = choices__parse(list, words, NR_WORDS, order, bad, len);

	*by = 0;
	for (int i = 0; i < n; i++)
		*by |= 1u << order[i];
	return n < 0 ? n : 0;
}

/* ---- times held -------------------------------------------------------------------------- */

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int log2;

	if (ns < 2 * STEPS)
		return ns;
	log2 = 63 - __builtin_clzll(ns);
	return ((log2 - STEPS_LOG2) << STEPS_LOG2) + (ns >> (log2 - STEPS_LOG2));
}

/* The middle of a bucket. */
static uint64_t time_of(unsigned int bucket)
{
	unsigned int log2;
	uint64_t low;

	if (bucket < 2 * STEPS)
		return bucket;
	log2 = (bucket >> STEPS_LOG2) - 1;
	low = (uint64_t)(STEPS + (bucket & (STEPS - 1))) << log2;
	return low + (1ULL << log2) / 2;
}

_Static_assert(SUM_BUCKETS == ((63 - STEPS_LOG2) << STEPS_LOG2) + 2 * STEPS, "the last bucket");

bool sum_row__held(const struct sum_row *row, unsigned int permille, uint64_t *ns)
{
	uint64_t all = 0, before = 0, wanted;

	for (unsigned int b = 0; b < SUM_BUCKETS; b++)
		all += row->held[b];
	if (!all)
		return false;
	wanted = all / 1000 * permille + (all % 1000 * permille + 999) / 1000;
	/* Of few, or of equal ones, the last one: its time is known. */
	*ns = row->max_ns;
	for (unsigned int b = 0; b < SUM_BUCKETS && before < all; b++) {
		before += row->held[b];
		if (before >= wanted && row->held[b]) {
			if (wanted < all)
				*ns = MIN(time_of(b), row->max_ns);
			break;
		}
	}
	return true;
}

/* ---- rows -------------------------------------------------------------------------------- */

struct sums *sums__new(unsigned int by, sums_site_fn site, void *ctx)
{
	struct sums *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->by = by ? by : SUM_BY_DEFAULT;
	s->site = site;
	s->ctx = ctx;
	s->rows = calloc(SUMS_ROWS, sizeof(struct sum_row *));
	if (!s->rows) {
		free(s);
		return NULL;
	}
	return s;
}

void sums__free(struct sums *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		free(s->rows[i]);
	free(s->rows);
	free(s->stacks);
	name_set__clear(&s->pgmaps);
	name_set__clear(&s->sites);
	free(s);
}

unsigned int sums__by(const struct sums *s)
{
	return s->by;
}

/* 1 + the index of the name; 0: no memory. */
static uint32_t name_of(struct name_set *names, const char *name)
{
	for (size_t i = 0; i < names->nr; i++)
		if (!strcmp(names->names[i], name))
			return i + 1;
	return name_set__add(names, name) ? 0 : names->nr;
}

static uint64_t mix(uint64_t v)
{
	v *= 0x9e3779b97f4a7c15ULL; /* 2^64 by the golden ratio: spreads neighbours */
	return v ^ v >> 32;
}

static struct known_stack *stack_at(struct known_stack *of, size_t room, uint64_t stack)
{
	size_t i = mix(stack) & (room - 1);

	while (of[i].stack && of[i].stack != stack)
		i = (i + 1) & (room - 1);
	return &of[i];
}

static int grow_stacks(struct sums *s)
{
	size_t room = s->room_stacks ? 2 * s->room_stacks : 256;
	struct known_stack *more = calloc(room, sizeof(*more));

	if (!more)
		return -ENOMEM;
	for (size_t i = 0; i < s->room_stacks; i++)
		if (s->stacks[i].stack)
			*stack_at(more, room, s->stacks[i].stack) = s->stacks[i];
	free(s->stacks);
	s->stacks = more;
	s->room_stacks = room;
	return 0;
}

/* 1 + the index of the name of the site; 0: no memory. */
static uint32_t site_of(struct sums *s, uint64_t stack)
{
	struct known_stack *k;
	char name[SUMS_SITE] = "";

	if (!stack)
		return name_of(&s->sites, "");
	if (2 * s->nr_stacks >= s->room_stacks && grow_stacks(s))
		return 0;
	k = stack_at(s->stacks, s->room_stacks, stack);
	if (k->stack)
		return k->site;
	s->site(s->ctx, stack, name, sizeof(name));
	k->site = name_of(&s->sites, name);
	if (!k->site)
		return 0;
	k->stack = stack;
	s->nr_stacks++;
	return k->site;
}

/* Who holds what, where it was taken. */
struct taker {
	const struct pgr_task *task;
	uint64_t stack, ino;
	uint32_t dev;
};

static int key_of(struct sums *s, uint32_t kind, const char *pgmap, const struct taker *t,
		  struct key *key)
{
	memset(key, 0, sizeof(*key));
	key->kind = kind;
	if (s->by & SUM_BY_PGMAP) {
		key->pgmap = name_of(&s->pgmaps, pgmap);
		if (!key->pgmap)
			return -ENOMEM;
	}
	if (s->by & SUM_BY_SITE) {
		key->site = site_of(s, t->stack);
		if (!key->site)
			return -ENOMEM;
	}
	if (s->by & SUM_BY_TASK)
		key->tgid = t->task->tgid;
	if (s->by & (SUM_BY_TASK | SUM_BY_COMM))
		memcpy(key->comm, t->task->comm, strnlen(t->task->comm, sizeof(key->comm) - 1));
	if (s->by & SUM_BY_FILE) {
		key->ino = t->ino;
		key->dev = t->dev;
	}
	return 0;
}

static struct slot *slot_at(struct sums *s, const struct key *key)
{
	const char *bytes = (const char *)key;
	uint64_t hash = 0;
	size_t i;

	for (size_t at = 0; at < sizeof(*key); at += sizeof(hash)) {
		uint64_t word;

		memcpy(&word, bytes + at, sizeof(word));
		hash = mix(hash ^ word);
	}
	for (i = hash % SLOTS; s->slots[i].row; i = (i + 1) % SLOTS)
		if (!memcmp(&s->slots[i].key, key, sizeof(*key)))
			break;
	return &s->slots[i];
}

_Static_assert(sizeof(struct key) % sizeof(uint64_t) == 0, "slot_at() reads words");

static struct sum_row *row_of(struct sums *s, struct key *key)
{
	struct slot *slot = slot_at(s, key);
	struct sum_row *row;

	/* The last rows are for the rest of each kind. */
	if (!slot->row && s->nr >= SUMS_ROWS - SUM_KINDS) {
		*key = (struct key){ .kind = key->kind, .rest = 1 };
		slot = slot_at(s, key);
	}
	if (slot->row)
		return slot->row;
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	slot->key = *key;
	slot->row = s->rows[s->nr++] = row;
	row->kind = key->kind;
	row->rest = key->rest;
	row->task.tgid = row->task.tid = key->tgid;
	memcpy(row->task.comm, key->comm, sizeof(row->task.comm));
	row->ino = key->ino;
	row->dev = key->dev;
	/* The sets of names own them; they do not move. */
	row->pgmap = key->pgmap ? s->pgmaps.names[key->pgmap - 1] : NULL;
	row->site = key->site ? s->sites.names[key->site - 1] : NULL;
	return row;
}

static enum sum_kind kind_of_event(uint32_t event)
{
	switch (event) {
	case PGR_EV_INSERT:
	case PGR_EV_DELETE:
		return SUM_ENTRIES;
	case PGR_EV_ALLOC:
	case PGR_EV_FREE:
		return SUM_PAGES;
	default:
		return SUM_REFS;
	}
}

int sums__add(struct sums *s, const char *pgmap, const struct pgr_rec_event *e)
{
	uint32_t kind = kind_of_event(e->event);
	uint64_t n = e->n < 0 ? -e->n : e->n;
	struct taker t = { .task = &e->task, .stack = e->stack, .ino = e->ino, .dev = e->dev };
	struct sum_row *row;
	struct key key;

	if (e->n < 0 && !e->taker.tgid) {
		s->unknown[kind] += n;
		return 0;
	}
	if (e->n < 0) {
		t.task = &e->taker;
		t.stack = e->taken_at;
	}
	if (key_of(s, kind, pgmap, &t, &key))
		return -ENOMEM;
	row = row_of(s, &key);
	if (!row)
		return -ENOMEM;
	if (e->n >= 0) {
		row->taken += n;
		row->takings++;
		return 0;
	}
	row->given += n;
	row->held[bucket_of(e->held_ns)] += n;
	row->max_ns = MAX(row->max_ns, e->held_ns);
	return 0;
}

void sums__see_holder(struct sums *s, const char *pgmap, const struct holder *h)
{
	struct taker t = { .task = &h->task, .stack = h->stack, .ino = h->ino, .dev = h->dev };
	uint32_t kind = h->holding == PGR_HOLD_ENTRY ? SUM_ENTRIES :
			h->holding == PGR_HOLD_PAGE  ? SUM_PAGES :
						       SUM_REFS;
	struct sum_row *row;
	struct key key;

	if (h->holding == PGR_HOLD_PIN || key_of(s, kind, pgmap, &t, &key))
		return;
	row = slot_at(s, &key)->row;
	if (row && (!row->oldest_ns || h->first_ns < row->oldest_ns))
		row->oldest_ns = h->first_ns;
}

static uint64_t outstanding(const struct sum_row *row)
{
	return row->taken > row->given ? row->taken - row->given : 0;
}

static int compare(const void *a, const void *b)
{
	const struct sum_row *x = *(struct sum_row *const *)a, *y = *(struct sum_row *const *)b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->rest != y->rest)
		return x->rest ? 1 : -1;
	if (outstanding(x) != outstanding(y))
		return outstanding(x) > outstanding(y) ? -1 : 1;
	if (x->taken != y->taken)
		return x->taken > y->taken ? -1 : 1;
	return 0;
}

void sums__sort(struct sums *s)
{
	qsort(s->rows, s->nr, sizeof(*s->rows), compare);
}

size_t sums__nr(const struct sums *s)
{
	return s->nr;
}

const struct sum_row *sums__row(const struct sums *s, size_t i)
{
	return s->rows[i];
}

uint64_t sums__unknown(const struct sums *s, enum sum_kind kind)
{
	return s->unknown[kind];
}
