/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The loop of trace, watch and check: it waits for records, ticks, signals and the end of COMMAND. */
#ifndef PGMAPREF_LOOP_H
#define PGMAPREF_LOOP_H

#include "run/command.h"
#include "run/run_state.h"

struct loop {
	int timer, signals; /* descriptors; negative: none */
	struct command *command;
	int command_status; /* exit status of COMMAND after its end */
};

/* Creates the timer. Returns 0 or a negative errno. */
int loop__open(struct loop *l, uint64_t interval_ns);
/*
 * Runs until ^C, the end of -d, the end of all tasks of -p and -t, or the end of COMMAND. If the
 * verb judges COMMAND, the loop stops COMMAND before it ends for another reason.
 */
void loop__run(struct loop *l, struct run *run);
void loop__close(struct loop *l);

#endif /* PGMAPREF_LOOP_H */
