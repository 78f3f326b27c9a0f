// SPDX-License-Identifier: GPL-2.0-only
/*
 * A live patch that puts an empty function in the place of memunmap_pages(). For a guest
 * in which nothing is torn down meanwhile: it would not be.
 *
 * To be taken off by a 0 written to /sys/kernel/livepatch/pgmapref_livepatch/enabled.
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
