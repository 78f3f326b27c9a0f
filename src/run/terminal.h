/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the terminal that shows the output can do. */
#ifndef PGMAPREF_TERMINAL_H
#define PGMAPREF_TERMINAL_H

#include <stdbool.h>

#include "run/options.h"

/*
 * Shall the output have colours? --color says so; auto: if standard output is a terminal, unless
 * the environment has NO_COLOR or TERM is "dumb". Never in a file of -o.
 */
bool terminal__colors(const struct options *o);
/*
 * The columns of a line on fd: COLUMNS of the environment, or else those of the terminal, but not
 * less than TERMINAL_LEAST. 0: fd is no terminal, and COLUMNS is not set.
 */
unsigned int terminal__columns(int fd);

#define TERMINAL_LEAST 40

#endif /* PGMAPREF_TERMINAL_H */
