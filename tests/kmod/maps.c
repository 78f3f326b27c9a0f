// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes pgmaps at addresses without memory. Their struct pages are real, but their pages are never
 * accessed.
 *
 * /sys/kernel/debug/pgmapref_fault/
 *   create   write "TYPE PAGES[xN] [PAGES[xN]...] [down]": makes a pgmap of type generic or
 *            private, with a range for each PAGES, or N ranges of PAGES, at most 512 in all. PAGES
 *            is a multiple of 32768 (a memory section), or of 512 (2 MiB; then 2 MiB between the
 *            ranges have no struct pages). down: the last range has the lowest address. The writing
 *            task makes it.
 *   destroy  write "ID": memunmap_pages(), by the writing task
 *   alloc    write "ID N": allocates N pages of a private pgmap, as a driver does
 *   free     write "ID N": frees N of them, the last ones first
 *   maps     read: a line "ID TYPE PAGES START..." for each
 *
 *   EINVAL      malformed, wrong type, more freed than allocated
 *   EOPNOTSUPP  the kernel has no private pages (CONFIG_DEVICE_PRIVATE)
 *   ENOENT      no pgmap has this ID
 *   EBUSY       alloc from a pgmap that is being destroyed
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "maps.h"

#define RANGES_MAX 512
#define SECTION_PAGES 32768UL
#define SUBSECTION_PAGES 512UL /* the least that memremap_pages() takes: 6.1 to 7.3 */
/* Above all memory of a test machine, and below 2^40, which every x86-64 can address. */
#define FIRST_ADDRESS (256ULL << 30)
#define LAST_ADDRESS ((1ULL << 40) - 1)

struct map {
	struct list_head node;
	unsigned int id;
	bool dying; /* a task is destroying it */
	unsigned long allocated;
	struct resource *res[RANGES_MAX];
	struct dev_pagemap *pgmap; /* allocated separately, because it ends with its ranges */
};

static LIST_HEAD(maps);
static unsigned int last_id;
static DEFINE_MUTEX(maps_lock);

static vm_fault_t fault_migrate_to_ram(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS; /* a page table never contains these pages */
}

#ifdef DEV_PAGEMAP_OPS_FOLIO_FREE
static void fault_free(struct folio *folio)
{
}
#else
static void fault_free(struct page *page)
{
}
#endif

static const struct dev_pagemap_ops pgmapref_fault_ops = {
#ifdef DEV_PAGEMAP_OPS_FOLIO_FREE
	.folio_free = fault_free,
#else
	.page_free = fault_free,
#endif
	.migrate_to_ram = fault_migrate_to_ram,
};

static bool is_private(const struct map *m)
{
	return m->pgmap->type == MEMORY_DEVICE_PRIVATE;
}

static void map_free(struct map *m)
{
	int i;

	for (i = 0; i < RANGES_MAX; i++)
		if (m->res[i])
			release_mem_region(m->res[i]->start, resource_size(m->res[i]));
	kfree(m->pgmap);
	kfree(m);
}

struct resource *map_reserve(unsigned long pages)
{
	u64 size = (u64)pages << PAGE_SHIFT, start;
	struct resource *res;

	for (start = FIRST_ADDRESS; start + size - 1 <= LAST_ADDRESS;
	     start += SECTION_PAGES << PAGE_SHIFT) {
		res = request_mem_region(start, size, "pgmapref_fault");
		if (res)
			return res;
	}
	return NULL;
}

static noinline int pgmapref_fault_create(struct map *m)
{
	void *addr = memremap_pages(m->pgmap, NUMA_NO_NODE);

	return PTR_ERR_OR_ZERO(addr);
}

static noinline void pgmapref_fault_destroy(struct map *m)
{
	memunmap_pages(m->pgmap);
}

static noinline void pgmapref_fault_alloc(struct page *page, struct dev_pagemap *pgmap)
{
#ifdef ZONE_DEVICE_PAGE_INIT_3ARG
	zone_device_page_init(page, pgmap, 0);
#else
	zone_device_page_init(page);
#endif
	unlock_page(page);
}

static noinline void pgmapref_fault_free(struct page *page)
{
	put_page(page);
}

/* Page number i of all ranges of a pgmap. */
static struct page *map_page(const struct map *m, unsigned long i)
{
	int r;

	for (r = 0; r < m->pgmap->nr_range; r++) {
		unsigned long n = range_len(&m->pgmap->ranges[r]) >> PAGE_SHIFT;

		if (i < n)
			return pfn_to_page(PHYS_PFN(m->pgmap->ranges[r].start) + i);
		i -= n;
	}
	return NULL;
}

static struct map *map_find(unsigned int id)
{
	struct map *m;

	list_for_each_entry(m, &maps, node) if (m->id == id) return m;
	return NULL;
}

static char *words(const char __user *ubuf, size_t len, char *buf, size_t size)
{
	if (len >= size || copy_from_user(buf, ubuf, len))
		return NULL;
	buf[len] = '\0';
	return strim(buf);
}

/* Reserves the first free range of so many pages that begins a gap behind the last range of m. */
static struct resource *map_reserve_next(struct map *m, unsigned long pages)
{
	const u64 gap = SUBSECTION_PAGES << PAGE_SHIFT;
	u64 size = (u64)pages << PAGE_SHIFT, start;
	struct resource *res;

	if (!m->pgmap->nr_range || !(pages % SECTION_PAGES))
		return map_reserve(pages);
	start = m->pgmap->ranges[m->pgmap->nr_range - 1].end + 1 + gap;
	for (; start + size - 1 <= LAST_ADDRESS; start += gap) {
		res = request_mem_region(start, size, "pgmapref_fault");
		if (res)
			return res;
	}
	return NULL;
}

static int map_add_range(struct map *m, unsigned long pages)
{
	struct range *range = &m->pgmap->ranges[m->pgmap->nr_range];
	struct resource *res;

	if (m->pgmap->nr_range == RANGES_MAX)
		return -EINVAL;
	res = map_reserve_next(m, pages);
	if (!res)
		return -ENOSPC;
	m->res[m->pgmap->nr_range++] = res;
	range->start = res->start;
	range->end = res->end;
	return 0;
}

static void map_turn_round(struct dev_pagemap *pgmap)
{
	int i;

	for (i = 0; i < pgmap->nr_range / 2; i++)
		swap(pgmap->ranges[i], pgmap->ranges[pgmap->nr_range - 1 - i]);
}

static int map_fill(struct map *m, char *cursor)
{
	char *word = strsep(&cursor, " ");
	unsigned int pages, nr;
	int err;

	if (!strcmp(word, "generic"))
		m->pgmap->type = MEMORY_DEVICE_GENERIC;
	else if (!strcmp(word, "private"))
		m->pgmap->type = MEMORY_DEVICE_PRIVATE;
	else
		return -EINVAL;
	if (is_private(m) && !IS_ENABLED(CONFIG_DEVICE_PRIVATE))
		return -EOPNOTSUPP;
	m->pgmap->ops = &pgmapref_fault_ops;
	m->pgmap->owner = &maps;
	while ((word = strsep(&cursor, " "))) {
		nr = 1;
		if (!strcmp(word, "down")) {
			map_turn_round(m->pgmap);
			break;
		}
		if (sscanf(word, "%ux%u", &pages, &nr) < 1 || !pages || pages % SUBSECTION_PAGES)
			return -EINVAL;
		while (nr--) {
			err = map_add_range(m, pages);
			if (err)
				return err;
		}
	}
	return m->pgmap->nr_range ? 0 : -EINVAL;
}

static ssize_t create_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	char buf[128], *cursor = words(ubuf, len, buf, sizeof(buf));
	struct map *m;
	int err = -ENOMEM;

	if (!cursor)
		return -EINVAL;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->pgmap = kzalloc(sizeof(*m->pgmap) + RANGES_MAX * sizeof(struct range), GFP_KERNEL);
	if (m->pgmap)
		err = map_fill(m, cursor);
	if (!err)
		err = pgmapref_fault_create(m);
	if (err) {
		map_free(m);
		return err;
	}
	mutex_lock(&maps_lock);
	m->id = ++last_id;
	list_add_tail(&m->node, &maps);
	mutex_unlock(&maps_lock);
	return len;
}

static ssize_t destroy_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	unsigned int id;
	struct map *m;
	int err = kstrtouint_from_user(ubuf, len, 0, &id);

	if (err)
		return err;
	mutex_lock(&maps_lock);
	m = map_find(id);
	if (m && m->dying)
		m = NULL;
	if (m)
		m->dying = true;
	mutex_unlock(&maps_lock);
	if (!m)
		return -ENOENT;
	/* Not under the lock: it may wait until a task frees pages, or for ever. */
	pgmapref_fault_destroy(m);
	mutex_lock(&maps_lock);
	list_del(&m->node);
	mutex_unlock(&maps_lock);
	map_free(m);
	return len;
}

/* Parses "ID N" for alloc and free. Pages of a pgmap that is being destroyed can still be freed. */
static ssize_t move_pages(const char __user *ubuf, size_t len, bool alloc)
{
	char buf[64], *cursor = words(ubuf, len, buf, sizeof(buf));
	unsigned int id, n;
	struct map *m;
	int err = 0;

	if (!cursor || sscanf(cursor, "%u %u", &id, &n) != 2)
		return -EINVAL;
	mutex_lock(&maps_lock);
	m = map_find(id);
	if (!m)
		err = -ENOENT;
	else if (alloc && m->dying)
		err = -EBUSY;
	else if (!is_private(m) || (alloc ? !map_page(m, m->allocated + n - 1) : n > m->allocated))
		err = -EINVAL;
	for (; !err && n; n--) {
		if (alloc)
			pgmapref_fault_alloc(map_page(m, m->allocated++), m->pgmap);
		else
			pgmapref_fault_free(map_page(m, --m->allocated));
	}
	mutex_unlock(&maps_lock);
	return err ?: len;
}

static ssize_t alloc_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	return move_pages(ubuf, len, true);
}

static ssize_t free_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	return move_pages(ubuf, len, false);
}

static int maps_show(struct seq_file *s, void *unused)
{
	struct map *m;
	int r;

	mutex_lock(&maps_lock);
	list_for_each_entry(m, &maps, node)
	{
		seq_printf(s, "%u %s %lu", m->id, is_private(m) ? "private" : "generic",
			   m->allocated);
		for (r = 0; r < m->pgmap->nr_range; r++)
			seq_printf(s, " %#llx", m->pgmap->ranges[r].start);
		seq_putc(s, '\n');
	}
	mutex_unlock(&maps_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(maps);

#define WRITE_FILE(name)                                    \
	static const struct file_operations name##_fops = { \
		.owner = THIS_MODULE,                       \
		.open = simple_open,                        \
		.write = name##_write,                      \
	}

WRITE_FILE(create);
WRITE_FILE(destroy);
WRITE_FILE(alloc);
WRITE_FILE(free);

void maps_init(struct dentry *dir)
{
	debugfs_create_file("create", 0200, dir, NULL, &create_fops);
	debugfs_create_file("destroy", 0200, dir, NULL, &destroy_fops);
	debugfs_create_file("alloc", 0200, dir, NULL, &alloc_fops);
	debugfs_create_file("free", 0200, dir, NULL, &free_fops);
	debugfs_create_file("maps", 0400, dir, NULL, &maps_fops);
}

void maps_exit(void)
{
	struct map *m, *next;

	list_for_each_entry_safe(m, next, &maps, node)
	{
		while (m->allocated)
			pgmapref_fault_free(map_page(m, --m->allocated));
		pgmapref_fault_destroy(m);
		map_free(m);
	}
}
