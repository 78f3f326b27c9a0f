// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Preloaded into fio on kernels without System V shared memory (the patched one of tests/kernel).
 * With --thread fio uses it only within one process, where any memory works.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/shm.h>

#define SEGMENTS 64

static void *segments[SEGMENTS];

int shmget(key_t key, size_t size, int flags)
{
	(void)key;
	(void)flags;
	for (int id = 0; id < SEGMENTS; id++) {
		if (segments[id])
			continue;
		segments[id] =
			mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (segments[id] != MAP_FAILED)
			return id;
		segments[id] = NULL;
		return -1;
	}
	errno = ENOSPC;
	return -1;
}

void *shmat(int id, const void *at, int flags)
{
	(void)at;
	(void)flags;
	return segments[id];
}

/* The end of the process frees the memory. */
int shmdt(const void *at)
{
	(void)at;
	return 0;
}

int shmctl(int id, int command, struct shmid_ds *buf)
{
	(void)id;
	(void)command;
	(void)buf;
	return 0;
}
