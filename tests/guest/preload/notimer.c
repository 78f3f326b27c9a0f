// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Preloaded for the tool: there is no timer to be had. */
#include <errno.h>
#include <sys/timerfd.h>

int timerfd_create(int clock, int flags)
{
	(void)clock;
	(void)flags;
	errno = EMFILE;
	return -1;
}
