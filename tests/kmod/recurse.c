// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recursion: takes and puts a reference while a BPF program asks for its stack. If this program is
 * the one that sees gets, the kernel skips its run for this reference.
 *
 * /sys/kernel/debug/pgmapref_fault/
 *   recurse   write "PFN": starts; write "0": stops
 *
 * bpf_get_stack() calls get_perf_callchain() (kernel/events/callchain.c, 6.1 to 7.3).
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>

#include "lookup.h"
#include "recurse.h"

static unsigned long recurse_pfn; /* 0: the probe is not registered */
static DEFINE_MUTEX(recurse_lock);

static int at_callchain(struct kprobe *probe, struct pt_regs *regs)
{
	struct dev_pagemap *pgmap = lookup(READ_ONCE(recurse_pfn));

	if (pgmap)
		put_dev_pagemap(pgmap);
	return 0;
}

static struct kprobe callchain_probe = {
	.symbol_name = "get_perf_callchain",
	.pre_handler = at_callchain,
};

static int recurse_set(unsigned long pfn)
{
	unsigned long before = recurse_pfn;

	WRITE_ONCE(recurse_pfn, pfn);
	if (!before == !pfn)
		return 0;
	if (!pfn) {
		unregister_kprobe(&callchain_probe);
		return 0;
	}
	/* register_kprobe() refuses a probe as unregister_kprobe() leaves it. */
	callchain_probe.addr = NULL;
	callchain_probe.flags = 0;
	return register_kprobe(&callchain_probe);
}

static ssize_t recurse_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	unsigned long pfn;
	int err = kstrtoul_from_user(ubuf, len, 0, &pfn);

	if (err)
		return err;
	mutex_lock(&recurse_lock);
	err = recurse_set(pfn);
	if (err)
		recurse_pfn = 0;
	mutex_unlock(&recurse_lock);
	return err ? err : len;
}

static const struct file_operations recurse_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = recurse_write,
};

void recurse_init(struct dentry *dir)
{
	debugfs_create_file("recurse", 0200, dir, NULL, &recurse_fops);
}

void recurse_exit(void)
{
	recurse_set(0);
}
