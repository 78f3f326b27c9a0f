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
};

/* Attaches and reads everything, and forks COMMAND, which waits. Close *f after a failure, too. */
int follow__open(struct follow *f, const struct options *o);
/* Lets COMMAND start. */
int follow__start(struct follow *f);
/* The exit status of the verdict, or of COMMAND if the verdict is clean. Call after the summary. */
int follow__status(const struct follow *f);
/* Ends COMMAND, and frees everything. Returns status, or the exit status of a failed write. */
int follow__close(struct follow *f, int status);

#endif /* PGMAPREF_FOLLOW_H */
