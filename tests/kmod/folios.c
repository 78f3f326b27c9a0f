// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes folios of an fsdax pgmap on the kernel that hands them out (tests/kernel).
 *
 * /sys/kernel/debug/pgmapref_fault/
 *   folios_alloc  write "PFN N": pgmap_alloc_folios() of N pages; each folio has a reference then
 *   folios_put    write "PFN N": drops these references
 *   folio_get     write "PFN 1": pgmap_get_folio() of an idle page
 *   folio_put     write "PFN 1": makes the page idle again
 *
 * EINVAL: malformed; EBUSY: not handed out; ENXIO: no pgmap has this pfn.
 */
#include <linux/debugfs.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/uaccess.h>

#include "folios.h"

/* Also finds a dying pgmap: a task can try to get its folios too. */
static struct dev_pagemap *pgmap_of(unsigned long pfn)
{
	struct page *page = pfn_valid(pfn) ? compound_head(pfn_to_page(pfn)) : NULL;

	return page && is_zone_device_page(page) ? page->pgmap : NULL;
}

static noinline int pgmapref_fault_folios_alloc(unsigned long pfn, unsigned long n)
{
	return pgmap_alloc_folios(pgmap_of(pfn), pfn, n) ? 0 : -EBUSY;
}

static noinline int pgmapref_fault_folios_put(unsigned long pfn, unsigned long n)
{
	unsigned long end = pfn + n;

	while (pfn < end) {
		struct page *page = pfn_to_page(pfn);

		pfn += compound_nr(page);
		put_page(page);
	}
	return 0;
}

static noinline int pgmapref_fault_folio_get(unsigned long pfn, unsigned long n)
{
	return pgmap_get_folio(pgmap_of(pfn), pfn) ? 0 : -EBUSY;
}

static noinline int pgmapref_fault_folio_put(unsigned long pfn, unsigned long n)
{
	struct page *page = pfn_to_page(pfn);

	get_page(page);
	put_page(page);
	return 0;
}

static ssize_t act(const char __user *ubuf, size_t len, int (*how)(unsigned long, unsigned long))
{
	unsigned long pfn, n;
	char buf[64];
	int err;

	if (len >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = '\0';
	if (sscanf(buf, "%li %lu", (long *)&pfn, &n) != 2 || !n)
		return -EINVAL;
	if (!pgmap_of(pfn) || !pgmap_of(pfn + n - 1))
		return -ENXIO;
	err = how(pfn, n);
	return err ?: len;
}

#define FOLIO_FILE(name)                                                                    \
	static ssize_t name##_write(struct file *file, const char __user *ubuf, size_t len, \
				    loff_t *pos)                                            \
	{                                                                                   \
		return act(ubuf, len, pgmapref_fault_##name);                               \
	}                                                                                   \
	static const struct file_operations name##_fops = {                                 \
		.owner = THIS_MODULE,                                                       \
		.open = simple_open,                                                        \
		.write = name##_write,                                                      \
	}

FOLIO_FILE(folios_alloc);
FOLIO_FILE(folios_put);
FOLIO_FILE(folio_get);
FOLIO_FILE(folio_put);

void folios_init(struct dentry *dir)
{
	debugfs_create_file("folios_alloc", 0200, dir, NULL, &folios_alloc_fops);
	debugfs_create_file("folios_put", 0200, dir, NULL, &folios_put_fops);
	debugfs_create_file("folio_get", 0200, dir, NULL, &folio_get_fops);
	debugfs_create_file("folio_put", 0200, dir, NULL, &folio_put_fops);
}
