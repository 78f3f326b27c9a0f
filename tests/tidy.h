/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests/tidy, before each file: errno is never 0 where a call has failed. clang's analyzer does not
 * know that, follows "return -errno" as a success, and finds that nothing was set.
 */
#ifndef PGMAPREF_TIDY_H
#define PGMAPREF_TIDY_H

#include <errno.h>

extern int tidy_errno;

static inline int *tidy_errno_location(void)
{
	if (tidy_errno <= 0)
		__builtin_unreachable();
	return &tidy_errno;
}

#undef errno
#define errno (*tidy_errno_location())

#endif /* PGMAPREF_TIDY_H */
