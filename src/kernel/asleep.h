/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long threads have slept, and who has the locks that they wait for. Owns the skeleton of
 * asleep.bpf.c. Attaches nothing.
 */
#ifndef PGMAPREF_ASLEEP_H
#define PGMAPREF_ASLEEP_H

#include <stddef.h>
#include <stdint.h>

#include "common/asleep.h"

/*
 * Reads the n threads (at most PGR_ASLEEP) with these numbers of the kernel into out[], in any
 * order. Returns how many it read, because threads may have ended, or a negative errno: -EPERM (not
 * allowed, or the kernel refuses BPF iterators), or another one of libbpf. Takes some milliseconds,
 * most of it to load the program.
 */
int asleep__read(const uint32_t *tids, size_t n, struct pgr_asleep *out);

#endif /* PGMAPREF_ASLEEP_H */
