#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 7 patched
# also: 6.12
#
# An unbind that hangs on references of three tasks. The tool reports it while it hangs, with the
# takers and their stacks, and again when it drains. Then the same with a tool that starts too late
# to see the takers.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)

# unbind_in_background ID
unbind_in_background() { start "$1" sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'; }

unbind_hangs() { grep -qs memunmap_pages "/proc/$1/stack"; }

# value_is VALUE NAME: another tool reads the counter
value_is()
{
	"$pgmapref" list -q -j -g pmem0 >"$work/l.json"
	json_is "$work/l.json" <<-END
		[(p["state"], p["value"], p["excess"]) for p in of("pgmap")] ;; [('killed', $1, $1)] ;; $2: killed, value $1
	END
}

# ---- seen from the start
tool w watch --stuck 2s -o "$work/w.txt"
tool j watch --stuck 2s -j -o "$work/w.json"
for i in 1 2 3; do
	start h$i "$progs/hold" holder$i "$pfn" 1
	await "$work/h$i.out" '^held'
done
unbind_in_background u
await "$work/w.txt" '^pmem0: leak hang'
ok $? "the hang is reported"
unbind_hangs "$(pid u)"
ok $? "while the unbind is in D state"
has "$work/w.txt" 'value +131076, baseline 131073 \(computed\), excess 3' "value, baseline, excess"
has "$work/w.txt" 'waits for 3 references' "what it waits for"
has "$work/w.txt" 'holders +3 of 3 references traced' "all are traced"
for i in 1 2 3; do
	has "$work/w.txt" "1 reference by holder$i/$(pid h$i), " "holder$i is named"
done
is "$(grep -c '^        pgmapref_fault_get' "$work/w.txt")" 3 "each with the stack of its taking"
# The answer stands before the figures.
sed -n '/^FACTS /q;p' "$work/w.txt" >"$work/answer"
is "$(sed -n '1s/^[-0-9]* [:0-9]*  //p' "$work/answer")" "pmem0: UNBIND HANGS, 3 references are left (hang)" "answer: what happened"
has "$work/answer" '^WHO   3 of 3 references accounted for$' "answer: how much is known"
for i in 1 2 3; do
	has "$work/answer" "^   1  holder$i/$(pid h$i) +alive +taken .* ago\$" "answer: holder$i"
done
has "$work/answer" '^      all at pgmapref_fault_get\+0x[0-9a-f]+ \[pgmapref_fault\] <- ' "answer: by which call, once"
has "$work/answer" 'put_dev_pagemap' "answer: what to mend"
[ "$(wc -l <"$work/answer")" -le 22 ]
ok $? "answer: with the facts, at most 24 lines" || diag "$(cat "$work/answer")"
lacks "$work/w.txt" 'not accounted for' "nobody is unknown"
# Another task drops them one by one. A killed percpu_ref has no baseline: its value is the number
# of references that the unbind waits for.
for i in 1 2 3; do
	unbind_hangs "$(pid u)"
	ok $? "it still hangs before drop $i"
	value_is $((4 - i)) "before drop $i"
	echo "$pfn 1" >$fault/put
done
finish u
# The third drop makes the value 0. Then the unbind goes on, and the pgmap goes with it.
"$pgmapref" list -q -j -g pmem0 >"$work/l.json" 2>"$work/l.err"
is $? 2 "after drop 3: list exits with status 2"
has "$work/l.err" '^pgmapref: pmem0: no such pgmap' "because there is no such pgmap"
await "$work/w.txt" 'drained +last reference dropped by'
ok $? "the drain is reported, with who dropped the last reference"
has "$work/w.txt" 'last reference dropped by (hang.t|bash)/' "that is this test"
stop w
is "$status" 1 "exit status 1"
has "$work/w.err" '^SUMMARY: pgmapref: leak hang: 1 teardown, 1 leak, 0 inconclusive, 0 lost' "summary"
stop j
is "$status" 1 "exit status 1 with JSON"
json_is "$work/w.json" <<-END
	[t["phase"] for t in of("teardown")] ;; ['stuck', 'drained'] ;; JSON: stuck, then drained
	[(t["final"], t["id"] == of("teardown")[0]["id"]) for t in of("teardown")] ;; [(False, True), (True, True)] ;; JSON: one teardown, of which one record is final
	[t["verdict"] for t in of("teardown")] ;; ['leak', 'leak'] ;; JSON: both say leak
	of("teardown")[0]["excess"] ;; 3 ;; JSON: excess
	of("teardown")[0]["waits_for"] ;; 3 ;; JSON: waits_for
	of("teardown")[0]["attributed"], of("teardown")[0]["unattributed"] ;; (3, 0) ;; JSON: attributed
	sorted(h["task"]["comm"] for h in of("teardown")[0]["holders"]) ;; ['holder1', 'holder2', 'holder3'] ;; JSON: holders
	all(any("pgmapref_fault_get" in f for f in h["stack"]) for h in of("teardown")[0]["holders"]) ;; True ;; JSON: stacks
	of("teardown")[1]["gone"] ;; True ;; JSON: gone in the end
	", ".join(of("summary")[0]["kinds"]) ;; hang ;; JSON: summary
END
for i in 1 2 3; do tell h$i; finish h$i; done
bind_pmem 0

# ---- the tool starts when the unbind already hangs
for i in 1 2 3; do
	start h$i "$progs/hold" holder$i "$pfn" 1
	await "$work/h$i.out" '^held'
done
unbind_in_background u
until_true unbind_hangs "$(pid u)"
ok $? "the unbind hangs before the tool starts"
sleep 2
# What can be read is said at once: it has waited for longer than --stuck already.
"$pgmapref" watch --no-pins --stuck 2s -d 500ms >"$work/short.txt" 2>"$work/short.err"
is $? 1 "a look of half a second knows that it is a leak"
has "$work/short.txt" '^.*  pmem0: UNBIND HANGS, 3 references are left \(hang\)$' "what it is"
has "$work/short.txt" '^  sh/[0-9]+ has waited more than ([2-9]|[1-9][0-9]+)[.]' "who, and that it has waited longer than the tool ran"
tool w watch --stuck 2s -o "$work/late.txt"
await "$work/late.txt" '^pmem0: leak hang'
ok $? "it still says hang"
has "$work/late.txt" 'waits for 3 references' "and the count"
has "$work/late.txt" '3 not accounted for: not seen when taken, or taken before the tool started' \
	"and that the takers are older than itself"
has "$work/late.txt" 'unbind +by sh/' "and who unbinds"
echo "$pfn 3" >$fault/put
finish u
until_true seen "$work/late.txt" 'drained'
ok $? "and the drain"
stop w
is "$status" 1 "exit status 1"
for i in 1 2 3; do tell h$i; finish h$i; done
bind_pmem 0

# ---- the same without references
tool w watch --stuck 2s
unbind_pmem 0
until_true seen "$work/w.out" '^pmem0: '
stop w
is "$status" 0 "without the references: exit status 0"
has "$work/w.out" '^pmem0: clean$' "without the references: clean"
bind_pmem 0

# ---- the tool cannot look while the unbind hangs, as on a very busy machine
# stopped ARG...: puts the report into $work/s.txt and the exit status into $code
stopped()
{
	tool w watch --stuck 500ms -o "$work/s.txt" "$@"
	start h1 "$progs/hold" holder1 "$pfn" 1
	await "$work/h1.out" '^held'
	kill -STOP "$(pid w)"
	unbind_in_background u
	until_true unbind_hangs "$(pid u)"
	sleep 1
	echo "$pfn 1" >$fault/put
	finish u
	kill -CONT "$(pid w)"
	until_true seen "$work/s.txt" '^pmem0: '
	stop w
	code=$status
	tell h1
	finish h1
	bind_pmem 0
}
stopped
has "$work/s.txt" '^pmem0: leak hang$' "a stopped tool knows from the records that it hung"
has "$work/s.txt" "1 reference by holder1/" "and who it was"
is "$code" 1 "and exits with status 1"
case $kernel in
6.12.*)
	stopped --disable-hook drained
	has "$work/s.txt" '^pmem0: inconclusive: how long it waited was not seen$' \
		"without its drain: inconclusive"
	is "$code" 3 "and exits with status 3"
	;;
esac

done_testing
