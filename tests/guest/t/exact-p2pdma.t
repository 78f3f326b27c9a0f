#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb-p2pdma
# kernels: 7
#
# An exact account of peer-to-peer memory: hooks account for the references of mapped pages, and
# breakpoints do not count them again.
. "$(dirname "$0")/../lib.sh"

until_true eval 'ls /sys/bus/pci/devices/*/p2pmem/allocate >/dev/null 2>&1'
ok $? "a PCI device has peer-to-peer memory" || done_testing
pci=$(basename "$(dirname /sys/bus/pci/devices/*/p2pmem)")
until_true eval 'grep -qs "^live$" /sys/class/nvme/nvme*/state'
ok $? "its driver is done with its start"
tool t trace --exact="$pci" -j -o "$work/t.json"
has "$work/t.err" "^pgmapref: $pci: exact account: each get and each put is seen\$" "it has an exact account"
start m "$progs/p2pmap" "/sys/bus/pci/devices/$pci/p2pmem/allocate" 8
await "$work/m.out" '^ready'
tell m
await "$work/m.out" '^mapped'
tell m
finish m
sleep 1
stop t
is "$status" 0 "nothing was missed: status 0"
json_is "$work/t.json" <<-END
	len(of("event", event="alloc")) ;; 8 ;; an alloc for each page
	len(of("event", event="free")) ;; 8 ;; a free for each page
	[e["event"] for e in of("event") if e["event"] in ("get", "put")] ;; [] ;; and no get or put
END
done_testing
