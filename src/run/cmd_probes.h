/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef PGMAPREF_CMD_PROBES_H
#define PGMAPREF_CMD_PROBES_H

struct options;

/* Runs the verb `probes` to its end. Returns the exit status (enum status). */
int cmd_probes__run(const struct options *o);

#endif /* PGMAPREF_CMD_PROBES_H */
