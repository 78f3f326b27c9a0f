/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef PGMAPREF_CMD_TRACE_H
#define PGMAPREF_CMD_TRACE_H

struct options;

/* Runs the verb `trace` to its end. Returns the exit status (enum status). */
int cmd_trace__run(const struct options *o);

#endif /* PGMAPREF_CMD_TRACE_H */
