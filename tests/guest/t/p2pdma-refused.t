#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb-p2pdma
# kernels: 7
#
# A mapping of peer-to-peer memory fails half-way, because there is no memory for a page table.
# Before commit 6220694c52a5 the kernel lost a reference then. This kernel loses none, and the tool
# must not report one.
. "$(dirname "$0")/../lib.sh"

# The kernel logs that a group is out of memory, in which it may kill nothing.
expected_log='Call Trace'
until_true eval 'ls /sys/bus/pci/devices/*/p2pmem/allocate >/dev/null 2>&1'
ok $? "a PCI device has peer-to-peer memory" || done_testing
pci=$(basename "$(dirname /sys/bus/pci/devices/*/p2pmem)")
allocate=/sys/bus/pci/devices/$pci/p2pmem/allocate
until_true eval 'grep -qs "^live$" /sys/class/nvme/nvme*/state'
ok $? "its driver is done with its start"
excess() { tests/guest/oracle --json | sed -n 's/.*"p2pdma".*"excess": \([-0-9]*\),.*/\1/p'; }
before=$(excess)

mkdir -p /tmp/cgroup
mount -t cgroup2 none /tmp/cgroup && echo +memory >/tmp/cgroup/cgroup.subtree_control
ok $? "memory can be limited"

refused()
{
	local n

	# A group for each case, because the charges of the last process are removed late.
	mkdir -p "/tmp/cgroup/$1" && echo 1048576 >"/tmp/cgroup/$1/memory.max"
	ok $? "$1: a group with little memory"
	tool t trace --attach "$1" -j -o "$work/t.json"
	start m "$progs/p2pmap" --apart "$allocate" 1000
	await "$work/m.out" '^ready'
	echo -1000 >"/proc/$(pid m)/oom_score_adj"
	pid m >"/tmp/cgroup/$1/cgroup.procs"
	ok $? "$1: a process in it"
	tell m
	await "$work/m.out" '^mapped'
	has "$work/m.out" '^mapped [1-9][0-9]*, then 12$' "$1: it maps some pages, then there is no memory"
	n=$(sed -n 's/^mapped \([0-9]*\),.*/\1/p' "$work/m.out")
	is "$(excess)" $((before + n)) "$1: $n references more"
	stop t
	is "$status" 0 "$1: trace: exit status 0"
	json_is "$work/t.json" <<-END
		len(of("event", event="alloc")) ;; $n ;; $1: an alloc for each of the $n
		[e["event"] for e in of("event") if e["event"] not in ("alloc",)] ;; [] ;; $1: and nothing else
		[(s["excess"] - $before, s["attributed"]) for s in of("pgmap_summary")] == [($n, $n)] ;; True ;; $1: none more is attributed
	END
	tell m
	finish m
	is "$(excess)" "$before" "$1: all are given back"
}
refused fentry
refused kprobe

rmdir /tmp/cgroup/fentry /tmp/cgroup/kprobe
umount /tmp/cgroup
done_testing
