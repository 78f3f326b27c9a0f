// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "bed.h"

#define LINE 200
#define CPUS 1024 /* the possible CPUs must not be more, see bed__lost() */

static char reason[LINE];
static struct btf *kernel;
static uint64_t base; /* kernel address of `memory` */

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && !*reason)
		vfprintf(stderr, format, args);
	return 0;
}

struct units_bpf *bed__open(void)
{
	struct units_bpf *u;

	libbpf_set_print(silent);
	if (!kernel)
		kernel = btf__load_vmlinux_btf();
	if (!kernel) {
		snprintf(reason, sizeof(reason), "this kernel has no BTF");
		return NULL;
	}
	if (geteuid() != 0) {
		snprintf(reason, sizeof(reason), "not root");
		return NULL;
	}
	u = units_bpf__open();
	if (!u)
		fail_msg("cannot open the object: %s", strerror(errno));
	/* No SEC("syscall") programs: a kernel may refuse them. */
	bpf_program__set_autoload(u->progs.exact_write, false);
	bpf_program__set_autoload(u->progs.exact_sync, false);
	return u;
}

/* Does the kernel refuse even the smallest request, an array? */
static bool refuses_bpf(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);

	if (fd < 0)
		return errno == EPERM || errno == ENOSYS;
	close(fd);
	return false;
}

int bed__load(void **state, struct units_bpf *u)
{
	int err;

	*state = u;
	if (!u)
		return 0;
	if (refuses_bpf()) {
		snprintf(reason, sizeof(reason), "this kernel refuses BPF");
		return 0;
	}
	err = units_bpf__load(u);
	if (err == -EPERM) {
		snprintf(reason, sizeof(reason), "this kernel refuses SEC(\"syscall\") programs");
		return 0;
	}
	if (err) {
		fprintf(stderr, "cannot load the object: %s\n", strerror(-err));
		return err;
	}
	return 0;
}

struct units_bpf *bed__of(void **state)
{
	struct units_bpf *u;

	if (*reason) {
		print_message("# skip: %s\n", reason);
		skip();
	}
	u = *state;
	bed__reset(u);
	bed__run(u->progs.where);
	base = u->bss->result_2;
	return u;
}

int bed__close(void **state)
{
	units_bpf__destroy(*state);
	btf__free(kernel);
	kernel = NULL;
	return 0;
}

static int run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	return err ? err : (int)opts.retval;
}

void bed__run(struct bpf_program *prog)
{
	assert_int_equal(run(prog), 0);
}

void bed__run_as_another(struct bpf_program *prog)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(run(prog) != 0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

uint64_t bed__address(struct units_bpf *u, size_t at)
{
	assert_true(at < sizeof(u->bss->memory));
	return base + at;
}

void bed__put64(struct units_bpf *u, size_t at, uint64_t value)
{
	assert_true(at + sizeof(value) <= sizeof(u->bss->memory));
	memcpy(u->bss->memory + at, &value, sizeof(value));
}

void bed__put32(struct units_bpf *u, size_t at, uint32_t value)
{
	assert_true(at + sizeof(value) <= sizeof(u->bss->memory));
	memcpy(u->bss->memory + at, &value, sizeof(value));
}

/* ---- layout ------------------------------------------------------------------ */

static const struct btf_type *plain(uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(kernel, id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(kernel, t->type);
	return t;
}

/* Offset in bits of a member of t. Puts the type of the member into *of. -1: t does not have it. */
static int64_t find(const struct btf_type *t, const char *name, size_t len,
		    const struct btf_type **of)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const char *is = btf__name_by_offset(kernel, m->name_off);
		int64_t bits = btf_member_bit_offset(t, i), more;

		if (strlen(is) == len && !strncmp(is, name, len)) {
			*of = plain(m->type);
			return bits;
		}
		if (*is || !btf_is_composite(plain(m->type)))
			continue;
		more = find(plain(m->type), name, len, of);
		if (more >= 0)
			return bits + more;
	}
	return -1;
}

static int64_t offset(const char *type, const char *member)
{
	int id = btf__find_by_name_kind(kernel, type, BTF_KIND_STRUCT);
	const struct btf_type *t;
	int64_t bits = 0;

	if (id < 0)
		return -1;
	t = plain(id);
	for (const char *p = member; p; p = strchr(p, '.')) {
		int64_t more;

		p += p != member;
		more = btf_is_composite(t) ? find(t, p, strcspn(p, "."), &t) : -1;
		if (more < 0)
			return -1;
		bits += more;
	}
	return bits / 8;
}

bool bed__has(const char *type, const char *member)
{
	return offset(type, member) >= 0;
}

bool bed__has_function(const char *name)
{
	return kernel && btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

size_t bed__offset(const char *type, const char *member)
{
	int64_t at = offset(type, member);

	if (at < 0)
		fail_msg("this kernel's BTF has no %s.%s", type, member);
	return at;
}

size_t bed__size(const char *type)
{
	return btf__resolve_size(kernel, btf__find_by_name_kind(kernel, type, BTF_KIND_STRUCT));
}

int64_t bed__enum(const char *name, int64_t otherwise)
{
	for (uint32_t id = 1; id < btf__type_cnt(kernel); id++) {
		const struct btf_type *t = btf__type_by_id(kernel, id);
		const struct btf_enum *e = btf_enum(t);

		for (int i = 0; btf_is_enum(t) && i < btf_vlen(t); i++, e++)
			if (!strcmp(btf__name_by_offset(kernel, e->name_off), name))
				return e->val;
	}
	return otherwise;
}

/* ---- between tests ------------------------------------------------------------- */

uint64_t bed__lost(struct units_bpf *u, enum pgr_loss cause)
{
	uint32_t key = cause;
	uint64_t n[CPUS] = { 0 }, sum = 0;

	assert_true(libbpf_num_possible_cpus() <= CPUS);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(u->maps.losses), &key, n), 0);
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += n[i];
	return sum;
}

static void empty(struct bpf_map *map)
{
	char key[64];

	assert_true(bpf_map__key_size(map) <= sizeof(key));
	while (!bpf_map_get_next_key(bpf_map__fd(map), NULL, key))
		assert_int_equal(bpf_map_delete_elem(bpf_map__fd(map), key), 0);
}

void bed__reset(struct units_bpf *u)
{
	struct bpf_map *maps[] = { u->maps.ledger, u->maps.last_gets, u->maps.pins,  u->maps.pgmaps,
				   u->maps.tgids,  u->maps.tids,      u->maps.sweeps };
	static const uint64_t none[CPUS];

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		empty(maps[i]);
	for (uint32_t cause = 0; cause < PGR_LOSSES; cause++)
		assert_int_equal(
			bpf_map_update_elem(bpf_map__fd(u->maps.losses), &cause, none, BPF_ANY), 0);
	memset(u->bss->memory, 0, sizeof(u->bss->memory));
	memset(&u->bss->the_key, 0, sizeof(u->bss->the_key));
	memset(&u->bss->the_row, 0, sizeof(u->bss->the_row));
	memset(&u->bss->the_task, 0, sizeof(u->bss->the_task));
	memset(&u->bss->the_pgmap, 0, sizeof(u->bss->the_pgmap));
	memset(u->bss->arg, 0, sizeof(u->bss->arg));
	u->bss->ledger_full = 0;
	u->bss->pins_full = 0;
	u->bss->pins_any = 0;
	u->bss->the_stack = 0;
}
