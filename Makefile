# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# all (default), install, check, check-guest, test, demo, bench, format, fuzz, coverage, tidy, clean;
# unit, bpf-tests, progs. V=1 shows the commands.

VERSION := 0.1
PREFIX ?= /usr/local
prefix ?= $(PREFIX)
DESTDIR ?=
CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool || echo bpftool)
PKG_CONFIG ?= pkg-config
CFLAGS ?= -g -O2
V ?= 0
ifeq ($(V),1)
Q :=
msg = @:
else
Q := @
msg = @printf '  %-8s %s\n' "$(1)" "$(2)";
MAKEFLAGS += --no-print-directory
endif

B := build
LIBS := libbpf libelf zlib jansson
# Lines of source, from DWARF (src/kernel/lines.c), are optional: LIBDW= builds without them.
LIBDW ?= $(shell $(PKG_CONFIG) --exists libdw 2>/dev/null && echo libdw)
ifneq ($(LIBDW),)
LIBS += $(LIBDW)
LIBDW_CFLAGS := -DHAVE_LIBDW
endif
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -DPGMAPREF_VERSION='"$(VERSION)"' \
	-I$(B) -Isrc $(LIBDW_CFLAGS) $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null) $(CFLAGS)
ALL_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null) -lpthread $(LDFLAGS)
BPF_CFLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra \
	-Wno-unused-parameter -Wno-missing-declarations -Ivmlinux -Isrc

SRCS := src/pgmapref.c $(filter-out %.bpf.c,$(wildcard src/*/*.c))
OBJS := $(SRCS:src/%.c=$(B)/%.o) $(B)/json_schema.o
# Unit tests link PLAIN_OBJS: all objects but main(), the objects that include a skeleton, and the
# objects that use those. Tests of src/run link NEED_TRACER, too, with tests/unit/fake_tracer.c.
NEED_TRACER := $(filter $(B)/run/cmd_% $(B)/run/follow.o $(B)/run/loop.o $(B)/run/open.o \
	$(B)/run/reading.o $(B)/run/ready.o $(B)/run/run% $(B)/run/summary.o $(B)/run/verbs.o,$(OBJS))
NEED_BPF := $(B)/pgmapref.o $(filter $(B)/kernel/tracer% $(B)/kernel/walker.o $(B)/kernel/asleep.o, \
	$(OBJS))
PLAIN_OBJS := $(filter-out $(NEED_BPF) $(NEED_TRACER),$(OBJS))
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
BPF_TESTS := $(patsubst tests/bpf/%.c,$(B)/bpf/%,$(wildcard tests/bpf/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
PROGS := $(patsubst tests/guest/progs/%.c,$(B)/progs/%,$(wildcard tests/guest/progs/*.c))
PRELOADS := $(patsubst tests/guest/preload/%.c,$(B)/progs/%.so,$(wildcard tests/guest/preload/*.c))

PAGES := $(wildcard man/*.[0-9])

.PHONY: all install check check-guest test unit bpf-tests demo bench format fuzz coverage tidy \
	print-need-bpf print-unit-objs print-libs clean progs
.DELETE_ON_ERROR:
.SECONDARY:

# Path of the tool. A build with other flags needs another one (B=… TOOL=…).
TOOL ?= pgmapref

all: $(TOOL)

$(TOOL): $(OBJS)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LIBS)

$(B)/%.o: src/%.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# --json-schema prints the file.
$(B)/json_schema.c: share/pgmapref.schema.json | $(B)
	$(call msg,GEN,$@)
	$(Q){ echo '#include "report/json_schema.h"'; echo 'const char json_schema[] ='; \
		sed 's/["\\]/\\&/g; s/.*/"&\\n"/' $<; echo ';'; } >$@

$(B)/json_schema.o: $(B)/json_schema.c
	$(call msg,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The skeletons must be there before the first compilation that includes them.
$(filter $(B)/kernel/tracer%,$(OBJS)): $(B)/pgmapref.skel.h
$(B)/kernel/walker.o: $(B)/walk.skel.h
$(B)/kernel/asleep.o: $(B)/asleep.skel.h
$(B)/kernel/tracer_exact.o: $(B)/exact.skel.h
$(B)/kernel/tracer_followed.o: $(B)/followed.skel.h

$(B)/pgmapref.bpf.o: src/pgmapref.bpf.c
$(B)/walk.bpf.o: src/bpf/walk.bpf.c
$(B)/asleep.bpf.o: src/bpf/asleep.bpf.c
$(B)/exact.bpf.o: src/bpf/exact.bpf.c
$(B)/followed.bpf.o: src/bpf/followed.bpf.c
$(B)/pgmapref.bpf.o $(B)/walk.bpf.o $(B)/asleep.bpf.o $(B)/exact.bpf.o $(B)/followed.bpf.o \
		$(B)/units.bpf.o $(B)/sweep_bench.bpf.o: \
		vmlinux/vmlinux.h | $(B)
	$(call msg,CLANG,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $@.d -c -o $@ $(filter %.c,$^)

$(B)/%.skel.h: $(B)/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(B) $(B)/unit $(B)/progs $(B)/fuzz:
	$(Q)mkdir -p $@

unit: $(UNIT) $(B)/unit/write_cases $(B)/unit/plan_facts

# Unit tests of src/bpf.
bpf-tests: $(BPF_TESTS)

$(B)/units.bpf.o: tests/bpf/units.bpf.c

$(B)/bpf/test_sweep_bpf: $(B)/bpf/sweep_world.o $(B)/bpf/sweep_model.o

# The benchmark of the sweep.
$(B)/sweep_bench.bpf.o: tests/bench/sweep.bpf.c

$(B)/bench/sweep: tests/bench/sweep.c tests/bench/sweep_memory.h $(B)/sweep_bench.skel.h
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/bench -o $@ $< $(ALL_LIBS)

$(B)/bpf/%.o: tests/bpf/%.c $(B)/units.skel.h
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/bpf -MMD -MP -c -o $@ $<

$(B)/bpf/test_%: $(B)/bpf/test_%.o $(B)/bpf/bed.o $(B)/bpf/pages.o $(PLAIN_OBJS)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka $(ALL_LIBS)

$(B)/unit/%: tests/unit/%.c $(PLAIN_OBJS) | $(B)/unit
	$(call msg,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -o $@ $< $(filter %.o,$^) -lcmocka $(ALL_LIBS)

$(B)/unit/%.o: tests/unit/%.c | $(B)/unit
	$(call msg,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -c -o $@ $<

# Objects that only some tests link.
FAKES := $(B)/unit/fake_tracer.o $(B)/unit/fake_breakpoints.o
$(B)/unit/test_options $(B)/unit/test_verbs: $(NEED_TRACER) $(B)/unit/command_line.o \
	$(FAKES)
$(B)/unit/test_plan $(B)/unit/test_plan_missing $(B)/unit/test_plan_series \
	$(B)/unit/test_plan_p2pdma $(B)/unit/test_plan_pins $(B)/unit/test_plan_real: \
	$(B)/unit/kernels.o $(B)/unit/real_kernels.o $(B)/unit/golden.o
$(B)/unit/test_plan_real: $(B)/unit/golden_file.o
$(B)/unit/test_out $(B)/unit/test_out_file $(B)/unit/test_report_layers \
	$(B)/unit/test_report_pins $(B)/unit/test_report_walked $(B)/unit/test_report_teardown \
	$(B)/unit/test_report_blocked $(B)/unit/test_report_why: $(B)/unit/out_dir.o
$(B)/unit/test_allow_file: $(B)/unit/out_dir.o
$(B)/unit/test_file $(B)/unit/test_kmsg: $(B)/unit/root.o
$(B)/unit/test_bdevs $(B)/unit/test_blocked $(B)/unit/test_devices $(B)/unit/test_identity \
	$(B)/unit/test_mounts $(B)/unit/test_livepatch $(B)/unit/test_surroundings \
	$(B)/unit/test_unbinding $(B)/unit/test_waiting $(B)/unit/test_task_call $(B)/unit/test_lines \
	$(B)/unit/test_typed: $(B)/unit/root.o
$(B)/unit/test_ledger $(B)/unit/test_ledger_layers: $(B)/unit/rows.o
$(B)/unit/test_report_unknown: $(B)/unit/out_dir.o $(B)/unit/rows.o
$(B)/unit/test_report_summary $(B)/unit/test_marks: $(B)/unit/out_dir.o
RUN_TESTS := $(filter $(B)/unit/test_run%,$(UNIT))
$(RUN_TESTS): $(NEED_TRACER) $(B)/unit/run_world.o $(FAKES) $(B)/unit/records.o \
	$(B)/unit/out_dir.o
$(B)/unit/test_exact $(B)/unit/test_breakpoints $(B)/unit/test_followed: \
	$(FAKES)
$(B)/unit/test_pgmaps $(B)/unit/test_start: $(B)/unit/records.o
$(B)/unit/test_metrics: $(B)/unit/golden_file.o
$(B)/unit/test_naming $(B)/unit/test_run_blocked $(B)/unit/test_run_tasks $(B)/unit/test_run_paths $(B)/unit/test_run_why: $(B)/unit/root.o
FEED_TESTS := $(filter $(B)/unit/test_feed%,$(UNIT))
$(FEED_TESTS): $(B)/unit/feed_world.o $(B)/unit/records.o
$(B)/unit/test_start: ALL_LIBS += -Wl,--wrap=realloc
$(B)/unit/test_run_verbs $(B)/unit/test_run_verb_check: $(B)/unit/verb_world.o
$(B)/unit/test_run_verbs $(B)/unit/test_run_verb_check: \
	ALL_LIBS += -Wl,--wrap=process__missing_caps,--wrap=symbols__load \
	-Wl,--wrap=process__pids_are_global
$(FEED_TESTS): ALL_LIBS += -Wl,--wrap=malloc,--wrap=calloc
$(filter $(B)/unit/test_golden_%,$(UNIT)): $(B)/unit/golden_text.o $(B)/unit/golden_file.o \
	$(B)/unit/models.o
$(B)/unit/test_finding $(B)/unit/test_report_blame: $(B)/unit/models.o

# FUZZ_SECONDS: time for each fuzzer; SEED
fuzz: $(FUZZERS)
	$(Q)tests/fuzz/run $(FUZZERS)

# Compiled together with the sources that it tests: libFuzzer must see their branches.
$(B)/fuzz/fuzz_allow: src/model/allow.c src/model/allow_file.c src/common/names.c \
		src/common/hooks.c \
		src/model/verdict.c src/common/wildcard.c src/model/allow.h src/model/allow_impl.h
$(B)/fuzz/%: tests/fuzz/%.c | $(B)/fuzz
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -g -O1 -Isrc \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

progs: $(PROGS) $(PRELOADS)

$(B)/progs/%.so: tests/guest/preload/%.c | $(B)/progs
	$(call msg,CC,$@)
	$(Q)$(CC) -std=gnu11 -O2 -g -Wall -Wextra -shared -fPIC -o $@ $<

$(B)/progs/%: tests/guest/progs/%.c tests/guest/progs/step.h | $(B)/progs
	$(call msg,CC,$@)
	$(Q)$(CC) -std=gnu11 -O2 -g -Wall -Wextra -o $@ $<

# As root on Debian or Ubuntu this installs missing packages; elsewhere it lists them.
test:
	$(Q)tests/install-packages build test
	$(Q)$(MAKE) all
	$(Q)tests/all

# The tests that need no guest, in a minute. See CONTRIBUTING.md.
check: all unit bpf-tests
	$(Q)tests/check

# Runs one test of tests/guest/t (T) in one guest (K).
check-guest: all progs
	$(Q)tests/check-guest '$(K)' '$(T)'

# Coverage of the unit tests, in a separate build that is always new.
coverage:
	$(Q)rm -rf build/coverage
	$(Q)$(MAKE) B=build/coverage CFLAGS="-g -O0 --coverage" unit
	$(Q)tests/check $$(find build/coverage/unit -type f -perm -u+x -name 'test_*') >build/coverage/log || \
		{ cat build/coverage/log; false; }
	$(Q)tests/coverage build/coverage
	$(Q)tests/coverage --unlinked

tidy: $(B)/pgmapref.skel.h $(B)/walk.skel.h $(B)/asleep.skel.h $(B)/exact.skel.h $(B)/followed.skel.h
	$(Q)tests/tidy

# For scripts.
print-need-bpf:
	$(Q)echo $(NEED_BPF:$(B)/%.o=src/%.c)
print-unit-objs:
	$(Q)echo $(PLAIN_OBJS) $(NEED_TRACER)
print-libs:
	$(Q)echo $(ALL_LIBS)

demo:
	$(Q)tests/install-packages build test
	$(Q)$(MAKE) all progs
	$(Q)tests/demo

bench:
	$(Q)tests/install-packages build test
	$(Q)$(MAKE) all progs $(B)/bench/sweep
	$(Q)$(B)/bench/sweep
	$(Q)tests/bench/pins
	$(Q)tests/bench/exact

format:
	$(Q)clang-format -i $$(find src tests -name '*.[ch]')

install: all
	$(call msg,INSTALL,$(DESTDIR)$(prefix))
	$(Q)install -D -m 755 $(TOOL) $(DESTDIR)$(prefix)/sbin/pgmapref
	$(Q)install -D -m 644 share/pgmapref.schema.json \
		$(DESTDIR)$(prefix)/share/pgmapref/pgmapref.schema.json
	$(Q)install -D -m 644 share/pgmapref-alerts.yml \
		$(DESTDIR)$(prefix)/share/pgmapref/pgmapref-alerts.yml
	$(Q)for page in $(PAGES); do \
		install -D -m 644 $$page $(DESTDIR)$(prefix)/share/man/man$${page##*.}/$${page##*/} || exit; done

clean:
	$(call msg,CLEAN,$(B))
	$(Q)rm -rf $(B) pgmapref

-include $(wildcard $(B)/*.d $(B)/*/*.d)
