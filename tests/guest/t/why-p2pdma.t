#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb-why
# kernels: 7
#
# why, when an unbind waits for a page of PCI peer-to-peer memory that a process maps: it names the
# process, and says that this is not certain, because the kernel takes pages out of mappings.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

need_fault
until_true eval 'ls /sys/bus/pci/devices/*/p2pmem/allocate >/dev/null 2>&1'
ok $? "a PCI device has peer-to-peer memory" || done_testing
pci=$(basename "$(dirname /sys/bus/pci/devices/*/p2pmem)")
allocate=/sys/bus/pci/devices/$pci/p2pmem/allocate
until_true eval 'grep -qs "^live$" /sys/class/nvme/nvme*/state'
ok $? "its driver is done with its start"
unbind_hangs() { grep -qs memunmap_pages "/proc/$1/stack"; }

"$pgmapref" why "$pci" >"$work/none.txt" 2>&1
is $? 0 "nothing hangs: exit status 0"
has "$work/none.txt" "^no task hangs on $pci " "it is said"

tool t trace -j -n p2pmap -o "$work/t.json"
start m "$progs/p2pmap" "$allocate" 4
await "$work/m.out" '^mapped'
stop t
page=$(sed -n 's/.*"event":"alloc".*"pfn":"\(0x[0-9a-f]*\)".*/\1/p' "$work/t.json" | sed -n 3p)
echo "$page" >$fault/page_get
ok $? "the third of 4 mapped pages is in use ($page)"
start u sh -c "echo $pci >/sys/bus/pci/drivers/nvme/unbind"
until_true unbind_hangs "$(pid u)"
ok $? "an unbind hangs on it"
sleep 1
"$pgmapref" why >"$work/why.txt" 2>"$work/why.err"
is $? 1 "exit status 1"
answers_in_time "a page that a process may have"
has "$work/why.txt" "^sh/$(pid u) hangs: unbind of $pci, D state for " "who, what, and for how long"
has "$work/why.txt" '^  waits in   memunmap_pages, for 1 reference that is not put$' "for what"
has "$work/why.txt" "^  may have it p2pmap/$(pid m) \\(.*p2pmap $allocate 4\\), root" "who may have it"
has "$work/why.txt" '^             maps /sys/devices/.*/p2pmem/allocate' "by its mapping"
has "$work/why.txt" "^  so         perhaps sh/$(pid u) goes on when what it has pinned of that mapping" "what may end the wait"
lacks "$work/why.txt" 'no process|not known' "it does not say that no process has it"
"$pgmapref" why -j "$(pid u)" >"$work/why.json" 2>/dev/null
json_is "$work/why.json" <<-END
	[[(h["task"]["tgid"], h["grade"]) for h in y["holders"]] for y in of("why")] ;; [[($(pid m), 'could-hold')]] ;; JSON: the same, asked by the PID
END
echo "$page" >$fault/page_put
finish u
is "$status" 0 "let go, the unbind goes on"
tell m
tell m
finish m
"$pgmapref" why >"$work/none.txt" 2>&1
is $? 0 "nothing hangs any more: exit status 0"
done_testing
