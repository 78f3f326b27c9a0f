#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb-p2pdma
# kernels: 7 patched
#
# PCI peer-to-peer memory: the tool traces the references of the NVMe driver and of processes that
# map the memory, from get to put. Unbinds are clean with these references, and hang on references
# that are left. The patched kernel has no p2pmem/allocate, so only drivers can take this memory
# there.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

need_fault
until_true eval 'ls /sys/bus/pci/devices/*/p2pmem >/dev/null 2>&1'
ok $? "a PCI device has peer-to-peer memory" || done_testing
pci=$(basename "$(dirname /sys/bus/pci/devices/*/p2pmem)")
driver=/sys/bus/pci/drivers/nvme
allocate=/sys/bus/pci/devices/$pci/p2pmem/allocate

# The driver makes its queues while it starts, on older kernels in a worker.
settled() { grep -qs '^live$' /sys/class/nvme/nvme*/state; }
bind_nvme() { echo "$pci" >$driver/bind && until_true settled; }
unbind_nvme() { echo "$pci" >$driver/unbind; }
unbind_in_background() { start "$1" sh -c "echo $pci >$driver/unbind"; }
unbind_hangs() { grep -qs memunmap_pages "/proc/$1/stack"; }
# The excess of the pgmap, read by the oracle: value minus baseline
excess() { tests/guest/oracle --json | sed -n 's/.*"p2pdma".*"excess": \([-0-9]*\),.*/\1/p'; }
first_pfn() { tests/guest/oracle --json | sed -n 's/.*"p2pdma".*"start": "0x\([0-9a-f]*\)000".*/\1/p'; }

until_true settled
ok $? "its driver is done with its start"
queues=$(excess)
[ "$queues" -gt 0 ]
ok $? "its driver holds some of it ($queues references)"
pfn=0x$(first_pfn)

# ---- bound before the tool starts, and while it runs
tool w watch --stuck 5s -o "$work/w.txt"
tool j watch --stuck 5s -j -o "$work/w.json"
for n in 1 2; do
	unbind_nvme
	bind_nvme
	ok $? "unbind and bind $n"
done
is "$(excess)" "$queues" "the driver holds as much again"
stop w
is "$status" 0 "watch: exit status 0"
stop j
is "$status" 0 "watch -j: exit status 0"
is "$(grep -c "^$pci: clean$" "$work/w.txt")" 2 "both unbinds are clean"
has "$work/w.txt" 'value +16385, baseline 16385 \(computed\), excess 0' "the first one: given back in time"
has "$work/w.txt" 'value +16385, baseline 16385, excess 0' "the second one, too"
json_is "$work/w.json" <<-END
	[(t["verdict"], t["excess"], t["unattributed"] if "unattributed" in t else 0) for t in of("teardown")] ;; [('clean', 0, 0), ('clean', 0, 0)] ;; JSON says the same
END

# ---- references of the driver, with its name
driver_takes()
{
	tool t trace --attach "$1" -j -o "$work/t.json"
	unbind_nvme
	bind_nvme
	"$pgmapref" list -q -j --type p2pdma >"$work/l.json"
	stop t
	is "$status" 0 "$1: trace: exit status 0"
	json_is "$work/t.json" <<-END
		[(e["n"], e.get("held_ns")) for e in of("event", event="free")] == [(-1, None)] * $queues ;; True ;; $1: older ones are given back one by one
		[e["value"] for e in of("event", event="free")] == [16385 + $queues - 1 - i for i in range($queues)] ;; True ;; $1: the value after each
		[(e["n"], e["site"].split()[0]) for e in of("event", event="alloc")] == [(1, 'nvme_alloc_queue')] * $queues ;; True ;; $1: new ones are taken by nvme_alloc_queue
		[e["value"] for e in of("event", event="alloc")] == [16386 + i for i in range($queues)] ;; True ;; $1: the value after each
		all($pfn <= int(e["pfn"], 16) < $pfn + 16384 for e in of("event")) and len({e["pfn"] for e in of("event", event="alloc")}) ;; $queues ;; $1: each at a place of its own, in the BAR
		[(s["excess"], s["attributed"], s["unattributed"]) for s in of("pgmap_summary") if s["state"] == "live"] ;; [($queues, $queues, 0)] ;; $1: all of the excess is accounted for
		[(h["n"], any(f.startswith("nvme_alloc_queue+") for f in h["stack"])) for s in of("pgmap_summary") if s["state"] == "live" for h in s["outstanding"]] ;; [($queues, True)] ;; $1: to one holder
		{h["task"]["comm"].split("/")[0] for s in of("pgmap_summary") for h in s.get("outstanding", [])} == {e["task"]["comm"].split("/")[0] for e in of("event", event="alloc")} ;; True ;; $1: the task that took them
	END
}
driver_takes fentry
driver_takes kprobe

# ---- references that nobody puts
tool w watch --stuck 2s -o "$work/h.txt"
start h "$progs/hold" holder $((pfn + 5)) 2
await "$work/h.out" '^held'
unbind_in_background u
await "$work/h.txt" "^$pci: leak hang"
ok $? "with two references left, the hang is reported"
unbind_hangs "$(pid u)"
ok $? "while the unbind is in D state"
has "$work/h.txt" 'waits for 2 references' "what it waits for"
has "$work/h.txt" 'holders +2 of 2 references traced' "both are traced"
has "$work/h.txt" "2 references by holder/$(pid h), " "their holder is named"
has "$work/h.txt" '^ +pgmapref_fault_get' "with the stack of their taking"
lacks "$work/h.txt" 'nvme_alloc_queue' "the driver is not: it gave back"
echo "$((pfn + 5)) 2" >$fault/put
finish u
await "$work/h.txt" 'drained +last reference dropped by'
ok $? "it drains"
stop w
is "$status" 1 "exit status 1"
tell h
finish h
bind_nvme

[ -e "$allocate" ] || done_testing

# ---- mapped by a process
maps_pages()
{
	local before

	before=$(excess)
	tool t trace --attach "$1" -j -o "$work/m.json"
	start m "$progs/p2pmap" "$allocate" 7 3
	await "$work/m.out" '^mapped'
	is "$(excess)" $((before + 7)) "$1: 7 pages mapped: 7 references more"
	"$pgmapref" list -q -j --type p2pdma >"$work/l.json"
	json_is "$work/l.json" <<-END
		[(p["excess"], p["busy"], p["mapped"]) for p in of("pgmap")] == [($before + 7, 0, 7)] ;; True ;; $1: list says the same, and that they are mapped
	END
	"$pgmapref" refs -q -j "$pci" >"$work/r.json"
	json_is "$work/r.json" <<-END
		[(h["task"]["tgid"], h["grade"], h["strong"], h["mappings"], h["bytes"]) for p in of("refs") for h in p["found"]["holders"] if h["how"] == "map"] ;; [($(pid m), 'holds', True, 1, 28672)] ;; $1: refs names who maps them, each page of which is held
	END
	tell m
	await "$work/m.out" '^unmapped 3'
	is "$(excess)" $((before + 4)) "$1: 3 unmapped: 3 references less"
	tell m
	await "$work/m.out" '^unmapped$'
	is "$(excess)" "$before" "$1: all unmapped: as before"
	"$progs/p2pmap" --private "$allocate" 2 >"$work/refused"
	has "$work/refused" '^refused$' "$1: a private mapping is refused"
	stop t
	is "$status" 0 "$1: trace: exit status 0"
	has "$work/t.err" '^SUMMARY: pgmapref: clean: 0 teardowns, 0 leaks, 0 inconclusive, 0 lost' "$1: nothing is lost"
	tell m
	finish m
	json_is "$work/m.json" <<-END
		[(e["event"], e["n"]) for e in of("event")] == [('alloc', 1)] * 7 + [('free', -1)] * 7 ;; True ;; $1: a line for each page, there and back
		[e["value"] for e in of("event")] == [16385 + $before + i for i in (1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1, 0)] ;; True ;; $1: the value after each
		[int(e["pfn"], 16) - int(of("event")[0]["pfn"], 16) for e in of("event")] == [0, 1, 2, 3, 4, 5, 6] * 2 ;; True ;; $1: pages of one allocation, each given back
		{(e["task"]["comm"], e["task"]["tgid"]) for e in of("event")} ;; {('p2pmap', $(pid m))} ;; $1: by p2pmap
		{e["site"].split("+")[0].split()[0] for e in of("event", event="alloc")} ;; {'p2pmem_alloc_mmap'} ;; $1: the site
		all(e["held_ns"] > 0 and e["taker"]["comm"] == "p2pmap" for e in of("event", event="free")) ;; True ;; $1: whose it was is known
		[(s["excess"], s.get("outstanding", [])) for s in of("pgmap_summary")] ;; [($before, [])] ;; $1: nothing is outstanding
	END
}
maps_pages fentry
maps_pages kprobe

let_go()
{
	tell m
	tell m
	finish m
	is "$status" 0 "the process can unmap what is not there any more"
}

"$pgmapref" trace --disable-hook vm_insert_page -d 1s >"$work/without" 2>"$work/without.err"
is $? 3 "a trace without a hook of these: exit status 3"
has "$work/without.err" '^SUMMARY: pgmapref: inconclusive \(hook p2p_map_page is missing: an event may be unseen\)' \
	"and the hook is named"

# ---- an unbind removes mapped pages by itself
tool w watch --stuck 5s -o "$work/z.txt"
start m "$progs/p2pmap" "$allocate" 7
await "$work/m.out" '^mapped'
unbind_nvme
ok $? "an unbind while 7 pages are mapped: it ends"
await "$work/z.txt" "^$pci: "
stop w
is "$status" 0 "exit status 0"
has "$work/z.txt" "^$pci: clean$" "clean"
has "$work/z.txt" 'pages +0 busy of 16384 swept, before they went$' "none of them is busy or mapped"
let_go
bind_nvme

# ---- an unbind waits for pages that another process pins
tool w watch --stuck 2s -o "$work/p.txt"
tool t trace -j -n p2pmap -o "$work/p.json"
start m "$progs/p2pmap" "$allocate" 4
await "$work/m.out" '^mapped'
stop t
pinned=$(sed -n 's/.*"event":"alloc".*"pfn":"\(0x[0-9a-f]*\)".*/\1/p' "$work/p.json" | sed -n 3p)
echo "$pinned" >$fault/page_get
ok $? "the third of 4 mapped pages is pinned ($pinned)"
unbind_in_background u
await "$work/p.txt" "^$pci: leak hang"
ok $? "the hang is reported"
has "$work/p.txt" 'waits for 1 references' "it waits for that page"
has "$work/p.txt" 'holders +1 of 1 references traced' "which is traced"
has "$work/p.txt" "1 device page by p2pmap/$(pid m), " "to the process that mapped it"
has "$work/p.txt" '^ +p2pmem_alloc_mmap' "with the stack of that"
has "$work/p.txt" 'pages +1 busy of 16384 swept, while it waits' "one page is busy"
has "$work/p.txt" "pfn $pinned refcount 1" "that one"
# The unbind has deleted the file and removed the pages from the mapping.
maps="maps /sys/devices/[^ ]*/$pci/p2pmem/allocate"
has "$work/p.txt" "^    could hold it \(found\) p2pmap/$(pid m): $maps" "who maps its memory could hold it"
lacks "$work/p.txt" 'no holder found|no longer in use' "it does not say that there is no holder"
"$pgmapref" refs "$pci" >"$work/late.txt" 2>/dev/null
has "$work/late.txt" "^    could hold it \(found\) p2pmap/$(pid m): $maps" \
	"so says a tool that is younger than the hang"
has "$work/late.txt" "^    has it open \(found\) p2pmap/$(pid m): /sys/devices/[^ ]*/$pci/p2pmem/allocate" \
	"and that it has the file open"
echo "$pinned" >$fault/page_put
finish u
await "$work/p.txt" 'drained +last reference dropped by'
ok $? "it drains with the pin"
stop w
is "$status" 1 "exit status 1"
let_go
bind_nvme
ok $? "the driver is bound again"

done_testing
