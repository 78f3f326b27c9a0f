// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "kernel/perf_ring.h"
#include "kernel/pokes.h"

#define RING_PAGES 16 /* for each CPU: about 1600 records */
#define CPUS_EVERY_S 1
#define FULL_BYTES 128 /* more than one record of a change needs */

struct ring {
	int fd;
	struct perf_event_mmap_page *page; /* NULL: the CPU is not online */
};

struct pokes {
	int nr; /* number of possible CPUs */
	char online[256]; /* online CPUs when the rings were last opened, in the format of sysfs */
	size_t size; /* mapped bytes of each ring */
	time_t next; /* when to check next for new CPUs */
	struct ring ring[];
};

static time_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int open_ring(struct pokes *p, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.size = sizeof(attr),
		.text_poke = 1,
		/* No wakeups, because nobody polls. */
		.watermark = 1,
		.wakeup_watermark = UINT32_MAX,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	void *page;

	if (fd < 0)
		return -errno;
	page = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		int err = -errno;

		close(fd);
		return err;
	}
	p->ring[cpu] = (struct ring){ fd, page };
	return 0;
}

/* Reads which CPUs are online. The old event of a CPU that went and came back records nothing. */
static void read_online(char *buf, size_t len)
{
	int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, len - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void close_rings(struct pokes *p)
{
	for (int cpu = 0; cpu < p->nr; cpu++) {
		if (!p->ring[cpu].page)
			continue;
		munmap(p->ring[cpu].page, p->size);
		close(p->ring[cpu].fd);
		p->ring[cpu].page = NULL;
	}
}

/* Returns 0 if every online CPU has a ring, or the error of a ring that could not be opened. */
static int open_rings(struct pokes *p)
{
	int err = 0, opened = 0;

	read_online(p->online, sizeof(p->online));
	p->next = now_s() + CPUS_EVERY_S;
	for (int cpu = 0; cpu < p->nr; cpu++) {
		int failed = p->ring[cpu].page ? 0 : open_ring(p, cpu);

		opened += !failed;
		/* An offline CPU has no events. */
		err = failed && failed != -ENODEV ? failed : err;
	}
	return opened || err ? err : -ENODEV;
}

int pokes__open(struct pokes **out)
{
	int nr = get_nprocs_conf(), err;
	struct pokes *p = calloc(1, sizeof(*p) + nr * sizeof(*p->ring));

	if (!p)
		return -ENOMEM;
	p->nr = nr;
	p->size = (1 + RING_PAGES) * sysconf(_SC_PAGESIZE);
	err = open_rings(p);
	if (err) {
		pokes__close(p);
		return err;
	}
	*out = p;
	return 0;
}

void pokes__close(struct pokes *p)
{
	if (p)
		close_rings(p);
	free(p);
}

/* PERF_RECORD_TEXT_POKE, include/uapi/linux/perf_event.h. Old code and new code follow. */
struct poke_head {
	struct perf_event_header header;
	uint64_t addr;
	uint16_t old_len;
	uint16_t new_len;
};

#define CODE_MAX 64 /* bytes of new code; the kernel writes up to 15 */

uint64_t pokes__parse(const uint8_t *data, uint64_t size, uint64_t tail, uint64_t head, poke_fn fn,
		      void *ctx)
{
	const size_t head_len = offsetof(struct poke_head, new_len) + sizeof(uint16_t);
	struct perf_event_header header;

	for (; perf_ring__next(data, size, tail, head, &header); tail += header.size) {
		struct poke_head h;
		uint8_t code[CODE_MAX];

		if (header.type == PERF_RECORD_LOST)
			fn(ctx, 0, NULL, 0);
		if (header.type != PERF_RECORD_TEXT_POKE || header.size < head_len)
			continue;
		perf_ring__copy(data, size, tail, &h, head_len);
		if (h.new_len > CODE_MAX || head_len + h.old_len + h.new_len > header.size)
			continue;
		perf_ring__copy(data, size, tail + head_len + h.old_len, code, h.new_len);
		fn(ctx, h.addr, code, h.new_len);
	}
	return tail;
}

void pokes__read(struct pokes *p, poke_fn fn, void *ctx)
{
	if (!p)
		return;
	for (int cpu = 0; cpu < p->nr; cpu++) {
		struct perf_event_mmap_page *page = p->ring[cpu].page;
		uint64_t head;

		if (!page)
			continue;
		head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
		/* Full: the kernel reports a loss only with the next record that has room. */
		if (page->data_size - (head - page->data_tail) < FULL_BYTES)
			fn(ctx, 0, NULL, 0);
		pokes__parse((uint8_t *)page + page->data_offset, page->data_size, page->data_tail,
			     head, fn, ctx);
		/* Consume all data, parsed or not: data that is no record would block the ring. */
		__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
	}
	if (now_s() >= p->next) {
		char online[sizeof(p->online)];

		p->next = now_s() + CPUS_EVERY_S;
		read_online(online, sizeof(online));
		if (strcmp(online, p->online)) {
			close_rings(p);
			open_rings(p);
		}
	}
}
