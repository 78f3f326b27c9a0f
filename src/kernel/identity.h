/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who a process is that was seen before: whether it still runs, its command line, user, unit or
 * container. Read from /proc, and the name of the user from /etc/passwd. (Name services are not
 * asked: they may be on the network, or on the disk that hangs.)
 *
 * root is a prefix for every path ("" or NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_IDENTITY_H
#define PGMAPREF_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

#define IDENTITY_COMMAND 128
#define IDENTITY_NAME 64

enum identity_state {
	IDENTITY_UNKNOWN, /* /proc is not readable, or has other numbers than the caller */
	IDENTITY_ALIVE,
	IDENTITY_EXITED, /* a zombie has exited, unless other threads of it run */
	IDENTITY_REUSED, /* it has exited, and another process has its number now */
};

/* What is known of the process from before. */
struct identity_key {
	uint32_t tgid;
	uint64_t start; /* clock ticks since boot, as in /proc/PID/stat; 0: not known */
	uint64_t seen_ns; /* it existed then, CLOCK_MONOTONIC; 0: not known */
	bool of_proc; /* tgid was read in /proc; false: it is the kernel's number */
};

/*
 * All texts are printable: other bytes are written as \xHH, a backslash as two. The fields below
 * `state` are set only if the process is alive.
 */
struct identity {
	enum identity_state state;
	bool stopped; /* by a signal, or by a debugger: it drops nothing until it goes on */
	char comm[PGR_COMM * 4]; /* its name now: exec(2) and prctl(2) change it */
	/*
	 * The arguments, with blanks between them; an argument that is empty or has a blank or a
	 * quote is in '...'. "": a kernel thread, or a process that has overwritten them.
	 */
	char command[IDENTITY_COMMAND];
	bool command_cut; /* there are more */
	bool has_uid;
	uint32_t uid; /* effective */
	char user[IDENTITY_NAME]; /* name of uid; "": it has none */
	char unit[IDENTITY_NAME]; /* of systemd, the innermost: "ssh.service", "session-3.scope" */
	char container[IDENTITY_NAME]; /* "docker 0123456789ab", "lxc NAME"; "": in none */
	char pod[IDENTITY_NAME]; /* the uid of a Kubernetes pod; "": in none */
};

/* Only whether it still runs. */
enum identity_state identity__state(const char *root, const struct identity_key *key);
/* Always sets *out. */
void identity__find(const char *root, const struct identity_key *key, struct identity *out);

/* ---- for tests: pure functions */

/* args: len bytes of /proc/PID/cmdline. Sets command, command_cut. */
void identity__set_command(struct identity *id, const char *args, size_t len);
/* text: of /proc/PID/cgroup, version 1 or 2. Sets unit, container, pod. */
void identity__set_cgroup(struct identity *id, const char *text);

/* "alive", "exited", "reused", "unknown". These names never change. */
const char *identity_state__name(enum identity_state state);

#endif /* PGMAPREF_IDENTITY_H */
