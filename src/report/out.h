/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Output as text or JSON. The same call writes a field in both formats, and both therefore show the
 * same data. key: the name in JSON (NULL: text only). fmt: the text, with one %s (or %12s, %-8s …)
 * for the value (NULL: JSON only). JSON is one object per line. In JSON, times are in ns, sizes in
 * bytes, addresses and pfns are hex strings.
 */
#ifndef PGMAPREF_OUT_H
#define PGMAPREF_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct out;

/*
 * path: NULL is standard output; a file is created with mode 0600, and symlinks are not followed.
 * json: write NDJSON. Returns 0 or a negative errno; -EBADF: standard output is not open for
 * writing.
 */
int out__open(const char *path, bool json, struct out **o);
/* Creates a file for another format by the same rules. The caller closes it. */
int out__create(const char *path, FILE **f);
/* Writes to stream f, which the caller still owns. Returns 0 or -ENOMEM. */
int out__to(FILE *f, bool json, struct out **o);
/* Closes. Returns the first error of any write since out__open(), for example a full disk. */
int out__close(struct out *o);
/* Returns the same error without closing. */
int out__error(const struct out *o);
/* Standard output, to poll for POLLERR: its reader is gone. -1: the output goes to a file. */
int out__fd(const struct out *o);
bool out__is_json(const struct out *o);
/* Does the locale allow UTF-8 in text, for example block characters? */
bool out__utf8(const struct out *o);

/* Begins and ends a record: in JSON one line with "type", in text nothing. */
void out__begin(struct out *o, const char *type);
void out__end(struct out *o);

void out__str(struct out *o, const char *key, const char *fmt, const char *v);
void out__int(struct out *o, const char *key, const char *fmt, int64_t v);
/* The same for a number that may not be known: "?" in text, then, and no field in JSON. */
void out__figure(struct out *o, const char *key, const char *fmt, bool known, int64_t v);
/* A number with its sign in text, +3 or -1; a plain number in JSON. */
void out__delta(struct out *o, const char *key, const char *fmt, int64_t v);
void out__hex(struct out *o, const char *key, const char *fmt, uint64_t v);
/* A duration: ns in JSON, 2.01 s or 13.2 ms in text. */
void out__span(struct out *o, const char *key, const char *fmt, uint64_t ns);
void out__bool(struct out *o, const char *key, const char *text, bool v); /* text: printed if v */
/* Text only. */
void out__text(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Flushes text, even if no record ends here. */
void out__flush(struct out *o);

/* Open and close a nested array or object in JSON; no effect in text. In an array, key is NULL. */
void out__array(struct out *o, const char *key);
void out__object(struct out *o, const char *key);
void out__pop(struct out *o);

#endif /* PGMAPREF_OUT_H */
