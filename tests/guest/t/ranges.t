#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 7
# also: 6.1 6.12 patched
#
# pgmaps of 1, 9 and 300 ranges, as CXL makes them for memory that comes in pieces: every range is
# counted, swept, shown and selected, from the first to the last. Behind each range is a gap without
# struct pages. "down": the last range has the lowest address.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

name=pgmapref_fault
last() { tail -n 1 $fault/maps | cut -d ' ' -f 1; }
# starts ID: the first address of each range, in the order of the kernel
starts() { awk -v id="$1" '$1 == id { for (i = 4; i <= NF; i++) print $i }' $fault/maps; }
# address ID RANGE OFFSET: the address of page OFFSET of that range; the first is number 1
address() { printf '%#x' $(($(starts "$1" | sed -n "$2p") + $3 * 4096)); }
pfn() { printf '%#x' $(($(address "$1" "$2" "$3") / 4096)); }
make() { echo "generic $1" >$fault/create && id=$(last); }
destroy() { start u sh -c "echo $1 >$fault/destroy"; }
declare -A at_of gap_of
columns() { awk 'length > most { most = length } END { print most }' "$1"; }

# ---- older than the tool: list, -g, check
for n in 1 9 300; do
	make 512x$n
	ok $? "$n ranges: made"
	"$pgmapref" list -j >"$work/l.json"
	starts "$id" | sed 's/.*/"&"/' | paste -sd , | sed 's/.*/[&]/' >"$work/starts"
	json_is "$work/l.json" <<-END
		[(p["pgmap"]["pages"], p["pgmap"]["nr_ranges"], len(p["pgmap"]["ranges"])) for p in of("pgmap") if p["pgmap"]["name"] == "$name"] ;; [($((512 * n)), $n, $n)] ;; $n ranges: all pages, all ranges
		[[x["start"] for x in p["pgmap"]["ranges"]] for p in of("pgmap") if p["pgmap"]["name"] == "$name"] == [json.load(open("$work/starts"))] ;; True ;; $n ranges: each begins where it was made
		[int(x["end"], 16) + 1 - int(x["start"], 16) for p in of("pgmap") for x in p["pgmap"]["ranges"] if p["pgmap"]["name"] == "$name"] == [2 << 20] * $n ;; True ;; $n ranges: and has 2 MiB
		[(p["value"], p["pgmap"]["baseline"], p["excess"], p["busy"]) for p in of("pgmap") if p["pgmap"]["name"] == "$name"] ;; [($((1 + 512 * n)), $((1 + 512 * n)), 0, 0)] ;; $n ranges: value and baseline, and no page is busy
	END
	"$pgmapref" list -v >"$work/v.txt" 2>"$work/v.err"
	first=$(address "$id" 1 0) end=$(printf '%#x' $(($(address "$id" $n 0) + (2 << 20) - 1)))
	[ "$(columns "$work/v.txt")" -le 90 ]
	ok $? "$n ranges: no long line" || diag "$(columns "$work/v.txt") columns"
	# the same addresses are used again below
	at_of[512x$n]=$(address "$id" $n 7)
	gap_of[512x$n]=$(address "$id" $n 512)
	at_of["512x$n down"]=$(address "$id" 1 7)
	gap_of["512x$n down"]=$(address "$id" 1 512)
	if [ $n = 1 ]; then
		lacks "$work/v.txt" 'ranges| to 0x' "one range: nothing is said of ranges"
	else
		has "$work/v.txt" "^ +ranges: $n, from $first to $end\$" "$n ranges: list says how many"
		is "$(grep -cE '^ +0x[0-9a-f]+ to 0x[0-9a-f]+$' "$work/v.txt")" $n "$n ranges: list -v shows each"
	fi
	[ $n = 300 ] || echo "$id" >$fault/destroy
done

# an address selects the pgmap if one of its ranges has it
for at in "1 0" "300 511"; do
	# shellcheck disable=SC2086 # two words
	"$pgmapref" list -j -g "$(address "$id" $at)" >"$work/g.json" 2>"$work/g.err"
	json_is "$work/g.json" <<-END
		[p["pgmap"]["name"] for p in of("pgmap")] ;; ['$name'] ;; -g with an address in range ${at% *}
	END
done
"$pgmapref" list -g "$(address "$id" 300 512)" >"$work/g.txt" 2>"$work/g.err"
lacks "$work/g.txt" $name "-g with an address in the gap behind the last range"
# room for 4 times 64 ranges: the tool knows the first one and the span
"$pgmapref" list -j --limit rows=4 -g "$(address "$id" 2 512)" >"$work/g.json" 2>"$work/g.err"
json_is "$work/g.json" <<-END
	[(p["pgmap"]["name"], p["pgmap"]["nr_ranges"], len(p["pgmap"]["ranges"]), p["busy"]) for p in of("pgmap")] ;; [('$name', 300, 1, 0)] ;; no room for its ranges: -g takes any address between them; all are swept
END
"$pgmapref" list --details >"$work/l.txt"
is "$(grep -cE '^ +0x[0-9a-f]+ to ' "$work/l.txt")" 0 "list without -v does not show each range"
has "$work/l.txt" '^ +ranges: 300, ' "but how many"

# busy before, and to the end: no leak of the command
echo "$(pfn "$id" 300 3)" >$fault/page_get
"$pgmapref" check --details -o "$work/c.txt" -- true >"$work/c.out" 2>"$work/c.err"
is $? 0 "check of a pgmap with a busy page is clean"
has "$work/c.err" '^SUMMARY: pgmapref: clean: ' "and says so"
"$pgmapref" check --details -o "$work/c.txt" -- sh -c "echo $(pfn "$id" 300 5) >$fault/page_get" \
	>"$work/c.out" 2>"$work/c.err"
is $? 1 "check finds a page in the last range, busy at the end"
has "$work/c.txt" "^$name: leak busy-at-end" "its kind"
has "$work/c.txt" "pfn $(pfn "$id" 300 5) refcount 2" "its pfn"
echo "$(pfn "$id" 300 3)" >$fault/page_put
echo "$(pfn "$id" 300 5)" >$fault/page_put
echo "$id" >$fault/destroy

# ---- made while the tool runs
tool w watch --stuck 2s -o "$work/w.txt"
for n in 1 9 300; do
	make 512x$n
	echo "$id" >$fault/destroy
done
until_true sh -c "[ \$(grep -c '^$name: clean' $work/w.txt) = 3 ]"
ok $? "made and torn down: clean, each of them"
stop w
has "$work/w.err" '^SUMMARY: pgmapref: clean: 3 teardowns, 0 leaks, 0 inconclusive, 0 lost' "none is inconclusive"
is "$status" 0 "exit status 0"
has "$work/w.txt" '^  ranges +300, from 0x[0-9a-f]+ to 0x[0-9a-f]+$' "the report says how many ranges"

# forget PFN...: the module shall not take a page of a later pgmap for the one that went
forget() { for p in "$@"; do echo "$p" >$fault/page_put 2>/dev/null; done; }

for how in 512x9 '512x300 down'; do
	n=${how#512x} n=${n% *}
	at=${at_of[$how]} gap=${gap_of[$how]}
	start x "$pgmapref" watch --details --no-pins --stuck 2s -g "$gap" -o "$work/x.txt"
	await "$work/x.err" '^pgmapref: ready: '
	# selected by an address of the last range, before it is made
	tool w watch --stuck 2s -g "$at" -o "$work/w.txt"
	make "$how"
	is "$(address "$id" $n 7)" "$at" "$how: made at the same addresses"
	pinned=("$(pfn "$id" 1 511)" "$(pfn "$id" $((n / 2)) 511)" "$(pfn "$id" $n 511)")
	taken=0
	for p in "${pinned[@]}"; do
		echo "$p" >$fault/page_get && taken=$((taken + 1))
	done
	is $taken 3 "$how: a page is taken in the first range, one in the middle, one in the last"

	# a busy page of the start is compared with itself, whatever the order of the ranges
	one=$(pfn "$id" $((n / 2 + 1)) 2)
	"$pgmapref" check -j -o "$work/c.json" -- sh -c "echo $one >$fault/page_get" \
		>"$work/c.out" 2>"$work/c.err"
	is $? 1 "$how: one more busy page at the end of check"
	json_is "$work/c.json" <<-END
		[(", ".join(e["kinds"]), e["pages"]["busy"], e["busy_left"]) for e in of("end") if e["pgmap"]["name"] == "$name"] ;; [('busy-at-end', 4, 1)] ;; $how: four are busy, one more than at the start
	END
	echo "$one" >$fault/page_put

	start h "$progs/hold" holder "$(pfn "$id" $n 9)" 2
	await "$work/h.out" '^held'
	destroy "$id"
	await "$work/w.txt" "^$name: leak hang"
	ok $? "$how: its destruction hangs"
	has "$work/w.txt" 'waits for 2 references' "$how: on two references"
	has "$work/w.txt" "2 references by holder/$(pid h), " "$how: the holder is named"
	echo "$(pfn "$id" $n 9) 2" >$fault/put
	tell h
	finish h
	finish u
	until_true seen "$work/w.txt" 'drained +last reference dropped by'
	ok $? "$how: and drains"
	await "$work/w.txt" "^$name: leak hang,? *pinned-at-teardown"
	ok $? "$how: torn down with busy pages"
	has "$work/w.txt" "pages +3 busy of $((512 * n)) swept, before they went" "$how: three, of all"
	for p in "${pinned[@]}"; do
		has "$work/w.txt" "pfn $p refcount 2" "$how: $p is named"
	done
	forget "${pinned[@]}"
	stop w
	is "$status" 1 "$how: exit status 1"
	has "$work/w.err" ' 0 inconclusive, 0 lost' "$how: nothing is missing"
	stop x
	lacks "$work/x.txt" "$name" "$how: an address in a gap selects nothing"
done

done_testing
