/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring of events. Its object and the objects that share its maps have the same definition. */
#ifndef PGMAPREF_EVENTS_BPF_H
#define PGMAPREF_EVENTS_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

#endif /* PGMAPREF_EVENTS_BPF_H */
