#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-underflow
# kernels: 6.1 7 patched
# also: 6.12
#
# A task puts one reference too many. The count falls below 0 and the unbind hangs there; the kernel
# warns.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

pfn=$(pmem_pfn 0 4096)
expected_log='percpu ref|percpu_ref|WARNING:.*percpu|Call Trace'

echo "$pfn" >$fault/overput
ok $? "a reference that nobody took is dropped"
"$pgmapref" list -q --details >"$work/list"
has "$work/list" '^pmem0 +fsdax +0x[0-9a-f]+ +131072 +131072 +131073 +-1 ' "list --details shows excess -1"
"$pgmapref" list -q >"$work/list"
has "$work/list" '^pmem0 +fsdax +512 MiB +-1 +0 +- +live$' "list: one below rest"
has "$work/list" '^[0-9]+ pgmaps?[.]$' "and their number"

tool w watch --stuck 2s
start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
await "$work/w.out" '^pmem0: '
has "$work/w.out" '^pmem0: leak hang, underflow$' "watch: hang and underflow"
has "$work/w.out" 'value +131072, baseline 131073 \(computed\), excess -1' "value, excess"
has "$work/w.out" 'waits for -1 references' "and what it waits for"
echo 1 >$fault/repay
finish u
until_true seen "$work/w.out" 'drained +last reference'
ok $? "repaid, it drains, and that is reported"
stop w
is "$status" 1 "exit status 1"
# The repayment takes a reference of a dying pgmap. Breakpoints see that, where puts have no hooks.
late=', get-after-kill'
[ "$GUEST_KERNEL" != patched ] || late=
has "$work/w.err" "^SUMMARY: pgmapref: leak hang, underflow$late: 1 teardown, 1 leak" "summary"
# It takes two and puts one, because only a put that reaches 0 ends the wait.
[ -z "$late" ] ||
	has "$work/w.out" '^pmem0: get 2, after the kill, by bash/[0-9]+, repay_write .*, left: 1$' \
		"the repayment is named"

bind_pmem 0
echo "$(pmem_pfn 0 4096)" >$fault/overput
tool w watch
echo 1 >$fault/repay
unbind_pmem 0
until_true seen "$work/w.out" '^pmem0: '
stop w
is "$status" 0 "repaid before the unbind: exit status 0"

done_testing
