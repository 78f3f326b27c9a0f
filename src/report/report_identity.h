/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a process is, in reports. */
#ifndef PGMAPREF_REPORT_IDENTITY_H
#define PGMAPREF_REPORT_IDENTITY_H

#include "kernel/identity.h"
#include "report/out.h"

/*
 * " (./daxpin vmsplice /dev/dax1.0), root, web.service", or " (exited)". JSON: an object with this
 * key. text: false: JSON only.
 */
void part__identity(struct out *o, const char *key, const struct identity *id, bool text);

#endif /* PGMAPREF_REPORT_IDENTITY_H */
