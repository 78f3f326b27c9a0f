#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tests/layers finds what it is there to find: it is red when one include of a copy of src is turned
# round, for each of its rules; and so is tests/cycles when a file takes from one that needs it. Run it by
# prove.

set -u
cd "$(dirname "$0")/.." || exit 1
copy=$(mktemp -d "${TMPDIR:-/tmp}/pgmapref-layers.XXXXXX") || exit 1
trap 'rm -rf "$copy"' EXIT
cp -r src "$copy/src"
. tests/tap.sh
shown=("$copy/out")

layers() { SRC=$copy/src tests/layers >"$copy/out" 2>&1; }

# refused FILE LINE WHY: with this line in it FILE is named, and the rule
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
# Each folder against each that stands after it.
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
done
# What is allowed stays allowed.
printf '#include "common/clock.h"\n/* see /proc/iomem */\n' >>"$copy/src/model/verdict.c"
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

echo "1..$n"
