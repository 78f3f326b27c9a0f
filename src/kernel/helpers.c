// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel/helpers.h"

#define STACK_BYTES (128UL * 1024)

struct helper {
	struct helpers *of;
	pthread_t thread;
	unsigned int number; /* 0: waits for the descriptor, and wakes the others */
};

struct helpers {
	struct helpers_work work;
	int end; /* an eventfd: readable when the threads shall end */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned long calls; /* how often there was work */
	bool ended;
	unsigned int nr;
	struct helper helper[];
};

unsigned int helpers__number(unsigned int most)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 2 ? 0 : cpus - 1 < (long)most ? cpus - 1 : most;
}

static void help(const struct helper *h)
{
	while (h->of->work.step(h->of->work.ctx, h->number))
		;
}

static void tell(struct helpers *s, bool end)
{
	pthread_mutex_lock(&s->lock);
	s->calls++;
	s->ended = s->ended || end;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void *lead(void *arg)
{
	struct helper *h = arg;
	struct helpers *s = h->of;
	struct pollfd fds[] = {
		{ .fd = s->work.fd, .events = POLLIN },
		{ .fd = s->end, .events = POLLIN },
	};

	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				break;
			continue;
		}
		if (!fds[0].revents)
			continue;
		s->work.drain(s->work.ctx);
		tell(s, false);
		help(h);
	}
	tell(s, true);
	return NULL;
}

static void *follow(void *arg)
{
	struct helper *h = arg;
	struct helpers *s = h->of;
	unsigned long seen = 0;

	for (;;) {
		bool ended;

		pthread_mutex_lock(&s->lock);
		while (s->calls == seen && !s->ended)
			pthread_cond_wait(&s->changed, &s->lock);
		seen = s->calls;
		ended = s->ended;
		pthread_mutex_unlock(&s->lock);
		if (ended)
			return NULL;
		help(h);
	}
}

static void release(struct helpers *s)
{
	if (s->end >= 0)
		close(s->end);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct helpers *helpers__start(const struct helpers_work *work, unsigned int nr)
{
	struct helpers *s = nr ? calloc(1, sizeof(*s) + nr * sizeof(s->helper[0])) : NULL;
	pthread_attr_t attr;
	sigset_t all, old;

	if (!s)
		return NULL;
	s->work = *work;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->end = eventfd(0, EFD_CLOEXEC);
	if (s->end < 0 || pthread_attr_init(&attr)) {
		release(s);
		return NULL;
	}
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (; s->nr < nr; s->nr++) {
		struct helper *h = &s->helper[s->nr];

		h->of = s;
		h->number = s->nr;
		if (pthread_create(&h->thread, &attr, s->nr ? follow : lead, h))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (s->nr)
		return s;
	release(s);
	return NULL;
}

void helpers__stop(struct helpers *s)
{
	uint64_t one = 1;

	if (!s)
		return;
	while (write(s->end, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	for (unsigned int i = 0; i < s->nr; i++)
		pthread_join(s->helper[i].thread, NULL);
	release(s);
}
