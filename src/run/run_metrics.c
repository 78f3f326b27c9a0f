// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kernel/tracer_read.h"
#include "report/metrics.h"
#include "run/run_metrics.h"
#include "run/say.h"

#define METRICS_EVERY_NS (5 * NSEC_PER_SEC)
#define NAMING_NS (2 * NSEC_PER_SEC)

void run__tally(struct run_outcome *end, const struct finding *f)
{
	struct tally_row *row = tally__row(&end->tally, f->p->name);

	if (row)
		tally__judge(row, &f->j);
	else
		end->failed = true;
	end->metrics_due = true;
}

void run__tally_gone(struct run_outcome *end, const struct pgmap *p)
{
	struct tally_row *row = tally__row(&end->tally, p->name);

	if (row)
		tally__retire(row, p->k.events);
	else
		end->failed = true;
}

static double seconds(uint64_t ns)
{
	return ns / 1e9;
}

/* Adds p to what is there of its name and type. */
static void add(struct metrics_pgmap *m, const struct pgmap *p, uint64_t now)
{
	const struct teardown *td = &p->td;
	bool killed = p->state == PGMAP_KILLED;
	int64_t busy;

	m->bytes += p->k.pages * 4096;
	if (pgmap__has_excess(p)) {
		m->references += pgmap__excess(p);
		m->has_references = true;
	}
	if (pgmap__busy(p, &busy)) {
		m->busy += busy;
		m->has_busy = true;
	}
	if (killed && now > td->begin_ns && seconds(now - td->begin_ns) > m->unbinding)
		m->unbinding = seconds(now - td->begin_ns);
	m->hangs = m->hangs || (killed && td->stuck);
}

/*
 * Is p to be shown? A new one gets its name soon; until then it has a substitute, under which its
 * counters would stay behind.
 */
static bool is_shown(const struct pgmap *p, uint64_t now)
{
	return p->wanted && (p->named || p->state == PGMAP_GONE || now - p->k.born_ns > NAMING_NS);
}

/* Adds up the pgmaps that there are. Returns their number, or -ENOMEM. */
static int gather(struct run *run, uint64_t now, struct metrics_pgmap **out)
{
	struct metrics_pgmap *all, *m;
	size_t nr = 0, most = 1;

	for (const struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		most++;
	all = calloc(most, sizeof(*all));
	if (!all)
		return -ENOMEM;
	tally__refresh(&run->end.tally);
	for (const struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		const char *type = pgmap__type_name(p);
		struct tally_row *row;

		if (!is_shown(p, now))
			continue;
		row = tally__row(&run->end.tally, p->name);
		if (!row) {
			free(all);
			return -ENOMEM;
		}
		tally__live(row, p->k.events);
		if (p->state != PGMAP_LIVE && p->state != PGMAP_KILLED)
			continue;
		for (m = all; m < all + nr; m++)
			if (!strcmp(m->name, p->name) && !strcmp(m->type, type))
				break;
		if (m == all + nr)
			all[nr++] = (struct metrics_pgmap){ .name = p->name, .type = type };
		add(m, p, now);
	}
	*out = all;
	return nr;
}

static int write_to(struct run *run, FILE *f, bool last)
{
	uint64_t now = clock__now();
	struct metrics_pgmap *pgmaps;
	struct tracer_loss loss;
	struct utsname u;
	struct metrics m = {
		.version = PGMAPREF_VERSION,
		.kernel = uname(&u) ? "?" : u.release,
		.running = !last,
		/* The clock may have been set since the start. */
		.start = seconds(run->out.report.start_ns + clock__wall()),
		.now = seconds(now + clock__wall()),
		.tally = &run->end.tally,
	};
	int err, nr = gather(run, now, &pgmaps);

	if (nr < 0)
		return nr;
	m.pgmaps = pgmaps;
	m.nr = nr;
	if (!tracer__loss(run->k.tracer, &loss))
		m.lost = loss.cause;
	err = metrics__write(&m, f);
	free(pgmaps);
	return err;
}

/* Why a file cannot be replaced. */
static const char *reason(int err)
{
	return err == -ELOOP  ? "it is a symbolic link, which is not followed" :
	       err == -ENOTTY ? "it is no regular file" :
				strerror(-err);
}

/* Only a regular file is replaced, or one is made. */
static int check_target(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 0 : S_ISLNK(st.st_mode) ? -ELOOP : -ENOTTY;
}

/* Writes a file beside the old one, and puts it in its place. Its name does not end in .prom. */
static int replace_in(struct run *run, int dir, const char *name, const char *beside, bool last)
{
	int fd, err = check_target(dir, name);
	FILE *f;

	if (err)
		return err;
	/* Left behind by a process that had the same number. */
	unlinkat(dir, beside, 0);
	fd = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	f = fdopen(fd, "w");
	if (f) {
		/* For node_exporter, which has a user of its own, whatever the umask. */
		err = fchmod(fd, 0644) ? -errno : write_to(run, f, last);
		if (fclose(f) && !err)
			err = -errno;
	} else {
		err = -errno;
		close(fd);
	}
	if (!err && renameat(dir, beside, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, beside, 0);
	return err;
}

/* The folder is opened once, so that nobody can put another one in its place meanwhile. */
static int replace(struct run *run, bool last)
{
	char *path = strdup(run->o->metrics), *copy = strdup(run->o->metrics), *beside = NULL;
	int dir = -1, err = -ENOMEM;
	const char *name;

	if (!path || !copy)
		goto out;
	name = basename(copy);
	if (asprintf(&beside, "%s.tmp-%d", name, getpid()) < 0) {
		beside = NULL;
		goto out;
	}
	dir = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = dir < 0 ? -errno : replace_in(run, dir, name, beside, last);
out:
	if (dir >= 0)
		close(dir);
	free(path);
	free(copy);
	free(beside);
	return err;
}

int run__write_metrics_now(struct run *run, bool last)
{
	struct run_outcome *end = &run->end;
	int err;

	if (!run->o->metrics)
		return 0;
	err = replace(run, last);
	if (err && err != end->metrics_failed)
		say__line("cannot write to %s: %s", run->o->metrics, reason(err));
	end->metrics_failed = err;
	end->metrics_due = false;
	run->loop.next_metrics_ns = clock__now() + METRICS_EVERY_NS;
	return err;
}

uint64_t run__metrics_due(const struct run *run)
{
	return run->o->metrics ? run->loop.next_metrics_ns : 0;
}

void run__write_metrics(struct run *run)
{
	if (run->o->metrics && (run->end.metrics_due || clock__now() >= run->loop.next_metrics_ns))
		run__write_metrics_now(run, false);
}
