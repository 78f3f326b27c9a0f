// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Suppression files with any bytes, and leaks with any names. The input is a file; after its first
 * NUL follow the names. For any input: an error has a message, matching ends, and the line
 * generated for a leak matches the leak.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/allow.h"
#include "model/allow_file.h"

#define FRAMES 6

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_allow: %s\n", what);
	abort();
}

/* The next string of the rest. NULL: there is none. Any of the names may be missing. */
static const char *next(char **rest, const char *end)
{
	char *s = *rest;

	if (s >= end)
		return NULL;
	*rest += strlen(s) + 1;
	return s;
}

static void round_trip(const struct allow_subject *s)
{
	char line[ALLOW_LINE + 1], why[128];
	struct allow *a = NULL;

	if (allow__generate(s, line, sizeof(line)))
		return;
	need(!allow__parse("generated", line, strlen(line), &a, why, sizeof(why)), why);
	need(allow__nr(a) == 1, "a generated line is one pattern");
	need(allow__match(a, s), "a generated line matches its leak");
	allow__free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy that ends with the input, so that ASan sees each read beyond it. */
	char *file = malloc(size ? size : 1), *names, *rest, why[128];
	const uint8_t *nul = memchr(data, '\0', size);
	size_t n = nul ? (size_t)(nul - data) : size, left = size - n;
	struct allow_subject s = { .kind = NULL };
	const char *frames[FRAMES];
	struct allow *a = NULL;
	int err;

	need(file != NULL, "memory");
	memcpy(file, data, size);
	/* Text that contains the NUL must be refused. */
	if (nul)
		need(allow__parse("f", file, size, &a, why, sizeof(why)) < 0, "a NUL was accepted");
	err = allow__parse("f", file, n, &a, why, sizeof(why));
	need(!err == !*why, "refused without a reason, or accepted with one");
	need(!err || !strncmp(why, "f:", 2), "a reason without a line");

	names = calloc(1, left + 1);
	need(names != NULL, "memory");
	memcpy(names, data + n, left);
	rest = names + !!nul;
	s.kind = next(&rest, names + left);
	s.pgmap = next(&rest, names + left);
	s.type = next(&rest, names + left);
	s.comm = next(&rest, names + left);
	while (s.nr_frames < FRAMES && (frames[s.nr_frames] = next(&rest, names + left)))
		s.nr_frames++;
	s.frames = frames;
	if (!err) {
		bool matched = allow__match(a, &s);
		uint64_t all = 0;

		allow__count(a, true);
		for (size_t i = 0; i < allow__nr(a); i++) {
			struct allow_row row;

			allow__pattern(a, i, &row);
			need(row.text && *row.text && row.line, "a pattern without text");
			need((!row.name || *row.name) && (!row.reason || *row.reason),
			     "an empty name or reason");
			all += row.used;
		}
		need(all == matched, "a use that was not counted, or twice");
		allow__free(a);
	}
	round_trip(&s);
	s.kind = NULL;
	round_trip(&s);
	free(names);
	free(file);
	return 0;
}
