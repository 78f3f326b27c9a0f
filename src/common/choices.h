/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of names, as options take them: "time,site". */
#ifndef PGMAPREF_CHOICES_H
#define PGMAPREF_CHOICES_H

#include <stddef.h>

/*
 * Writes the indices in names, which has nr of them, to order, which has room for nr. Returns how many
 * there are, or -EINVAL: *bad, up to `len` bytes, is the first word that is no name, or is there twice.
 */
int choices__parse(const char *list, const char *const *names, size_t nr, unsigned int *order,
		   char *bad, size_t len);

#endif /* PGMAPREF_CHOICES_H */
