// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/utf8.h"
#include "kernel/identity.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

#define CONTAINER_ID 64 /* hex digits: a SHA-256 */
#define CONTAINER_SHOWN 12 /* of these, as the tools of containers print them */

/* ---- texts ------------------------------------------------------------------------------ */

struct text {
	char *buf;
	size_t size, n;
	bool cut;
};

static void add(struct text *t, const char *s, size_t len)
{
	if (t->cut || t->n + len >= t->size) {
		t->cut = true;
		return;
	}
	memcpy(t->buf + t->n, s, len);
	t->n += len;
	t->buf[t->n] = '\0';
}

/* Adds one character of s. Returns its length in s. */
static size_t add_escaped(struct text *t, const char *s)
{
	uint32_t c;
	size_t len = utf8__decode(s, &c);
	char code[8];

	if (c == UTF8_BAD || !utf8__shown(c)) {
		snprintf(code, sizeof(code), "\\x%02x", (unsigned char)*s);
		add(t, code, 4);
		return 1;
	}
	add(t, c == '\\' ? "\\\\" : s, c == '\\' ? 2 : len);
	return len;
}

static void add_all(struct text *t, const char *s)
{
	while (*s)
		s += add_escaped(t, s);
}

/* False if s did not fit. */
static bool set_text(char *buf, size_t size, const char *s)
{
	struct text t = { .buf = buf, .size = size };

	*buf = '\0';
	add_all(&t, s);
	return !t.cut;
}

static void add_argument(struct text *t, const char *arg)
{
	bool quoted = !*arg || strpbrk(arg, " '\"");

	if (quoted)
		add(t, "'", 1);
	add_all(t, arg);
	if (quoted)
		add(t, "'", 1);
}

void identity__set_command(struct identity *id, const char *args, size_t len)
{
	struct text t = { .buf = id->command, .size = sizeof(id->command) };
	char arg[IDENTITY_COMMAND + 1];

	id->command[0] = '\0';
	/* The blanks behind the last argument of a process that has changed its title. */
	while (len && !args[len - 1])
		len--;
	for (size_t at = 0, n; at < len && !t.cut; at += n + 1) {
		n = strnlen(args + at, len - at);
		snprintf(arg, sizeof(arg), "%.*s", (int)n, args + at);
		if (at)
			add(&t, " ", 1);
		add_argument(&t, arg);
		t.cut = t.cut || n >= sizeof(arg);
	}
	id->command_cut = t.cut;
}

/* ---- control groups --------------------------------------------------------------------- */

static bool is_container_id(const char *s)
{
	return strspn(s, "0123456789abcdef") == CONTAINER_ID && !s[CONTAINER_ID];
}

/* The runtime whose name stands before the ID, and how it is called. */
static const char *const runtimes[][2] = {
	{ "docker-", "docker" },
	{ "cri-containerd-", "containerd" },
	{ "crio-", "cri-o" },
	{ "libpod-", "podman" },
};

static void set_container(struct identity *id, const char *runtime, const char *name, int max)
{
	char both[IDENTITY_NAME * 2];

	snprintf(both, sizeof(both), "%s %.*s", runtime, max, name);
	set_text(id->container, sizeof(id->container), both);
}

/* "docker-ID.scope", or the ID alone below the folder of the runtime. */
static bool take_container_id(struct identity *id, const char *part, const char *parent)
{
	char name[CONTAINER_ID + 1];

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++) {
		size_t n = strlen(runtimes[i][0]);

		if (strncmp(part, runtimes[i][0], n))
			continue;
		snprintf(name, sizeof(name), "%s", part + n);
		name[strcspn(name, ".")] = '\0';
		if (!is_container_id(name))
			continue;
		set_container(id, runtimes[i][1], name, CONTAINER_SHOWN);
		return true;
	}
	if (!is_container_id(part))
		return false;
	set_container(id, strcmp(parent, "docker") ? "container" : "docker", part, CONTAINER_SHOWN);
	return true;
}

/* "lxc.payload.NAME", "lxc/NAME", "systemd-nspawn@NAME.service" */
static bool take_machine(struct identity *id, const char *part, const char *parent)
{
	static const char payload[] = "lxc.payload.", nspawn[] = "systemd-nspawn@";

	if (!strncmp(part, payload, strlen(payload))) {
		set_container(id, "lxc", part + strlen(payload), IDENTITY_NAME);
	} else if (!strcmp(parent, "lxc")) {
		set_container(id, "lxc", part, IDENTITY_NAME);
	} else if (!strncmp(part, nspawn, strlen(nspawn))) {
		const char *name = part + strlen(nspawn);

		set_container(id, "nspawn", name, strcspn(name, "."));
	} else {
		return false;
	}
	return true;
}

/* "pod<UID>", or "kubepods-burstable-pod<UID>.slice" with '_' for '-' in the UID */
static bool take_pod(struct identity *id, const char *part)
{
	const char *uid = strncmp(part, "kubepods-", 9) ? part : strstr(part, "-pod");
	char text[IDENTITY_NAME];
	size_t n;

	uid = uid && *uid == '-' ? uid + 1 : uid;
	if (!uid || strncmp(uid, "pod", 3))
		return false;
	n = strspn(uid + 3, "0123456789abcdef-_");
	if (!n || (uid[3 + n] && uid[3 + n] != '.'))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)n, uid + 3);
	for (char *c = text; *c; c++)
		*c = *c == '_' ? '-' : *c;
	return set_text(id->pod, sizeof(id->pod), text);
}

static bool is_unit(const char *part)
{
	static const char *const ends[] = { ".service", ".scope" };
	size_t n = strlen(part);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (n > strlen(ends[i]) && !strcmp(part + n - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static void take_path(struct identity *id, char *path)
{
	const char *parent = "";
	char *save = NULL;

	for (char *part = strtok_r(path, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		bool known = take_pod(id, part) || take_container_id(id, part, parent) ||
			     take_machine(id, part, parent);

		/* The scope of a container says no more than the container. */
		if (!known && is_unit(part))
			set_text(id->unit, sizeof(id->unit), part);
		parent = part;
	}
}

/* Each line is "ID:CONTROLLERS:PATH": cgroups(7). */
void identity__set_cgroup(struct identity *id, const char *text)
{
	char *copy = strdup(text), *save = NULL;

	if (!copy)
		return;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (path)
			take_path(id, path + 1);
	}
	free(copy);
}

/* ---- a process -------------------------------------------------------------------------- */

static void set_user(const char *root, struct identity *id)
{
	struct passwd *p;
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/passwd", root);
	f = fopen(path, "re");
	while (f && (p = fgetpwent(f))) {
		if (p->pw_uid != id->uid)
			continue;
		set_text(id->user, sizeof(id->user), p->pw_name);
		break;
	}
	if (f)
		fclose(f);
}

static void set_uid(const char *root, struct identity *id, const char *status)
{
	const char *line = strstr(status, "\nUid:");

	/* real, effective, saved, of file systems */
	id->has_uid = line && sscanf(line, "\nUid: %*u %" SCNu32, &id->uid) == 1;
	if (id->has_uid)
		set_user(root, id);
}

/* Is a process that began at `start` (clock ticks since boot) another one than that of *key? */
static bool is_other(const struct identity_key *key, uint64_t start)
{
	uint64_t began = start * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));

	if (key->start)
		return key->start != start;
	/* It began before it was seen. Start times are rounded to clock ticks. */
	return key->seen_ns && began > key->seen_ns + clock__to_boottime() + 20 * NSEC_PER_MSEC;
}

static bool read_stat(int dir, struct procfs_stat *s)
{
	char text[1024];

	return file__read_head(dir, "stat", text, sizeof(text)) > 0 && procfs__parse_stat(text, s);
}

static void read_details(const char *root, int dir, const struct procfs_stat *s, struct identity *id)
{
	char text[4096];
	ssize_t n;

	id->stopped = strchr("Tt", s->state);
	set_text(id->comm, sizeof(id->comm), s->comm);
	n = file__read_head(dir, "cmdline", text, sizeof(text));
	if (n > 0)
		identity__set_command(id, text, n);
	if (file__read_head(dir, "status", text, sizeof(text)) > 0)
		set_uid(root, id, text);
	if (file__read_head(dir, "cgroup", text, sizeof(text)) > 0)
		identity__set_cgroup(id, text);
}

/* Reads its state, into *s. dir: its folder in /proc. */
static enum identity_state read_state(const struct identity_key *key, int dir, struct procfs_stat *s)
{
	if (!read_stat(dir, s))
		return IDENTITY_EXITED;
	if (is_other(key, s->start))
		return IDENTITY_REUSED;
	/* The first thread of a process may be a zombie while other threads run. */
	return strchr("ZX", s->state) && s->threads <= 1 ? IDENTITY_EXITED : IDENTITY_ALIVE;
}

/*
 * Opens its folder in /proc, which stays that of this process: it cannot be opened for one and read
 * for another. Returns -1 if there is none, with the reason in *state.
 */
static int open_process(const char *root, const struct identity_key *key, enum identity_state *state)
{
	char path[PATH_MAX];
	int dir;

	*state = IDENTITY_UNKNOWN;
	if (!key->tgid || (!key->of_proc && !process__pids_are_global()))
		return -1;
	snprintf(path, sizeof(path), "%s/proc/%" PRIu32, root ? root : "", key->tgid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		*state = IDENTITY_EXITED;
	return dir;
}

enum identity_state identity__state(const char *root, const struct identity_key *key)
{
	enum identity_state state;
	struct procfs_stat s;
	int dir = open_process(root, key, &state);

	if (dir < 0)
		return state;
	state = read_state(key, dir, &s);
	close(dir);
	return state;
}

void identity__find(const char *root, const struct identity_key *key, struct identity *out)
{
	enum identity_state state;
	struct procfs_stat s;
	int dir = open_process(root, key, &state);

	memset(out, 0, sizeof(*out));
	if (dir >= 0) {
		state = read_state(key, dir, &s);
		if (state == IDENTITY_ALIVE)
			read_details(root ? root : "", dir, &s, out);
		/* It may exit while its files are read. */
		if (state == IDENTITY_ALIVE && read_state(key, dir, &s) != IDENTITY_ALIVE) {
			memset(out, 0, sizeof(*out));
			state = IDENTITY_EXITED;
		}
		close(dir);
	}
	out->state = state;
}

const char *identity_state__name(enum identity_state state)
{
	static const char *const names[] = {
		[IDENTITY_UNKNOWN] = "unknown",
		[IDENTITY_ALIVE] = "alive",
		[IDENTITY_EXITED] = "exited",
		[IDENTITY_REUSED] = "reused",
	};

	return names[state];
}
