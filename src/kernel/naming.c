// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/naming.h"

bool naming__find(const char *root, const struct pgr_pgmap *k, const char *ops,
		  char name[DEVICES_NAME_MAX], bool *named)
{
	const char *dev = k->dev[0] ? k->dev : NULL;

	if (k->nr_range &&
	    !devices__name(root, k->first.start, k->first.end, dev, name, DEVICES_NAME_MAX)) {
		/* Not final: the driver's device (pfn0.1), until its disk (pmem0) exists. */
		*named = !dev || strcmp(name, dev) || strchr(dev, ':') || !strncmp(dev, "dax", 3);
		return true;
	}
	if (ops)
		snprintf(name, DEVICES_NAME_MAX, "%s", ops);
	else
		snprintf(name, DEVICES_NAME_MAX, "0x%" PRIx64, (uint64_t)k->first.start);
	return false;
}

void naming__find_dev(const char *root, const struct pgr_pgmap *k, char dev[DEVICES_NAME_MAX])
{
	struct devices_range *ranges;
	unsigned int region, id;
	size_t n;

	if (devices__iomem(root, &ranges, &n))
		return;
	/* The last match wins, because the deepest line comes last. */
	for (size_t i = 0; i < n; i++) {
		if (ranges[i].start <= k->first.end && ranges[i].end >= k->first.start &&
		    (sscanf(ranges[i].name, "namespace%u.%u", &region, &id) == 2 ||
		     sscanf(ranges[i].name, "dax%u.%u", &region, &id) == 2))
			snprintf(dev, DEVICES_NAME_MAX, "%s", ranges[i].name);
	}
	free(ranges);
}
