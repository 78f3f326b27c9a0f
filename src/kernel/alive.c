// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/alive.h"

/*
 * arch/x86: a traceable function begins with 5 bytes where ftrace puts its call. An ENDBR64 may
 * precede them, or the bytes that the kernel writes over an ENDBR64 that no indirect jump needs
 * (gen_endbr_poison(), one form before 6.15, another since). ftrace can also write a jump instead
 * of a call, since the kernel may jump to bpf trampolines. A kprobe without ftrace is an INT3, and
 * a jump after it was optimised.
 */
static const uint8_t no_call[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const uint8_t heads[][4] = {
	{ 0xf3, 0x0f, 0x1e, 0xfa },
	{ 0x66, 0x0f, 0x1f, 0x00 },
	{ 0x0f, 0x1f, 0x40, 0xd6 },
};

#define CALL 0xe8
#define JMP 0xe9
#define INT3 0xcc

enum alive_site alive__site(const uint8_t code[PGR_SITE_BYTES])
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (memcmp(code, heads[i], sizeof(heads[i])))
			continue;
		code += sizeof(heads[i]);
		break;
	}
	if (*code == CALL || *code == JMP || *code == INT3)
		return SITE_CALLS;
	return memcmp(code, no_call, sizeof(no_call)) ? SITE_UNKNOWN : SITE_CALLS_NOBODY;
}

bool alive__silences(uint64_t site, uint64_t addr, const uint8_t *code, size_t len)
{
	return (addr == site || addr == site + sizeof(heads[0])) && len >= sizeof(no_call) &&
	       !memcmp(code, no_call, sizeof(no_call));
}

#define KPROBES (1u << PGR_BY_KPROBE | 1u << PGR_BY_KRETPROBE)
#define TRACEPOINTS (1u << PGR_BY_RAW_TP)

static enum alive_state state_of(struct alive_hook *h, const struct alive_look *look,
				 const struct alive_seen *seen)
{
	bool all_ran = true;

	if (!seen->by)
		return ALIVE_RUNS;
	if (look->blind)
		return ALIVE_UNPROVEN;
	for (int m = 0; m < PGR_MECHANISMS; m++) {
		if (!(seen->by >> m & 1))
			continue;
		if (look->canary[m] == CANARY_SILENT)
			return ALIVE_STOPPED;
		all_ran = all_ran && look->canary[m] == CANARY_RAN;
	}
	/* The code calls no tracer. Or it cannot be read any more: its module is gone. */
	if (seen->site == SITE_CALLS_NOBODY || (seen->site == SITE_UNKNOWN && h->called))
		return ALIVE_STOPPED;
	h->called = seen->site == SITE_CALLS;
	/*
	 * A live patch replaced the function: whether the hook still runs depends on how it is
	 * attached, and what the replacement does is unknown.
	 */
	if (seen->replaced || (look->patches_unknown && seen->by & ~TRACEPOINTS))
		return ALIVE_UNPROVEN;
	/* It runs now. Only a complete record of changes shows whether it always ran. */
	if (h->called && look->changes_lost)
		return ALIVE_UNPROVEN;
	return all_ran || h->called ? ALIVE_RUNS : ALIVE_UNPROVEN;
}

static enum alive_cause cause_of(const struct alive_look *look, unsigned int by)
{
	if (look->kprobes_off && by & KPROBES)
		return CAUSE_KPROBES;
	/* kernel.ftrace_enabled=0 also stops kprobes that use ftrace, at the start of functions. */
	return look->ftrace_off && by & ~TRACEPOINTS ? CAUSE_FTRACE : CAUSE_UNKNOWN;
}

#define MAYBE_OFF                                                           \
	"may have been off for some time: some changes of the kernel code " \
	"were not recorded"

static const char *const causes[][2] = {
	[CAUSE_UNKNOWN] = { "cause unknown", "cause unknown" },
	[CAUSE_FTRACE] = { "kernel.ftrace_enabled is 0", "kernel.ftrace_enabled was 0" },
	[CAUSE_KPROBES] = { "kprobes are disarmed: " ALIVE_KPROBES_SETTING " is 0",
			    "kprobes were disarmed: " ALIVE_KPROBES_SETTING " was 0" },
	[CAUSE_BRIEF] = { "switched off", "switched off and on again between two checks" },
	[CAUSE_CPU] = { "a CPU came online", "a CPU came online" },
	[CAUSE_LIVEPATCH] = { "replaced by a live patch", "was replaced by a live patch" },
	[CAUSE_CHANGES] = { MAYBE_OFF, MAYBE_OFF },
};

/* The reason for a hook that is not known to run. */
static const char *unproven(const struct alive_hook *h, const char *unknown)
{
	return h->cause == CAUSE_UNKNOWN ? unknown : causes[h->cause][h->now != h->worst];
}

static void word_doubt(struct alive_hook *h)
{
	bool past = h->now != ALIVE_STOPPED;

	if (h->worst == ALIVE_UNPROVEN)
		snprintf(h->doubt, sizeof(h->doubt), "is attached, but %s",
			 unproven(h, "not proven to run"));
	else
		snprintf(h->doubt, sizeof(h->doubt), "%s (%s)",
			 past ? "was attached but did not run for some time" :
				"is attached but does not run",
			 causes[h->cause][past]);
}

bool alive__see(struct alive *a, const struct alive_look *look)
{
	bool news = false;

	for (int i = 0; i < PGR_HOOKS; i++) {
		struct alive_hook *h = &a->hook[i];
		enum alive_state before = h->worst;

		enum alive_state worst;

		worst = h->now = state_of(h, look, &look->hook[i]);
		if (h->now == ALIVE_STOPPED && before != ALIVE_STOPPED)
			h->cause = cause_of(look, look->hook[i].by);
		if (h->now == ALIVE_UNPROVEN && before == ALIVE_RUNS)
			h->cause = look->hook[i].replaced	   ? CAUSE_LIVEPATCH :
				   look->changes_lost && h->called ? CAUSE_CHANGES :
								     CAUSE_UNKNOWN;
		if (h->now != ALIVE_STOPPED && look->hook[i].by && look->hook[i].silenced) {
			worst = ALIVE_STOPPED;
			h->cause = before == ALIVE_STOPPED ? h->cause : CAUSE_BRIEF;
		}
		if (look->hook[i].cpu_came) {
			worst = ALIVE_STOPPED;
			h->cause = CAUSE_CPU;
		}
		if (worst > h->worst) {
			h->worst = worst;
			h->reported = false;
			news = true;
		}
		if (h->worst != ALIVE_RUNS)
			word_doubt(h);
	}
	return news;
}

const char *alive__doubt(const struct alive *a, enum pgr_hook hook)
{
	return a->hook[hook].worst == ALIVE_RUNS ? NULL : a->hook[hook].doubt;
}

const char *alive__state(const struct alive *a, enum pgr_hook hook)
{
	static const char *const names[][2] = {
		[ALIVE_RUNS] = { "attached", "attached" },
		[ALIVE_UNPROVEN] = { "attached, not proven to run", "attached, not proven to run" },
		[ALIVE_STOPPED] = { "attached, does not run", "attached, did not run" },
	};
	const struct alive_hook *h = &a->hook[hook];

	return names[h->worst][h->now != h->worst];
}

const char *alive__why(const struct alive *a, enum pgr_hook hook)
{
	const struct alive_hook *h = &a->hook[hook];

	return h->worst == ALIVE_UNPROVEN ? unproven(h, "no proof that it is called") :
					    causes[h->cause][h->now != h->worst];
}

static void word_alike(struct alive *a, const struct plan *plan, int first, char *line, size_t len)
{
	static const char *const advice[] = {
		[CAUSE_LIVEPATCH] = "unload the live patch, then restart pgmapref",
		[CAUSE_CHANGES] = "restart pgmapref",
		[CAUSE_UNKNOWN] = "see sysctl kernel.ftrace_enabled and " ALIVE_KPROBES_SETTING
				  ", and other tracing tools",
		[CAUSE_BRIEF] = "restart pgmapref",
		[CAUSE_CPU] = "restart pgmapref",
		[CAUSE_FTRACE] = "sysctl kernel.ftrace_enabled=1, then restart pgmapref",
		[CAUSE_KPROBES] = "write 1 to this file, then restart pgmapref",
	};
	const struct alive_hook *f = &a->hook[first];
	bool past = f->now != f->worst;
	char names[PGR_HOOKS * 20];
	size_t at = 0, n = 0;

	for (int i = first; i < PGR_HOOKS; i++) {
		struct alive_hook *h = &a->hook[i];

		if (h->reported || h->worst != f->worst || h->cause != f->cause ||
		    (h->now != h->worst) != past)
			continue;
		h->reported = true;
		at += snprintf(names + at, sizeof(names) - at, "%s%s", n++ ? ", " : "",
			       plan->hook[i].name);
	}
	if (f->worst == ALIVE_UNPROVEN)
		snprintf(line, len, "%zu hook%s attached, but %s: %s", n, n == 1 ? " is" : "s are",
			 unproven(f, "not proven to run"), names);
	else
		snprintf(line, len, "%zu hook%s attached but d%s not run%s (%s; %s): %s", n,
			 past	? n == 1 ? " was" : "s were" :
			 n == 1 ? " is" :
				  "s are",
			 past	? "id" :
			 n == 1 ? "oes" :
				  "o",
			 past ? " for some time" : "", causes[f->cause][past], advice[f->cause],
			 names);
}

bool alive__news(struct alive *a, const struct plan *plan, char *line, size_t len)
{
	for (int i = 0; i < PGR_HOOKS; i++) {
		if (a->hook[i].worst == ALIVE_RUNS || a->hook[i].reported)
			continue;
		word_alike(a, plan, i, line, len);
		return true;
	}
	return false;
}

bool alive__is_off(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return c == '0';
}
