#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-pinned
# kernels: 6.1 6.12 6.18 7 patched
#
# vmsplice() pinned device-dax pages when the device is unbound. The kernel does not wait. The tool
# reports the pages before the pin is dropped.
. "$(dirname "$0")/../lib.sh"
export want_pins=1

if [ -z "$(ls /dev/dax* 2>/dev/null)" ]; then
	ndctl create-namespace -f -e namespace0.0 -m devdax -a 4K --map=mem >/dev/null
	ok $? "a device-dax is made"
fi
until_true test -c /dev/dax0.0
unbind_dax() { echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind; }
bind_dax() { echo dax0.0 >/sys/bus/dax/drivers/device_dax/bind; until_true test -c /dev/dax0.0; }
# Dropping the pin does the damage of which the tool warns, because the struct page is gone.
expected_log='BUG: unable to handle page fault|Oops: |Call Trace'

pin() { start p "$progs/daxpin" --pfn vmsplice /dev/dax0.0 8192 2; await "$work/p.out" '^pinned'; }

# report ID NAME [OTHER]: the verdict about the pages that p has pinned. The device OTHER is unbound
# too.
report()
{
	local pfn pfns teardowns='1 teardown, 1 leak'

	pfns=$(sed -n 's/^pfn //p' "$work/p.out")
	is "$(wc -w <<<"$pfns")" 2 "$2: two pages are pinned"
	unbind_dax
	await "$work/$1.out" '^dax0.0: '
	[ $# -lt 3 ] || { await "$work/$1.out" "^$3: " && teardowns='2 teardowns, 2 leaks'; }
	has "$work/$1.out" '^dax0.0: leak pinned-at-teardown$' "$2: leak pinned-at-teardown"
	has "$work/$1.out" 'pages +2 busy of ' "$2: two pages"
	for pfn in $pfns; do
		has "$work/$1.out" "pfn $pfn refcount 2 of dax0.0 index [0-9]+$" "$2: page $pfn"
	done
	lacks "$work/p.out" '^dropped' "$2: said before the pin is dropped"
	stop "$1"
	is "$status" 1 "$2: exit status 1"
	has "$work/$1.err" "^SUMMARY: pgmapref: leak pinned-at-teardown: $teardowns" "$2: summary"
}

pin
tool w watch
report w "pinned before the tool starts"
tell p
finish p
bind_dax || ok 1 "dax0.0 is back"

# Two processes unbind two devices at the same time.
ndctl create-namespace -f -e namespace1.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax1.0
tool w watch
pin
start q "$progs/daxpin" --pfn vmsplice /dev/dax1.0 8192 3
await "$work/q.out" '^pinned'
start u sh -c 'echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind'
report w "pinned after the tool starts" dax1.0
finish u

# alone N ID PAGES OTHER: does the report about daxN.0 have the PAGES that ID holds, and none of
# OTHER's?
alone()
{
	sed -n "/^dax$1.0: /,/^  history/p" "$work/w.out" >"$work/dax$1.txt"
	has "$work/dax$1.txt" '^dax.*: leak pinned-at-teardown$' "two at once: dax$1.0: leak"
	is "$(grep -o '^    pfn 0x[0-9a-f]*' "$work/dax$1.txt" | sed 's/.* //')" \
		"$(sed -n 's/^pfn //p' "$work/$2.out")" "two at once: dax$1.0: its own pages"
	has "$work/dax$1.txt" "^    holder \(traced\): $3 pages by daxpin/$(pid "$2"), " \
		"two at once: dax$1.0: its own holder"
	lacks "$work/dax$1.txt" "daxpin/$(pid "$4")" "two at once: dax$1.0: not the other's"
}

alone 0 p 2 q
alone 1 q 3 p
for id in p q; do tell $id; finish $id; done
bind_dax || ok 1 "dax0.0 is back"

tool w watch
start p "$progs/daxpin" vmsplice /dev/dax0.0 8192 2
await "$work/p.out" '^pinned'
tell p
finish p
unbind_dax
until_true seen "$work/w.out" '^dax0.0: '
stop w
is "$status" 0 "pin dropped before the unbind: exit status 0"
has "$work/w.out" '^dax0.0: clean$' "pin dropped before the unbind: clean"

is "$(dmesg | sed -n 's/.*RIP: 0010:\([a-z_]*\)+.*/\1/p' | sort -u)" page_cache_pipe_buf_release \
	"the kernel oopsed where the pin was dropped, and nowhere else"

done_testing
