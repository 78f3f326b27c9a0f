/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef PGMAPREF_JSON_SCHEMA_H
#define PGMAPREF_JSON_SCHEMA_H

/* The text of share/pgmapref.schema.json; the Makefile makes it. */
extern const char json_schema[];

#endif /* PGMAPREF_JSON_SCHEMA_H */
