// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tells how long a sleeping thread has slept, and who has the lock that it waits for. A small
 * object of its own, which is loaded only when a thread hangs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "common/asleep.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

u32 asked[PGR_ASLEEP]; /* tids */
u32 nr_asked;

/* hung_task.h: types of the lock in the lowest bits of task_struct.blocker, 6.16 to 7.3 */
#define BLOCKER_TYPES 3
#define BLOCKER_MUTEX 0
#define BLOCKER_WRITER 3 /* waits to write to a rw_semaphore */
#define OWNER_FLAGS 7 /* mutex: kernel/locking/mutex.h, MUTEX_FLAGS */
#define RWSEM_READERS 1 /* kernel/locking/rwsem.c, RWSEM_READER_OWNED: the last of many */

static bool is_asked(u32 tid)
{
	for (u32 i = 0; i < PGR_ASLEEP; i++)
		if (i < nr_asked && asked[i] == tid)
			return true;
	return false;
}

static void fill_task(struct pgr_task *to, struct task_struct *t)
{
	to->tgid = BPF_CORE_READ(t, tgid);
	to->tid = BPF_CORE_READ(t, pid);
	bpf_core_read_str(to->comm, sizeof(to->comm), &t->comm);
}

/* The owner may end while it is read: it is then the wrong task, or none. */
static void fill_owner(struct pgr_task *to, struct task_struct *task)
{
	struct task_struct___blocker *t = (void *)task;
	struct rw_semaphore *rwsem;
	struct mutex *mutex;
	u64 lock, owner;

	if (!bpf_core_field_exists(struct task_struct___blocker, blocker))
		return;
	lock = BPF_CORE_READ(t, blocker);
	if (!lock)
		return;
	if ((lock & BLOCKER_TYPES) == BLOCKER_MUTEX) {
		mutex = (void *)lock;
		owner = BPF_CORE_READ(mutex, owner.counter);
	} else if ((lock & BLOCKER_TYPES) == BLOCKER_WRITER) {
		rwsem = (void *)(lock & ~(u64)BLOCKER_TYPES);
		owner = BPF_CORE_READ(rwsem, owner.counter);
		if (owner & RWSEM_READERS)
			return;
	} else {
		return;
	}
	owner &= ~(u64)OWNER_FLAGS;
	if (owner)
		fill_task(to, (struct task_struct *)owner);
}

/*
 * exec_start is the time when the task left the CPU (kernel/sched/fair.c, rt.c, deadline.c:
 * update_curr*(), 6.1 to 7.3), on the clock of its CPU's queue that leaves out interrupts and the
 * hypervisor. The difference between both clocks of that queue takes it to the clock that all
 * queues share. Our own queue's clock was read when we were last scheduled, or at a tick.
 */
static u64 slept(struct task_struct *t)
{
	struct task_struct *self = (void *)bpf_get_current_task();
	u64 since = BPF_CORE_READ(t, se.exec_start), now;

	if (!since)
		return 0;
	if (bpf_core_field_exists(struct sched_entity, cfs_rq)) {
		since += BPF_CORE_READ(t, se.cfs_rq, rq, clock) -
			 BPF_CORE_READ(t, se.cfs_rq, rq, clock_task);
		now = BPF_CORE_READ(self, se.cfs_rq, rq, clock);
	} else {
		now = BPF_CORE_READ(self, se.exec_start);
	}
	return now > since ? now - since : 0;
}

SEC("iter/task")
int look_asleep(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct pgr_asleep a = {};

	if (!task)
		return 0; /* the end of the walk */
	if (!is_asked(BPF_CORE_READ(task, pid)))
		return 0;
	fill_task(&a.task, task);
	fill_owner(&a.owner, task);
	a.ns = slept(task);
	a.switches = BPF_CORE_READ(task, nvcsw) + BPF_CORE_READ(task, nivcsw);
	bpf_seq_write(ctx->meta->seq, &a, sizeof(a));
	return 0;
}
