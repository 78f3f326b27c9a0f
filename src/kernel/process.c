// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

/* include/uapi/linux/capability.h */
#define CAP_SYS_ADMIN 21
#define CAP_SYSLOG 34
#define CAP_PERFMON 38
#define CAP_BPF 39

const char *process__missing_caps(char *buf, size_t len)
{
	static const struct {
		const char *name;
		int bit, instead;
	} wanted[] = {
		{ "CAP_BPF", CAP_BPF, CAP_SYS_ADMIN },
		{ "CAP_PERFMON", CAP_PERFMON, CAP_SYS_ADMIN },
		{ "CAP_SYSLOG", CAP_SYSLOG, CAP_SYSLOG },
		{ "CAP_SYS_ADMIN", CAP_SYS_ADMIN, CAP_SYS_ADMIN }, /* frame numbers in pagemap */
	};
	unsigned long long caps = 0;
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	size_t n = 0;

	buf[0] = '\0';
	if (!f)
		return buf; /* the kernel will report what is missing */
	while (fgets(line, sizeof(line), f))
		sscanf(line, "CapEff: %llx", &caps);
	fclose(f);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && n < len; i++)
		if (!(caps >> wanted[i].bit & 1) && !(caps >> wanted[i].instead & 1))
			n += snprintf(buf + n, len - n, "%s%s", n ? ", " : "", wanted[i].name);
	return buf;
}

/* include/linux/proc_ns.h: inode number of the first PID namespace, a constant of the ABI. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

bool process__pids_are_global(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == PROC_PID_INIT_INO;
}

bool process__alive(pid_t pid)
{
	struct procfs_stat s;

	return procfs__read_stat(pid, &s) && !strchr("ZX", s.state);
}

/* Start time of a process, CLOCK_BOOTTIME in ns, in steps of a clock tick; 0: not known. */
static uint64_t began_ns(pid_t pid)
{
	struct procfs_stat s;

	return procfs__read_stat(pid, &s) ? s.start * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK)) : 0;
}

/* The first thread of a process may be a zombie while other threads run. */
static bool has_threads(pid_t pid)
{
	unsigned int n = 0;
	char path[40];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));)
		n += d->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n > 1;
}

bool process__ended(pid_t pid, uint64_t since_ns)
{
	uint64_t began;

	if (!process__pids_are_global())
		return false;
	if (!process__alive(pid) && !has_threads(pid))
		return true;
	began = began_ns(pid);
	/* The old process started before since_ns. Start times are rounded to clock ticks. */
	return began && began > since_ns + clock__to_boottime() + 20 * NSEC_PER_MSEC;
}
