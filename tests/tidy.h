/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tests/tidy includes this before each file: after a failed call errno is never 0. clang's analyzer
 * does not know this. It takes "return -errno" for a success and then reports results that were
 * never set. If errno is only "not 0", the analyzer forgets this fact when the code negates errno.
 * Therefore errno is one of a few numbers here.
 */
#ifndef PGMAPREF_TIDY_H
#define PGMAPREF_TIDY_H

#include <errno.h>

extern int tidy_errno, tidy_any(void);

/* Not a function: the analyzer does not enter a function that is called from five others. */
#undef errno
#define errno (*(tidy_errno = tidy_any() ? EINTR : tidy_any() ? EAGAIN : EIO, &tidy_errno))

#endif /* PGMAPREF_TIDY_H */
