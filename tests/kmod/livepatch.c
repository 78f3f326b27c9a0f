// SPDX-License-Identifier: GPL-2.0-only
/*
 * A live patch that replaces memunmap_pages() by an empty function. Use it only in a guest without
 * a teardown meanwhile, because the patch would skip it.
 *
 * To remove the patch, write 0 to /sys/kernel/livepatch/pgmapref_livepatch/enabled.
 */
#include <linux/livepatch.h>
#include <linux/memremap.h>
#include <linux/module.h>

static void nothing(struct dev_pagemap *pgmap)
{
}

static struct klp_func funcs[] = { { .old_name = "memunmap_pages", .new_func = nothing }, {} };

static struct klp_object objs[] = { { .funcs = funcs }, /* of vmlinux */
				    {} };

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init start(void)
{
	return klp_enable_patch(&patch);
}

static void __exit stop(void)
{
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("pgmapref tests: a live patch of a function that is hooked");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
