// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/names.h"
#include "kernel/tracer_read.h"
#include "report/metrics.h"
#include "run/run_metrics.h"
#include "run/say.h"

#define METRICS_EVERY_NS (5 * NSEC_PER_SEC)

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
	if (p->state == PGMAP_KILLED && td->begun && now > td->begin_ns &&
	    seconds(now - td->begin_ns) > m->unbinding)
		m->unbinding = seconds(now - td->begin_ns);
	m->hangs = m->hangs || (p->state == PGMAP_KILLED && td->stuck);
}

/* All pgmaps that are wanted, and were not forgotten. Returns their number, or -ENOMEM. */
static int gather(struct run *run, uint64_t now, struct metrics_pgmap **out)
{
	struct metrics_pgmap *all, *m;
	size_t nr = 0, most = 1;

	for (const struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		most++;
	all = calloc(most, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (const struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		bool there = p->state == PGMAP_LIVE || p->state == PGMAP_KILLED;
		const char *type = type__name(p->k.type);

		if (!p->wanted)
			continue;
		if (!tally__row(&run->end.tally, p->name)) {
			free(all);
			return -ENOMEM;
		}
		for (m = all; m < all + nr; m++)
			if (!strcmp(m->name, p->name) && !strcmp(m->type, type))
				break;
		if (m == all + nr)
			all[nr++] = (struct metrics_pgmap){ .name = p->name, .type = type };
		m->there |= there;
		if (there)
			add(m, p, now);
		for (int i = 0; i < PGR_EVENTS; i++)
			m->events[i] += p->k.events[i];
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
		.start = seconds(run->out.report.start_ns + run->out.report.wall_ns),
		.now = seconds(now + run->out.report.wall_ns),
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

/* Writes a file beside the old one, and puts it in its place. Its name does not end in .prom. */
static int replace(struct run *run, bool last)
{
	const char *path = run->o->metrics;
	char *beside;
	FILE *f;
	int fd, err;

	if (asprintf(&beside, "%s.tmp-%d", path, getpid()) < 0)
		return -ENOMEM;
	/* Left behind by a process that had the same number. */
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	err = f ? 0 : -errno;
	if (!f && fd >= 0)
		close(fd);
	if (f) {
		/* For node_exporter, which has a user of its own, whatever the umask. */
		err = fchmod(fd, 0644) ? -errno : write_to(run, f, last);
		if (fclose(f) && !err)
			err = -errno;
	}
	if (!err && rename(beside, path))
		err = -errno;
	if (err && fd >= 0)
		unlink(beside);
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
		say__line("cannot write to %s: %s", run->o->metrics, strerror(-err));
	end->metrics_failed = err;
	end->metrics_due = false;
	run->loop.next_metrics_ns = clock__now() + METRICS_EVERY_NS;
	return err;
}

void run__write_metrics(struct run *run)
{
	if (run->o->metrics && (run->end.metrics_due || clock__now() >= run->loop.next_metrics_ns))
		run__write_metrics_now(run, false);
}
