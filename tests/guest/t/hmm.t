#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-hmm
# kernels: patched
#
# Device memory that no CPU can access (DEVICE_PRIVATE), with test_hmm, the kernel's own driver for
# it. The module makes the memory, gives pages of it to a process, takes them back in each possible
# way, and is unloaded while pages are in use. With fentry and with kprobes.
. "$(dirname "$0")/../lib.sh"

name=hmm_dmirror
dev=/dev/hmm_dmirror0
# Two devices, each with a pgmap of DEVMEM_CHUNK_SIZE, 256 MiB (lib/test_hmm.c, 6.1)
pages=65536

modprobe -n test_hmm 2>/dev/null || { ok 1 "the kernel has test_hmm"; done_testing; }

load() { modprobe test_hmm && until_true test -c $dev; }
unload() { start u rmmod test_hmm; }
unload_hangs() { grep -qs memunmap_pages "/proc/$(pid u)/stack"; }
# said N NUMBER: column N of the line "pfn PFN index INDEX" of client c for page NUMBER (from 1)
said() { sed -n 's/^pfn //p' "$work/c.out" | sed -n "$2p" | cut -d ' ' -f "$1"; }
# client PAGES TOUCHED: starts a client with so many pages, of which it touches some later
client() { start c "$progs/hmmpages" --pfn $dev "$1" "$2"; await "$work/c.out" '^ready'; }
step() { tell c; await "$work/c.out" "^$1"; }

# list NAME EXCESS: list and the oracle agree about both pgmaps; excess of the second one
list()
{
	"$pgmapref" list -j >"$work/list.json" && tests/guest/oracle --json --pages >>"$work/list.json"
	ok $? "$1: list and the oracle can read"
	json_is "$work/list.json" <<-END
	sorted((p["pgmap"]["type"], p["pgmap"]["pages"], p["pgmap"]["baseline"], p["value"], p["excess"], p["busy"], p["state"]) for p in of("pgmap") if p["pgmap"]["name"] == "$name") ;; [('private', $pages, 1, 1, 0, 0, 'live'), ('private', $pages, 1, $((1 + $2)), $2, $2, 'live')] ;; $1: list
	sorted((p["pgmap"]["address"], p["value"], p["busy"]) for p in of("pgmap") if p["pgmap"]["type"] == "private") == sorted((o["pgmap"], o["value"], o["busy"]) for o in r if o.get("busy_pages") is not None and o["type"] == "private") ;; True ;; $1: the oracle says the same
	END
}

# round HOW: all steps, with hooks of one mechanism
round()
{
	local how=$1 t=$work/$1-t.json w=$work/$1-w.txt p=$work/$1-p.json x=$work/$1-x.txt owner n pfn

	# ---- made while the tool runs
	tool t trace --attach "$how" -j -o "$t"
	tool w watch --attach "$how" --stuck 2s -o "$w"
	load
	ok $? "$how: test_hmm is loaded"
	list "$how, made" 0
	owner=0x$(awk '$3 == "dmirror_devices" { print $1 }' /proc/kallsyms)
	n=$(awk -F '[-: ]+' -v n=$name '$3 == n { print "0x" $1 }' /proc/iomem | sort | xargs)
	json_is "$work/list.json" <<-END
	set((p.get("ops"), p.get("module")) for p in of("pgmap") if p["pgmap"]["type"] == "private") ;; {('dmirror_devmem_ops', 'test_hmm')} ;; $how, made: whose operations
	len([p for p in of("pgmap") if int(p.get("owner", "0"), 16) == $owner]) ;; 1 ;; $how, made: the owner of one is the first device
	" ".join(sorted(p["pgmap"]["ranges"][0]["start"] for p in of("pgmap") if p["pgmap"]["type"] == "private")) ;; $n ;; $how, made: where /proc/iomem has them
	END

	# ---- six pages go to the device; a fault brings two back, the close four
	client 6 2
	tool p trace -p "$(pid c)" --attach "$how" -j -o "$p"
	tool x trace -p "$(pid c)" --attach "$how" -o "$x"
	step moved
	list "$how, moved" 6
	step touched
	list "$how, touched" 4
	step closed
	list "$how, closed" 0
	tell c
	finish c
	is "$status" 0 "$how: the client lost nothing" || diag "$(cat "$work/c.err")"
	finish p
	is "$status" 0 "$how, trace -p: ends with the client, clean" || diag "$(cat "$work/p.err")"
	finish x
	n=$(sed -n 's/^pfn \([^ ]*\) .*/\1/p' "$work/c.out" | xargs)
	json_is "$p" <<-END
	" ".join(e["pfn"] for e in of("event", event="alloc")) ;; $n ;; $how, trace -p: an alloc for each page that is on the device
	[(e["n"], e["order"], e["value"]) for e in of("event", event="alloc")] ;; [(1, 0, 2), (1, 0, 3), (1, 0, 4), (1, 0, 5), (1, 0, 6), (1, 0, 7)] ;; $how, trace -p: the value after each
	" ".join(e["pfn"] for e in of("event", event="free")[:2]) ;; $(said 1 1) $(said 1 2) ;; $how, trace -p: a free for each page that is touched
	" ".join(sorted(e["pfn"] for e in of("event", event="free"))) ;; $(tr ' ' '\n' <<<"$n" | sort | xargs) ;; $how, trace -p: a free for each
	[(e["n"], e["value"]) for e in of("event", event="free")] ;; [(-1, 6), (-1, 5), (-1, 4), (-1, 3), (-1, 2), (-1, 1)] ;; $how, trace -p: the value after each free
	set((e["task"]["comm"], e["task"]["tgid"]) for e in of("event")) ;; {('hmmpages', $(pid c))} ;; $how, trace -p: all by the client
	set((e["taker"]["comm"], e["taker"]["tgid"]) for e in of("event", event="free")) ;; {('hmmpages', $(pid c))} ;; $how, trace -p: and taken by it
	all("[test_hmm]" in e["site"] for e in of("event", event="alloc")) ;; True ;; $how, trace -p: handed out by the driver
	[(s["value"], s["excess"], s["events"]["alloc"], s["events"]["free"], len(s.get("outstanding", []))) for s in of("pgmap_summary") if s["pgmap"]["name"] == "$name"] ;; [(1, 0, 6, 6, 0)] ;; $how, trace -p: nothing is left
	END
	is "$(grep -cE "^ +[0-9.]+ $name alloc +0x[0-9a-f]+ +0 +\+1 +[2-7] hmmpages/$(pid c) +dmirror_[a-z_.0-9]+ \[test_hmm\]$" "$x")" \
		6 "$how, trace -p: six lines of text" || diag "$(cat "$x")"

	# ---- unloaded with no page in use
	unload
	finish u
	is "$status" 0 "$how: test_hmm is unloaded"
	until_true test "$(grep -c "^$name: " "$w")" = 2
	stop w
	is "$status" 0 "$how, unloaded: exit status 0"
	is "$(grep -c "^$name: clean$" "$w")" 2 "$how, unloaded: both clean" || diag "$(cat "$w")"
	is "$(grep -cE '^  driver +dmirror_devmem_ops \[test_hmm\], owner 0x' "$w")" 2 \
		"$how, unloaded: of whose driver, though it is gone"
	stop t
	is "$status" 0 "$how, trace: exit status 0" || diag "$(cat "$work/t.err")"
	json_is "$t" <<-END
	[(s["step"], s["value"], s["task"]["comm"], s["pgmap"]["baseline_from"]) for s in of("step", step="created")] ;; [('created', 1, 'modprobe', 'sampled'), ('created', 1, 'modprobe', 'sampled')] ;; $how, trace: made by modprobe
	[s["step"] for s in of("step") if s["step"] != "created"] ;; ['killed', 'drained', 'gone', 'killed', 'drained', 'gone'] ;; $how, trace: each torn down
	[s.get("task") for s in of("step", step="drained")] ;; [None, None] ;; $how, trace: the end of a grace period drained them, and no task
	len(of("event", event="alloc")), len(of("event", event="free")) ;; (6, 6) ;; $how, trace: the same pages without -p
	END

	# ---- unloaded with a page in use
	tool w watch --attach "$how" --stuck 2s -o "$w"
	tool j watch --attach "$how" --stuck 2s -j -o "$work/$how-w.json"
	load
	owner=$(awk '$3 == "dmirror_devices" { print "0x" $1 }' /proc/kallsyms)
	client 6 0
	step moved
	pfn=$(said 1 3)
	start k "$progs/hold" --put --page keeper "$pfn" 1
	await "$work/k.out" '^held'
	step touched
	step closed
	tell c
	finish c
	is "$status" 0 "$how, held: the client ends"
	list "$how, held" 1
	unload
	await "$w" "^$name: leak hang"
	ok $? "$how, held: the unload hangs"
	unload_hangs
	ok $? "$how, held: in memunmap_pages()"
	cp "$w" "$work/stuck"
	has "$work/stuck" "^  driver +dmirror_devmem_ops \[test_hmm\], owner $owner$" "$how, held: whose memory"
	has "$work/stuck" '^  value +2, baseline 1, excess 1$' "$how, held: excess 1"
	has "$work/stuck" '^  waits for 1 references after 2\.' "$how, held: what it waits for"
	has "$work/stuck" "^  unbind +by rmmod/$(pid u), .* so far" "$how, held: who unloads"
	has "$work/stuck" '^  pages +1 busy of 65536 swept, while it waits' "$how, held: one page"
	has "$work/stuck" "^    pfn $pfn refcount 1 anonymous index $(said 3 3)$" \
		"$how, held: that one, and what it was"
	has "$work/stuck" '^  holders +1 of 1 references traced' "$how, held: it was traced"
	has "$work/stuck" "^    1 device page by hmmpages/$(pid c) \\(ended\\), " "$how, held: whose it was"
	has "$work/stuck" '^ +dmirror_migrate_to_device.* \[test_hmm\]$' "$how, held: where it went there"
	has "$work/stuck" '^ +dmirror_fops_unlocked_ioctl.* \[test_hmm\]$' "$how, held: and by which way"
	lacks "$work/stuck" 'not accounted for' "$how, held: nothing is unknown"
	tell k
	await "$work/k.out" '^dropped'
	ok $? "$how, held: the page is put"
	finish k
	finish u
	is "$status" 0 "$how, held: then the module goes"
	until_true seen "$w" "^$name: clean"
	ok $? "$how, held: the other device's memory is clean"
	sed -i "1,$(wc -l <"$work/stuck")d" "$w"
	has "$w" "^  drained +last reference dropped by keeper/$(pid k)$" "$how, drained: by whom"
	has "$w" "^    1 by keeper/$(pid k) after [0-9.]+ s, pfn $pfn, held .*, taken by hmmpages/$(pid c), pgmapref_fault_page_put \[pgmapref_fault\]$" \
		"$how, drained: which page, and whose it was"
	has "$w" '^  holders +1 of 1 references traced' "$how, drained: all is told"
	lacks "$w" 'not accounted for' "$how, drained: nothing is unknown"
	stop w
	is "$status" 1 "$how, held: exit status 1"
	has "$work/w.err" '^SUMMARY: pgmapref: leak hang: 2 teardowns, 1 leak, 0 inconclusive, 0 lost' \
		"$how, held: summary"
	stop j
	is "$status" 1 "$how, held, JSON: exit status 1"
	json_is "$work/$how-w.json" <<-END
	[(x["phase"], x["verdict"], ", ".join(x["kinds"])) for x in of("teardown")] ;; [('stuck', 'leak', 'hang'), ('drained', 'leak', 'hang'), ('gone', 'clean', '')] ;; $how, held, JSON: stuck, drained, and the other one
	[(x["ops"], x["module"], int(x["owner"], 16) == $owner) for x in of("teardown")] ;; [('dmirror_devmem_ops', 'test_hmm', True), ('dmirror_devmem_ops', 'test_hmm', True), ('dmirror_devmem_ops', 'test_hmm', False)] ;; $how, held, JSON: whose
	[(x["excess"], x.get("attributed"), x.get("unattributed"), x["put_after_kill"]) for x in of("teardown")] ;; [(1, 1, 0, 0), (1, 1, 0, 1), (0, None, None, 0)] ;; $how, held, JSON: the account
	[(b["pfn"], b["refcount"], b["anonymous"], b["index"]) for b in of("teardown")[0]["pages"]["list"]] ;; [('$pfn', 1, True, $(said 3 3))] ;; $how, held, JSON: the page
	[(h["holding"], h["n"], h["task"]["comm"], h["first_pfn"]) for h in of("teardown")[0]["holders"]] ;; [('device page', 1, 'hmmpages', '$pfn')] ;; $how, held, JSON: the holder
	[(m["first_pfn"], m["n"], m["value"], m["task"]["comm"], m["taker"]["comm"]) for m in of("teardown")[1]["drain"]] ;; [('$pfn', 1, 0, 'keeper', 'hmmpages')] ;; $how, held, JSON: the put
	END
}

round fentry
round kprobe

done_testing
