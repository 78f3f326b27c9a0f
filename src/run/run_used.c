// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "kernel/bdevs.h"
#include "kernel/mounts.h"
#include "run/run_used.h"

#define DISKS 16

const char *run__used_by(const struct run_kernel *k, const struct pgmap *p, char *buf, size_t len)
{
	size_t nr;
	uint32_t dev[DISKS];
	char at[MOUNTS_PATH];
	struct mount_info m;

	buf[0] = '\0';
	nr = bdevs__stacked_on(k->bdevs, p->name, dev, DISKS);
	for (size_t i = 0; i < nr && !buf[0]; i++) {
		if (mounts__at(k->root, dev[i], at, sizeof(at)))
			continue;
		if (mounts__of_path(k->root, 0, at, &m))
			snprintf(buf, len, "%s", at);
		else
			snprintf(buf, len, "%s (%s)", at, m.type);
	}
	return buf;
}
