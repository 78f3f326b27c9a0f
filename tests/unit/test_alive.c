// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Do attached hooks run? What the code of a function shows, and the judgement of canaries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/names.h"
#include "kernel/alive.h"

#define FENTRY (1u << PGR_BY_FENTRY)
#define FEXIT (1u << PGR_BY_FEXIT)
#define KPROBE (1u << PGR_BY_KPROBE)
#define KRETPROBE (1u << PGR_BY_KRETPROBE)
#define RAW_TP (1u << PGR_BY_RAW_TP)

/* Code read on 6.1, 6.12 and 7.3, without hooks and with hooks. The last ones are made up. */
static void test_sites(void **state)
{
	static const struct {
		uint8_t code[PGR_SITE_BYTES];
		enum alive_site site;
	} sites[] = {
		{ { 0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x44, 0, 0, 0x41 }, SITE_CALLS_NOBODY },
		{ { 0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 0x87, 0xe3, 0xdc, 0x22, 0x41 }, SITE_CALLS },
		{ { 0xf3, 0x0f, 0x1e, 0xfa, 0xe9, 0x87, 0xe3, 0xdc, 0x22, 0x41 }, SITE_CALLS },
		{ { 0x66, 0x0f, 0x1f, 0, 0x0f, 0x1f, 0x44, 0, 0, 0x41 }, SITE_CALLS_NOBODY },
		{ { 0x66, 0x0f, 0x1f, 0, 0xe8, 0x47, 0x17, 0xe5, 0x22, 0x41 }, SITE_CALLS },
		{ { 0x0f, 0x1f, 0x40, 0xd6, 0x0f, 0x1f, 0x44, 0, 0, 0x41 }, SITE_CALLS_NOBODY },
		{ { 0x0f, 0x1f, 0x40, 0xd6, 0xe8, 0x47, 0x17, 0xe5, 0x22, 0x41 }, SITE_CALLS },
		{ { 0x0f, 0x1f, 0x44, 0, 0, 0x41, 0x57 }, SITE_CALLS_NOBODY },
		{ { 0xe8, 0x5b, 0x1c, 0xd4, 0x22, 0x41 }, SITE_CALLS },
		{ { 0xcc, 0x1f, 0x44, 0, 0, 0x41 }, SITE_CALLS }, /* being changed, or a kprobe */
		{ { 0xcc, 0x0f, 0x1e, 0xfa, 0x55 }, SITE_CALLS },
		{ { 0xe9, 0x0f, 0x1e, 0xfa, 0x55 }, SITE_CALLS }, /* an optimised kprobe */
		{ { 0x55, 0x48, 0x89, 0xe5, 0xe8 }, SITE_UNKNOWN },
		{ { 0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48 }, SITE_UNKNOWN },
		{ { 0 }, SITE_UNKNOWN }, /* could not be read */
		{ { 0x5f, 0x24, 0x03, 0xd5, 0x1f, 0x20, 0x03, 0xd5 }, SITE_UNKNOWN }, /* arm64 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++)
		if (alive__site(sites[i].code) != sites[i].site)
			fail_msg("site %zu: %d, expected %d", i, alive__site(sites[i].code),
				 sites[i].site);
}

/* All is well: teardown runs by fentry, gone by fexit, fork by raw_tp, get by kprobes. */
static struct alive_look well(void)
{
	struct alive_look look = {
		.canary = { [PGR_BY_FENTRY] = CANARY_RAN,
			    [PGR_BY_FEXIT] = CANARY_RAN,
			    [PGR_BY_KPROBE] = CANARY_RAN,
			    [PGR_BY_KRETPROBE] = CANARY_RAN,
			    [PGR_BY_RAW_TP] = CANARY_RAN },
		.hook = { [PGR_HOOK_TEARDOWN] = { FENTRY, SITE_CALLS },
			  [PGR_HOOK_GONE] = { FEXIT, SITE_CALLS },
			  [PGR_HOOK_GET] = { KPROBE | KRETPROBE, SITE_CALLS },
			  [PGR_HOOK_FORK] = { RAW_TP, SITE_UNKNOWN } },
	};

	return look;
}

/* The hooks that are in doubt, as bits. */
static uint64_t doubted(const struct alive *a)
{
	uint64_t hooks = 0;

	for (int h = 0; h < PGR_HOOKS; h++)
		hooks |= (uint64_t) !!alive__doubt(a, h) << h;
	return hooks;
}

#define H(hook) (1ULL << PGR_HOOK_##hook)
#define ALL (H(TEARDOWN) | H(GONE) | H(GET) | H(FORK))

static void test_all_is_well(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), 0);
	assert_string_equal(alive__state(&a, PGR_HOOK_GET), "attached");
}

/* A silent canary puts all hooks in doubt that are attached in its way, whatever sites show. */
static void test_each_canary(void **state)
{
	static const uint64_t of[PGR_MECHANISMS] = {
		[PGR_BY_FENTRY] = H(TEARDOWN), [PGR_BY_FEXIT] = H(GONE),  [PGR_BY_KPROBE] = H(GET),
		[PGR_BY_KRETPROBE] = H(GET),   [PGR_BY_RAW_TP] = H(FORK),
	};

	(void)state;
	for (int m = 0; m <= PGR_BY_RAW_TP; m++) {
		struct alive_look look = well();
		struct alive a = { 0 };

		look.canary[m] = CANARY_SILENT;
		assert_true(alive__see(&a, &look));
		assert_int_equal(doubted(&a), of[m]);
		assert_false(alive__see(&a, &look)); /* reported before */
		/* the hook stays in doubt when it runs again */
		look = well();
		assert_false(alive__see(&a, &look));
		assert_int_equal(doubted(&a), of[m]);
	}
}

/* A site that calls nobody puts its own hook in doubt. */
static void test_each_site(void **state)
{
	static const enum pgr_hook hooks[] = { PGR_HOOK_TEARDOWN, PGR_HOOK_GONE, PGR_HOOK_GET };

	(void)state;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		struct alive_look look = well();
		struct alive a = { 0 };

		look.hook[hooks[i]].site = SITE_CALLS_NOBODY;
		assert_true(alive__see(&a, &look));
		assert_int_equal(doubted(&a), 1ULL << hooks[i]);
		look = well();
		alive__see(&a, &look);
		assert_int_equal(doubted(&a), 1ULL << hooks[i]);
		assert_string_equal(alive__state(&a, hooks[i]), "attached, did not run");
	}
}

/* Unknown code at a site puts the hook in doubt only if the code was known before. */
static void test_unknown_code(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	look.hook[PGR_HOOK_TEARDOWN].site = SITE_UNKNOWN;
	assert_false(alive__see(&a, &look));
	assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), 0);
	look.hook[PGR_HOOK_GET].site = SITE_UNKNOWN; /* the module of the function is gone */
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(GET));
	assert_string_equal(alive__state(&a, PGR_HOOK_GET), "attached, does not run");
}

/* Without a canary the site decides. Without both nothing proves that the hook runs. */
static void test_nothing_to_go_by(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	memset(look.canary, 0, sizeof(look.canary));
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(FORK));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_FORK), "is attached, but not proven to run");
	assert_string_equal(alive__state(&a, PGR_HOOK_FORK), "attached, not proven to run");
	/* a worse state replaces it */
	look.canary[PGR_BY_RAW_TP] = CANARY_SILENT;
	assert_true(alive__see(&a, &look));
	assert_string_equal(alive__state(&a, PGR_HOOK_FORK), "attached, does not run");

	memset(&a, 0, sizeof(a));
	look = well();
	look.blind = true;
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), ALL);
}

/* If changes of the code were lost, a hook may have been off between two checks. */
static void test_lost_changes_of_the_code(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	assert_false(alive__see(&a, &look));
	look.changes_lost = true;
	assert_true(alive__see(&a, &look));
	/* changed code does not affect a tracepoint */
	assert_int_equal(doubted(&a), ALL & ~H(FORK));
	assert_string_equal(
		alive__doubt(&a, PGR_HOOK_GONE),
		"is attached, but may have been off for some time: some changes of the kernel code "
		"were not recorded");
	look.changes_lost = false;
	assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), ALL & ~H(FORK));
}

/* A detached hook need not run: the unpin hooks are detached while there are no pins. */
static void test_detached_hooks(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	assert_false(alive__see(&a, &look));
	look.hook[PGR_HOOK_GET] = (struct alive_seen){ .by = 0 };
	look.canary[PGR_BY_KPROBE] = CANARY_SILENT;
	assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), 0);
}

/* A hook was off and is on again between two checks. Only the change of the code shows it. */
static void test_silenced_for_a_moment(void **state)
{
	static const uint8_t off[] = { 0x0f, 0x1f, 0x44, 0, 0 }, on[] = { 0xe8, 1, 2, 3, 4 };
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	assert_true(alive__silences(0x1000, 0x1000, off, sizeof(off)));
	assert_true(alive__silences(0x1000, 0x1004, off, sizeof(off))); /* after an ENDBR64 */
	assert_false(alive__silences(0x1000, 0x1004, on, sizeof(on)));
	assert_false(alive__silences(0x1000, 0x1008, off, sizeof(off)));
	assert_false(alive__silences(0x1000, 0x0ff8, off, sizeof(off)));
	assert_false(alive__silences(0x1000, 0x1000, off, 1));

	assert_false(alive__see(&a, &look));
	look.hook[PGR_HOOK_TEARDOWN].silenced = true;
	look.hook[PGR_HOOK_FREE].silenced = true; /* not attached */
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(TEARDOWN));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_TEARDOWN),
			    "was attached but did not run for some time "
			    "(switched off and on again between two checks)");
	assert_string_equal(alive__state(&a, PGR_HOOK_TEARDOWN), "attached, did not run");
	look = well();
	assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(TEARDOWN));
}

static void test_causes(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	/* both settings are off: each of them stops kprobes */
	memset(look.canary, 0, sizeof(look.canary));
	for (int m = 0; m < PGR_BY_RAW_TP; m++)
		look.canary[m] = CANARY_SILENT;
	look.canary[PGR_BY_RAW_TP] = CANARY_SILENT;
	look.ftrace_off = look.kprobes_off = true;
	assert_true(alive__see(&a, &look));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_TEARDOWN),
			    "is attached but does not run (kernel.ftrace_enabled is 0)");
	assert_string_equal(alive__why(&a, PGR_HOOK_GET),
			    "kprobes are disarmed: /sys/kernel/debug/kprobes/enabled is 0");
	/* no setting disables tracepoints */
	assert_string_equal(alive__why(&a, PGR_HOOK_FORK), "cause unknown");
	look = well();
	alive__see(&a, &look);
	assert_string_equal(
		alive__doubt(&a, PGR_HOOK_TEARDOWN),
		"was attached but did not run for some time (kernel.ftrace_enabled was 0)");
	assert_string_equal(alive__doubt(&a, PGR_HOOK_GET),
			    "was attached but did not run for some time (kprobes were disarmed: "
			    "/sys/kernel/debug/kprobes/enabled was 0)");
	/* the first cause is kept; a later silence may have another cause */
	look.canary[PGR_BY_FENTRY] = CANARY_SILENT;
	alive__see(&a, &look);
	assert_string_equal(alive__doubt(&a, PGR_HOOK_TEARDOWN),
			    "is attached but does not run (kernel.ftrace_enabled is 0)");
}

/* A function that a live patch replaces may not run. The doubt stays when the patch is gone. */
static void test_live_patch(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	look.hook[PGR_HOOK_GONE].replaced = true;
	look.hook[PGR_HOOK_PUT].replaced = true; /* not attached */
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(GONE));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_GONE),
			    "is attached, but replaced by a live patch");
	assert_string_equal(alive__state(&a, PGR_HOOK_GONE), "attached, not proven to run");
	assert_string_equal(alive__why(&a, PGR_HOOK_GONE), "replaced by a live patch");
	look = well();
	assert_false(alive__see(&a, &look));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_GONE),
			    "is attached, but was replaced by a live patch");
	look.canary[PGR_BY_FEXIT] = CANARY_SILENT;
	assert_true(alive__see(&a, &look));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_GONE),
			    "is attached but does not run (cause unknown)");
	/* the replaced functions could not be read; a tracepoint is not a function */
	look = well();
	look.patches_unknown = true;
	a = (struct alive){ 0 };
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), ALL & ~H(FORK));
}

/* What a CPU ran before it had its breakpoint was not seen. No canary proves breakpoints. */
static void test_breakpoints(void **state)
{
	struct alive_look look = well();
	struct alive a = { 0 };

	(void)state;
	look.canary[PGR_BY_BREAKPOINT] = CANARY_RAN;
	look.hook[PGR_HOOK_DELETE].by = 1u << PGR_BY_BREAKPOINT;
	assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), 0);
	look.hook[PGR_HOOK_DELETE].cpu_came = true;
	assert_true(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(DELETE));
	assert_string_equal(alive__doubt(&a, PGR_HOOK_DELETE),
			    "was attached but did not run for some time (a CPU came online)");
	look.hook[PGR_HOOK_DELETE].cpu_came = false;
	assert_false(alive__see(&a, &look));
	assert_int_equal(doubted(&a), H(DELETE));
}

/* One line names all hooks with the same reason. Each hook is reported once. */
static void test_news(void **state)
{
	static struct plan plan;
	struct alive_look look = well();
	struct alive a = { 0 };
	char line[512];

	(void)state;
	plan.hook[PGR_HOOK_TEARDOWN].name = "teardown";
	plan.hook[PGR_HOOK_GONE].name = "gone";
	plan.hook[PGR_HOOK_GET].name = "get";
	plan.hook[PGR_HOOK_FORK].name = "fork";
	alive__see(&a, &look);
	assert_false(alive__news(&a, &plan, line, sizeof(line)));
	look.ftrace_off = true;
	look.canary[PGR_BY_FENTRY] = look.canary[PGR_BY_FEXIT] = CANARY_SILENT;
	look.hook[PGR_HOOK_GET].replaced = true;
	assert_true(alive__see(&a, &look));
	assert_true(alive__news(&a, &plan, line, sizeof(line)));
	assert_string_equal(
		line, "2 hooks are attached but do not run (kernel.ftrace_enabled is 0; "
		      "sysctl kernel.ftrace_enabled=1, then restart pgmapref): teardown, gone");
	assert_true(alive__news(&a, &plan, line, sizeof(line)));
	assert_string_equal(line, "1 hook is attached, but replaced by a live patch: get");
	assert_false(alive__news(&a, &plan, line, sizeof(line)));
	alive__see(&a, &look);
	assert_false(alive__news(&a, &plan, line, sizeof(line)));
}

static void test_settings(void **state)
{
	char path[] = "/tmp/test_alive.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_false(alive__is_off(path)); /* empty */
	assert_int_equal(write(fd, "0\n", 2), 2);
	assert_true(alive__is_off(path));
	assert_int_equal(pwrite(fd, "1\n", 2, 0), 2);
	assert_false(alive__is_off(path));
	close(fd);
	unlink(path);
	assert_false(alive__is_off(path)); /* no such file */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_all_is_well),
		cmocka_unit_test(test_each_canary),
		cmocka_unit_test(test_each_site),
		cmocka_unit_test(test_unknown_code),
		cmocka_unit_test(test_nothing_to_go_by),
		cmocka_unit_test(test_lost_changes_of_the_code),
		cmocka_unit_test(test_detached_hooks),
		cmocka_unit_test(test_silenced_for_a_moment),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_live_patch),
		cmocka_unit_test(test_breakpoints),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
