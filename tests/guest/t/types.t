#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 7 patched
# also: 6.12
#
# pgmaps that a driver makes, with one range and with several: generic ones, and private ones
# (device memory that no CPU can access) on kernels that have them. Each is named after its memory.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

name=pgmapref_fault
start_of() { awk -v id="$1" -v n="$2" '$1 == id { print $(3 + n) }' $fault/maps; }
pfn_of() { printf '%#x' $(($(start_of "$1" "$2") / 4096 + $3)); }
last() { tail -n 1 $fault/maps | cut -d ' ' -f 1; }
destroy() { start u sh -c "echo $1 >$fault/destroy"; }

# ---- generic, made before the tool starts and while it runs
echo 'generic 32768' >$fault/create
ok $? "a generic pgmap is made"
old=$(last)
# ranges.t has more about many ranges
echo "generic $(printf '32768 %.0s' {1..10})" >$fault/create
"$pgmapref" list -j >"$work/l.json"
"$pgmapref" check -j -o "$work/c.json" -- true >/dev/null 2>&1
is $? 0 "ten ranges: check looks at all pages"
json_is "$work/l.json" <<-END
	[(p["pgmap"]["pages"], p["pgmap"]["nr_ranges"], p["value"], p["pgmap"]["baseline"], p["excess"]) for p in of("pgmap") if p["pgmap"]["nr_ranges"] > 2] ;; [(327680, 10, 327681, 327681, 0)] ;; ten ranges: the figures of all
	[(p["busy"], len(p["pgmap"]["ranges"])) for p in of("pgmap") if p["pgmap"]["nr_ranges"] > 2] ;; [(0, 10)] ;; ten ranges: swept and shown
END
json_is "$work/c.json" <<-END
	[(e["verdict"], e["excess"], e["references_left"]) for e in of("end") if e["pgmap"]["nr_ranges"] > 2] ;; [('clean', 0, 0)] ;; ten ranges: no reference is left
END
echo "$(last)" >$fault/destroy
tool w watch --stuck 2s -o "$work/w.txt"
echo 'generic 32768 65536 32768' >$fault/create
ok $? "and one of three ranges"
new=$(last)
"$pgmapref" list -j >"$work/l.json"
json_is "$work/l.json" <<-END
	[(p["pgmap"]["pages"], len(p["pgmap"]["ranges"]), p["value"], p["excess"], p["busy"]) for p in of("pgmap") if p["pgmap"]["type"] == "generic"] ;; [(32768, 1, 32769, 0, 0), (131072, 3, 131073, 0, 0)] ;; list: both, whole
	set(p["ops"] for p in of("pgmap") if p["pgmap"]["type"] == "generic") ;; {'${name}_ops'} ;; list: whose they are
END
# references in each range are references of the one pgmap
for range in 1 2 3; do
	start h$range "$progs/hold" holder$range "$(pfn_of "$new" $range 7)" 1
	await "$work/h$range.out" '^held'
done
"$pgmapref" list -j >"$work/l.json"
json_is "$work/l.json" <<-END
	[p["excess"] for p in of("pgmap") if p["pgmap"]["type"] == "generic"] ;; [0, 3] ;; list: three references
END
destroy "$new"
await "$work/w.txt" "^$name: leak hang"
ok $? "its destruction hangs"
has "$work/w.txt" 'waits for 3 references' "on three references"
for range in 1 2 3; do
	has "$work/w.txt" "1 reference by holder$range/$(pid h$range), " "holder$range is named"
	echo "$(pfn_of "$new" $range 7)" >$fault/put
	tell h$range
	finish h$range
done
finish u
until_true seen "$work/w.txt" 'drained +last reference dropped by'
ok $? "and drains"
echo "$old" >$fault/destroy
until_true seen "$work/w.txt" "^$name: clean"
ok $? "the other one: clean"
stop w
is "$status" 1 "exit status 1"
lacks "$work/w.txt" 'do not agree' "and nothing else is the matter"

# ---- private
if ! echo 'private 32768' >$fault/create 2>/dev/null; then
	done_testing
fi
id=$(last)
tool w watch --stuck 2s -o "$work/p.txt"
tool t trace -j -o "$work/t.json"
echo "$id 5" >$fault/alloc
echo "$id 2" >$fault/free
"$pgmapref" list -j >"$work/l.json"
json_is "$work/l.json" <<-END
	[(p["pgmap"]["pages"], p["pgmap"]["baseline"], p["excess"], p["busy"]) for p in of("pgmap") if p["pgmap"]["type"] == "private"] ;; [(32768, 1, 3, 3)] ;; private: three pages in use, and a reference for each
END
freed="$(pfn_of "$id" 1 0) to $(pfn_of "$id" 1 2)"
destroy "$id"
await "$work/p.txt" "^$name: leak hang"
ok $? "private: its destruction hangs"
has "$work/p.txt" 'waits for 3 references' "private: on three pages"
has "$work/p.txt" '3 device pages by (types.t|bash)/[0-9]+, ' "private: who allocated them"
has "$work/p.txt" '^ +pgmapref_fault_alloc[.+]' "private: and where"
has "$work/p.txt" "pfn $(pfn_of "$id" 1 0) refcount 1" "private: the first of them"
echo "$id 3" >$fault/free
finish u
until_true seen "$work/p.txt" 'drained +last reference dropped by (types.t|bash)/'
ok $? "private: freed, it drains"
stop w
is "$status" 1 "private: exit status 1"
lacks "$work/p.txt" 'do not agree' "private: nothing else is the matter"
has "$work/p.txt" '^  put after the kill: 3$' "private: three frees are part of the teardown"
has "$work/p.txt" "^    3 by (types.t|bash)/[0-9]+ after .*, pfn $freed, held .*, [a-z_.0-9]+ \[pgmapref_fault\]$" \
	"private: by whom, and of what"
is "$(grep -cE '^  holders +3 of 3 references traced$' "$work/p.txt")" 2 "private: who had them is known to the end"
lacks "$work/p.txt" 'not accounted for' "private: nobody is unknown"
stop t
json_is "$work/t.json" <<-END
	[len(of("event", event=e)) for e in ("alloc", "free")] ;; [5, 5] ;; private: each is traced
	[e["value"] for e in of("event", event="alloc")] ;; [2, 3, 4, 5, 6] ;; private: the value after each
END

# ---- if puts are visible: one reference too few or too many is reported before any teardown
if [ -d /sys/kernel/debug/pgmap ]; then
	echo 'private 32768' >$fault/create
	id=$(last)
	tool w watch -o "$work/l.txt"
	echo "$id 3" >$fault/alloc
	echo "$(pfn_of "$id" 1 0) 1" >$fault/overput
	await "$work/l.txt" "^$name: references, entries and pages do not agree$"
	ok $? "private: one put too many, said at once"
	has "$work/l.txt" 'layers +excess 2, folios in use 3; traced: 3 of folios, -1 others, 0 entries' \
		"private: three pages in use, two references"
	echo 1 >$fault/repay
	echo "$id 3" >$fault/free
	echo "$id" >$fault/destroy
	until_true seen "$work/l.txt" "^$name: clean"
	ok $? "private: paid back, clean"
	stop w
fi

tool w watch
echo 'private 32768 32768' >$fault/create
id=$(last)
echo "$id 40000" >$fault/alloc
echo "$id 40000" >$fault/free
echo "$id" >$fault/destroy
until_true seen "$work/w.out" "^$name: clean"
ok $? "private: all freed, clean"
stop w
is "$status" 0 "private: exit status 0"

# So many frees in a teardown are counted, but the report stays readable.
tool w watch --stuck 2s -o "$work/many.txt"
echo 'private 32768' >$fault/create
id=$(last)
echo "$id 20000" >$fault/alloc
destroy "$id"
await "$work/many.txt" "^$name: leak hang"
ok $? "private: 20000 in use: its destruction hangs"
echo "$id 20000" >$fault/free
finish u
until_true seen "$work/many.txt" 'drained +last reference dropped by'
stop w
has "$work/many.txt" '^  put after the kill: 20000$' "private: 20000 frees are counted"
has "$work/many.txt" '^    1024 by (types.t|bash)/' "private: the first 1024 are told"
has "$work/many.txt" '… and 18976 more calls' "private: and how many are not"
is "$(grep -cE '^  holders +20000 of 20000 references traced$' "$work/many.txt")" 2 "private: none is unknown"
has "$work/w.err" '^SUMMARY: pgmapref: leak hang: 1 teardown, 1 leak, 0 inconclusive, 0 lost' "private: none is lost"

done_testing
