// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "kernel/typed.h"
#include "run/typed_names.h"

static void resolve(const char **name)
{
	char device[DEVICES_NAME_MAX], *copy;

	if (typed__device(NULL, *name, device))
		return;
	copy = strdup(device);
	if (copy)
		*name = copy;
}

void typed_names__resolve(struct options *o)
{
	for (size_t i = 0; i < o->nr_names; i++) {
		o->typed[i] = o->names[i];
		resolve(&o->names[i]);
	}
	for (size_t i = 0; i < o->nr_exact_names; i++)
		resolve(&o->exact_names[i]);
}
