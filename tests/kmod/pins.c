// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins pages of the writer's memory with each function that drivers use to pin, and unpins them
 * with each function that drivers use to unpin.
 *
 * /sys/kernel/debug/pgmapref_fault/
 *   pin   write "FUNCTION UNPIN ADDRESS PAGES" (once after each open): pins PAGES pages from
 *         ADDRESS on. The close of the file unpins them with UNPIN: page, pages, dirty, range or
 *         folio, named after functions of <linux/mm.h>; or put, if FUNCTION is a get_... function.
 *         EINVAL: malformed; EOPNOTSUPP: this kernel lacks the function; EBUSY: written before;
 *         ENODATA: not all pages could be pinned (then no page is pinned).
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pins.h"

#define PAGES_MAX 64
#define NAME_MAX_PIN 31

#ifdef GUP_HAS_VMAS
#define VMAS , NULL
#else
#define VMAS
#endif

struct pinned {
	char unpin[NAME_MAX_PIN + 1];
	long nr;
	struct page *pages[PAGES_MAX];
};

/* The call site that a stack shows. It has no tail call, which would leave no frame. */
static noinline long pgmapref_fault_pin(const char *how, unsigned long at, unsigned long nr,
					struct page **pages)
{
	bool locked = !strcmp(how, "get_user_pages") || !strcmp(how, "pin_user_pages") ||
		      strstr(how, "_remote");
	long n = -EOPNOTSUPP;

	if (locked)
		mmap_read_lock(current->mm);
	if (!strcmp(how, "get_user_pages"))
		n = get_user_pages(at, nr, 0, pages VMAS);
	else if (!strcmp(how, "get_user_pages_fast"))
		n = get_user_pages_fast(at, nr, 0, pages);
	else if (!strcmp(how, "get_user_pages_fast_only"))
		n = get_user_pages_fast_only(at, nr, 0, pages);
	else if (!strcmp(how, "get_user_pages_remote"))
		n = get_user_pages_remote(current->mm, at, nr, 0, pages VMAS, NULL);
	else if (!strcmp(how, "get_user_pages_unlocked"))
		n = get_user_pages_unlocked(at, nr, pages, 0);
	else if (!strcmp(how, "pin_user_pages"))
		n = pin_user_pages(at, nr, 0, pages VMAS);
	else if (!strcmp(how, "pin_user_pages_fast"))
		n = pin_user_pages_fast(at, nr, 0, pages);
#ifdef PIN_USER_PAGES_FAST_ONLY
	else if (!strcmp(how, "pin_user_pages_fast_only"))
		n = pin_user_pages_fast_only(at, nr, 0, pages);
#endif
	else if (!strcmp(how, "pin_user_pages_remote"))
		n = pin_user_pages_remote(current->mm, at, nr, 0, pages VMAS, NULL);
	else if (!strcmp(how, "pin_user_pages_unlocked"))
		n = pin_user_pages_unlocked(at, nr, pages, 0);
	if (locked)
		mmap_read_unlock(current->mm);
	return n;
}

static bool is_range(const struct pinned *p)
{
	long i;

	for (i = 0; i < p->nr; i++)
		if (page_to_pfn(p->pages[i]) != page_to_pfn(p->pages[0]) + i)
			return false;
	return true;
}

static void unpin(struct pinned *p)
{
	long i;

	if (p->nr <= 0)
		return;
	if (!strcmp(p->unpin, "pages"))
		unpin_user_pages(p->pages, p->nr);
	else if (!strcmp(p->unpin, "dirty"))
		unpin_user_pages_dirty_lock(p->pages, p->nr, true);
	else if (!strcmp(p->unpin, "range") && !WARN_ON(!is_range(p)))
		unpin_user_page_range_dirty_lock(p->pages[0], p->nr, false);
	for (i = 0; i < p->nr; i++) {
		if (!strcmp(p->unpin, "put"))
			put_page(p->pages[i]);
		else if (!strcmp(p->unpin, "page"))
			unpin_user_page(p->pages[i]);
#ifdef UNPIN_USER_FOLIO
		else if (!strcmp(p->unpin, "folio"))
			unpin_user_folio(page_folio(p->pages[i]), 1);
#endif
	}
}

static bool can_unpin(const char *how)
{
	static const char *const hows[] = {
		"page",	 "pages", "dirty", "range", "put",
#ifdef UNPIN_USER_FOLIO
		"folio",
#endif
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hows); i++)
		if (!strcmp(how, hows[i]))
			return true;
	return false;
}

static int pin_open(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(sizeof(struct pinned), GFP_KERNEL);
	return file->private_data ? 0 : -ENOMEM;
}

static int pin_release(struct inode *inode, struct file *file)
{
	unpin(file->private_data);
	kfree(file->private_data);
	return 0;
}

static ssize_t pin_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	struct pinned *p = file->private_data;
	char buf[128], how[NAME_MAX_PIN + 1];
	unsigned long at, nr;
	long n;

	if (p->nr)
		return -EBUSY;
	if (len >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = '\0';
	if (sscanf(buf, "%31s %31s %lx %lu", how, p->unpin, &at, &nr) != 4 || !nr || nr > PAGES_MAX)
		return -EINVAL;
	if (!strcmp(p->unpin, "put") != !strncmp(how, "get_", 4))
		return -EINVAL;
	if (!can_unpin(p->unpin))
		return -EOPNOTSUPP;
	n = pgmapref_fault_pin(how, at, nr, p->pages);
	if (n > 0)
		p->nr = n;
	if (n == nr)
		return len;
	unpin(p);
	p->nr = 0;
	return n < 0 ? n : -ENODATA;
}

static const struct file_operations pin_fops = {
	.owner = THIS_MODULE,
	.open = pin_open,
	.write = pin_write,
	.release = pin_release,
};

void pins_init(struct dentry *dir)
{
	debugfs_create_file("pin", 0200, dir, NULL, &pin_fops);
}
