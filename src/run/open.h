/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The begin and the end of a verb's run. Functions that return int return 0, or the exit status
 * (enum status) of a failure after a message to the user.
 */
#ifndef PGMAPREF_OPEN_H
#define PGMAPREF_OPEN_H

#include "run/command.h"
#include "run/run_state.h"

/*
 * Loads the BPF programs, and attaches them if the verb traces. command: process of COMMAND; the
 * tracer follows it and its children; 0: none.
 */
int open__tracer(struct run *run, uint32_t command);
int open__output(const struct options *o, struct report *r);
/* Reads --allow. */
int open__allow(const struct options *o, struct allow **allow);
/* Creates the files of --junit and --tap. */
int open__cases(const struct options *o, struct run_outputs *out, struct mark_source **marks);
/* signals__open(). Returns the descriptor, or a negative errno after a message to the user. */
int open__signals(void);
/* Do the processes and threads of -p and -t exist? */
int open__check_pids(const struct options *o);
/* Does each NAME select a pgmap, or may this pgmap appear later? */
int open__check_names(const struct options *o, const struct pgmaps *pgmaps);
/* Is at least one hook attached? */
int open__check_hooks(const struct options *o, const struct plan *plan);
/* Finds pgmaps that are older than the tool. Waits for those that memremap_pages() is making. */
int open__adopt(struct run *run);
/* Forks COMMAND, if there is one. It waits for open__start_command(). */
int open__command(const struct options *o, struct command *c);
int open__start_command(const struct options *o, struct command *c);
/* Frees everything in *run. Returns status, or the exit status of a failed write. */
int open__close(struct run *run, int status);

#endif /* PGMAPREF_OPEN_H */
