/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by trace, watch and check: they follow teardowns while COMMAND runs, or until a signal or
 * -d ends them. Functions that return int return 0, or the exit status (enum status) of a failure
 * after a message to the user.
 */
#ifndef PGMAPREF_FOLLOW_H
#define PGMAPREF_FOLLOW_H

#include "run/loop.h"
#include "run/run_state.h"

struct follow {
	struct run run;
	struct command command;
	struct loop loop;
	struct event_fields fields; /* trace */
};

/*
 * Attaches and reads everything, forks COMMAND, which waits, and calls follow(). Then ends COMMAND,
 * and frees everything. Returns the exit status: of a failure, or what follow() returned.
 */
int follow__run(const struct options *o, int (*follow)(struct follow *f));
/* Lets COMMAND start, and runs the loop to its end. */
int follow__loop(struct follow *f);
/* The exit status of the verdict, or of COMMAND if the verdict is clean. Call after the summary. */
int follow__status(const struct follow *f);

#endif /* PGMAPREF_FOLLOW_H */
