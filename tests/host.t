#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# On a host whose kernel refuses tracing programs even to root, the tool reports this, and what can
# work works. Run the test with prove, as root, without a guest.

set -u
cd "$(dirname "$0")/.." || exit 1
pgmapref=${PGMAPREF:-./pgmapref}
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

skip() { echo "1..0 # SKIP $1"; exit 0; }

[ "$(id -u)" -eq 0 ] || skip "not root: the kernel refuses for another reason"
PATH=$PATH:/usr/sbin
command -v bpftool >/dev/null || skip "no bpftool to tell what this kernel allows"
# asks bpftool and not the tool
features=$(bpftool feature probe kernel 2>/dev/null)
grep -q 'program_type socket_filter is available' <<<"$features" ||
	skip "this kernel refuses all BPF programs, or bpftool cannot tell"
grep -q 'program_type tracing is NOT available' <<<"$features" ||
	skip "this kernel allows tracing programs"

echo 1..14
. tests/tap.sh
shown=("$out/out" "$out/err")

run()
{
	timeout 60 "$pgmapref" "$@" >"$out/out" 2>"$out/err" </dev/null
	status=$?
}

for verb in trace watch; do
	run $verb
	[ $status -eq 4 ]; ok $? "$verb: exit status 4"
	[ "$(wc -l <"$out/err")" -eq 1 ]; ok $? "$verb: one line"
	grep -qE "^pgmapref: this kernel refuses BPF tracing programs .*'list'" "$out/err"
	ok $? "$verb: which says why, and what works"
	[ ! -s "$out/out" ]; ok $? "$verb: nothing on standard output"
done
# COMMAND must not run unobserved.
run watch -- touch "$out/ran"
[ $status -eq 4 ] && [ ! -e "$out/ran" ]; ok $? "watch -- COMMAND: exit status 4, COMMAND does not run"

run list
[ $status -eq 0 ]; ok $? "list: exit status 0"
grep -q '^NAME  *TYPE  *SIZE  *REFS\|^No pgmaps: ' "$out/out"; ok $? "list: its header, or that there is nothing"
# The only message: the list may be incomplete.
! grep -v "^pgmapref: the address of the kernel's list of pgmaps is not known" "$out/err" >"$out/else"
ok $? "list: no complaint but what it lacks"
run list -j -q
[ $status -eq 0 ] && [ ! -s "$out/err" ]; ok $? "list -j -q: exit status 0, not a word"
run list -g nosuch
[ $status -eq 2 ] && grep -q '^pgmapref: nosuch: no such pgmap' "$out/err"
ok $? "list -g nosuch: exit status 2, and the name"
