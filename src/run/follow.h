/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What trace, watch and check have in common: they follow teardowns, while COMMAND runs or until they
 * are told to end. Those that return an int return 0, or the exit status (enum status) of a failure
 * that they have told the user of.
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

/* Attaches and reads everything; COMMAND is made, and waits. *f is to be closed, also on failure. */
int follow__open(struct follow *f, const struct options *o);
/* Lets COMMAND go. */
int follow__start(struct follow *f);
/* The exit status after the summary: that of the verdict or, if that is clean, of COMMAND. */
int follow__status(const struct follow *f);
/* Ends COMMAND if it is there, and frees all. Returns status, or that of a failure to write. */
int follow__close(struct follow *f, int status);

#endif /* PGMAPREF_FOLLOW_H */
