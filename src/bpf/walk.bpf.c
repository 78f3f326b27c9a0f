// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds holders of a pgmap's pages: walks the tasks, their files and their mappings. A separate
 * object, which is loaded only when holders must be found.
 *
 * The programs compare addresses of struct pages. They read a struct page only if the pgmap is
 * known to be there, to see whether the page is in use. After memunmap_pages() the addresses are
 * invalid, and holders matter most then.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "common/walk.h"
#include "bpf/number.bpf.h"
#include "bpf/walk.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A ring may have no descriptor: IORING_REGISTER_RING_FDS, 5.18 and later. */
SEC("iter/task")
int walk_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *walker;
	struct io_uring_task *tctx;

	if (!task)
		return 0; /* the end of the walk */
	seen.tasks++;
	walker = (void *)bpf_get_current_task();
	seen.pid_level = BPF_CORE_READ(walker, thread_pid, level);
	if (is_ours(task) || !query.uring_release)
		return 0;
	if (!bpf_core_field_exists(struct io_uring_task, registered_rings)) {
		seen.strange |= PGR_STRANGE_TASK_RING;
		return 0;
	}
	tctx = BPF_CORE_READ(task, io_uring);
	if (!tctx)
		return 0;
	for (u32 i = 0; i < sizeof(tctx->registered_rings) / sizeof(void *); i++) {
		struct file *file = NULL;

		bpf_core_read(&file, sizeof(file), &tctx->registered_rings[i]);
		if (!file)
			continue;
		found_begin(task, PGR_NO_FD);
		if (look_ring((u64)file))
			found_emit(ctx->meta->seq);
	}
	return 0;
}

SEC("iter/task_file")
int walk_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	u64 file;

	if (!task || !ctx->file)
		return 0; /* the end of the walk */
	file = number(ctx->file);
	seen.files++;
	if (is_ours(task))
		return 0;
	found_begin(task, ctx->fd);
	if (look_ring(file) || look_pipe(file) || look_umem(file) || look_pinner(file) ||
	    look_inode(file, PGR_WALK_FD))
		found_emit(ctx->meta->seq);
	return 0;
}

SEC("iter/task_vma")
int walk_map(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct file *file;

	if (!task || !vma)
		return 0; /* the end of the walk */
	seen.maps++;
	if (is_ours(task))
		return 0;
	file = BPF_CORE_READ(vma, vm_file);
	if (!file)
		return 0;
	found_begin(task, PGR_NO_FD);
	/* A mapping keeps a ring alive after its descriptor is closed. */
	if (look_ring((u64)file)) {
		found_emit(ctx->meta->seq);
	} else if (look_inode((u64)file, PGR_WALK_MAP)) {
		found.start = BPF_CORE_READ(vma, vm_start);
		found.end = BPF_CORE_READ(vma, vm_end);
		found.offset = BPF_CORE_READ(vma, vm_pgoff);
		found_emit(ctx->meta->seq);
	}
	return 0;
}
