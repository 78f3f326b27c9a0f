/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verbs do before they run, and after. Those that return an int return 0, or the exit status
 * (enum status) of a failure that they have told the user of.
 */
#ifndef PGMAPREF_OPEN_H
#define PGMAPREF_OPEN_H

#include "run/command.h"
#include "run/run_state.h"

/*
 * Loads the kernel's programs, and attaches them if the verb traces. command: the process of a traced
 * COMMAND, followed with its children; 0: none.
 */
int open__tracer(struct run *run, uint32_t command);
int open__output(const struct options *o, struct report *r);
/* Reads --allow. */
int open__allow(const struct options *o, struct allow **allow);
/* Makes the files of --junit and --tap. */
int open__cases(const struct options *o, struct run_outputs *out);
/* Signals come by a descriptor from here on, which is returned; negative: said why not. */
int open__signals(void);
/* Are those of -p and -t there? */
int open__check_pids(const struct options *o);
/* Does each name mean a pgmap, or may it yet appear? */
int open__check_names(const struct options *o, const struct pgmaps *pgmaps);
/* Is there anything to trace by? */
int open__check_hooks(const struct plan *plan);
/* Looks for pgmaps older than the tool; waits for those that are in the making. */
int open__adopt(struct run *run);
/* Makes COMMAND, if there is one, which waits for the next. */
int open__command(const struct options *o, struct command *c);
int open__start_command(const struct options *o, struct command *c);
/* Frees all that the run has; returns status, or that of a failure to write. */
int open__close(struct run *run, int status);

#endif /* PGMAPREF_OPEN_H */
