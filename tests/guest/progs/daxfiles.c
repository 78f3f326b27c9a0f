// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes files on a DAX mount with a known number of mapping entries of a known size.
 *
 * An entry appears when a page is first written through a shared mapping: an entry of 4 KiB if huge
 * mappings are refused (MADV_NOHUGEPAGE), an entry of 2 MiB if file offset, virtual and physical
 * address are all aligned to 2 MiB. After each write the program checks in /proc/self/pagemap which
 * entry appeared, so that tests can rely on the number.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "step.h"

#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX 0x00200000 /* since 5.8 */
#endif

#define PAGE 4096UL
#define HUGE (2UL << 20)
#define PAGEMAP_PRESENT (1ULL << 63)
#define FILES_MAX 100000
#define ENTRIES_MAX 1000000

static const char usage[] =
	"usage: daxfiles [OPTIONS] create DIR PREFIX NFILES ENTRIES 4k|2m\n"
	"       daxfiles [OPTIONS] truncate|remove DIR PREFIX NFILES\n"
	"       daxfiles [OPTIONS] cycle DIR PREFIX NFILES ENTRIES 4k|2m\n"
	"Files DIR/PREFIX0, PREFIX1, ...: create makes them with ENTRIES mapping entries of\n"
	"the size each and prints \"created\"; truncate cuts them to nothing (\"truncated\");\n"
	"remove unlinks them (\"removed\"); cycle creates and removes.\n"
	"  --step      after each of these words wait for a line on stdin or SIGTERM\n"
	"  --hold      create keeps the files mapped until then, then unmaps (implies --step)\n"
	"  --thread    a thread works, after the first thread of the process has ended\n"
	"  --no-check  believe in DAX and in the entries without looking\n";

struct file {
	int fd;
	char *map;
	size_t length;
};

struct job {
	const char *dir, *prefix;
	unsigned long files, entries, size;
	const char *verb;
	int step, hold, check, thread;
	int pagemap;
};

static const char *path_of(const struct job *job, unsigned long i)
{
	static char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s%lu", job->dir, job->prefix, i) >= PATH_MAX)
		fail(ENAMETOOLONG, "%s", job->dir);
	return path;
}

static int present(const struct job *job, const char *addr)
{
	uint64_t entry;

	if (pread(job->pagemap, &entry, 8, (uintptr_t)addr / PAGE * 8) != 8)
		fail(errno, "/proc/self/pagemap");
	return !!(entry & PAGEMAP_PRESENT);
}

/* A shared mapping of the whole file, at a multiple of the entry size. */
static char *map_aligned(int fd, size_t length, size_t align, const char *path)
{
	char *room, *start, *map;

	room = mmap(NULL, length + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (room == MAP_FAILED)
		fail(errno, "%zu bytes of address space", length + align);
	start = (char *)(((uintptr_t)room + align - 1) / align * align);
	map = mmap(start, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (map == MAP_FAILED)
		fail(errno, "mmap %s", path);
	if (start > room)
		munmap(room, start - room);
	if (room + align > start)
		munmap(start + length, room + align - start);
	return map;
}

/* One write for each entry. Checks that it mapped the whole entry and no more. */
static void write_entries(const struct job *job, const struct file *f, const char *path)
{
	size_t at, size = job->size;

	for (at = 0; at < f->length; at += size) {
		if (job->check && present(job, f->map + at))
			fail(0, "%s: %zu is mapped before it is written: entries larger than asked",
			     path, at);
		*(volatile char *)(f->map + at) = 'x';
		if (!job->check)
			continue;
		if (!present(job, f->map + at + size - PAGE))
			fail(0, "%s: the entry at %zu is smaller than 2 MiB (extents not aligned?)",
			     path, at);
	}
}

static struct file create(const struct job *job, unsigned long i)
{
	const char *path = path_of(job, i);
	struct file f = { .length = job->entries * job->size };
	struct statx stx;
	int err;

	f.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f.fd < 0)
		fail(errno, "%s", path);
	if (job->check &&
	    (statx(f.fd, "", AT_EMPTY_PATH, 0, &stx) || !(stx.stx_attributes & STATX_ATTR_DAX)))
		fail(0, "%s: not a DAX file (mount -o dax=always on pmem)", path);
	if (job->size == PAGE) {
		if (ftruncate(f.fd, f.length))
			fail(errno, "%s: %zu bytes", path, f.length);
	} else {
		err = posix_fallocate(f.fd, 0, f.length);
		if (err)
			fail(err, "%s: fallocate %zu bytes", path, f.length);
	}
	f.map = map_aligned(f.fd, f.length, job->size, path);
	if (madvise(f.map, f.length, job->size == PAGE ? MADV_NOHUGEPAGE : MADV_HUGEPAGE))
		fail(errno, "madvise %s", path);
	write_entries(job, &f, path);
	return f;
}

static void release(struct file *f)
{
	if (munmap(f->map, f->length))
		fail(errno, "munmap");
	if (close(f->fd))
		fail(errno, "close");
}

static void done(const struct job *job, const char *word)
{
	step_done("%s", word);
	if (job->step)
		step_wait();
}

static void create_all(const struct job *job)
{
	struct file *open_files = NULL;
	unsigned long i;

	if (job->hold) {
		open_files = calloc(job->files, sizeof(*open_files));
		if (!open_files)
			fail(errno, "%lu files", job->files);
	}
	for (i = 0; i < job->files; i++) {
		struct file f = create(job, i);

		if (job->hold)
			open_files[i] = f;
		else
			release(&f);
	}
	done(job, "created");
	for (i = 0; job->hold && i < job->files; i++)
		release(&open_files[i]);
	free(open_files);
}

static void truncate_all(const struct job *job)
{
	unsigned long i;

	for (i = 0; i < job->files; i++)
		if (truncate(path_of(job, i), 0))
			fail(errno, "truncate %s", path_of(job, i));
	done(job, "truncated");
}

static void remove_all(const struct job *job)
{
	unsigned long i;

	for (i = 0; i < job->files; i++)
		if (unlink(path_of(job, i)))
			fail(errno, "unlink %s", path_of(job, i));
	done(job, "removed");
}

static void bad_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void work(const struct job *job)
{
	if (job->size)
		create_all(job);
	if (!strcmp(job->verb, "truncate"))
		truncate_all(job);
	if (!strcmp(job->verb, "remove") || !strcmp(job->verb, "cycle"))
		remove_all(job);
}

static void *work_alone(void *job)
{
	char path[64];
	int c = 0;

	/* Only when the first thread is a zombie. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	while (c != 'Z') {
		FILE *f = fopen(path, "r");

		if (!f || fscanf(f, "%*d (daxfiles) %c", (char *)&c) != 1)
			fail(errno, "%s", path);
		fclose(f);
		usleep(1000);
	}
	work(job);
	exit(0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "step", no_argument, NULL, 's' },
		{ "hold", no_argument, NULL, 'h' },
		{ "no-check", no_argument, NULL, 'n' },
		{ "thread", no_argument, NULL, 't' },
		{ 0 },
	};
	static struct job job = { .check = 1 };
	const char *verb;
	pthread_t thread;
	int c, makes;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			job.hold = 1;
			/* fall through */
		case 's':
			job.step = 1;
			break;
		case 'n':
			job.check = 0;
			break;
		case 't':
			job.thread = 1;
			break;
		default:
			bad_usage();
		}
	}
	argv += optind;
	argc -= optind;
	if (argc < 1)
		bad_usage();
	job.verb = verb = argv[0];
	makes = !strcmp(verb, "create") || !strcmp(verb, "cycle");
	if (!makes && strcmp(verb, "truncate") && strcmp(verb, "remove"))
		bad_usage();
	if (argc != (makes ? 6 : 4))
		bad_usage();
	job.dir = argv[1];
	job.prefix = argv[2];
	job.files = number("NFILES", argv[3], FILES_MAX);
	if (makes) {
		job.entries = number("ENTRIES", argv[4], ENTRIES_MAX);
		if (!job.entries)
			fail(0, "ENTRIES: at least 1");
		if (!strcmp(argv[5], "4k"))
			job.size = PAGE;
		else if (!strcmp(argv[5], "2m"))
			job.size = HUGE;
		else
			bad_usage();
		job.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		if (job.pagemap < 0)
			fail(errno, "/proc/self/pagemap");
	}

	if (job.step)
		step_catch_sigterm();
	if (!job.thread) {
		work(&job);
		return 0;
	}
	c = pthread_create(&thread, NULL, work_alone, &job);
	if (c)
		fail(c, "thread");
	pthread_exit(NULL);
}
