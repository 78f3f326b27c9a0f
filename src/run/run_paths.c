// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/mounts.h"
#include "kernel/tracer_read.h"
#include "run/run_paths.h"

/*
 * One file in each place: another one with the same hash takes the place of the first. Inode numbers
 * are given to new files soon, and files are renamed: the kernel is asked again after a while.
 */
#define PLACES 256
#define AGAIN_NS (100 * NSEC_PER_MSEC)

struct paths {
	struct known {
		uint32_t dev;
		uint64_t ino; /* 0: free */
		uint64_t asked_ns;
		char path[MOUNTS_PATH]; /* "": it has none */
	} known[PLACES];
};

struct paths *paths__new(void)
{
	return calloc(1, sizeof(struct paths));
}

void paths__free(struct paths *p)
{
	free(p);
}

static int ask(const struct run_kernel *k, uint32_t dev, uint64_t ino, uint64_t pfn, char *path)
{
	char in[MOUNTS_PATH];
	int err = tracer__path(k->tracer, pfn, dev, ino, in, sizeof(in));

	return err ? err : mounts__path(k->root, dev, in, path, MOUNTS_PATH);
}

int run__path(const struct run_kernel *k, uint32_t dev, uint64_t ino, uint64_t pfn, char *buf,
	      size_t len)
{
	struct known *f = &k->paths->known[(ino ^ dev) % PLACES];
	bool known = f->ino == ino && f->dev == dev;
	char path[MOUNTS_PATH];

	if (pfn && (!known || clock__now() - f->asked_ns >= AGAIN_NS)) {
		int err = ask(k, dev, ino, pfn, path);

		/* A page that is no longer the file's tells nothing of the file. */
		if (!known || err != -ESTALE)
			*f = (struct known){ .dev = dev, .ino = ino };
		if (!err)
			strcpy(f->path, path);
		f->asked_ns = clock__now();
		known = true;
	}
	if (!known || !f->path[0])
		return -ENOENT;
	if (strlen(f->path) >= len)
		return -ENAMETOOLONG;
	strcpy(buf, f->path);
	return 0;
}
