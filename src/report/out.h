/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Output. One call per field renders text or JSON, so that the two cannot drift
 * apart: key is the JSON name (NULL: text only), fmt the text with one %s (or
 * %12s, %-8s …) for the value (NULL: JSON only). JSON is one object per line.
 * Times are in ns in JSON, sizes in bytes, addresses and frame numbers hex
 * strings.
 */
#ifndef PGMAPREF_OUT_H
#define PGMAPREF_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct out;

/*
 * path: NULL for standard output, else created 0600 and never through a
 * symlink. json: NDJSON. Returns 0 or a negative errno; -EBADF: standard output
 * is not open for writing.
 */
int out__open(const char *path, bool json, struct out **o);
/* A file of another format by the same rules, which the caller closes. */
int out__create(const char *path, FILE **f);
/* The same to a stream that stays the caller's. -ENOMEM. */
int out__to(FILE *f, bool json, struct out **o);
/* Returns the first error of any write since out__open(): a full disk, say. */
int out__close(struct out *o);
/* The same without closing. */
int out__error(const struct out *o);
/* Standard output's, to poll for POLLERR: nobody reads it any more. -1: it goes to a file. */
int out__fd(const struct out *o);
bool out__is_json(const struct out *o);
/* May text hold block characters and such? By the locale. */
bool out__utf8(const struct out *o);

/* A record: one line of JSON with "type"; in text nothing by itself. */
void out__begin(struct out *o, const char *type);
void out__end(struct out *o);

void out__str(struct out *o, const char *key, const char *fmt, const char *v);
void out__int(struct out *o, const char *key, const char *fmt, int64_t v);
/* A signed figure with its sign, +3 or -1; plain in JSON. */
void out__delta(struct out *o, const char *key, const char *fmt, int64_t v);
void out__hex(struct out *o, const char *key, const char *fmt, uint64_t v);
/* A length of time: ns in JSON, 2.01 s or 13.2 ms in text. */
void out__span(struct out *o, const char *key, const char *fmt, uint64_t ns);
void out__bool(struct out *o, const char *key, const char *text, bool v); /* text when true */
/* Text only. */
void out__text(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text so far is to be seen, though no record ends here. */
void out__flush(struct out *o);

/* Nesting, in JSON only. An object in an array has no key. */
void out__array(struct out *o, const char *key);
void out__object(struct out *o, const char *key);
void out__pop(struct out *o);

#endif /* PGMAPREF_OUT_H */
