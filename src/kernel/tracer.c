// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "common/clock.h"
#include "kernel/glob.h"
#include "kernel/pinners.h"
#include "kernel/plan_table.h"
#include "kernel/pokes.h"
#include "kernel/surroundings.h"
#include "kernel/sweep_helpers.h"
#include "kernel/tracer.h"
#include "kernel/tracer_alive.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_read.h"
#include "kernel/tracer_run.h"
#include "kernel/tracer_sweep.h"
#include "kernel/unfollowed.h"

/* libbpf has one global print function. Therefore this state of the last load is global too. */
static struct {
	int verbose;
	void (*print)(const char *fmt, va_list args);
	char failed_prog[64];
	char last[256];
} log_state;

static void note_warning(const char *fmt, va_list args)
{
	char line[512];
	const char *p;
	size_t n;

	vsnprintf(line, sizeof(line), fmt, args);
	n = strcspn(line, "\n");
	if (n >= sizeof(log_state.last))
		n = sizeof(log_state.last) - 1;
	memcpy(log_state.last, line, n);
	log_state.last[n] = '\0';
	p = strstr(line, "prog '");
	if (p && strstr(line, "failed to load"))
		sscanf(p, "prog '%63[^']'", log_state.failed_prog);
}

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	va_list copy;

	if (level == LIBBPF_WARN) {
		va_copy(copy, args);
		note_warning(fmt, copy);
		va_end(copy);
	}
	if (log_state.print && log_state.verbose >= (level == LIBBPF_DEBUG ? 3 :
						     level == LIBBPF_INFO  ? 2 :
									     1))
		log_state.print(fmt, args);
	return 0; /* libbpf ignores it */
}

static __attribute__((format(printf, 3, 4))) void say(char *why, size_t len, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, len, fmt, args);
	va_end(args);
}

/* Descriptors for files of /proc and /sys, for rings, and for the search for holders. */
#define FILES_SPARE 32

/* ---- opening ----------------------------------------------------------- */

static void limit(struct pgmapref_bpf *s, const struct tracer_limits *l)
{
	struct bpf_map *m;

	s->rodata->failing_reads = l->failing_reads;
	if (l->chunk)
		s->rodata->ahead_calls = l->chunk;
	bpf_object__for_each_map(m, s->obj)
	{
		enum bpf_map_type type = bpf_map__type(m);

		if (l->rows && (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH))
			bpf_map__set_max_entries(m, l->rows);
		if (l->ring_pages && type == BPF_MAP_TYPE_RINGBUF)
			bpf_map__set_max_entries(m, l->ring_pages * getpagesize());
	}
}

static void configure(struct pgmapref_bpf *s, const struct tracer_config *c, const struct plan *plan)
{
	s->rodata->nr_cpus = libbpf_num_possible_cpus();
	s->rodata->want_events = c->events;
	s->rodata->alloc_per_page = plan->alloc_per_page;
	s->rodata->series = plan__series(plan);
	s->rodata->has_rdonly_cast = plan->rdonly_cast;
	s->rodata->share_how = plan->share_how;
	s->data->dax_shift = plan->dax_shift;
	s->rodata->filter_tgids = c->nr_tgids > 0;
	s->rodata->filter_tids = c->nr_tids > 0;
	s->rodata->filter_types = c->types ? c->types : ~0u;
	s->rodata->want_ahead = c->attach && sweep_helpers__number() > 0;
	if (c->sweep_budget_ns)
		s->rodata->sweep_budget_ns = c->sweep_budget_ns;
	for (int t = 0; t < PGR_TYPES; t++) {
		s->rodata->idle_refs[t] = plan->idle[t];
		s->rodata->maps_hold[t] = plan->maps_hold[t];
	}
	if (c->comm) {
		struct glob g;

		glob__compile(c->comm, &g); /* checked by tracer__open() */
		s->rodata->filter_comm = 1;
		memcpy((void *)s->rodata->glob_match, g.match, sizeof(g.match));
		s->rodata->glob_star = g.star;
		s->rodata->glob_accept = g.accept;
	}
	if (c->ledger_rows)
		bpf_map__set_max_entries(s->maps.ledger, c->ledger_rows);
	s->rodata->want_pins = c->attach && c->pins;
	s->rodata->want_others = c->others;
	if (c->pin_rows)
		bpf_map__set_max_entries(s->maps.pins, c->pin_rows);
	if (!s->rodata->want_pins) {
		bpf_map__set_max_entries(s->maps.pins, 1);
		bpf_map__set_max_entries(s->maps.pin_stashes, 1);
	}
	if (!c->attach) {
		/* Nothing will fill these maps. */
		if (!c->pairs)
			bpf_map__set_max_entries(s->maps.ledger, 1);
		bpf_map__set_max_entries(s->maps.stashes, 1);
		if (!c->follows_pages && !c->pairs)
			bpf_map__set_max_entries(s->maps.stacks, 1);
	}
	if (!(c->attach && c->events) && !c->follows_pages)
		bpf_map__set_max_entries(s->maps.events, getpagesize());
	limit(s, &c->limits);
}

/* The pfn of a page of this process; 0 if the kernel does not tell. */
static uint64_t frame_of(const void *addr)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 frame, 63 present. */
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)addr / getpagesize() * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? entry & ((1ULL << 55) - 1) : 0;
}

static int calibrate(struct tracer *t, char *why, size_t len)
{
	struct pgr_calibrate_args a = { .nr_cpus = t->skel->rodata->nr_cpus };
	void *page = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED,
			  bpf_map__fd(t->skel->maps.control), 0);
	uint64_t before;
	int err;

	if (page != MAP_FAILED) {
		/* Touch the page: without an access it has no pfn. */
		(void)*(volatile char *)page;
		a.pfn = frame_of(page);
		munmap(page, getpagesize());
	}
	before = clock__now();
	err = tracer__run(t->skel->progs.calibrate, &a, sizeof(a));
	if (!err)
		err = a.err;
	if (!err)
		clock__learn(before, a.ns, clock__now());
	if (err) {
		say(why, len, "cannot find the per-CPU areas of this kernel: %s", strerror(-err));
		return err;
	}
	/*
	 * This is the start of the struct pages only if they are one array (SPARSEMEM_VMEMMAP, as
	 * on x86-64). Without the pfn there is no sweep.
	 */
	if (a.pfn)
		t->skel->bss->vmemmap_base = a.page - a.pfn * a.page_size;
	return 0;
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct tracer *t = ctx;

	t->fn(t->ctx, data, size);
	return 0;
}

static int fill_filter(struct bpf_map *map, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t one = 1;
		int err = bpf_map__update_elem(map, &ids[i], sizeof(ids[i]), &one, sizeof(one),
					       BPF_ANY);

		if (err)
			return err;
	}
	return 0;
}

/*
 * Does the kernel let BPF programs read its memory? A kernel in lockdown for confidentiality
 * (security/lockdown, 5.4 and later) does not have the helper, and none of our programs loads.
 * Reading securityfs is not sufficient, because it need not be mounted. Therefore load a program
 * with the helper, and one without it as a control.
 */
static bool may_read_kernel(void)
{
	const struct bpf_insn insns[] = {
		/* r1 = r10 - 8; r2 = 8; r3 = 0; the helper; r0 = 0; exit */
		{ .code = 0xbf, .dst_reg = 1, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 1, .imm = -8 },
		{ .code = 0xb7, .dst_reg = 2, .imm = 8 },
		{ .code = 0xb7, .dst_reg = 3, .imm = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = 0xb7, .dst_reg = 0, .imm = 0 },
		{ .code = 0x95 },
	};
	int with = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", insns, 7, NULL);
	int without = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", insns + 5, 2, NULL);

	if (with >= 0)
		close(with);
	if (without >= 0)
		close(without);
	return with >= 0 || without < 0;
}

/* Is this an error that no other plan could avoid? *why then says what is lacking. */
static bool is_hopeless(int err, char *why, size_t len)
{
	/*
	 * libbpf returns -ESRCH if it finds no BTF. The BTF existed a moment ago: there was no
	 * memory to load it.
	 */
	if (err == -ESRCH)
		err = -ENOMEM;
	return err == -EINTR || surroundings__too_little(err, why, len);
}

/*
 * Are enough file descriptors left? Check before loading, because with too few descriptors libbpf
 * believes that the kernel lacks features. A program needs one descriptor, and one or two more when
 * it is attached.
 */
static bool has_files(struct pgmapref_bpf *s, char *why, size_t len)
{
	size_t needed = FILES_SPARE, left = surroundings__files_left();
	struct bpf_program *p;
	struct bpf_map *m;

	bpf_object__for_each_map(m, s->obj) needed++;
	bpf_object__for_each_program (p, s->obj)
		if (bpf_program__autoload(p))
			needed += 3;
	if (left >= needed)
		return true;
	say(why, len,
	    "the limit of open files is too low: %zu more can be opened, and %zu are "
	    "needed; raise it to 1024 (ulimit -n 1024)",
	    left, needed);
	return false;
}

/*
 * Tries once with the current plan. Returns 1 if a hook moved on to another attempt, or a canary
 * was given up: try again.
 */
static int try_open(struct tracer *t, const struct tracer_config *c, char *why, size_t len)
{
	int err, h, canary;

	if (tracer__stopped(c))
		return -EINTR;
	err = tracer__prepare(&t->plan, c);
	if (err) {
		say(why, len, "cannot prepare the BPF object: %s", strerror(-err));
		return err;
	}
	t->skel = pgmapref_bpf__open();
	if (!t->skel) {
		err = -errno;
		if (!surroundings__too_little(err, why, len))
			say(why, len, "cannot open the BPF object: %s", strerror(-err));
		return err;
	}
	configure(t->skel, c, &t->plan);
	err = tracer__choose_programs(t->skel, c, &t->plan);
	if (err) {
		say(why, len, "cannot prepare the BPF programs: %s", strerror(-err));
		return err;
	}
	if (c->attach)
		tracer__choose_canaries(t);
	if (!has_files(t->skel, why, len))
		return -EMFILE;
	log_state.failed_prog[0] = '\0';
	err = pgmapref_bpf__load(t->skel);
	tracer__prepare(NULL, NULL);
	if (err && is_hopeless(err, why, len))
		return err;
	if (err) {
		canary = tracer__canary_of(log_state.failed_prog);
		if (canary >= 0 && err != -EPERM) {
			t->canaries_refused |= 1u << canary;
			return 1;
		}
		h = tracer__hook_of(&t->plan, log_state.failed_prog);
		if (h >= 0 && err != -EPERM) {
			char reason[96];

			snprintf(reason, sizeof(reason), "the verifier rejected the program: %s",
				 strerror(-err));
			plan_hook__fail(&t->plan.hook[h], reason);
			return 1;
		}
		if (err == -EPERM && (h >= 0 || canary >= 0))
			say(why, len,
			    "this kernel refuses BPF tracing programs (%s: Operation not "
			    "permitted), but loads other BPF programs; use a kernel that allows "
			    "them, or use 'list'",
			    log_state.failed_prog);
		else if (err == -EPERM)
			say(why, len,
			    "not allowed to load BPF programs: run as root, or with "
			    "CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN");
		else
			say(why, len, "cannot load the BPF programs: %s (%s)", strerror(-err),
			    log_state.last);
		return err;
	}
	err = fill_filter(t->skel->maps.tgids, c->tgids, c->nr_tgids);
	if (!err)
		err = fill_filter(t->skel->maps.tids, c->tids, c->nr_tids);
	if (err) {
		say(why, len, "cannot set the filters of -p and -t: %s", strerror(-err));
		return err;
	}
	t->budget_is_set = c->sweep_budget_ns;
	err = calibrate(t, why, len);
	if (err)
		return err;
	if (t->skel->rodata->want_ahead)
		t->helpers = sweep_helpers__start(bpf_program__fd(t->skel->progs.sweep_ahead),
						  bpf_map__fd(t->skel->maps.ahead_ring));
	err = c->attach ? tracer__attach(t, c) : 0;
	if (err < 0)
		is_hopeless(err, why, len);
	return err;
}

static void unload(struct tracer *t)
{
	tracer__unmap_rows(t);
	sweep_helpers__stop(t->helpers);
	t->helpers = NULL;
	tracer__detach(t);
	pgmapref_bpf__destroy(t->skel);
	t->skel = NULL;
}

const char *const *tracer__symbols(void)
{
	static const char *const others[] = { PLAN_CANARY, PGMAP_LIST, FINDER_RING };
	static const char *names[PLAN_FUNCTIONS + sizeof(others) / sizeof(*others) +
				 PGR_WALK_PINNERS + UNFOLLOWED_MOST + 1];
	size_t n = 0;

	for (const char *const *of_plan = plan__symbols(); *of_plan; of_plan++)
		names[n++] = *of_plan;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		names[n++] = others[i];
	for (const struct pinner *p = pinners; p->release; p++)
		names[n++] = p->release;
	for (const struct unfollowed *u = unfollowed; u->function; u++)
		names[n++] = u->function;
	names[n] = NULL;
	return names;
}

int tracer__open(const struct tracer_config *config, struct symbols *symbols, struct tracer **out,
		 char *why, size_t len)
{
	struct btf *btf = NULL;
	const char *unknown;
	struct tracer *t;
	struct glob glob;
	int err;

	log_state.verbose = config->verbose;
	log_state.print = config->print;
	libbpf_set_print(print_libbpf);
	if (config->comm && glob__compile(config->comm, &glob)) {
		say(why, len, "-n %s: a command name has at most %d characters", config->comm,
		    PGR_COMM - 1);
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		say(why, len, "out of memory");
		return -ENOMEM;
	}
	t->symbols = symbols;
	btf = btf__load_vmlinux_btf();
	/* btf__load_vmlinux_btf() also searches other places, and errno is from the last place. */
	if (!btf)
		btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	if (!btf) {
		err = -errno;
		if (surroundings__too_little(err, why, len))
			goto err_out;
		say(why, len,
		    "no BTF of the running kernel (%s): it must be built with "
		    "CONFIG_DEBUG_INFO_BTF=y",
		    strerror(-err));
		err = -ENOTSUP;
		goto err_out;
	}
	err = plan__make(btf, symbols, &config->plan, &t->plan, &unknown);
	if (err) {
		say(why, len, "--disable-hook %s: no such hook; 'probes' lists them", unknown);
		err = -EINVAL;
		goto err_out;
	}
	if (t->plan.unusable[0]) {
		say(why, len, "%s", t->plan.unusable);
		err = -ENOTSUP;
		goto err_out;
	}
	/* Check before loading: the verifier needs a long time to reach the helper. */
	if (!may_read_kernel()) {
		err = -ENOTSUP;
		say(why, len,
		    "this kernel does not let BPF programs read its memory%s: it is in "
		    "lockdown (confidentiality); boot it without lockdown=confidentiality",
		    surroundings__lockdown(NULL) == LOCKDOWN_CONFIDENTIALITY ?
			    "" :
			    ", as a test program shows");
		goto err_out;
	}
	/* Each round that returns 1 has used up one attempt of a hook, or a canary. */
	while ((err = try_open(t, config, why, len)) == 1)
		unload(t);
	/* -EINVAL from the kernel is not a mistake of the user. */
	if (err == -EINVAL)
		err = -ENOTSUP;
	if (err)
		goto err_out;
	/* Our changes of code are done, except for unpin hooks, and nothing depends on those. */
	if (config->attach) {
		t->no_pokes = pokes__open(&t->pokes);
		if (t->no_pokes)
			t->pokes = NULL;
	}
	/* Check before searching for pgmaps: the tool promises to see all later events. */
	tracer__look_alive(t);
	t->control = ring_buffer__new(bpf_map__fd(t->skel->maps.control), on_record, t, NULL);
	t->events = ring_buffer__new(bpf_map__fd(t->skel->maps.events), on_record, t, NULL);
	if (!t->control || !t->events) {
		err = -errno;
		say(why, len, "cannot map the ring buffers: %s", strerror(-err));
		goto err_out;
	}
	btf__free(btf);
	*out = t;
	return 0;

err_out:
	btf__free(btf);
	tracer__close(t);
	return err;
}

void tracer__close(struct tracer *t)
{
	if (!t)
		return;
	ring_buffer__free(t->control);
	ring_buffer__free(t->events);
	unload(t);
	pokes__close(t->pokes);
	free(t);
}

const struct plan *tracer__plan(const struct tracer *t)
{
	return &t->plan;
}

bool tracer__has_vmemmap(const struct tracer *t)
{
	return t->skel->bss->vmemmap_base;
}

uint64_t tracer__vmemmap(const struct tracer *t)
{
	return t->skel->bss->vmemmap_base;
}

/* ---- records ------------------------------------------------------------- */

int tracer__fd(const struct tracer *t, bool control)
{
	return ring_buffer__epoll_fd(control ? t->control : t->events);
}

int tracer__consume(struct tracer *t, tracer_record_fn fn, void *ctx)
{
	int err;

	t->fn = fn;
	t->ctx = ctx;
	err = ring_buffer__consume(t->control);
	if (err >= 0)
		err = ring_buffer__consume(t->events);
	return err < 0 ? err : 0;
}
