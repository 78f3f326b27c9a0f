/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef PGMAPREF_CMD_WHY_H
#define PGMAPREF_CMD_WHY_H

struct options;

/* Returns the exit status (enum status). */
int cmd_why__run(const struct options *o);

#endif /* PGMAPREF_CMD_WHY_H */
