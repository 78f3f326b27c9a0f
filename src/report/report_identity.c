// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "report/report_identity.h"

static void put_name(struct out *o, const char *key, const char *fmt, const char *name)
{
	if (*name)
		out__str(o, key, fmt, name);
}

static const char *state_text(enum identity_state state)
{
	switch (state) {
	case IDENTITY_EXITED:
		return " (exited)";
	case IDENTITY_REUSED:
		return " (exited; another process has its number)";
	default:
		return NULL;
	}
}

static void put_alive(struct out *o, const struct identity *id, bool text)
{
	put_name(o, "command", text ? " (%s)" : NULL, id->command);
	out__bool(o, "command_cut", text ? "..." : NULL, id->command_cut);
	if (id->has_uid)
		out__int(o, "uid", text && !*id->user ? ", uid %s" : NULL, id->uid);
	put_name(o, "user", text ? ", %s" : NULL, id->user);
	put_name(o, "unit", text ? ", %s" : NULL, id->unit);
	put_name(o, "pod", text ? ", pod %s" : NULL, id->pod);
	put_name(o, "container", text ? ", %s" : NULL, id->container);
	out__bool(o, "stopped", text ? ", stopped: 'kill -CONT' lets it go on" : NULL, id->stopped);
}

void part__identity(struct out *o, const char *key, const struct identity *id, bool text)
{
	out__object(o, key);
	out__str(o, "state", text ? state_text(id->state) : NULL, identity_state__name(id->state));
	if (id->state == IDENTITY_ALIVE)
		put_alive(o, id, text);
	out__pop(o);
}
