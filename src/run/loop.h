/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The loop of trace, watch and check: it waits for records, ticks, signals and the end of COMMAND. */
#ifndef PGMAPREF_LOOP_H
#define PGMAPREF_LOOP_H

#include "run/command.h"
#include "run/run_state.h"

struct loop {
	int timer, signals; /* descriptors; negative: none */
	struct command *command;
	int command_status; /* its exit status, once it has ended */
};

/* Makes the timer. Returns 0 or a negative errno. */
int loop__open(struct loop *l, uint64_t interval_ns);
/*
 * Until ^C, -d, the end of every -p and -t, or the end of COMMAND. Where COMMAND is judged, each of
 * them but its own end stops COMMAND first.
 */
void loop__run(struct loop *l, struct run *run);
void loop__close(struct loop *l);

#endif /* PGMAPREF_LOOP_H */
