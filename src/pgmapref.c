// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* main(): checks what the tool needs to run, parses the options, and runs the verb. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "kernel/surroundings.h"
#include "run/options.h"
#include "run/say.h"
#include "run/typed_names.h"
#include "run/verbs.h"

/*
 * If a standard descriptor is closed, the next file that is opened gets its number, and a report
 * would go into that file. This opens /dev/null there in the wrong direction: using the descriptor
 * fails, as it would have failed while it was closed.
 */
static void keep_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_CANNOT);
}

int main(int argc, char **argv)
{
	struct options o;
	char why[128];

	keep_standard_fds();
	surroundings__raise_limits();
	setlocale(LC_CTYPE, "");
	options__parse(argc, argv, verbs, &o);
	if (surroundings__check(NULL, why, sizeof(why))) {
		say__line("%s", why);
		return STATUS_CANNOT;
	}
	typed_names__resolve(&o);
	return o.verb->run(&o);
}
