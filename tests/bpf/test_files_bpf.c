// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Files of pages: the order of a DAX entry, and the path. */
#include <errno.h>
#include <string.h>

#include "pages.h"

static int setup(void **state)
{
	return bed__load(state, bed__open());
}

/* An xarray made in memory: its head is an entry, or a node with an entry at index 5. */
static void test_order_of_an_entry(void **state)
{
	struct units_bpf *u = bed__of(state);
	uint64_t pmd = 0x200ULL << 5 | 1 << 2 | 1, pte = 0x200ULL << 5 | 1;
	size_t head = FILE_MAPPING + bed__offset("address_space", "i_pages.xa_head"),
	       node = FILE_INODE_AT;

	u->data->dax_shift = 4;
	u->bss->arg[0] = bed__address(u, FILE_MAPPING);
	u->bss->arg[1] = 0;
	bed__put64(u, head, pmd);
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 9);
	bed__put64(u, head, pte);
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 0);

	bed__put64(u, head, bed__address(u, node) | 2);
	u->bss->memory[node + bed__offset("xa_node", "shift")] = 6;
	bed__put64(u, node + bed__offset("xa_node", "slots") + 5 * 8, pmd);
	bed__put64(u, node + bed__offset("xa_node", "slots") + 6 * 8, pte);
	u->bss->arg[1] = 5 << 6 | 3;
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 9);
	u->bss->arg[1] = 6 << 6;
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 0);
}

/* ---- paths ---------------------------------------------------------------------- */

/* Offsets in `memory`. */
#define DENTRY(n) (ELSEWHERE + 16384 + 512 * (n))
#define NAME(n) (ELSEWHERE + 32768 + 512 * (n))

static size_t in_dentry(const char *member)
{
	return bed__offset("dentry", member);
}

static void make_dentry(struct units_bpf *u, unsigned int n, unsigned int parent, const char *name)
{
	bed__put64(u, DENTRY(n) + in_dentry("d_parent"), bed__address(u, DENTRY(parent)));
	bed__put64(u, DENTRY(n) + in_dentry("d_name.name"), bed__address(u, NAME(n)));
	memcpy(u->bss->memory + NAME(n), name, strlen(name) + 1);
}

/* Page PFN is of file /dir/f: dentry 2 in 1 in 0, the root. */
static void make_path(struct units_bpf *u)
{
	size_t link = bed__has("dentry", "d_alias") ? in_dentry("d_alias") :
						      in_dentry("d_u.d_alias");

	pages__begin(u);
	pages__put_file(u, PFN, pages__make_file(u), 0);
	make_dentry(u, 0, 0, "/");
	make_dentry(u, 1, 0, "dir");
	make_dentry(u, 2, 1, "f");
	bed__put64(u, DENTRY(2) + in_dentry("d_inode"), bed__address(u, FILE_INODE_AT));
	bed__put64(u, FILE_INODE_AT + bed__offset("inode", "i_dentry.first"),
		   bed__address(u, DENTRY(2) + link));
	bed__put64(u, FILE_SUPER + bed__offset("super_block", "s_root"), bed__address(u, DENTRY(0)));
}

static int ask(struct units_bpf *u, uint64_t pfn, uint64_t ino, uint32_t dev)
{
	struct pgr_path_args a = { .pfn = pfn, .ino = ino, .dev = dev };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &a, .ctx_size_in = sizeof(a));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(u->progs.file_path), &opts), 0);
	return a.err;
}

static void test_path(void **state)
{
	struct units_bpf *u = bed__of(state);

	make_path(u);
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), 0);
	assert_int_equal(u->bss->path_result.nr, 2);
	assert_int_equal(u->bss->path_result.whole, 1);
	assert_string_equal(u->bss->path_result.name[0], "f");
	assert_string_equal(u->bss->path_result.name[1], "dir");
	/* The file of a tail is that of its head. */
	pages__fold(u, PFN, 3, TAIL_ADDRESS);
	assert_int_equal(ask(u, PFN + 5, FILE_INODE, FILE_DEV), 0);
}

static void test_a_page_of_another_file(void **state)
{
	struct units_bpf *u = bed__of(state);

	make_path(u);
	assert_int_equal(ask(u, PFN, FILE_INODE + 1, FILE_DEV), -ESTALE);
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV + 1), -ESTALE);
	assert_int_equal(ask(u, PFN + 1, FILE_INODE, FILE_DEV), -ESTALE);
	/* The dentry is of another file by now. */
	bed__put64(u, DENTRY(2) + in_dentry("d_inode"), bed__address(u, FILE_SUPER));
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), -ESTALE);
}

/* A name that was removed may be that of another file by now. */
static void test_a_file_without_a_name(void **state)
{
	struct units_bpf *u = bed__of(state);

	make_path(u);
	bed__put32(u, FILE_INODE_AT + bed__offset("inode", "i_nlink"), 0);
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), -ENOENT);
	make_path(u);
	bed__put64(u, FILE_INODE_AT + bed__offset("inode", "i_dentry.first"), 0);
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), -ENOENT);
}

static void test_a_path_without_its_begin(void **state)
{
	struct units_bpf *u = bed__of(state);

	/* The chain does not end in the root of the filesystem. */
	make_path(u);
	bed__put64(u, FILE_SUPER + bed__offset("super_block", "s_root"), bed__address(u, DENTRY(1)));
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), 0);
	assert_int_equal(u->bss->path_result.whole, 0);
	/* It is longer than there is room for. */
	make_path(u);
	make_dentry(u, 1, 2, "dir");
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), 0);
	assert_int_equal(u->bss->path_result.nr, PGR_PATH_NAMES);
	assert_int_equal(u->bss->path_result.whole, 0);
	/* A part of it cannot be read. */
	make_path(u);
	bed__put64(u, DENTRY(1) + in_dentry("d_name.name"), 1);
	assert_int_equal(ask(u, PFN, FILE_INODE, FILE_DEV), 0);
	assert_int_equal(u->bss->path_result.nr, 1);
	assert_int_equal(u->bss->path_result.whole, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_an_entry),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_a_page_of_another_file),
		cmocka_unit_test(test_a_file_without_a_name),
		cmocka_unit_test(test_a_path_without_its_begin),
	};

	return cmocka_run_group_tests(tests, setup, bed__close);
}
