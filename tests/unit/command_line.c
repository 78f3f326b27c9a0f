// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command_line.h"

/* Reads fd to its end. Keeps the first line in `said`, without the name of the program. */
static void read_all(int fd, char said[256])
{
	static const char name[] = "pgmapref: ";
	char text[4096], *at;
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	at = strncmp(text, name, strlen(name)) ? text : text + strlen(name);
	snprintf(said, 256, "%.*s", (int)strcspn(at, "\n"), at);
}

int parse_saying(const char *const *args, check_fn check, char said[256])
{
	int fds[2];
	int status;
	pid_t pid;

	fflush(NULL);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		char *argv[COMMAND_LINE_ARGS] = { (char *)"pgmapref" };
		int argc = 1, null = open("/dev/null", O_WRONLY);
		struct options o;

		for (; *args; args++, argc++) {
			static char words[COMMAND_LINE_ARGS][64]; /* parsers change them */

			snprintf(words[argc], sizeof(words[argc]), "%s", *args);
			argv[argc] = words[argc];
		}
		dup2(null, 1);
		dup2(fds[1], 2);
		options__parse(argc, argv, verbs, &o);
		if (check)
			check(&o);
		_exit(100);
	}
	close(fds[1]);
	read_all(fds[0], said);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int parse(const char *const *args, check_fn check)
{
	char said[256];

	return parse_saying(args, check, said);
}
