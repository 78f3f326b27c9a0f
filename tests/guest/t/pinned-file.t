#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-pinfile
# kernels: 6.1
#
# vmsplice() pinned pages of a DAX file, and the file, its file system and then the device are
# removed. Here the pgmap has no references for these pins, and the kernel waits for nothing. The
# tool reports the pages before the pin is dropped. On the patched kernel the unbind waits for the
# pin, with the same commands: series.t, "a pinned page of a file".
. "$(dirname "$0")/../lib.sh"
export want_pins=1

mkdir -p /mnt/dax
# The kernel finds the pin when it truncates the file, and warns once. Dropping the pin then does
# the damage of which the tool warns, because the struct page is gone.
warned='WARNING: .* at fs/dax\.c:[0-9]+ dax_disassociate_entry'
expected_log="$warned|BUG: unable to handle page fault|Oops: |Call Trace"
# The functions in which the kernel has complained so far
complaints() { dmesg | sed -n 's/.*RIP: 0010:\([a-z_]*\)+.*/\1/p' | sort -u | paste -s -d ' '; }

mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "a DAX file system"
tool w watch --stuck 2s
"$progs/daxfiles" create /mnt/dax p 1 3 4k >/dev/null
start p "$progs/daxpin" --pfn vmsplice /mnt/dax/p0 0 2
await "$work/p.out" '^pinned'
pfns=$(sed -n 's/^pfn //p' "$work/p.out")
is "$(wc -w <<<"$pfns")" 2 "two pages of a file are pinned"
rm /mnt/dax/p0
umount /mnt/dax
unbind_pmem 0
ok $? "the unbind does not wait for them"
await "$work/w.out" '^pmem0: '
has "$work/w.out" '^pmem0: leak pinned-at-teardown$' "leak pinned-at-teardown"
has "$work/w.out" 'value +131073, baseline 131073 \(computed\), excess 0' "though no reference is missing"
has "$work/w.out" 'pages +2 busy of 131072 swept, before they went$' "two pages"
for pfn in $pfns; do
	has "$work/w.out" "^ +pfn $pfn refcount 2\$" "page $pfn"
done
lacks "$work/p.out" '^dropped' "said before the pin is dropped"
is "$(complaints)" dax_disassociate_entry "the kernel had warned when the file went, and not since"
is "$(dmesg | grep -cE "$warned")" 1 "once"
stop w
is "$status" 1 "exit status 1"
has "$work/w.err" '^SUMMARY: pgmapref: leak pinned-at-teardown: 1 teardown, 1 leak' "summary"

# Now the pin is dropped.
tell p
finish p
is "$(complaints)" "dax_disassociate_entry page_cache_pipe_buf_release" \
	"the kernel oopses where the pin is dropped, and nowhere else"

done_testing
