// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "kernel/symbols.h"
#include "kernels.h"

#define SERIES                                                                                 \
	COMMON_BUT_INSERT, GUP_OLD, FN("dax_insert_entry", 5), FN("free_zone_device_page", 1), \
		FN("dax_disassociate_entry", 3)

const struct kernel k_series_v1 = {
	"series v1",
	PGMAP_OF_PAGE,
	REF_STRUCT,
	{ SERIES, FN("get_dev_pagemap_many", 3), FN("zone_device_page_init", 1) },
};

const struct kernel k_series_v2 = {
	"series v2",
	PGMAP_OF_PAGE,
	REF_STRUCT_INIT_MODE,
	{ SERIES, FN("get_dev_pagemap_many", 3), FN("zone_device_page_init", 1),
	  FN("dax_zap_mappings", 1), FN("dax_zap_mappings_range", 3) },
};

const struct kernel k_series_v3_middle = {
	"series v3, 10 to 22 of 25",
	PGMAP_OF_PAGE,
	REF_STRUCT,
	{ SERIES, FN("get_dev_pagemap", 2), FN("zone_device_page_init", 1),
	  FN("pgmap_request_folios", 3), FN("pgmap_release_folios", 3),
	  FN("dax_zap_mappings_range", 3) },
};

const struct kernel k_series_v3 = {
	"series v3",
	PGMAP_OF_PAGE,
	REF_STRUCT,
	{ SERIES, FN("get_dev_pagemap", 2), FN("pgmap_request_folios", 3),
	  FN("pgmap_release_folios", 2), FN("dax_zap_mappings_range", 3),
	  FN("dax_break_layouts", 3) },
};

const struct kernel k_series_next = {
	"linux-next 2022",
	PGMAP_OF_PAGE,
	REF_STRUCT,
	{ SERIES, FN("get_dev_pagemap", 2), FN("pgmap_request_folio", 3),
	  FN("dax_zap_mappings_range", 3), FN("dax_break_layouts", 3) },
};

const struct kernel k_series_get_folio = {
	"series v2, pgmap_get_folio",
	PGMAP_OF_PAGE,
	REF_STRUCT_INIT_MODE,
	{ SERIES, FN("get_dev_pagemap_many", 3), FN("zone_device_page_init", 1),
	  FN("pgmap_get_folio", 2) },
};

const struct kernel k_series_folio_get = {
	"series v2, pgmap_folio_get",
	PGMAP_OF_PAGE,
	REF_STRUCT_INIT_MODE,
	{ SERIES, FN("get_dev_pagemap_many", 3), FN("zone_device_page_init", 1),
	  FN("pgmap_folio_get", 2) },
};

struct fn *kernel__fn(struct kernel *k, const char *name)
{
	for (int i = 0; i < FNS && k->fns[i].name; i++)
		if (!strcmp(k->fns[i].name, name))
			return &k->fns[i];
	fail_msg("%s has no %s", k->name, name);
	return NULL;
}

static void add_field(struct btf *btf, const char *name, int type, int byte)
{
	assert_int_equal(btf__add_field(btf, name, type, byte * 8, 0), 0);
}

static int checked(int id)
{
	assert_true(id > 0);
	return id;
}

/* Like struct page: { ulong flags; union { struct { ptr pgmap; … }; ulong private; }; } */
static void add_page(struct btf *btf, const char *name, const char *owner_field, int word, int ptr)
{
	int inner = checked(btf__add_struct(btf, NULL, 16)), choice;

	add_field(btf, owner_field, ptr, 0);
	add_field(btf, "zone_device_data", ptr, 8);
	choice = checked(btf__add_union(btf, NULL, 16));
	add_field(btf, "lru", word, 0);
	add_field(btf, NULL, inner, 0);
	checked(btf__add_struct(btf, name, 64));
	add_field(btf, "flags", word, 0);
	add_field(btf, NULL, choice, 8);
	add_field(btf, "_refcount", word, 52);
}

struct btf *kernel__btf(const struct kernel *k)
{
	struct btf *btf = btf__new_empty();
	int word, ptr, ref;

	assert_non_null(btf);
	word = checked(btf__add_int(btf, "long unsigned int", 8, 0));
	ptr = checked(btf__add_ptr(btf, 0));
	add_page(btf, "page", k->owner == PGMAP_OF_PAGE ? "pgmap" : "_unused_pgmap_compound_head",
		 word, ptr);
	add_page(btf, "folio", k->owner == PGMAP_OF_FOLIO ? "pgmap" : "mlock_count", word, ptr);
	ref = checked(btf__add_struct(btf, "percpu_ref", 16));
	add_field(btf, "percpu_count_ptr", word, 0);
	add_field(btf, "data", ptr, 8);
	if (k->ref == REF_POINTER)
		ref = checked(btf__add_ptr(btf, ref));
	if (k->ref != REF_NONE) {
		checked(btf__add_struct(btf, "dev_pagemap", 160));
		add_field(btf, "altmap", word, 0);
		add_field(btf, "ref", ref, 48);
		add_field(btf, "type", word, 96);
		if (k->ref == REF_STRUCT_INIT_MODE)
			add_field(btf, "init_mode", word, 112);
	}
	for (int i = 0; i < FNS && k->fns[i].name; i++) {
		int proto;

		if (k->fns[i].arity == NO_BTF)
			continue;
		proto = checked(btf__add_func_proto(btf, word));
		for (int p = 0; p < k->fns[i].arity; p++)
			assert_int_equal(btf__add_func_param(btf, "arg", word), 0);
		checked(btf__add_func(btf, k->fns[i].name, BTF_FUNC_GLOBAL, proto));
	}
	return btf;
}

struct symbols *kernel__symbols(const struct kernel *k)
{
	char path[] = "/tmp/kernels.XXXXXX";
	struct symbols *s = NULL;
	int fd = mkstemp(path);
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fprintf(f, "ffffffff81000000 T _stext\n");
	for (int i = 0; i < FNS && k->fns[i].name; i++)
		if (k->fns[i].symbol)
			fprintf(f, "ffffffff8100%04x %c %s\n", (i + 1) * 0x100,
				k->fns[i].type ? k->fns[i].type : 'T', k->fns[i].symbol);
	fprintf(f, "ffffffff81900000 T _etext\n");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(symbols__load(path, NULL, &s), 0);
	unlink(path);
	return s;
}
