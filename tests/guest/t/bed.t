#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 7
#
# Tests the test bed: the kernel patches code while another CPU runs it. QEMU before 8.1 with one
# thread per CPU keeps stale translations of this code. Then the guest finds a kprobe's breakpoint
# where there is none, and its kernel jumps to 0. This test does not use the tool.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

tracing=/sys/kernel/tracing
for _ in 1 2; do
	dd if=/dev/zero of=/dev/null bs=1 status=none &
done
echo 'p:bed write_null' >$tracing/kprobe_events
ok $? "a kprobe on a function that both processors run"
for _ in {1..8}; do
	echo 1 >$tracing/events/kprobes/bed/enable
	echo 0 >$tracing/events/kprobes/bed/enable
done
is "$(jobs -r | wc -l)" 2 "both went on while it was armed and disarmed"
[ "$(awk '{ print $2 }' $tracing/kprobe_profile)" -gt 0 ]
ok $? "it was hit"
kill %1 %2
wait
: >$tracing/kprobe_events

done_testing
