/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records for tests, with the content that the kernel side would send. */
#ifndef PGMAPREF_TEST_RECORDS_H
#define PGMAPREF_TEST_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

#define BORN_NS 1000
#define ADDR 0xffff888000001000ULL
#define SITE 0x123456789abcdef1ULL
#define IRQ 0xfedcba9876543201ULL

union any_record {
	struct pgr_header h;
	struct pgr_rec_pgmap pgmap;
	struct pgr_rec_teardown teardown;
	struct pgr_rec_sweep sweep;
	struct pgr_rec_step step;
	struct pgr_rec_move move;
	struct pgr_rec_event event;
	char bytes[2 * sizeof(struct pgr_rec_sweep)];
};

struct pgr_task rec_task(uint32_t tid);
struct pgr_pgmap rec_pgmap(uint32_t id);
struct pgr_rec_pgmap rec_birth(uint32_t id);
struct pgr_rec_teardown rec_begin(uint32_t id, uint64_t ns, int64_t value);
struct pgr_rec_sweep rec_sweep(uint32_t id, uint64_t ns, uint32_t final, uint64_t busy);
/* The counters are all different, and none is 0. */
struct pgr_rec_step rec_step(uint32_t record, uint32_t id, uint64_t ns);
struct pgr_rec_step rec_drained(uint32_t id, uint64_t ns);
struct pgr_rec_step rec_gone(uint32_t id, uint64_t ns);
struct pgr_rec_move rec_move(uint32_t record, uint32_t id, uint64_t ns, int64_t n);
struct pgr_rec_event rec_event(uint32_t id, uint64_t ns, int64_t value);
/* A record of each kind, about pgmap 3 (a birth: about pgmap 5). Returns its size. */
size_t rec_any(union any_record *r, uint32_t record);

#endif /* PGMAPREF_TEST_RECORDS_H */
