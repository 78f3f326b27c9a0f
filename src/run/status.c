// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "common/clock.h"
#include "run/status.h"
#include "run/terminal.h"

#define EVERY_NS (250 * NSEC_PER_MSEC)
#define BYTES 256
#define ERASE "\r\033[K" /* to the begin of the line, and erase to its end (ECMA-48 EL) */

static struct {
	bool on, shown;
	uint64_t next_ns;
} status;

void status__on(bool quiet)
{
	status.on = !quiet && isatty(STDERR_FILENO);
	status.next_ns = 0;
}

void status__off(void)
{
	status__clear();
	status.on = false;
}

bool status__is_due(void)
{
	return status.on && clock__now() >= status.next_ns;
}

/* Nothing can be done about an error: the line is a courtesy. */
static void put(const char *s, size_t n)
{
	int err = errno;

	if (write(STDERR_FILENO, s, n) < 0)
		status.on = false;
	errno = err;
}

void status__clear(void)
{
	if (status.shown)
		put(ERASE, strlen(ERASE));
	status.shown = false;
}

void status__show(const char *fmt, ...)
{
	unsigned int columns = terminal__columns(STDERR_FILENO);
	char line[BYTES] = ERASE;
	size_t n = strlen(ERASE);
	va_list args;

	if (!status__is_due())
		return;
	va_start(args, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, args);
	va_end(args);
	/* In the last column some terminals begin a new line. */
	put(line, MIN(strlen(line), n + columns - 1));
	status.shown = true;
	status.next_ns = clock__now() + EVERY_NS;
}

void status__progress(const char *what, unsigned int done, unsigned int of)
{
	if (of)
		status__show("%s: %u of %u", what, done, of);
	else if (done)
		status__show("%s: %u", what, done);
	else
		status__show("%s", what);
}
