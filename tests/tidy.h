/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests/tidy, before each file: errno is never 0 where a call has failed. clang's analyzer does not
 * know that, follows "return -errno" as a success, and finds that nothing was set. Of a number that is
 * only known not to be 0 it forgets that at the minus: so it is one of some.
 */
#ifndef PGMAPREF_TIDY_H
#define PGMAPREF_TIDY_H

#include <errno.h>

extern int tidy_errno, tidy_any(void);

/* No function: the analyzer does not enter one that is called from five others. */
#undef errno
#define errno (*(tidy_errno = tidy_any() ? EINTR : tidy_any() ? EAGAIN : EIO, &tidy_errno))

#endif /* PGMAPREF_TIDY_H */
