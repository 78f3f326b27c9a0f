/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel types that the BPF programs read, with only the fields that they read. Written by
 * hand. CO-RE finds each field by name in the BTF of the running kernel: the order and the offsets
 * below mean nothing. A type that differs between kernels has a flavor (name___flavor) for each
 * form; its comment names the commit or release that made the difference.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false = 0, true = 1 };

/* include/uapi/linux/bpf.h: stable numbers; only those that are used. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct percpu_ref;

struct percpu_ref_data {
	atomic_long_t count;
	void *release;
	void *confirm_switch;
	struct percpu_ref *ref;
};

struct percpu_ref {
	unsigned long percpu_count_ptr;
	struct percpu_ref_data *data;
};

struct range {
	u64 start;
	u64 end;
};

struct vmem_altmap {
	unsigned long reserve;
	unsigned long free;
};

/*
 * enum memory_type: up to v5.17 PRIVATE=1, FS_DAX=2 and so on. v5.18 (f25cbb7a95a2) added COHERENT
 * and moved the later numbers by one. The programs take the values by name.
 */
enum memory_type {
	MEMORY_DEVICE_PRIVATE = 1,
	MEMORY_DEVICE_COHERENT = 2,
	MEMORY_DEVICE_FS_DAX = 3,
	MEMORY_DEVICE_GENERIC = 4,
	MEMORY_DEVICE_PCI_P2PDMA = 5,
};

struct dev_pagemap {
	struct vmem_altmap altmap;
	struct percpu_ref ref;
	enum memory_type type;
	unsigned int flags;
	unsigned long vmemmap_shift;
	void *ops;
	void *owner;
	int nr_range;
	struct range ranges[1];
};

/* PG_head is bit 16 in 6.1 and bit 6 in 6.12: the programs take it by name. */
enum pageflags {
	PG_head = 6,
};

struct inode;
struct super_block;
struct pipe_inode_info;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

/* The link in inode.i_dentry: in a union with a name up to 6.18, in one without in 7.3. */
struct dentry___u {
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct dentry___alias {
	struct hlist_node d_alias;
};

struct xarray {
	void *xa_head;
};

struct address_space {
	struct inode *host;
	struct xarray i_pages;
};

struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
	u32 i_rdev;
	u32 i_nlink;
	u16 i_mode;
	struct hlist_head i_dentry;
	struct pipe_inode_info *i_pipe;
};

/* Up to 6.18 i_state was a plain word and its bits were macros. */
enum inode_state_flags_enum {
	I_FREEING = 1u << 8,
};

struct inode_state_flags {
	enum inode_state_flags_enum __state;
};

struct inode___state {
	struct inode_state_flags i_state;
};

struct super_block {
	struct dentry *s_root;
	u32 s_dev;
	unsigned long s_magic;
};

struct page {
	struct address_space *mapping;
	atomic_t _mapcount;
	atomic_t _refcount;
};

/* An array of about a hundred numbers, if CONFIG_VM_EVENT_COUNTERS=y. See guarded_page(). */
struct vm_event_state {
	unsigned long event[9];
};

/* page->pgmap: up to 6.14; in 6.15 it moved to the folio. */
struct page___pgmap {
	struct dev_pagemap *pgmap;
};

/* page->index: renamed to __folio_index in 6.16, at the same place. */
struct page___index {
	unsigned long index;
};

struct page___folio_index {
	unsigned long __folio_index;
};

/* compound_head: up to 7.0; compound_info, pointer or mask, since 7.1. */
struct page___head {
	unsigned long compound_head;
};

struct page___info {
	unsigned long compound_info;
};

/* page->share: since 6.12, at the place of index. Read only if mapping is NULL. */
struct folio___share {
	unsigned long share;
};

/* folio->pgmap: since 6.15. */
struct folio___pgmap {
	struct dev_pagemap *pgmap;
};

/* The order of a large folio: _folio_order in 6.1, low byte of _flags_1 since 6.6. */
struct folio___order {
	unsigned char _folio_order;
};

struct folio___flags_1 {
	unsigned long _flags_1;
};

/* Number of mappings of a large folio: since 6.10 (05c5323b2a34). */
struct folio___large {
	atomic_t _large_mapcount;
};

/* Number of pins of a large folio, separate from its refcount: since 5.18 (94688e8eb453). */
struct folio___pincount {
	atomic_t _pincount;
};

struct xa_state {
	unsigned long xa_index;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
	unsigned long marks[3][1];
};

struct file_operations {
	void *release;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct address_space *f_mapping;
	struct inode *f_inode;
	struct file_operations *f_op;
	struct path f_path;
	void *private_data;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_pgoff;
	struct file *vm_file;
};

struct pipe_buffer {
	struct page *page;
};

/* head and tail: in an unnamed union pipe_index in 7.3, separate fields in 6.12. */
struct pipe_inode_info {
	unsigned int head;
	unsigned int tail;
	unsigned int ring_size;
	struct pipe_buffer *bufs;
};

struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len;
	unsigned int bv_offset;
};

struct io_mapped_ubuf {
	unsigned int nr_bvecs;
	struct bio_vec bvec[1];
};

/* The fixed buffers of a ring: an array of buffers in 6.12, an array of nodes in 7.3. */
struct io_ring_ctx___user {
	unsigned int nr_user_bufs;
	struct io_mapped_ubuf **user_bufs;
};

struct io_rsrc_node___buf {
	struct io_mapped_ubuf *buf;
};

struct io_rsrc_data___nodes {
	unsigned int nr;
	struct io_rsrc_node___buf **nodes;
};

struct io_ring_ctx___table {
	struct io_rsrc_data___nodes buf_table;
};

struct io_uring_task {
	struct file *registered_rings[16];
};

/* Sockets of AF_XDP (net/xdp, 4.18 and later). Their umem has pinned pages. */
struct sock;

struct proto_ops {
	int family;
};

struct socket {
	struct sock *sk;
	const struct proto_ops *ops;
};

struct xdp_umem {
	u32 npgs;
	struct page **pgs;
};

struct xdp_sock {
	struct xdp_umem *umem;
};

/* Depth of the PID namespace of a task: 0 is the first namespace. */
struct pid {
	unsigned int level;
};

struct vm_fault {
	struct vm_area_struct *vma;
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
	const char *init_name;
};

struct list_head {
	struct list_head *next;
};

/* include/linux/genalloc.h and drivers/pci/p2pdma.c: these fields are the same in 6.1 and 7.3. */
struct gen_pool_chunk {
	struct list_head next_chunk;
	void *owner;
	unsigned long start_addr;
	unsigned long end_addr; /* inclusive */
};

struct gen_pool {
	struct list_head chunks;
};

struct pci_p2pdma {
	struct gen_pool *pool;
};

/* If CONFIG_PCI_P2PDMA is off, there is no p2pdma, and no program that reads it is loaded. */
struct pci_dev {
	struct pci_p2pdma *p2pdma;
};

struct rq {
	u64 clock;
	u64 clock_task; /* clock, without the time of interrupts and of a hypervisor */
};

struct cfs_rq {
	struct rq *rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_entity {
	u64 exec_start; /* rq.clock_task when the task was last charged for its time */
	struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct signal_struct {
	atomic_t live; /* threads that have not begun to exit */
};

struct task_struct {
	int pid;
	int tgid;
	struct sched_entity se;
	unsigned long nvcsw, nivcsw; /* context switches */
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	void *stack;
	unsigned int flags;
	u64 start_time; /* CLOCK_MONOTONIC in ns, since 5.5 */
	char comm[16];
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct io_uring_task *io_uring;
};

/* The lock that a task waits for, with CONFIG_DETECT_HUNG_TASK_BLOCKER: 6.18 and 7.3, not 6.12. */
struct task_struct___blocker {
	unsigned long blocker;
};

struct mutex {
	atomic_long_t owner;
};

struct rw_semaphore {
	atomic_long_t owner;
};

/* Arguments of BPF iterators: include/linux/bpf.h and kernel/bpf/task_iter.c. */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

struct bpf_array {
	void *pptrs[1];
};

struct bpf_ringbuf {
	struct page **pages;
	unsigned long consumer_pos;
};

struct bpf_ringbuf_map {
	struct bpf_ringbuf *rb;
};

struct pt_regs {
	unsigned long r15;
	unsigned long r14;
	unsigned long r13;
	unsigned long r12;
	unsigned long bp;
	unsigned long bx;
	unsigned long r11;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long ip;
	unsigned long cs;
	unsigned long flags;
	unsigned long sp;
	unsigned long ss;
};

#pragma clang attribute pop

#endif /* __VMLINUX_H__ */
