#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-danger
# kernels: 7
# also: 6.1 6.12
#
# The report of a device that was unbound while pages were in use: the answer in one screen, with the
# danger, on disk and in the kernel's log. While nobody drops the pages, the kernel works on; when
# they are dropped, it crashes, and the line above the crash says who.
. "$(dirname "$0")/../lib.sh"

ndctl create-namespace -f -e namespace1.0 -m devdax -a 4K --map=mem >/dev/null 2>&1
until_true test -c /dev/dax1.0
start w "$pgmapref" watch --kmsg -o "$work/w.txt" -g dax1.0
await "$work/w.err" '^pgmapref: ready: '
mkfifo "$work/drop"
"$progs/daxpin" vmsplice /dev/dax1.0 8192 2 <>"$work/drop" >"$work/pin.out" &
pin=$!
await "$work/pin.out" pinned
echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind
await "$work/w.txt" '^FACTS '
is "$(sed -n '1s/^[-0-9]* [:0-9]*  //p' "$work/w.txt")" "dax1.0: UNBOUND WHILE 2 PAGES ARE IN USE" "what happened"
has "$work/w.txt" '^WHO   2 of 2 pages accounted for$' "who: all pages"
has "$work/w.txt" "^   2  daxpin/$pin +alive +pinned .* ago\$" "who: the task"
has "$work/w.txt" "^      $progs/daxpin vmsplice /dev/dax1.0 8192 2; user root" "who: its command line"
has "$work/w.txt" '^      pages [0-9]+ to [0-9]+ of /dev/dax1.0$' "what of the device"
has "$work/w.txt" '^      has them in a pipe, fd [0-9, ]+$' "in what"
has "$work/w.txt" '^!! DANGER$' "the danger"
[ "$(wc -l <"$work/w.txt")" -le 30 ]
ok $? "at most 30 lines" || diag "$(cat "$work/w.txt")"
[ "$(wc -L <"$work/w.txt")" -le 80 ]
ok $? "of at most 80 columns"
said() { dmesg | grep -F "pgmapref: dax1.0: UNBOUND WHILE 2 PAGES ARE IN USE (pinned-at-teardown) by daxpin/$pin"; }
until_true said >/dev/null
ok $? "the kernel's log has it"
stop w
is "$status" 1 "status 1"
# Who follows the advice has no crash.
sleep 3
is "$(log_faults)" "" "nothing is dropped: no crash"
expected_log='.' # from here on the kernel is broken
{ echo >"$work/drop"; wait $pin; } 2>/dev/null
crashed() { dmesg | grep -qE 'BUG:|Oops|general protection'; }
until_true crashed
ok $? "the pages are dropped: it crashes"
dmesg | grep -nE 'pgmapref: dax1.0|BUG:|Oops|general protection' | head -2 | grep -q 'pgmapref: dax1.0'
ok $? "the line of the tool stands above the crash"
done_testing
