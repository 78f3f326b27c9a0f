// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tests/verifier-cost preloads this into the tool. It asks the verifier for the cost of each
 * program that the tool loads, and appends "NAME INSTRUCTIONS STATES" to the file named by
 * VERIFIER_COST. Loads that already have a log (libbpf repeats failed loads with one) are not
 * changed.
 */
#include <dlfcn.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define STATS 4 /* BPF_LOG_STATS of kernel/bpf/verifier.c, since 5.2 */

static void note(const char *name, const char *log)
{
	const char *file = getenv("VERIFIER_COST"), *line = strstr(log, "processed ");
	const char *total = line ? strstr(line, "total_states ") : NULL;
	unsigned long insns, states;
	FILE *f;

	if (!file || !total || sscanf(line, "processed %lu", &insns) != 1 ||
	    sscanf(total, "total_states %lu", &states) != 1)
		return;
	f = fopen(file, "a");
	if (!f)
		return;
	fprintf(f, "%.*s %lu %lu\n", BPF_OBJ_NAME_LEN, name, insns, states);
	fclose(f);
}

long syscall(long nr, ...)
{
	static long (*next)(long nr, ...);
	static char log[1 << 16];
	union bpf_attr attr;
	long a[6], result;
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	if (nr != SYS_bpf || a[0] != BPF_PROG_LOAD || (size_t)a[2] > sizeof(attr))
		return next(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	memset(&attr, 0, sizeof(attr));
	memcpy(&attr, (const void *)a[1], a[2]);
	if (attr.log_level)
		return next(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	attr.log_level = STATS;
	attr.log_buf = (unsigned long)log;
	attr.log_size = sizeof(log);
	log[0] = '\0';
	result = next(nr, a[0], (long)&attr, a[2], a[3], a[4], a[5]);
	if (result >= 0)
		note(attr.prog_name, log);
	return result;
}
