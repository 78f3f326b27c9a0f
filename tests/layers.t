#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the checks: in a copy of src, tests/layers fails if a file breaks one of its rules,
# tests/cycles fails if a file uses a file that needs it, and tests/out-count fails if a report
# writes text and JSON by separate calls. Run it with prove.

set -u
cd "$(dirname "$0")/.." || exit 1
copy=$(mktemp -d "${TMPDIR:-/tmp}/pgmapref-layers.XXXXXX") || exit 1
trap 'rm -rf "$copy"' EXIT
cp -r src "$copy/src"
. tests/tap.sh
shown=("$copy/out")

layers() { SRC=$copy/src tests/layers >"$copy/out" 2>&1; }

# refused FILE LINE WHY: with this line in FILE, tests/layers names the file and the rule
refused()
{
	[ -e "src/$1" ] || { echo "there is no src/$1" >"$copy/out"; ok 1 "refused: $1"; return; }
	printf '%s\n' "$2" >>"$copy/src/$1"
	! layers && grep -qF "/$1:" "$copy/out" && grep -qF "<- $3" "$copy/out"
	ok $? "refused: $1 with $2"
	cp "src/$1" "$copy/src/$1"
}

layers; ok $? "the copy as it is"

refused bpf/page.bpf.h '#include "kernel/plan.h"' "bpf includes common only"
refused bpf/walk.bpf.c '#include "model/verdict.h"' "bpf includes common only"
refused pgmapref.bpf.c '#include "run/options.h"' "bpf includes common only"
# Each folder with each folder after it.
order=(common kernel model report run)
first=(common/clock.c kernel/plan.c model/verdict.c report/out.c run/command.c)
header=(common/clock.h kernel/plan.h model/verdict.h report/out.h run/command.h)
for ((i = 0; i < ${#order[@]}; i++)); do
	for ((k = i + 1; k < ${#order[@]}; k++)); do
		refused "${first[i]}" "#include \"${header[k]}\"" "${order[i]} stands before it"
	done
	refused "${first[i]}" '#include "bpf/page.bpf.h"' "${order[i]} stands before it"
done
refused model/ledger.h '#include "report/out.h"' "model stands before it"
for file in model/verdict.c report/out.c; do
	folder=${file%/*}
	refused "$file" '#include <bpf/libbpf.h>' "$folder asks no kernel"
	refused "$file" '#include "pgmapref.skel.h"' "$folder asks no kernel"
	for call in 'fd = open("/proc/kallsyms", O_RDONLY);' 'f = fopen("/sys/kernel/btf/vmlinux", "r");' \
		'n = readlink("/proc/self/exe", b, n);' 'err = access("/sys/bus", R_OK);'; do
		refused "$file" "$call" "$folder reads no files of the kernel"
	done
	for call in 'bdevs__name(NULL, NULL, 1, 2, b, n);' 'devices__cdev_name(NULL, 1, 2, b, n);' \
		'b = bdevs__new();' 'mounts__at(NULL, 1, b, n);' 'r.ended = process__alive;' \
		'plan__make(NULL, b);' 'err = file__read(path, 1, &b, &n);'; do
		refused "$file" "$call" "$folder uses functions of data only"
	done
	for call in 'uname(&u);' 'f = fopen(path, "r");' 'fd = open(path, O_RDONLY);' \
		'fd = openat(dir, path, O_RDONLY);' 'n = readlink(path, b, n);' 'd = opendir(path);' \
		'if (!stat(path, &st))' 'n = read(fd, b, n);'; do
		refused "$file" "$call" "$folder reads no files"
	done
done
for file in common/clock.c kernel/plan.c model/verdict.c report/report.c; do
	for line in 'fprintf(stderr, "x");' 'write(STDERR_FILENO, b, n);' 'vfprintf(stdout, fmt, args);' \
		'printf("%d\n", n);' 'puts("x");' 'perror("x");' 'warnx("%d", n);'; do
		refused "$file" "$line" "run speaks to the user"
	done
done
refused report/out.c 'fputs(text, stderr);' "run speaks to the user"
# What is allowed must stay allowed.
printf '#include "common/clock.h"\n/* see /proc/iomem */\n/* bdevs__name() and uname() do */\n' \
	>>"$copy/src/model/verdict.c"
printf 'devices__match(b, b, b, NULL, 0);\nfeed__read(b);\n' >>"$copy/src/model/verdict.c"
printf 'n = snprintf(b, n, "x");\nfprintf(f, "x");\n' >>"$copy/src/kernel/plan.c"
printf 'fd = open(path, O_WRONLY | O_CREAT, 0600);\n' >>"$copy/src/report/out.c"
printf '#include "model/verdict.h"\n' >>"$copy/src/report/out.c"
printf '#include "report/out.h"\n#include <bpf/libbpf.h>\n' >>"$copy/src/run/command.c"
layers; ok $? "includes of what stands before are allowed"
cycles() { SRC=$copy/src tests/cycles >"$copy/out" 2>&1; }

cycles; ok $? "no circle in the copy as it is"
echo 'static void back(void) { run__tick(NULL); }' >>"$copy/src/run/run_state.c"
! cycles && grep -qF "run/run_state.c needs $copy/src/run/run.c: run__tick" "$copy/out"
ok $? "a call of the file above is a circle"
cp src/run/run_state.c "$copy/src/run/run_state.c"
echo 'int last_run = 0;' >>"$copy/src/run/run.c"
echo 'static int back(void) { return last_run; }' >>"$copy/src/run/run_state.c"
! cycles && grep -qF "run/run_state.c needs $copy/src/run/run.c: last_run" "$copy/out"
ok $? "a variable of the file above makes a circle"
cp src/run/run.c src/run/run_state.c "$copy/src/run/"
sed -i 's/^#include "run\/verbs.h"$/&\n#include "run\/option_table.h"/' "$copy/src/run/options.h"
! cycles && grep -qF "run/options.h needs $copy/src/run/option_table.h: #include" "$copy/out"
ok $? "a header that includes one that includes it makes a circle"

out_count() { tests/out-count --hold "$copy"/src/report/report*.c >"$copy/out" 2>&1; }

# counted WHAT EXPRESSION: if sed changes the report of events by EXPRESSION, the check fails with
# WHAT
counted()
{
	sed -i "$2" "$copy/src/report/report.c"
	! cmp -s src/report/report.c "$copy/src/report/report.c" && ! out_count && grep -q "^$1: " "$copy/out"
	ok $? "out-count: $1"
	cp src/report/report.c "$copy/src/report/report.c"
}

out_count; ok $? "out-count: the copy as it is"
counted "both" 's/out__str(o, "event", .*/out__str(o, NULL, "%s", event__name(e->event));/'
counted "JSON only" 's/out__str(o, "event", .*/&\n\tout__int(o, "x", NULL, 1);/'
counted "text by hand" 's/out__str(o, "event", .*/&\n\tout__text(o, "x %d", 1);/'

echo "1..$n"
