#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-uring
# kernels: 6.12 6.18 7
#
# A fixed buffer of an io_uring over device-dax memory survives the unbind, and the kernel oopses
# when the ring is closed. The tool reports the buffer before that. (6.1 refuses the buffer:
# EOPNOTSUPP.)
. "$(dirname "$0")/../lib.sh"
export want_pins=1

ndctl create-namespace -f -e namespace0.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax0.0
expected_log='BUG: unable to handle page fault|Oops: |Call Trace'

start p "$progs/daxpin" --pfn uring /dev/dax0.0 8192 2
await "$work/p.out" '^pinned'
tool w watch
echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind
await "$work/w.out" '^dax0.0: '
has "$work/w.out" '^dax0.0: leak pinned-at-teardown$' "fixed before the tool starts: leak"
has "$work/w.out" 'pages +2 busy of ' "two pages"
for pfn in $(sed -n 's/^pfn //p' "$work/p.out"); do
	has "$work/w.out" "pfn $pfn refcount 1025 \(1 pinned\) of dax0.0 index" "page $pfn, as a pin"
done
stop w
is "$status" 1 "exit status 1"
is "$(log_faults)" "" "all that before the kernel says anything"

# A second buffer, which is registered while the tool runs.
ndctl create-namespace -f -e namespace1.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax1.0
tool w watch
start q "$progs/daxpin" --pfn uring /dev/dax1.0 8192 3
await "$work/q.out" '^pinned'
echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind
await "$work/w.out" '^dax1.0: '
has "$work/w.out" '^dax1.0: leak pinned-at-teardown$' "fixed after the tool starts: leak"
has "$work/w.out" 'pages +3 busy of ' "three pages"
stop w
is "$status" 1 "exit status 1"

# Now the ring is closed.
tell p
finish p
oopsed() { dmesg | grep -qE 'BUG: unable to handle page fault'; }
until_true oopsed
ok $? "the kernel oopses when the ring goes"
is "$(dmesg | sed -n 's/.*RIP: 0010:\([a-z_]*\)+.*/\1/p' | sort -u | grep -cvE '^io_(buffer_unmap|release_ubuf)$')" 0 \
	"there, and nowhere else"

done_testing
