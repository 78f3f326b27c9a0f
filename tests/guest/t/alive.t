#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 7
# also: 6.12
#
# Hooks that are attached and do not run. While sysctl kernel.ftrace_enabled is 0 or kprobes are
# disarmed, the kernel attaches hooks without an error and calls none of them. A run with such hooks
# is not clean.
. "$(dirname "$0")/../lib.sh"

need_fault
armed=/sys/kernel/debug/kprobes/enabled
ftrace() { sysctl -q -w kernel.ftrace_enabled="$1"; }
patch=/sys/kernel/livepatch/pgmapref_livepatch
# Restores the settings in any case, because other tests follow.
trap 'ftrace 1 2>/dev/null; echo 1 >$armed; [ ! -d $patch ] || echo 0 >$patch/enabled' EXIT
pfn=$(pmem_pfn 0 4096)
life='echo "generic 32768" >'$fault'/create; set -- $(tail -n 1 '$fault'/maps); echo $1 >'$fault'/destroy'

# checked NAME STATUS ARG...: runs a check in which a pgmap is made and torn down
checked()
{
	local name=$1 want=$2

	shift 2
	"$pgmapref" check --details --no-pins --settle 100ms "$@" -- sh -c "${command:-$life}" \
		>"$work/c.out" 2>"$work/c.err"
	is $? "$want" "$name: exit status $want"
}

# 7.3 refuses to disable ftrace.
ftrace_off()
{
	"$pgmapref" probes --no-pins >"$work/p.out" 2>"$work/p.err"
	is $? 0 "ftrace off: probes, exit status 0"
	has "$work/p.out" '^teardown +fentry +memunmap_pages +attached, does not run$' "ftrace off: probes says so"
	has "$work/p.out" '^ +kernel.ftrace_enabled is 0$' "ftrace off: and why"
	has "$work/p.out" '^fork +raw_tp +sched_process_fork +attached' "ftrace off: a tracepoint does not care"
	checked "ftrace off" 3
	has "$work/c.err" '^pgmapref: [0-9]+ hooks are attached but do not run \(kernel.ftrace_enabled is 0; ' \
		"ftrace off: said at the start"
	has "$work/c.err" '^pgmapref: ready: .* 0 of [0-9]+ hooks' "ftrace off: none of them counts as ready"
	has "$work/c.err" '^SUMMARY: pgmapref: inconclusive \(hook teardown is attached but does not run \(kernel.ftrace_enabled is 0\)' \
		"ftrace off: hook and setting are named"
	command="echo '$pfn 1' >$fault/get" checked "ftrace off, a leak that is read" 1
	has "$work/c.err" '^SUMMARY: pgmapref: leak excess-at-end: ' "ftrace off: a leak that is read is one"
	echo "$pfn 1" >$fault/put
	"$pgmapref" trace -- sh -c "$life" >"$work/t.out" 2>"$work/t.err"
	is $? 3 "ftrace off: trace, exit status 3"
	ftrace 1

	tool w watch
	ftrace 0
	sh -c "$life"
	await "$work/w.err" 'are attached but do not run'
	ftrace 1
	stop w
	is "$status" 3 "ftrace off for a time: exit status 3"
	has "$work/w.err" '^SUMMARY: .*hook teardown was attached but did not run for some time \(kernel.ftrace_enabled was 0\)' \
		"ftrace off for a time: hook and setting are named"

	# The teardown is not recorded: the tool sees the pgmap dying, and no record of its end
	# follows.
	tool w watch --stuck 60s
	ftrace 0
	await "$work/w.err" 'are attached but do not run'
	echo "$pfn 1" >$fault/get
	start u sh -c "echo namespace0.0 >$dev_driver/unbind"
	until_true grep -qs memunmap_pages "/proc/$(pid u)/stack"
	sleep 1 # the tool sees it dying; on a slow machine it does not, and finds it gone at a later look
	echo "$pfn 1" >$fault/put
	finish u
	await "$work/w.out" '^pmem0: inconclusive: its begin was not seen'
	ok $? "ftrace off, a teardown: it is said to be over when it is"
	ftrace 1
	stop w
	echo namespace0.0 >$dev_driver/bind
}

if ftrace 0 2>"$work/refused"; then
	ftrace_off
else
	has "$work/refused" 'not supported' "ftrace cannot be switched off on this kernel"
fi

echo 0 >$armed
checked "kprobes disarmed, none in use" 0
checked "kprobes disarmed" 3 --attach kprobe
has "$work/c.err" "^SUMMARY: pgmapref: inconclusive \\(hook teardown is attached but does not run \\(kprobes are disarmed: $armed is 0\\)" \
	"kprobes disarmed: hook and setting are named"
echo 1 >$armed
# No look falls into this time, but the change of the code is recorded.
tool w watch --attach kprobe --interval 60s
lacks "$work/w.err" 'not run' "kprobes armed: nothing is said"
echo 0 >$armed
sh -c "$life"
echo 1 >$armed
stop w
is "$status" 3 "kprobes disarmed between two looks: exit status 3"
has "$work/w.err" '^SUMMARY: .*hook teardown .* \(switched off and on again between two checks\)' \
	"kprobes disarmed between two looks: said so"

# ---- another function replaces a hooked one; there is no teardown meanwhile
module=${FAULT_MODULE:+${FAULT_MODULE%/*}/pgmapref_livepatch.ko}
if [ -d ${patch%/*} ]; then
	tool w watch
	insmod "$module"
	ok $? "a live patch"
	until_true grep -q 0 $patch/transition
	await "$work/w.err" 'replaced by a live patch: teardown, '
	command=true checked "live patch" 3
	has "$work/c.err" '^SUMMARY: pgmapref: inconclusive \(hook teardown is attached, but replaced by a live patch' \
		"live patch: hook and reason are named"
	"$pgmapref" probes --no-pins >"$work/p.out" 2>"$work/p.err"
	has "$work/p.out" '^ +replaced by a live patch$' "live patch: probes says so"
	echo 0 >$patch/enabled
	until_true test ! -d $patch
	rmmod pgmapref_livepatch
	stop w
	is "$status" 3 "live patch for a time: exit status 3"
	has "$work/w.err" '^SUMMARY: .*hook teardown is attached, but was replaced by a live patch' \
		"live patch for a time: said so"
	checked "live patch, gone" 0
else
	diag "this kernel has no live patches"
fi

done_testing
