// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Preloaded into the tool: no timer can be created. */
#include <errno.h>
#include <sys/timerfd.h>

int timerfd_create(int clock, int flags)
{
	(void)clock;
	(void)flags;
	errno = EMFILE;
	return -1;
}
