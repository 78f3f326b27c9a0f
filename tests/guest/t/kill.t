#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1
# also: 6.12 7
#
# The tool can be killed at any time: nothing of it stays in the kernel, and the next run works.
# After a signal to end, it sums up.
. "$(dirname "$0")/../lib.sh"
export want_pins=1

mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "ext4 with DAX"

# BPF objects and hooks of kernel functions. Ids change, so the whole list is compared.
loaded()
{
	local kind

	for kind in prog link map; do
		bpftool -j $kind list | grep -o '"id":[0-9]*' | sed "s/^/$kind /"
	done
	sed 's/^/kprobe /' /sys/kernel/debug/kprobes/list
	awk '{ print "ftrace", $1 }' /sys/kernel/tracing/enabled_functions
	sed 's/^/event /' /sys/kernel/tracing/kprobe_events
	find /sys/fs/bpf -mindepth 1
}
as_before() { [ "$(loaded)" = "$before" ]; }
before=$(loaded)

# busy: makes events until $work/go is removed, with pauses that leave CPU time to the test
touch "$work/go"
busy() { while [ -e "$work/go" ]; do "$progs/daxfiles" --no-check cycle /mnt/dax f 5 50 4k || exit; sleep 0.3; done; }
busy >/dev/null 2>"$work/busy.err" &
worker=$!

# lines ID N: are there so many lines of output? Then events arrive.
lines() { [ "$(wc -l <"$work/$1.out")" -ge "$2" ]; }

# killed NAME ARG...: kills the tool while it runs with these arguments
killed()
{
	local name=$1

	shift
	tool k "$@" || return
	if [ "$1" = trace ]; then
		until_true lines k 200
		ok $? "$name: events flow"
	fi
	loaded >"$work/during"
	[ "$(grep -c ^prog "$work/during")" -ge 10 ] && [ "$(grep -c ^link "$work/during")" -ge 8 ] &&
		[ "$(grep -c ^map "$work/during")" -ge 8 ]
	ok $? "$name: programs, links and maps are there meanwhile" || diag "$(cat "$work/during")"
	grep -qE '^(ftrace|kprobe) .*dax_insert_entry' "$work/during"
	ok $? "$name: as are its hooks" || diag "$(cat "$work/during")"
	kill -9 "$(pid k)"
	finish k 2>/dev/null
	is "$status" 137 "$name: killed"
	until_true as_before
	ok $? "$name: nothing of it is left" || diag "$(diff <(echo "$before") <(loaded))"
}

killed "trace" trace
killed "trace with kprobes" trace -j --attach kprobe
kill -0 $worker
ok $? "the traced task goes on"

# ---- afterwards: starts, and ends by each signal that asks for it
for signal in TERM INT; do
	tool s trace
	until_true lines s 50
	ok $? "started again: events flow"
	kill -$signal "$(pid s)"
	finish s
	is "$status" 0 "SIG$signal: exit status 0" || diag "$(cat "$work/s.err")"
	is "$(tail -n 1 "$work/s.err")" "SUMMARY: pgmapref: clean: 0 teardowns, 0 leaks, 0 inconclusive, 0 lost" \
		"SIG$signal: the last line is the summary"
	has "$work/s.out" '^pmem0 \(fsdax, generation 1\): live, value 131073' \
		"SIG$signal: the summary of the pgmap"
	until_true as_before
	ok $? "SIG$signal: nothing of it is left" || diag "$(diff <(echo "$before") <(loaded))"
done

rm "$work/go"
wait $worker
is "$(cat "$work/busy.err")" "" "the traced task saw nothing of it all"
umount /mnt/dax
until_true as_before

# ---- killed while an unbind hangs: a call in the kernel outlives the tool
if [ -d $fault ]; then
	pfn=$(pmem_pfn 0 4096)
	tool k watch --stuck 1s
	echo "$pfn 2" >$fault/get
	start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
	await "$work/k.out" '^pmem0: leak hang'
	kill -9 "$(pid k)"
	finish k 2>/dev/null
	grep -qs memunmap_pages "/proc/$(pid u)/stack"
	ok $? "killed during an unbind that hangs"
	echo "$pfn 2" >$fault/put
	finish u
	is "$status" 0 "which then ends"
	until_true as_before
	ok $? "and leaves nothing of the tool" || diag "$(diff <(echo "$before") <(loaded))"
	bind_pmem 0
fi

done_testing
