/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The path of the file that a page belongs to, from the kernel's cache of names: also of files that
 * no task has open, and without a system call that might wait for the filesystem.
 *
 * Nothing is locked: a file may be renamed or removed meanwhile. The inode is compared before and
 * after.
 */
#ifndef PGMAPREF_FILE_PATH_BPF_H
#define PGMAPREF_FILE_PATH_BPF_H

#include "bpf/page.bpf.h"
#include "common/on_demand.h"

struct pgr_path path_result;

/* Offset in a dentry of the link in inode.i_dentry. */
static __always_inline u32 dentry_link_offset(void)
{
	if (bpf_core_field_exists(struct dentry___alias, d_alias))
		return bpf_core_field_offset(struct dentry___alias, d_alias);
	return bpf_core_field_offset(struct dentry___u, d_u.d_alias);
}

/* The inode of the page's file, if it is the one that is asked for; else NULL. */
static __always_inline struct inode *path_inode(const struct pgr_path_args *a)
{
	u64 folio, mapping = 0, ino = 0;
	u32 dev = 0, chr = 0;

	if (page_head(page_of_pfn(a->pfn), &folio) ||
	    bpf_core_read(&mapping, sizeof(mapping), &((struct page *)folio)->mapping) ||
	    !mapping || mapping & 3)
		return NULL;
	mapping_inode(mapping, &ino, &dev, &chr);
	if (chr || ino != a->ino || dev != a->dev)
		return NULL;
	return BPF_CORE_READ((struct address_space *)mapping, host);
}

SEC("syscall")
int file_path(struct pgr_path_args *a)
{
	struct pgr_path_args of = *a;
	struct inode *inode = path_inode(&of);
	struct dentry *dentry, *first, *parent, *root;
	const unsigned char *name;

	path_result.nr = path_result.whole = 0;
	a->err = -ESTALE;
	if (!inode)
		return 0;
	first = (void *)BPF_CORE_READ(inode, i_dentry.first);
	a->err = -ENOENT;
	/* A file that is removed while it is open keeps its last name, which is free for others. */
	if (!first || !BPF_CORE_READ(inode, i_nlink))
		return 0;
	root = BPF_CORE_READ(inode, i_sb, s_root);
	dentry = first = (void *)((u64)first - dentry_link_offset());
	for (u32 i = 0; i < PGR_PATH_NAMES; i++) {
		parent = BPF_CORE_READ(dentry, d_parent);
		/* Not every chain ends in the root: a file may have been opened by a handle. */
		if (parent == dentry) {
			path_result.whole = dentry == root;
			break;
		}
		name = BPF_CORE_READ(dentry, d_name.name);
		if (bpf_probe_read_kernel_str(path_result.name[i], PGR_PATH_NAME, name) <= 0)
			break;
		path_result.nr = i + 1;
		dentry = parent;
	}
	if (path_inode(&of) == inode && BPF_CORE_READ(first, d_inode) == inode)
		a->err = 0;
	else
		a->err = -ESTALE;
	return 0;
}

#endif /* PGMAPREF_FILE_PATH_BPF_H */
