// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who a process is, in a made-up /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "kernel/identity.h"
#include "kernel/process.h"
#include "root.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define STAT "10 (%s) %c 1 10 10 0 -1 0 0 0 0 0 5 6 0 0 20 0 %u 0 %llu 0 0\n"

static struct identity id;

static void put_stat(const char *comm, char state, unsigned int threads, unsigned long long start)
{
	char text[256];

	snprintf(text, sizeof(text), STAT, comm, state, threads, start);
	put_file("/proc/10/stat", text);
}

/* Process 10 began 1000 clock ticks after the boot. */
static int make_process(void **state)
{
	static const char args[] = "./daxpin\0vmsplice\0/dev/dax1.0";

	if (make_root(state))
		return -1;
	memset(&id, 0x55, sizeof(id));
	put_stat("daxpin", 'S', 1, 1000);
	put_bytes("/proc/10/cmdline", args, sizeof(args), 0);
	put_file("/proc/10/status", "Name:\tdaxpin\nUid:\t0\t1000\t1000\t1000\nGid:\t0\t0\t0\t0\n");
	put_file("/proc/10/cgroup", "0::/system.slice/reader.service\n");
	put_file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_process, remove_root)

static void find(struct identity_key key)
{
	key.tgid = key.tgid ? key.tgid : 10;
	key.of_proc = true;
	identity__find(root, &key, &id);
}

static void test_alive(void **state)
{
	(void)state;
	find((struct identity_key){ .start = 1000 });
	assert_int_equal(id.state, IDENTITY_ALIVE);
	assert_string_equal(id.comm, "daxpin");
	assert_string_equal(id.command, "./daxpin vmsplice /dev/dax1.0");
	assert_false(id.command_cut);
	assert_true(id.has_uid);
	assert_int_equal(id.uid, 1000);
	assert_string_equal(id.user, "ann");
	assert_string_equal(id.unit, "reader.service");
	assert_string_equal(id.container, "");
	assert_string_equal(id.pod, "");
	assert_false(id.stopped);
	put_stat("daxpin", 'T', 1, 1000);
	find((struct identity_key){ .start = 1000 });
	assert_int_equal(id.state, IDENTITY_ALIVE);
	assert_true(id.stopped);
}

static void assert_only(enum identity_state wanted)
{
	const struct identity none = { .state = wanted };

	assert_int_equal(id.state, wanted);
	assert_memory_equal(&id, &none, sizeof(id));
}

static void test_exited(void **state)
{
	(void)state;
	find((struct identity_key){ .tgid = 11, .start = 1000 });
	assert_only(IDENTITY_EXITED);
	put_stat("daxpin", 'Z', 1, 1000);
	find((struct identity_key){ .start = 1000 });
	assert_only(IDENTITY_EXITED);
	/* its first thread has exited, others run */
	put_stat("daxpin", 'Z', 2, 1000);
	find((struct identity_key){ .start = 1000 });
	assert_int_equal(id.state, IDENTITY_ALIVE);
	/* it exits while its files are read */
	unlink(in_root("/proc/10/stat"));
	find((struct identity_key){ .start = 1000 });
	assert_only(IDENTITY_EXITED);
}

static void test_reused(void **state)
{
	uint64_t boot = clock__now() + clock__to_boottime();

	(void)state;
	find((struct identity_key){ .start = 999 });
	assert_only(IDENTITY_REUSED);
	/* seen before this process began, a second after it, and never */
	put_stat("other", 'S', 1, boot * sysconf(_SC_CLK_TCK) / NSEC_PER_SEC);
	find((struct identity_key){ .seen_ns = clock__now() - NSEC_PER_SEC });
	assert_only(IDENTITY_REUSED);
	find((struct identity_key){ .seen_ns = clock__now() + NSEC_PER_SEC });
	assert_int_equal(id.state, IDENTITY_ALIVE);
	find((struct identity_key){ 0 });
	assert_int_equal(id.state, IDENTITY_ALIVE);
}

/* Real processes, by the kernel's numbers. */
static void test_state_of_real_ones(void **state)
{
	struct identity_key self = { .tgid = getpid(), .seen_ns = clock__now() }, child;
	siginfo_t info;

	(void)state;
	if (!process__pids_are_global()) {
		/* in a PID namespace BPF programs see other PIDs */
		assert_int_equal(identity__state(NULL, &self), IDENTITY_UNKNOWN);
		skip();
	}
	assert_int_equal(identity__state(NULL, &self), IDENTITY_ALIVE);
	/* 1 ns after the boot, another process had this PID, even on a machine that just booted */
	self.seen_ns = 1;
	assert_int_equal(identity__state(NULL, &self), IDENTITY_REUSED);
	child = (struct identity_key){ .tgid = fork() };
	if (!child.tgid)
		_exit(0);
	child.seen_ns = clock__now();
	assert_int_equal(waitid(P_PID, child.tgid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(identity__state(NULL, &child), IDENTITY_EXITED); /* a zombie */
	assert_int_equal(waitpid(child.tgid, NULL, 0), child.tgid);
	assert_int_equal(identity__state(NULL, &child), IDENTITY_EXITED);
}

static void test_not_known(void **state)
{
	const struct identity_key none = { .of_proc = true };

	(void)state;
	identity__find(root, &none, &id);
	assert_only(IDENTITY_UNKNOWN);
	/* a file where its folder would be */
	put_file("/proc/12", "");
	find((struct identity_key){ .tgid = 12 });
	assert_only(IDENTITY_UNKNOWN);
}

static void test_without_details(void **state)
{
	(void)state;
	unlink(in_root("/proc/10/cmdline"));
	unlink(in_root("/proc/10/cgroup"));
	unlink(in_root("/etc/passwd"));
	find((struct identity_key){ .start = 1000 });
	assert_int_equal(id.state, IDENTITY_ALIVE);
	assert_string_equal(id.command, "");
	assert_string_equal(id.unit, "");
	assert_int_equal(id.uid, 1000);
	assert_string_equal(id.user, "");
	put_file("/proc/10/status", "Name:\tdaxpin\n");
	find((struct identity_key){ .start = 1000 });
	assert_false(id.has_uid);
	put_file("/etc/passwd", "bob:x:7:7::/:/bin/sh\n");
	put_file("/proc/10/status", "Name:\tx\nUid:\t8\t8\t8\t8\n");
	find((struct identity_key){ .start = 1000 });
	assert_true(id.has_uid);
	assert_string_equal(id.user, "");
}

static void test_names_of_all_sorts(void **state)
{
	(void)state;
	put_stat("a\033[2J\xc3\xa9\xff)", 'S', 1, 1000);
	find((struct identity_key){ .start = 1000 });
	assert_string_equal(id.comm, "a\\x1b[2J\xc3\xa9\\xff)");
}

static void assert_command(const char *args, size_t len, const char *wanted, bool cut)
{
	memset(&id, 0x55, sizeof(id));
	identity__set_command(&id, args, len);
	assert_string_equal(id.command, wanted);
	assert_int_equal(id.command_cut, cut);
}

#define COMMAND(args, wanted) assert_command(args, sizeof(args), wanted, false)

static void test_commands(void **state)
{
	char args[3 * IDENTITY_COMMAND];

	(void)state;
	COMMAND("sh", "sh");
	COMMAND("sh\0-c\0echo a b", "sh -c 'echo a b'");
	COMMAND("x\0\0y", "x '' y");
	COMMAND("a\nb\0c\\d\0it's", "a\\x0ab c\\\\d 'it's'");
	COMMAND("", "");
	/* a process that has changed its title */
	COMMAND("sshd: ann\0\0\0\0\0", "'sshd: ann'");
	memset(args, 'x', sizeof(args));
	args[IDENTITY_COMMAND - 1] = '\0';
	assert_command(args, IDENTITY_COMMAND - 1, args, false);
	identity__set_command(&id, args, sizeof(args));
	assert_true(id.command_cut);
	/* no half of an escape, nor of a character */
	memset(args, '\n', sizeof(args));
	identity__set_command(&id, args, sizeof(args));
	assert_true(id.command_cut);
	assert_int_equal(strlen(id.command) % 4, 0);
	memset(args, 'x', sizeof(args));
	memcpy(args + IDENTITY_COMMAND - 2, "\xc3\xa9", 2);
	identity__set_command(&id, args, IDENTITY_COMMAND);
	assert_true(id.command_cut);
	assert_int_equal(strlen(id.command), IDENTITY_COMMAND - 2);
}

static void assert_cgroup(const char *text, const char *unit, const char *container, const char *pod)
{
	memset(&id, 0, sizeof(id));
	identity__set_cgroup(&id, text);
	assert_string_equal(id.unit, unit);
	assert_string_equal(id.container, container);
	assert_string_equal(id.pod, pod);
}

static void test_units(void **state)
{
	(void)state;
	assert_cgroup("0::/\n", "", "", "");
	assert_cgroup("", "", "", "");
	assert_cgroup("nonsense\n0:\n", "", "", "");
	assert_cgroup("0::/init.scope", "init.scope", "", "");
	assert_cgroup("0::/user.slice/user-0.slice/session-3.scope\n", "session-3.scope", "", "");
	assert_cgroup("0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n",
		      "a.service", "", "");
	assert_cgroup("5:cpu:/system.slice\n1:name=systemd:/system.slice/ssh.service\n",
		      "ssh.service", "", "");
	/* a slice, and a name that is nothing but the end of one */
	assert_cgroup("0::/system.slice/.service\n", "", "", "");
}

static void test_containers(void **state)
{
	(void)state;
	assert_cgroup("0::/system.slice/docker-" HEX ".scope\n", "", "docker 0123456789ab", "");
	assert_cgroup("4:memory:/docker/" HEX "\n", "", "docker 0123456789ab", "");
	assert_cgroup("0::/machine.slice/libpod-" HEX ".scope/container\n", "",
		      "podman 0123456789ab", "");
	assert_cgroup("0::/lxc.payload.web/system.slice/a.service\n", "a.service", "lxc web", "");
	assert_cgroup("3:cpu:/lxc/web\n", "", "lxc web", "");
	assert_cgroup("0::/machine.slice/systemd-nspawn@box.service/payload\n", "", "nspawn box",
		      "");
	/* no container: the ID is too short, or no number */
	assert_cgroup("0::/system.slice/docker-0123.scope\n", "docker-0123.scope", "", "");
	assert_cgroup("0::/system.slice/docker.service\n", "docker.service", "", "");
}

static void test_pods(void **state)
{
	(void)state;
	assert_cgroup("0::/kubepods.slice/kubepods-burstable.slice/"
		      "kubepods-burstable-pod12ab_34cd.slice/cri-containerd-" HEX ".scope\n",
		      "", "containerd 0123456789ab", "12ab-34cd");
	assert_cgroup("0::/kubepods.slice/kubepods-pod12ab_34cd.slice/crio-" HEX ".scope\n", "",
		      "cri-o 0123456789ab", "12ab-34cd");
	assert_cgroup("6:memory:/kubepods/besteffort/pod12ab-34cd/" HEX "\n", "",
		      "container 0123456789ab", "12ab-34cd");
	assert_cgroup("0::/system.slice/podman.service\n", "podman.service", "", "");
	assert_cgroup("0::/kubepods.slice/kubepods-besteffort.slice\n", "", "", "");
}

static void test_state_names(void **state)
{
	(void)state;
	assert_string_equal(identity_state__name(IDENTITY_UNKNOWN), "unknown");
	assert_string_equal(identity_state__name(IDENTITY_ALIVE), "alive");
	assert_string_equal(identity_state__name(IDENTITY_EXITED), "exited");
	assert_string_equal(identity_state__name(IDENTITY_REUSED), "reused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alive),
		TEST(test_exited),
		TEST(test_reused),
		cmocka_unit_test(test_state_of_real_ones),
		TEST(test_not_known),
		TEST(test_without_details),
		TEST(test_names_of_all_sorts),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_pods),
		cmocka_unit_test(test_state_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
