/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is behind a finding: one list of all tasks that hold what is left, whether their calls were
 * traced or their objects were found. A task that was traced and found is one culprit.
 */
#ifndef PGMAPREF_CULPRITS_H
#define PGMAPREF_CULPRITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"

/* What a culprit has. */
enum culprit_what {
	CULPRIT_REFERENCE, /* references of the pgmap, taken by kernel code */
	CULPRIT_DEVICE_PAGE, /* pages of device memory that a driver allocated, or a process maps */
	CULPRIT_FOLIO, /* references of folios (series of 2022) */
	CULPRIT_ENTRY, /* DAX entries */
	CULPRIT_PIN, /* pins of pages */
	CULPRIT_LATE, /* references taken after the kill */
	CULPRIT_OBJECT, /* pages in an object that was found: walked tells which */
	CULPRIT_WHATS
};

struct culprit_row {
	enum culprit_what what;
	struct pgr_task task; /* tgid 0: not known */
	int64_t n; /* references, entries or pins; of an object: pages */
	int64_t pages; /* CULPRIT_PIN, CULPRIT_OBJECT */
	bool certain; /* it holds them; false: it could */
	uint64_t stack; /* key of the stack that took them; 0: not known */
	uint64_t first_ns; /* CLOCK_MONOTONIC; 0: not known */
	uint64_t first_pfn, last_pfn; /* 0: not known */
	bool mapped; /* CULPRIT_DEVICE_PAGE: a process maps them */
	const struct holder *holder; /* as traced; or NULL. Owned by the finding, as walked is. */
	const struct walked *walked; /* as found; or NULL */
};

struct culprits {
	struct culprit_row *v; /* certain ones first; same stack together; then most n first */
	size_t nr;
	/*
	 * What is left, and how much of it the certain culprits have: references, pages that are in
	 * use, or (of_files) pages that files have.
	 */
	bool of_pages, of_files;
	int64_t left, known;
};

/* Fills *c from a finding with its ledger and walks. Returns 0 or -ENOMEM. */
int culprits__make(struct culprits *c, const struct finding *f);
void culprits__clear(struct culprits *c);

/* "reference", "device-page", …: names in JSON, which never change. */
const char *culprit__what_name(enum culprit_what what);

#endif /* PGMAPREF_CULPRITS_H */
