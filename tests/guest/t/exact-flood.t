#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-exact
# kernels: 6.1 7
# also: 6.12 6.18
#
# The exact account of a pgmap that eight tasks on all CPUs use, across CPUs that go and come.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
rounds=150

# ---- eight tasks
tool f trace --exact=pmem0 -j -o "$work/f.json"
tasks=()
for i in $(seq 8); do
	(for _ in $(seq $rounds); do echo "$pfn 2" >$fault/get; echo "$pfn 2" >$fault/put; done) &
	tasks+=($!)
done
wait "${tasks[@]}"
stop f
# The kernel runs no program of a breakpoint on a CPU where another BPF program, or a map operation of
# the tool, was preempted. Then the run must say that it missed writes, and how many.
if [ "$status" -eq 0 ]; then
	missed=0
else
	is "$status" 3 "writes were missed: status 3"
	has "$work/f.err" '^SUMMARY: pgmapref: inconclusive \(breakpoints missed gets or puts\)' "and it is said"
	missed=1
fi
json_is "$work/f.json" <<-END
	bool($missed or of("pgmap_summary")[0]["events"]["get"] == $((16 * rounds))) ;; True ;; each get is counted, or it is said
	bool($missed or of("pgmap_summary")[0]["events"]["put"] == $((16 * rounds))) ;; True ;; each put is counted, or it is said
	of("pgmap_summary")[0]["events"]["get"] > $((15 * rounds)) ;; True ;; nearly all are seen
	of("pgmap_summary")[0]["excess"] ;; 0 ;; nothing is left
END

# ---- a CPU that comes online in the run
cpu=/sys/devices/system/cpu/cpu1/online
echo 0 >$cpu
tool c trace --exact=pmem0 -o "$work/c.txt"
echo 1 >$cpu
sleep 1
taskset -c 1 sh -c "echo $pfn 1 >$fault/get; echo $pfn 1 >$fault/put"
sleep 1
stop c
seen=$(grep -cE ' (get|put) .* [+-]1 ' "$work/c.txt")
{ [ "$seen" -eq 2 ] && [ "$status" -eq 0 ]; } || [ "$status" -eq 3 ]
ok $? "a CPU that comes online: its get and its put are seen ($seen), or inconclusive (status $status)"

# ---- a CPU that goes and comes back: its get and its put are seen, or the run is in doubt
tool d trace --exact=pmem0 -o "$work/d.txt"
echo 0 >$cpu
echo 1 >$cpu
taskset -c 1 sh -c "echo $pfn 3 >$fault/get"
sleep 1
stop d
seen=$(grep -cE ' get .* [+-][13] ' "$work/d.txt")
{ [ "$seen" -gt 0 ] && [ "$status" -eq 0 ]; } || [ "$status" -eq 3 ]
ok $? "a CPU that goes and comes back: seen ($seen), or inconclusive (status $status)"
echo "$pfn 3" >$fault/put

# ---- the breakpoints of a CPU that comes back are taken by another program
tool s trace --exact=pmem0 -o "$work/s.txt"
echo 0 >$cpu
start k "$progs/bpguard" take 1
echo 1 >$cpu
await "$work/k.out" '^taken'
sleep 1
taskset -c 1 sh -c "echo $pfn 1 >$fault/get; echo $pfn 1 >$fault/put"
sleep 1
stop s
seen=$(grep -cE ' (get|put) .* [+-]1 ' "$work/s.txt")
{ [ "$seen" -eq 2 ] && grep -q '^taken [12]$' "$work/k.out"; } || [ "$status" -eq 3 ]
ok $? "breakpoints that are stolen: not clean, unless the tool was faster ($(cat "$work/k.out"), status $status)"
tell k
finish k

# ---- another program keeps the guard of BPF programs busy on all CPUs
for c in 0 1; do
	start busy$c "$progs/bpguard" busy $c
	await "$work/busy$c.out" '^busy'
done
tool g trace --exact=pmem0 -j -o "$work/g.json"
tasks=()
for _ in $(seq 4); do
	(for _ in $(seq 100); do echo "$pfn 2" >$fault/get; echo "$pfn 2" >$fault/put; done) &
	tasks+=($!)
done
wait "${tasks[@]}"
stop g
graded=$status
for c in 0 1; do kill "$(pid busy$c)"; finish busy$c 2>/dev/null; done
counted=$(python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    if r["type"] == "pgmap_summary" and r["pgmap"]["name"] == "pmem0":
        print(r["events"]["get"], r["events"]["put"], r["excess"])
' "$work/g.json")
diag "a busy guard: counted $counted of 800 800 0, $(tail -n 1 "$work/g.err")"
{ [ "$graded" = 0 ] && [ "$counted" = "800 800 0" ]; } || [ "$graded" = 3 ]
ok $? "a busy guard: all are counted, or it is said that some were missed"
done_testing
