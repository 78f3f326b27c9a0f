/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks one file of a task: is it a pipe or a ring with pages of the pgmap, or a file of its
 * device? All fields are read without locks; if they change meanwhile, a slot may be read wrongly,
 * and nothing worse happens. The answer is put together in one global variable: only one walk runs
 * at a time (walker.c), and with counters on the stack the verifiers of 6.12 and later follow every
 * iteration.
 */
#ifndef PGMAPREF_WALK_BPF_H
#define PGMAPREF_WALK_BPF_H

#include "bpf/page.bpf.h"

#define WALK_SLOTS (1u << 18) /* slots of a pipe, or of one buffer of a ring */
#define WALK_BUFFERS (1u << 14) /* IORING_MAX_REG_BUFFERS, io_uring/rsrc.c, 5.13 to 7.3 */
#define WALK_STEPS (1u << 20) /* slots of one ring, all buffers together */
#define WALK_COUNTS (1u << 16) /* pages of one contiguous part whose counts are read */
#define AF_XDP 44
#define SYSFS_MAGIC 0x62656572

struct pgr_walk_query query;
/* Ascending; no two of them touch or overlap. */
struct pgr_pfn_range query_range[PGR_RANGES_MAX];
struct pgr_walk_seen seen;
struct pgr_walked found;

/*
 * State of the loops. Separate variables, and not static: if clang splits a static struct, the
 * parts have no valid BTF.
 */
u64 at_base; /* address of the array */
u64 at_first; /* pipe: first slot */
u64 at_mask;
u64 at_steps; /* slots of a ring that may still be read */
u64 at_page; /* first struct page of a contiguous part */
u64 at_pfn, at_limit; /* the pages that are looked up in query_range[]; the end is exclusive */
u32 at_low, at_high; /* indexes in query_range[] */

/*
 * Leaves out the walker and the tool that waits for it: they hold only what they were started with.
 */
static __always_inline bool is_ours(struct task_struct *task)
{
	struct task_struct *walker = (void *)bpf_get_current_task();
	int tgid = BPF_CORE_READ(task, tgid);

	return tgid == BPF_CORE_READ(walker, tgid) ||
	       tgid == BPF_CORE_READ(walker, real_parent, tgid);
}

static __always_inline void found_begin(struct task_struct *task, u32 fd)
{
	found.fd = fd;
	found.task.tgid = BPF_CORE_READ(task, tgid);
	found.task.tid = BPF_CORE_READ(task, pid);
	bpf_core_read_str(found.task.comm, sizeof(found.task.comm), &task->comm);
	found.object = found.start = found.end = found.offset = 0;
	found.ino = found.pages = found.idle = 0;
	found.dev = found.mode = found.flags = found.kind = found.pad = found.nr_ranges = 0;
}

/*
 * If the buffer is full, the kernel calls the program again with an empty buffer:
 * kernel/bpf/bpf_iter.c.
 */
static __always_inline void found_emit(struct seq_file *seq)
{
	u32 nr = found.nr_ranges;

	bpf_seq_write(seq, &found, sizeof(found) - sizeof(found.range));
	if (nr > PGR_WALK_RANGES)
		nr = PGR_WALK_RANGES;
	if (nr)
		bpf_seq_write(seq, found.range, nr * sizeof(found.range[0]));
}

static __always_inline void found_cut(void)
{
	if (!(found.flags & PGR_WALKED_CUT))
		seen.cut++;
	found.flags |= PGR_WALKED_CUT;
}

/*
 * Counts the page as idle if only its mappings refer to it. A pipe that points to an idle page does
 * not refer to it: the pointer is left from an earlier use of the page. The rule is that of the
 * sweep for busy pages.
 */
static long look_count(u32 i, void *ctx)
{
	u64 page = at_page + (u64)i * PAGE_SIZE_OF, head, flags;
	s32 refs = 0, maps = 0;

	if (page_head(page, &head) || bpf_probe_read_kernel(&flags, sizeof(flags), (void *)head) ||
	    bpf_probe_read_kernel(
		    &refs, sizeof(refs),
		    (void *)(head + bpf_core_field_offset(struct page, _refcount.counter))))
		return 1; /* After the teardown there are no struct pages; user space knows that. */
	if (!query.maps_hold)
		maps = -1;
	else if (bpf_probe_read_kernel(
			 &maps, sizeof(maps),
			 (void *)(head + page_mapcount_offset(page_flags_head(flags)))))
		return 1;
	maps++;
	if (refs - query.idle - (maps > 0 ? maps : 0) <= 0)
		found.idle++;
	return 0;
}

static __always_inline void add_range(u64 pfn, u64 nr)
{
	struct pgr_pfn_range *r;
	u32 i = found.nr_ranges;

	found.pages += nr;
	if (i > 0 && i <= PGR_WALK_RANGES) {
		r = &found.range[(i - 1) & (PGR_WALK_RANGES - 1)];
		if (r->pfn + r->nr == pfn) {
			r->nr += nr;
			return;
		}
	}
	if (i >= PGR_WALK_RANGES) {
		found.flags |= PGR_WALKED_RANGES;
		return;
	}
	found.range[i].pfn = pfn;
	found.range[i].nr = nr;
	found.nr_ranges = i + 1;
}

static __always_inline struct pgr_pfn_range *range_at(u32 i)
{
	return &query_range[i & (PGR_RANGES_MAX - 1)];
}

/* A step of the search for the first range that ends behind at_pfn: at_low, when it ends. */
static long search_step(u32 i, void *ctx)
{
	u32 mid = at_low + (at_high - at_low) / 2;
	struct pgr_pfn_range *r = range_at(mid);

	if (at_low >= at_high)
		return 1;
	if (r->pfn + r->nr <= at_pfn)
		at_low = mid + 1;
	else
		at_high = mid;
	return 0;
}

/* Adds those of the pages that belong to range at_low. The next call looks at the next range. */
static long look_range(u32 i, void *ctx)
{
	struct pgr_pfn_range *r = range_at(at_low);
	u64 from = r->pfn, to = from + r->nr;

	if (at_low >= query.nr_range)
		return 1;
	if (from < at_pfn)
		from = at_pfn;
	if (to > at_limit)
		to = at_limit;
	if (from >= to)
		return 1;
	at_low++;
	add_range(from, to - from);
	at_page = query.vmemmap_base + from * bpf_core_type_size(struct page);
	if (query.idle >= 0 && to - from > WALK_COUNTS)
		found_cut();
	if (query.idle >= 0)
		bpf_loop(to - from < WALK_COUNTS ? to - from : WALK_COUNTS, look_count, NULL, 0);
	return 0;
}

#define SEARCH_STEPS 17 /* halves PGR_RANGES_MAX ranges until none is left */

/*
 * Adds `bytes` bytes that begin at struct page `page`, as far as they belong to the pgmap. A global
 * function, as all below: the verifier checks each once.
 */
__noinline int found_pages(u64 page, u64 bytes)
{
	if (!page || !query.vmemmap_base || page < query.vmemmap_base || !bytes)
		return 0;
	at_pfn = (page - query.vmemmap_base) / bpf_core_type_size(struct page);
	at_limit = at_pfn + ((bytes + (1 << PAGE_SHIFT) - 1) >> PAGE_SHIFT);
	at_low = 0;
	at_high = query.nr_range;
	bpf_loop(SEARCH_STEPS, search_step, NULL, 0);
	bpf_loop(query.nr_range, look_range, NULL, 0);
	return 0;
}

static long look_slot(u32 i, void *ctx)
{
	u64 slot = at_base + ((at_first + i) & at_mask) * bpf_core_type_size(struct pipe_buffer);
	u64 page;

	if (bpf_probe_read_kernel(&page, sizeof(page),
				  (void *)(slot + bpf_core_field_offset(struct pipe_buffer, page)))) {
		seen.faults++;
		return 1;
	}
	found_pages(page, 1 << PAGE_SHIFT);
	return 0;
}

static __always_inline struct inode *inode_of(struct file *file)
{
	return BPF_CORE_READ(file, f_inode);
}

/* Is this file a pipe with pages of the pgmap? Fills `found`. */
__noinline int look_pipe(u64 addr)
{
	struct inode *inode = inode_of((struct file *)addr);
	struct pipe_inode_info *pipe;
	u32 head, tail, size, nr;

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFIFO)
		return 0;
	if (!bpf_core_field_exists(struct pipe_inode_info, head) ||
	    !bpf_core_field_exists(struct pipe_inode_info, tail) ||
	    !bpf_core_field_exists(struct pipe_inode_info, ring_size) ||
	    !bpf_core_field_exists(struct pipe_inode_info, bufs) ||
	    !bpf_core_field_exists(struct pipe_buffer, page)) {
		seen.strange |= PGR_STRANGE_PIPE;
		return 0;
	}
	pipe = BPF_CORE_READ(inode, i_pipe);
	if (!pipe)
		return 0;
	seen.pipes++;
	head = BPF_CORE_READ(pipe, head);
	tail = BPF_CORE_READ(pipe, tail);
	size = BPF_CORE_READ(pipe, ring_size); /* a power of two: fs/pipe.c, 5.5 and later */
	at_base = (u64)BPF_CORE_READ(pipe, bufs);
	if (!at_base || !size || (size & (size - 1))) {
		seen.faults++;
		return 0;
	}
	at_first = tail;
	at_mask = size - 1;
	nr = head - tail;
	if (nr > size)
		nr = size;
	if (nr > WALK_SLOTS) {
		found_cut();
		nr = WALK_SLOTS;
	}
	found.how = PGR_WALK_PIPE;
	found.object = (u64)pipe;
	found.ino = BPF_CORE_READ(inode, i_ino);
	found.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	found.mode = BPF_CORE_READ(inode, i_mode);
	bpf_loop(nr, look_slot, NULL, 0);
	return found.pages > 0;
}

static long look_bvec(u32 i, void *ctx)
{
	struct bio_vec *v = (void *)(at_base + i * bpf_core_type_size(struct bio_vec));
	struct page *page = NULL;
	u32 len = 0, offset = 0;

	if (!at_steps) {
		found_cut();
		return 1;
	}
	at_steps--;
	/* A large folio has one bio_vec for all of its pages (6.12 and later). */
	if (bpf_core_read(&page, sizeof(page), &v->bv_page) ||
	    bpf_core_read(&len, sizeof(len), &v->bv_len) ||
	    bpf_core_read(&offset, sizeof(offset), &v->bv_offset)) {
		seen.faults++;
		return 1;
	}
	found_pages((u64)page + (offset >> PAGE_SHIFT) * bpf_core_type_size(struct page),
		    (u64)len + (offset & ((1 << PAGE_SHIFT) - 1)));
	return 0;
}

static __always_inline void look_buffer(struct io_mapped_ubuf *buf)
{
	u32 nr = BPF_CORE_READ(buf, nr_bvecs);

	at_base = (u64)buf + bpf_core_field_offset(struct io_mapped_ubuf, bvec);
	if (nr > WALK_SLOTS) {
		found_cut();
		nr = WALK_SLOTS;
	}
	bpf_loop(nr, look_bvec, NULL, 0);
}

/* Up to 6.12: io_ring_ctx.user_bufs, an array of buffers. */
static long look_user_buf(u32 i, u64 *array)
{
	struct io_mapped_ubuf *buf = NULL;

	if (bpf_probe_read_kernel(&buf, sizeof(buf), (void *)(*array + i * sizeof(buf)))) {
		seen.faults++;
		return 1;
	}
	if (buf)
		look_buffer(buf);
	return !at_steps;
}

/* Later kernels, e.g. 7.3: io_ring_ctx.buf_table, an array of nodes. */
static long look_node(u32 i, u64 *array)
{
	struct io_rsrc_node___buf *node = NULL;
	struct io_mapped_ubuf *buf;

	if (bpf_probe_read_kernel(&node, sizeof(node), (void *)(*array + i * sizeof(node)))) {
		seen.faults++;
		return 1;
	}
	if (!node)
		return 0;
	buf = BPF_CORE_READ(node, buf);
	if (buf)
		look_buffer(buf);
	return !at_steps;
}

/* Is this file a ring? Fills `found`, with pages if its buffers contain pages of the pgmap. */
__noinline int look_ring(u64 addr)
{
	struct file *file = (struct file *)addr;
	struct io_ring_ctx___table *table;
	struct io_ring_ctx___user *user;
	struct inode *inode;
	u64 array;
	u32 nr;

	if (!query.uring_release || (u64)BPF_CORE_READ(file, f_op, release) != query.uring_release)
		return 0;
	inode = inode_of(file);
	found.how = PGR_WALK_URING;
	found.object = (u64)BPF_CORE_READ(file, private_data);
	found.ino = BPF_CORE_READ(inode, i_ino);
	found.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	found.mode = BPF_CORE_READ(inode, i_mode);
	at_steps = WALK_STEPS;
	seen.rings++;
	if (!bpf_core_field_exists(struct io_mapped_ubuf, nr_bvecs) ||
	    !bpf_core_field_exists(struct io_mapped_ubuf, bvec)) {
		seen.strange |= PGR_STRANGE_RING;
	} else if (bpf_core_field_exists(struct io_ring_ctx___table, buf_table)) {
		table = (void *)found.object;
		nr = BPF_CORE_READ(table, buf_table.nr);
		array = (u64)BPF_CORE_READ(table, buf_table.nodes);
		if (nr > WALK_BUFFERS)
			found_cut();
		bpf_loop(nr < WALK_BUFFERS ? nr : WALK_BUFFERS, look_node, &array, 0);
	} else if (bpf_core_field_exists(struct io_ring_ctx___user, user_bufs)) {
		user = (void *)found.object;
		nr = BPF_CORE_READ(user, nr_user_bufs);
		array = (u64)BPF_CORE_READ(user, user_bufs);
		if (nr > WALK_BUFFERS)
			found_cut();
		bpf_loop(nr < WALK_BUFFERS ? nr : WALK_BUFFERS, look_user_buf, &array, 0);
	} else {
		seen.strange |= PGR_STRANGE_RING;
	}
	return 1;
}

static long look_umem_page(u32 i, u64 *array)
{
	u64 page;

	if (bpf_probe_read_kernel(&page, sizeof(page), (void *)(*array + i * sizeof(page)))) {
		seen.faults++;
		return 1;
	}
	found_pages(page, 1 << PAGE_SHIFT);
	return 0;
}

/* Is this file a socket whose umem has pages of the pgmap? Fills `found`. */
__noinline int look_umem(u64 addr)
{
	struct file *file = (struct file *)addr;
	struct inode *inode = inode_of(file);
	struct xdp_umem *umem;
	struct socket *sock;
	struct xdp_sock *xs;
	u64 array;
	u32 nr;

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	sock = BPF_CORE_READ(file, private_data);
	if (BPF_CORE_READ(sock, ops, family) != AF_XDP)
		return 0;
	if (!bpf_core_field_exists(struct xdp_sock, umem) ||
	    !bpf_core_field_exists(struct xdp_umem, npgs) ||
	    !bpf_core_field_exists(struct xdp_umem, pgs)) {
		seen.strange |= PGR_STRANGE_XDP;
		return 0;
	}
	xs = (void *)BPF_CORE_READ(sock, sk);
	umem = BPF_CORE_READ(xs, umem);
	if (!umem)
		return 0;
	seen.umems++;
	nr = BPF_CORE_READ(umem, npgs);
	array = (u64)BPF_CORE_READ(umem, pgs);
	found.how = PGR_WALK_XDP;
	found.object = (u64)umem;
	found.ino = BPF_CORE_READ(inode, i_ino);
	found.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	found.mode = BPF_CORE_READ(inode, i_mode);
	if (nr > WALK_STEPS) {
		found_cut();
		nr = WALK_STEPS;
	}
	bpf_loop(nr, look_umem_page, &array, 0);
	return found.pages > 0;
}

/* Is it a file of a kind that pins memory? Fills `found`. */
__noinline int look_pinner(u64 addr)
{
	struct file *file = (struct file *)addr;
	struct inode *inode = inode_of(file);
	u64 release = (u64)BPF_CORE_READ(file, f_op, release);

	if (!release)
		return 0;
	for (u32 i = 0; i < PGR_WALK_PINNERS; i++) {
		if (query.pinner[i] != release)
			continue;
		seen.pinners++;
		found.how = PGR_WALK_PINNER;
		found.kind = i;
		found.ino = BPF_CORE_READ(inode, i_ino);
		found.mode = BPF_CORE_READ(inode, i_mode);
		found.dev = (found.mode & S_IFMT) == S_IFCHR ? BPF_CORE_READ(inode, i_rdev) :
							       BPF_CORE_READ(inode, i_sb, s_dev);
		found.object = 0;
		found.pages = found.idle = found.nr_ranges = found.flags = 0;
		return 1;
	}
	return 0;
}

/* True only if the names are equal up to their ends. */
static __always_inline bool is_named(struct dentry *dentry, const char *name, u32 size)
{
	char got[PGR_WALK_NAME] = {};

	if (bpf_probe_read_kernel_str(got, sizeof(got), BPF_CORE_READ(dentry, d_name.name)) <= 0)
		return false;
	for (u32 i = 0; i < PGR_WALK_NAME && i < size; i++) {
		if (got[i] != name[i])
			return false;
		if (!got[i])
			return true;
	}
	return false;
}

/*
 * Is this the sysfs file that processes use to map peer-to-peer memory (drivers/pci/p2pdma.c, 6.2
 * and later): p2pmem/allocate of the device? Recognised by its names, which stay when it is
 * deleted.
 */
__noinline int is_p2pmem(u64 addr)
{
	struct file *file = (struct file *)addr;
	struct dentry *dentry;

	if (!query.p2pmem[0])
		return 0;
	if (!bpf_core_field_exists(struct dentry, d_name) ||
	    !bpf_core_field_exists(struct file, f_path)) {
		seen.strange |= PGR_STRANGE_P2PMEM;
		return 0;
	}
	if (BPF_CORE_READ(inode_of(file), i_sb, s_magic) != SYSFS_MAGIC)
		return 0;
	dentry = BPF_CORE_READ(file, f_path.dentry);
	if (!is_named(dentry, "allocate", sizeof("allocate")))
		return 0;
	dentry = BPF_CORE_READ(dentry, d_parent);
	if (!is_named(dentry, "p2pmem", sizeof("p2pmem")))
		return 0;
	return is_named(BPF_CORE_READ(dentry, d_parent), query.p2pmem, PGR_WALK_NAME);
}

static __always_inline bool on_device(u32 dev)
{
	for (u32 i = 0; i < PGR_WALK_DEVS; i++) {
		if (i >= query.nr_dev)
			break;
		if (query.dev[i] == dev)
			return true;
	}
	return false;
}

/* Is this file the device, a file that has busy pages, or a file on a filesystem of the device? */
__noinline int look_inode(u64 addr, u32 how)
{
	struct inode *inode = inode_of((struct file *)addr);
	u32 sdev = BPF_CORE_READ(inode, i_sb, s_dev), rdev = BPF_CORE_READ(inode, i_rdev);
	u32 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	u64 ino = BPF_CORE_READ(inode, i_ino);

	found.how = how;
	found.object = 0;
	found.pages = found.idle = found.nr_ranges = found.flags = 0;
	found.ino = ino;
	found.mode = BPF_CORE_READ(inode, i_mode);
	if (type == S_IFCHR && query.chr && rdev == query.chr) {
		found.dev = rdev;
		found.flags = PGR_WALKED_STRONG;
		return 1;
	}
	if (type == S_IFBLK && on_device(rdev)) {
		found.dev = rdev;
		return 1;
	}
	found.dev = sdev;
	if (type == S_IFREG && is_p2pmem(addr)) {
		found.flags = PGR_WALKED_STRONG | PGR_WALKED_P2PMEM;
		return 1;
	}
	for (u32 i = 0; i < PGR_WALK_INODES; i++) {
		if (i >= query.nr_inode)
			break;
		if (query.inode[i].ino == ino && query.inode[i].dev == sdev) {
			found.flags = PGR_WALKED_STRONG;
			return 1;
		}
	}
	return on_device(sdev);
}

#endif /* PGMAPREF_WALK_BPF_H */
