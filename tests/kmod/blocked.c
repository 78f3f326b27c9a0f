// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks in D state, some of which are on their way to memunmap_pages() and do not get there.
 *
 * /sys/kernel/debug/pgmapref_fault/
 *   queue_get     write "PATH": enters the request queue of a block device, like a request that
 *                 never ends. A task that removes the disk waits in the freeze of the queue.
 *   queue_put     write anything: leaves the queue
 *   device_create write "PAGES": makes platform device pgmapref_fault.N, N from 0 on, and binds it
 *                 to its driver. It has a pgmap of PAGES (a multiple of 32768), which the driver
 *                 core tears down at the unbind. "0": without a pgmap. Only one device with a pgmap
 *                 can be bound at a time.
 *   device_remove write "N": removes the device
 *   users         write "1": the driver has a user from now on, and an unbind waits for the user
 *                 before it reaches the pgmap; write "0": the driver has no user any more
 *   sleep         write anything: sleeps in D state until users is 0
 *
 *   EBUSY   the queue is held; sleep while there is no user
 *   ENXIO   no queue is held
 *   ENOENT  the device does not exist
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/memremap.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "blocked.h"
#include "maps.h"

#define DEVICES_MAX 8

static struct request_queue *held_queue;
static struct platform_device *devices[DEVICES_MAX];
static DEFINE_MUTEX(blocked_lock); /* held_queue and devices */
static struct device *mapped; /* has the pgmap */
static DECLARE_COMPLETION(users_gone);

static char *word(const char __user *ubuf, size_t len, char *buf, size_t size)
{
	if (len >= size || copy_from_user(buf, ubuf, len))
		return NULL;
	buf[len] = '\0';
	return strim(buf);
}

/* ---- a block device's queue */

static ssize_t queue_get_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	char buf[64], *path = word(ubuf, len, buf, sizeof(buf));
	struct file *disk;
	int err = 0;

	if (!path)
		return -EINVAL;
	disk = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	mutex_lock(&blocked_lock);
	if (!S_ISBLK(file_inode(disk)->i_mode)) {
		err = -ENOTBLK;
	} else if (held_queue) {
		err = -EBUSY;
	} else {
		struct request_queue *q = bdev_get_queue(I_BDEV(disk->f_mapping->host));

		if (percpu_ref_tryget_live(&q->q_usage_counter))
			held_queue = q;
		else
			err = -ENXIO;
	}
	mutex_unlock(&blocked_lock);
	filp_close(disk, NULL);
	return err ?: len;
}

static int queue_put(void)
{
	struct request_queue *q;

	mutex_lock(&blocked_lock);
	q = held_queue;
	held_queue = NULL;
	mutex_unlock(&blocked_lock);
	if (!q)
		return -ENXIO;
	percpu_ref_put(&q->q_usage_counter);
	return 0;
}

static ssize_t queue_put_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	return queue_put() ?: len;
}

/* ---- a driver that counts its users itself */

/* Like a remove() function. Its caller has the same prototype in every release. */
static noinline void pgmapref_fault_wait_for_users(void *unused)
{
	wait_for_completion(&users_gone);
	barrier(); /* prevents a tail call, which would leave no frame */
}

static const struct dev_pagemap_ops pgmapref_fault_device_ops; /* shows whose pgmap it is */

/* Devres releases in reverse order: the pgmap's own end comes first. */
static void device_unmapped(void *res)
{
	release_mem_region(((struct resource *)res)->start, resource_size(res));
	mapped = NULL;
}

static int device_map(struct device *dev, unsigned long pages)
{
	struct dev_pagemap *pgmap;
	struct resource *res;
	int err;

	if (mapped)
		return -EBUSY;
	pgmap = devm_kzalloc(dev, sizeof(*pgmap), GFP_KERNEL);
	if (!pgmap)
		return -ENOMEM;
	res = map_reserve(pages);
	if (!res)
		return -ENOSPC;
	mapped = dev;
	err = devm_add_action_or_reset(dev, device_unmapped, res);
	if (err)
		return err;
	pgmap->type = MEMORY_DEVICE_GENERIC;
	pgmap->ops = &pgmapref_fault_device_ops;
	pgmap->nr_range = 1;
	pgmap->range.start = res->start;
	pgmap->range.end = res->end;
	return PTR_ERR_OR_ZERO(devm_memremap_pages(dev, pgmap));
}

static int device_probe(struct platform_device *pdev)
{
	unsigned long pages = *(unsigned long *)dev_get_platdata(&pdev->dev);
	int err = pages ? device_map(&pdev->dev, pages) : 0;

	return err ?: devm_add_action_or_reset(&pdev->dev, pgmapref_fault_wait_for_users, NULL);
}

static struct platform_driver driver = {
	.probe = device_probe,
	.driver = { .name = "pgmapref_fault" },
};

static ssize_t device_create_write(struct file *file, const char __user *ubuf, size_t len,
				   loff_t *pos)
{
	struct platform_device *pdev;
	unsigned long pages;
	int n, err = kstrtoul_from_user(ubuf, len, 0, &pages);

	if (err)
		return err;
	mutex_lock(&blocked_lock);
	for (n = 0; n < DEVICES_MAX && devices[n]; n++)
		;
	if (n == DEVICES_MAX) {
		err = -ENOSPC;
	} else {
		pdev = platform_device_register_data(NULL, "pgmapref_fault", n, &pages,
						     sizeof(pages));
		if (IS_ERR(pdev))
			err = PTR_ERR(pdev);
		else
			devices[n] = pdev;
	}
	mutex_unlock(&blocked_lock);
	return err ?: len;
}

static int device_remove(unsigned int n)
{
	struct platform_device *pdev = NULL;

	mutex_lock(&blocked_lock);
	if (n < DEVICES_MAX)
		swap(pdev, devices[n]);
	mutex_unlock(&blocked_lock);
	if (!pdev)
		return -ENOENT;
	/* Not under the lock: it may wait until there are no users. */
	platform_device_unregister(pdev);
	return 0;
}

static ssize_t device_remove_write(struct file *file, const char __user *ubuf, size_t len,
				   loff_t *pos)
{
	unsigned int n;
	int err = kstrtouint_from_user(ubuf, len, 0, &n);

	return err ?: device_remove(n) ?: len;
}

static ssize_t users_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	bool users;
	int err = kstrtobool_from_user(ubuf, len, &users);

	if (err)
		return err;
	if (users)
		reinit_completion(&users_gone);
	else
		complete_all(&users_gone);
	return len;
}

/* ---- tasks that are not on the way to memunmap_pages() */

static noinline void pgmapref_fault_sleep(void)
{
	wait_for_completion(&users_gone);
	barrier();
}

static ssize_t sleep_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	if (completion_done(&users_gone))
		return -EBUSY;
	pgmapref_fault_sleep();
	return len;
}

#define WRITE_FILE(name)                                    \
	static const struct file_operations name##_fops = { \
		.owner = THIS_MODULE,                       \
		.open = simple_open,                        \
		.write = name##_write,                      \
	}

WRITE_FILE(queue_get);
WRITE_FILE(queue_put);
WRITE_FILE(device_create);
WRITE_FILE(device_remove);
WRITE_FILE(users);
WRITE_FILE(sleep);

int blocked_init(struct dentry *dir)
{
	int err;

	complete_all(&users_gone);
	err = platform_driver_register(&driver);
	if (err)
		return err;
	debugfs_create_file("queue_get", 0200, dir, NULL, &queue_get_fops);
	debugfs_create_file("queue_put", 0200, dir, NULL, &queue_put_fops);
	debugfs_create_file("device_create", 0200, dir, NULL, &device_create_fops);
	debugfs_create_file("device_remove", 0200, dir, NULL, &device_remove_fops);
	debugfs_create_file("users", 0200, dir, NULL, &users_fops);
	debugfs_create_file("sleep", 0200, dir, NULL, &sleep_fops);
	return 0;
}

void blocked_exit(void)
{
	unsigned int n;

	complete_all(&users_gone);
	queue_put();
	for (n = 0; n < DEVICES_MAX; n++)
		device_remove(n);
	platform_driver_unregister(&driver);
}
