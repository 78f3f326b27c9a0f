// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/task_call.h"

enum about {
	ABOUT_NOTHING,
	ABOUT_FD, /* argument `at` is a descriptor */
	ABOUT_PATH, /* argument `at` points to a path */
	ABOUT_PATH_AT, /* argument `at` is the descriptor of a folder, the next one points to a path */
};

/* clang-format off */
static const struct named_call {
	long nr;
	const char *name;
	enum about about;
	unsigned int at;
} calls[] = {
#ifdef __x86_64__
	{ SYS_read, "read", ABOUT_FD, 0 },
	{ SYS_write, "write", ABOUT_FD, 0 },
	{ SYS_pread64, "read", ABOUT_FD, 0 },
	{ SYS_pwrite64, "write", ABOUT_FD, 0 },
	{ SYS_readv, "read", ABOUT_FD, 0 },
	{ SYS_writev, "write", ABOUT_FD, 0 },
	{ SYS_preadv, "read", ABOUT_FD, 0 },
	{ SYS_pwritev, "write", ABOUT_FD, 0 },
	{ SYS_close, "close", ABOUT_FD, 0 },
	{ SYS_fsync, "fsync", ABOUT_FD, 0 },
	{ SYS_fdatasync, "fsync", ABOUT_FD, 0 },
	{ SYS_fallocate, "fallocate", ABOUT_FD, 0 },
	{ SYS_ftruncate, "truncate", ABOUT_FD, 0 },
	{ SYS_ioctl, "ioctl", ABOUT_FD, 0 },
	{ SYS_syncfs, "sync", ABOUT_FD, 0 },
	{ SYS_sendfile, "write", ABOUT_FD, 0 },
	{ SYS_copy_file_range, "write", ABOUT_FD, 2 },
	{ SYS_truncate, "truncate", ABOUT_PATH, 0 },
	{ SYS_unlink, "unlink", ABOUT_PATH, 0 },
	{ SYS_rmdir, "rmdir", ABOUT_PATH, 0 },
	{ SYS_rename, "rename", ABOUT_PATH, 0 },
	{ SYS_open, "open", ABOUT_PATH, 0 },
	{ SYS_creat, "open", ABOUT_PATH, 0 },
	{ SYS_umount2, "umount", ABOUT_PATH, 0 },
	{ SYS_mount, "mount", ABOUT_PATH, 1 },
	{ SYS_unlinkat, "unlink", ABOUT_PATH_AT, 0 },
	{ SYS_renameat, "rename", ABOUT_PATH_AT, 0 },
	{ SYS_renameat2, "rename", ABOUT_PATH_AT, 0 },
	{ SYS_openat, "open", ABOUT_PATH_AT, 0 },
	{ SYS_openat2, "open", ABOUT_PATH_AT, 0 },
	{ SYS_sync, "sync", ABOUT_NOTHING, 0 },
	{ SYS_munmap, "munmap", ABOUT_NOTHING, 0 },
	{ SYS_madvise, "madvise", ABOUT_NOTHING, 0 },
	{ SYS_exit, "exit", ABOUT_NOTHING, 0 },
	{ SYS_exit_group, "exit", ABOUT_NOTHING, 0 },
	{ SYS_execve, "exec", ABOUT_NOTHING, 0 },
	{ SYS_delete_module, "rmmod", ABOUT_NOTHING, 0 },
#endif
	{ -1, "", ABOUT_NOTHING, 0 },
};
/* clang-format on */

struct thread {
	const char *root;
	uint32_t tgid, tid;
};

/* The target of a link of the thread in /proc; "" if it cannot be read. */
static void read_thread_link(const struct thread *t, const char *name, char path[TASK_CALL_PATH])
{
	char link[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "%s/proc/%" PRIu32 "/task/%" PRIu32 "/%s", t->root, t->tgid,
		 t->tid, name);
	n = readlink(link, path, TASK_CALL_PATH - 1);
	path[n > 0 ? n : 0] = '\0';
}

static void read_fd(const struct thread *t, int fd, char path[TASK_CALL_PATH])
{
	char name[24];

	snprintf(name, sizeof(name), "fd/%d", fd);
	read_thread_link(t, fd == AT_FDCWD ? "cwd" : name, path);
}

/* The text at an address of the thread; "" if it cannot be read, or does not end in time. */
static void read_text(const struct thread *t, uint64_t at, char text[TASK_CALL_PATH])
{
	char mem[PATH_MAX];
	ssize_t n;
	int fd;

	text[0] = '\0';
	snprintf(mem, sizeof(mem), "%s/proc/%" PRIu32 "/task/%" PRIu32 "/mem", t->root, t->tgid,
		 t->tid);
	fd = open(mem, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = pread(fd, text, TASK_CALL_PATH, at);
	close(fd);
	if (n <= 0 || !memchr(text, '\0', n))
		text[0] = '\0';
}

static void read_path(const struct thread *t, int dir, uint64_t at, char path[TASK_CALL_PATH])
{
	char name[TASK_CALL_PATH], both[2 * TASK_CALL_PATH];

	read_text(t, at, name);
	if (!*name || *name == '/') {
		memcpy(path, name, TASK_CALL_PATH);
		return;
	}
	read_fd(t, dir, path);
	snprintf(both, sizeof(both), "%s/%s", strcmp(path, "/") ? path : "", name);
	snprintf(path, TASK_CALL_PATH, "%s", *path && strlen(both) < TASK_CALL_PATH ? both : "");
}

void task_call__read(const char *root, uint32_t tgid, uint32_t tid, struct task_call *call)
{
	const struct thread t = { root ? root : "", tgid, tid };
	const struct named_call *c = calls;
	char path[PATH_MAX];
	uint64_t arg[4] = { 0 };
	long nr = -1;
	FILE *f;
	int n;

	memset(call, 0, sizeof(*call));
	call->name = "";
	snprintf(path, sizeof(path), "%s/proc/%" PRIu32 "/task/%" PRIu32 "/syscall", t.root, tgid,
		 tid);
	f = fopen(path, "re");
	if (!f)
		return;
	n = fscanf(f, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &nr, &arg[0], &arg[1],
		   &arg[2], &arg[3]);
	fclose(f);
	if (n != 5 || nr < 0)
		return;
	while (c->nr >= 0 && c->nr != nr)
		c++;
	call->name = c->name;
	if (c->about == ABOUT_FD)
		read_fd(&t, (int)arg[c->at], call->path);
	else if (c->about == ABOUT_PATH)
		read_path(&t, AT_FDCWD, arg[c->at], call->path);
	else if (c->about == ABOUT_PATH_AT)
		read_path(&t, (int)arg[c->at], arg[c->at + 1], call->path);
}
