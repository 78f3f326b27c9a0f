/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verbs do before they run, and after. Those that return an int return 0, or the exit status
 * (enum status) of a failure that they have told the user of.
 */
#ifndef PGMAPREF_OPEN_H
#define PGMAPREF_OPEN_H

#include "run/command.h"
#include "run/open.h"
#include "run/run_state.h"

/* To standard error, as a line of the tool's. */
void session__complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* command: the process of a traced COMMAND, followed with its children; 0: none. */
int session__open_tracer(struct run *run, bool attach, uint32_t command);
int session__open_output(struct run *run);
/* Reads --allow. */
int session__open_allow(struct run *run);
/* Signals come by a descriptor from here on, which is returned; negative: said why not. */
int session__open_signals(void);
/* Are those of -p and -t there? */
int session__check_pids(const struct options *o);
/* Does each name mean a pgmap, or may it yet appear? */
int session__check_names(struct run *run, bool may_appear);
/* Is there anything to trace by? */
int session__check_hooks(struct run *run);
/* Looks for pgmaps older than the tool; waits for those that are in the making. */
int session__adopt(struct run *run);
void session__say_ready(struct run *run);
int session__prepare_command(const struct options *o, struct command *c);
int session__start_command(const struct options *o, struct command *c);
/* Makes the files of --junit and --tap. */
int session__open_cases(struct run *run);
/* Writes them, or says what is in the way, which session__close() makes a status of. */
void session__write_cases(struct run *run);
/* Frees all that s has; returns status, or that of a failure to write. */
int session__close(struct run *run, int status);

#endif /* PGMAPREF_OPEN_H */
