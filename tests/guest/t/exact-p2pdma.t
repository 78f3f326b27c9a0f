#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb-p2pdma
# kernels: 6.18 7
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
await "$work/m.out" '^mapped'
tell m
await "$work/m.out" '^unmapped'
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

# ---- eight tasks on all CPUs
rounds=160
for i in $(seq 8); do
	start m$i "$progs/p2pmap" --again $rounds "/sys/bus/pci/devices/$pci/p2pmem/allocate" 4
	await "$work/m$i.out" '^ready'
done
tool f trace --exact="$pci" -j -o "$work/f.json"
for i in $(seq 8); do tell m$i; done
for i in $(seq 8); do finish m$i; done
sleep 1
stop f
# Hooks tell the pages. The kernel skips a program that already runs on the CPU, in a task that was
# preempted: then it is said. Breakpoints miss nothing.
if [ "$status" -ne 0 ]; then
	is "$status" 3 "eight tasks: hooks missed some of it"
	has "$work/f.err" '^SUMMARY: pgmapref: inconclusive \((lost: |hook [a-z0-9_]+ missed )' "and it is said"
fi
json_is "$work/f.json" <<-END
	[(s["exact"]["whole"], s["exact"]["missed"], s["exact"]["gap"]) for s in of("pgmap_summary") if s["pgmap"]["name"] == "$pci"] ;; [(True, 0, 0)] ;; eight tasks, 5120 gets and 5120 puts: the account fits the counter
	[s["excess"] for s in of("pgmap_summary") if s["pgmap"]["name"] == "$pci"] ;; [2] ;; eight tasks: what is left are the queues of the driver
END
done_testing
