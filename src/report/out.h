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
#include <sys/types.h>

struct out;

/*
 * path: NULL is standard output; a file is created with mode 0600, and symlinks are not followed.
 * json: write NDJSON. Returns 0 or a negative errno; -EBADF: standard output is not open for
 * writing.
 */
int out__open(const char *path, bool json, struct out **o);
/* Creates a file for another format by the same rules. The caller closes it. */
int out__create(const char *path, FILE **f);
/*
 * Creates a file that others are to read, such as the agent of a CI server: its mode is by umask.
 * Symlinks are not followed. A file that is new becomes that of uid and gid (-1: unchanged); a file
 * that was there keeps owner and mode. The caller closes it.
 */
int out__create_shared(const char *path, uid_t uid, gid_t gid, FILE **f);
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

/*
 * How text looks on a terminal: OUT_BAD, OUT_DOUBT and OUT_GOOD are those of verdicts, OUT_DANGER is
 * for a warning that nobody may miss. Addresses, see out__hex(), have OUT_ADDRESS by themselves.
 */
enum out_style { OUT_PLAIN, OUT_BAD, OUT_DOUBT, OUT_GOOD, OUT_DANGER, OUT_NAME, OUT_ADDRESS };
/*
 * The values of the following fields have this style, the text around them has none. OUT_PLAIN ends
 * it. No effect in JSON, and without out__set_color(). A style has no columns.
 */
void out__style(struct out *o, enum out_style style);
/* Are styles shown? They are not until it is set. */
void out__set_color(struct out *o, bool color);

/* Calls fn before each record: it may have to clear the place where the record will stand. */
void out__set_before(struct out *o, void (*fn)(void));

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
/* The same for how long something has lasted: "41 s", "3 min 12 s". */
void out__age(struct out *o, const char *key, const char *fmt, uint64_t ns);
void out__bool(struct out *o, const char *key, const char *text, bool v); /* text: printed if v */
/* Text only. */
void out__text(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Text until out__paragraph_end() is one paragraph: blanks and newlines separate its words, and it
 * is broken into lines of at most out__width() columns. lead: what stands before its first word, with
 * newlines or not; rest: the indent of the following lines. It ends with a newline. No effect in
 * JSON. A paragraph has no paragraph in it.
 */
void out__paragraph(struct out *o, const char *lead, unsigned int rest);
void out__paragraph_end(struct out *o);
/* Columns of a line of text. It is 80 until it is set. */
void out__set_width(struct out *o, unsigned int columns);
unsigned int out__width(const struct out *o);

/* Flushes text, even if no record ends here. */
void out__flush(struct out *o);
/* The same, down to the disk if the output is a file: a crash may be near. */
void out__sync(struct out *o);

/* Open and close a nested array or object in JSON; no effect in text. In an array, key is NULL. */
void out__array(struct out *o, const char *key);
void out__object(struct out *o, const char *key);
void out__pop(struct out *o);

#endif /* PGMAPREF_OUT_H */
