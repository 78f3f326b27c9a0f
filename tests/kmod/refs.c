// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes references on device memory and keeps them, so that tests have a leak of known size, taker
 * and call site.
 *
 * /sys/kernel/debug/pgmapref_fault/
 *   get        write "PFN [COUNT]": takes COUNT references on the pgmap of PFN, each with
 *              get_dev_pagemap(). The writing task is the taker.
 *   put        write "PFN [COUNT]": drops COUNT references, whoever took them
 *   put_many   the same, all of them in one call of percpu_ref_put_many()
 *   held       read: a line "PFN COUNT" for each pfn
 *   page_get   write "PFN [COUNT]": takes COUNT references on the struct page
 *   page_put   write "PFN [COUNT]": drops COUNT of them
 *   page_held  read: like held
 *   overput    write "PFN [COUNT]": drops COUNT references that nobody took
 *   repay      write anything: takes these references again, so that an unbind that hangs on them
 *              can end
 *   create, destroy, alloc, free, maps: pgmaps that the module makes, see maps.c
 *   folios_alloc, folios_put, folio_get, folio_put: see folios.c
 *   queue_get, queue_put, device_create, device_remove, users, sleep: see blocked.c
 *   pin: see pins.c
 *   recurse: see recurse.c
 *
 * Numbers are decimal, octal with 0 or hexadecimal with 0x. COUNT is 1 if it is missing. A write
 * does all that it asks for, or nothing:
 *   EINVAL  malformed, COUNT zero or too large, more dropped than held
 *   ENXIO   no live pgmap has this pfn; nothing is held on it
 *   EAGAIN  page_get of a page with refcount 0: a free page, or the tail of a large one
 *   EBUSY   overput while another pgmap still waits for its repay
 *   ESTALE  page_put of a page whose pgmap is gone, or goes without waiting for the page. The
 *           struct page goes with the pgmap, so the references are forgotten and not dropped.
 *
 * When the module is removed it drops all that is held, except page references of pgmaps that are
 * gone. It takes a new pgmap at the same address for the old one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "blocked.h"
#include "folios.h"
#include "lookup.h"
#include "maps.h"
#include "pins.h"
#include "recurse.h"

#define COUNT_MAX (1U << 24)

struct held {
	struct list_head node;
	unsigned long pfn;
	unsigned long count;
	struct dev_pagemap *pgmap; /* of a page reference: only compared, never followed */
	bool keeps; /* page reference: the pgmap waits for it, dying or not */
};

static LIST_HEAD(held_refs);
static LIST_HEAD(held_pages);
static struct dev_pagemap *debtor; /* the pgmap of which more was dropped than taken */
static unsigned int debt;
static DEFINE_MUTEX(lock); /* protects both lists and the debt */
static struct dentry *dir;

static struct held *held_find(struct list_head *list, unsigned long pfn)
{
	struct held *h;

	list_for_each_entry(h, list, node) if (h->pfn == pfn) return h;
	return NULL;
}

/* Finds the entry of pfn, or makes one with count 0. */
static struct held *held_grab(struct list_head *list, unsigned long pfn)
{
	struct held *h = held_find(list, pfn);

	if (h)
		return h;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return NULL;
	h->pfn = pfn;
	list_add_tail(&h->node, list);
	return h;
}

static void held_release(struct held *h)
{
	if (h->count)
		return;
	list_del(&h->node);
	kfree(h);
}

static int parse(const char __user *ubuf, size_t len, unsigned long *pfn, unsigned int *count)
{
	char buf[64], *cursor, *word;
	int err = -EINVAL;

	if (len >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = '\0';
	cursor = strim(buf);

	*count = 1;
	word = strsep(&cursor, " \t");
	if (!word || kstrtoul(word, 0, pfn))
		return -EINVAL;
	if (cursor) {
		err = kstrtouint(skip_spaces(cursor), 0, count);
		if (err)
			return -EINVAL;
	}
	return *count && *count <= COUNT_MAX ? 0 : -EINVAL;
}

/*
 * A stack shows the five functions below as call sites. They must not be inlined, and must not end
 * with the call that they are for: a tail call leaves no frame.
 */
static noinline int pgmapref_fault_put(struct held *h, unsigned int count)
{
	h->count -= count;
	while (count--)
		put_dev_pagemap(h->pgmap);
	return 0;
}

static noinline int pgmapref_fault_put_many(struct held *h, unsigned int count)
{
	h->count -= count;
	percpu_ref_put_many(&h->pgmap->ref, count);
	return 0;
}

static noinline int pgmapref_fault_get(struct held *h, unsigned int count)
{
	unsigned int taken;

	for (taken = 0; taken < count; taken++) {
		struct dev_pagemap *pgmap = lookup(h->pfn);

		/* The list holds an older pgmap of the same pfn, and cannot keep both. */
		if (pgmap && h->count && pgmap != h->pgmap) {
			put_dev_pagemap(pgmap);
			pgmap = NULL;
		}
		if (!pgmap) {
			while (taken--)
				put_dev_pagemap(h->pgmap);
			return -ENXIO;
		}
		h->pgmap = pgmap;
		cond_resched();
	}
	h->count += count;
	return 0;
}

/*
 * The types whose pages, while they are in use, have a reference of their pgmap, so that the pgmap
 * waits for them. PCI_P2PDMA is one since 6.15, when its free pages got refcount 0. Here it counts
 * only since 6.18, because older kernels are not told apart.
 */
static bool page_keeps(const struct dev_pagemap *pgmap)
{
#ifdef GET_DEV_PAGEMAP_1ARG
	if (pgmap->type == MEMORY_DEVICE_PCI_P2PDMA)
		return true;
#endif
	return pgmap->type == MEMORY_DEVICE_PRIVATE || pgmap->type == MEMORY_DEVICE_COHERENT;
}

static noinline int pgmapref_fault_page_put(struct held *h, unsigned int count)
{
	struct dev_pagemap *pgmap = lookup(h->pfn);

	/* lookup() does not find a dying pgmap. If h->keeps, it waits, and the page is there. */
	if (pgmap != h->pgmap && !h->keeps) {
		pr_info("pfn %#lx: pgmap gone, %lu page references forgotten\n", h->pfn, h->count);
		if (pgmap)
			put_dev_pagemap(pgmap);
		h->count = 0;
		return -ESTALE;
	}
	h->count -= count;
	while (count--)
		put_page(pfn_to_page(h->pfn));
	if (pgmap)
		put_dev_pagemap(pgmap);
	return 0;
}

static noinline int pgmapref_fault_page_get(struct held *h, unsigned int count)
{
	struct dev_pagemap *pgmap = lookup(h->pfn);
	struct page *page;
	int err = 0;

	if (!pgmap)
		return -ENXIO;
	if (h->count && h->pgmap != pgmap) {
		err = -ENXIO;
		goto out;
	}
	/* Tails have refcount 0 and are refused. References count at the head. */
	page = pfn_to_page(h->pfn);
	if (!get_page_unless_zero(page)) {
		err = -EAGAIN;
		goto out;
	}
	h->pgmap = pgmap;
	h->keeps = page_keeps(pgmap);
	h->count += count;
	while (--count)
		get_page(page);
out:
	put_dev_pagemap(pgmap);
	return err;
}

/* A kind of references, with a file to take them and a file to drop them. */
static const struct kind {
	struct list_head *held;
	int (*get)(struct held *h, unsigned int count);
	int (*put)(struct held *h, unsigned int count);
} ref_kind = { &held_refs, pgmapref_fault_get, pgmapref_fault_put },
  many_kind = { &held_refs, pgmapref_fault_get, pgmapref_fault_put_many },
  page_kind = { &held_pages, pgmapref_fault_page_get, pgmapref_fault_page_put };

static ssize_t get_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	const struct kind *kind = file->private_data;
	unsigned long pfn;
	unsigned int count;
	struct held *h;
	int err = parse(ubuf, len, &pfn, &count);

	if (err)
		return err;
	mutex_lock(&lock);
	h = held_grab(kind->held, pfn);
	err = h ? kind->get(h, count) : -ENOMEM;
	if (h)
		held_release(h);
	mutex_unlock(&lock);
	return err ?: len;
}

static ssize_t put_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	const struct kind *kind = file->private_data;
	unsigned long pfn;
	unsigned int count;
	struct held *h;
	int err = parse(ubuf, len, &pfn, &count);

	if (err)
		return err;
	mutex_lock(&lock);
	h = held_find(kind->held, pfn);
	if (!h) {
		err = -ENXIO;
	} else if (count > h->count) {
		err = -EINVAL;
	} else {
		err = kind->put(h, count);
		held_release(h);
	}
	mutex_unlock(&lock);
	return err ?: len;
}

static noinline void pgmapref_fault_overput(struct dev_pagemap *pgmap, unsigned int count)
{
	debtor = pgmap;
	debt += count;
	while (count--)
		put_dev_pagemap(pgmap);
}

static ssize_t overput_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	struct dev_pagemap *pgmap;
	unsigned long pfn;
	unsigned int count;
	int err = parse(ubuf, len, &pfn, &count);

	if (err)
		return err;
	pgmap = lookup(pfn);
	if (!pgmap)
		return -ENXIO;
	mutex_lock(&lock);
	if (debt && debtor != pgmap)
		err = -EBUSY;
	else
		pgmapref_fault_overput(pgmap, count);
	mutex_unlock(&lock);
	put_dev_pagemap(pgmap);
	return err ?: len;
}

static ssize_t repay_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	int err = 0;

	mutex_lock(&lock);
	if (!debt) {
		err = -ENXIO;
	} else if (percpu_ref_is_dying(&debtor->ref)) {
		/* One more, so that the count reaches 0 by a put, which ends the wait. */
		percpu_ref_get_many(&debtor->ref, debt + 1);
		percpu_ref_put(&debtor->ref);
	} else {
		percpu_ref_get_many(&debtor->ref, debt);
	}
	debt = 0;
	mutex_unlock(&lock);
	return err ?: len;
}

static int held_show(struct seq_file *m, void *unused)
{
	struct held *h;

	mutex_lock(&lock);
	list_for_each_entry(h, (struct list_head *)m->private, node)
		seq_printf(m, "%#lx %lu\n", h->pfn, h->count);
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(held);

#define WRITE_FILE(name)                                    \
	static const struct file_operations name##_fops = { \
		.owner = THIS_MODULE,                       \
		.open = simple_open,                        \
		.write = name##_write,                      \
	}

WRITE_FILE(get);
WRITE_FILE(put);
WRITE_FILE(overput);
WRITE_FILE(repay);

static int __init pgmapref_fault_init(void)
{
	int err;

	dir = debugfs_create_dir("pgmapref_fault", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	err = blocked_init(dir);
	if (err) {
		debugfs_remove(dir);
		return err;
	}
	debugfs_create_file("get", 0200, dir, (void *)&ref_kind, &get_fops);
	debugfs_create_file("put", 0200, dir, (void *)&ref_kind, &put_fops);
	debugfs_create_file("put_many", 0200, dir, (void *)&many_kind, &put_fops);
	debugfs_create_file("held", 0400, dir, &held_refs, &held_fops);
	debugfs_create_file("page_get", 0200, dir, (void *)&page_kind, &get_fops);
	debugfs_create_file("page_put", 0200, dir, (void *)&page_kind, &put_fops);
	debugfs_create_file("page_held", 0400, dir, &held_pages, &held_fops);
	debugfs_create_file("overput", 0200, dir, NULL, &overput_fops);
	debugfs_create_file("repay", 0200, dir, NULL, &repay_fops);
	maps_init(dir);
	pins_init(dir);
	recurse_init(dir);
	folios_init(dir);
	return 0;
}

static void __exit pgmapref_fault_exit(void)
{
	struct held *h, *next;

	blocked_exit(); /* first, because writers may be waiting for it */
	debugfs_remove(dir); /* waits for writers */
	recurse_exit();
	list_for_each_entry_safe(h, next, &held_refs, node)
	{
		pgmapref_fault_put(h, h->count);
		held_release(h);
	}
	list_for_each_entry_safe(h, next, &held_pages, node)
	{
		pgmapref_fault_page_put(h, h->count);
		held_release(h);
	}
	maps_exit();
}

module_init(pgmapref_fault_init);
module_exit(pgmapref_fault_exit);

MODULE_DESCRIPTION("References on device memory that nobody drops, for tests");
MODULE_LICENSE("GPL");
