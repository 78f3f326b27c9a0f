#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-exact
# kernels: 6.1 6.12 6.18 7
#
# The exact account: breakpoints see each get and each put, the inline ones too.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)

# take ID NAME: a task that takes a reference and puts it when it is told
take()
{
	start "$1" "$progs/hold" --put "$2" "$pfn" 1
	await "$work/$1.out" '^held'
}

# ---- a hang: three references that are older than the tool are put one by one
for i in 1 2 3; do take h$i holder$i; done
tool w watch --stuck 1s -o "$work/w.txt"
start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
await "$work/w.txt" '^pmem0: leak hang'
ok $? "the hang is reported"
has "$work/w.txt" '^  exact     each get and each put is seen, by breakpoints$' "from now on each put is seen"
for i in 1 2 3; do
	tell h$i
	await "$work/w.txt" "^pmem0: put 1 by holder$i/$(pid h$i), pgmapref_fault_put .*, left: $((3 - i))$"
	ok $? "the put by holder$i is named while it hangs"
	finish h$i
done
finish u
await "$work/w.txt" 'drained +last reference dropped by holder3/'
ok $? "the drain names holder3"
has "$work/w.txt" '  put after the kill: 3$' "the report of the drain has all three"
stop w
is "$status" 1 "exit status 1"

# ---- a hang while another program has all breakpoints: the value falls, and nobody is named
bind_pmem 0
for c in 0 1; do
	start guard$c "$progs/bpguard" take $c
	await "$work/guard$c.out" '^taken'
done
for i in 1 2; do take n$i nobody$i; done
tool v watch --stuck 1s -o "$work/v.txt"
start u2 sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
await "$work/v.txt" '^pmem0: leak hang'
has "$work/v.txt" '^  exact     no: no breakpoint of a CPU is free: gdb, perf or pgmapref have them$' "no account: it is said"
tell n1
finish n1
"$pgmapref" list --details -g pmem0 >"$work/v.list"
has "$work/v.list" '^pmem0 .* 1 +[0-9]+ unbinding [0-9]' "the value falls"
tell n2
finish n2
finish u2
await "$work/v.txt" 'drained +last reference dropped by nobody2/'
ok $? "the drain names the last one"
stop v
lacks "$work/v.txt" 'put 1 by nobody1' "the other put was not seen"
for c in 0 1; do tell guard$c; finish guard$c; done

# ---- a trace from rest: each get and each put has its line
bind_pmem 0
tool t trace --exact=pmem0 -o "$work/t.txt"
has "$work/t.err" '^pgmapref: pmem0: exact account: each get and each put is seen$' "it says so"
for i in $(seq 50); do
	echo "$pfn 2" >$fault/get
	echo "$pfn 1" >$fault/put
done
echo "$pfn 50" >$fault/put
await_count() { [ "$(grep -c ' put .* -1 ' "$work/t.txt")" -ge 100 ]; }
until_true await_count
stop t
if [ "$status" -eq 0 ]; then
	is "$(grep -c ' get .* +1 ' "$work/t.txt")" 100 "100 gets of one reference"
	is "$(grep -c ' put .* -1 ' "$work/t.txt")" 100 "100 puts of one reference"
	is "$(grep -E ' (get|put) .* [+-]1 ' "$work/t.txt" | grep -cvE 'pgmapref_fault_(get|put)')" 0 "each with its site"
	is "$(grep -E ' put .* -1 ' "$work/t.txt" | tail -n 1 | awk '{print $7}')" 131073 "the last put leaves the baseline"
else # see exact-flood.t
	is "$status" 3 "writes were missed: status 3"
	has "$work/t.err" '^SUMMARY: pgmapref: inconclusive \(breakpoints missed gets or puts\)' "and it is said"
fi

# ---- a check: what is left is a new reference, not the one of the start
take old elder
cat >"$work/replace" <<-END
	echo >"$work/go"
	until grep -q ^dropped "$work/old.out"; do sleep 0.1; done
	echo | "$progs/hold" newer "$pfn" 1
END
(until [ -e "$work/go" ]; do sleep 0.1; done; tell old) &
"$pgmapref" check --details -g pmem0 --exact -o "$work/c.txt" -- sh "$work/replace" >/dev/null 2>"$work/c.err"
is $? 1 "a reference that was replaced: status 1"
has "$work/c.txt" '^pmem0: leak excess-at-end$' "leak excess-at-end"
has "$work/c.txt" '^            1 reference of the start was put$' "one of the start was put"
has "$work/c.txt" '^    1 by elder/' "by elder"
has "$work/c.txt" '1 reference by newer/' "and one is left, of newer"
finish old

# ---- the same reference is still there: others came and went
"$pgmapref" check --details -g pmem0 --exact -o "$work/d.txt" -- \
	sh -c "echo | $progs/hold --put passer $pfn 1" >/dev/null 2>"$work/d.err"
is $? 0 "a reference that stayed: status 0"
has "$work/d.err" '^SUMMARY: pgmapref: clean: ' "clean"
echo "$pfn 1" >$fault/put

# ---- check -g keeps an exact account by itself
take old2 elder
rm -f "$work/go"
sed "s/old.out/old2.out/" "$work/replace" >"$work/replace2"
(until [ -e "$work/go" ]; do sleep 0.1; done; tell old2) &
"$pgmapref" check --details -g pmem0 -o "$work/f.txt" -- sh "$work/replace2" >/dev/null 2>"$work/f.err"
is $? 1 "check -g without --exact: a reference that was replaced: status 1"
has "$work/f.txt" '^    1 by elder/' "by elder, as with --exact"
lacks "$work/f.err" 'exact account' "and nothing is said at the start"
finish old2
"$pgmapref" check --details -g pmem0 --no-exact -o "$work/g.txt" -- \
	sh -c "echo | $progs/hold newest $pfn 1; echo $pfn 1 >$fault/put" >/dev/null 2>"$work/g.err"
is $? 3 "--no-exact: whose reference is left is not known"
lacks "$work/g.txt" '^  exact ' "there is no account"
echo "$pfn 1" >$fault/put

# ---- a curve that has what came and went between two looks
start l "$pgmapref" list -H --exact=pmem0 -d 6s -j
await "$work/l.err" '^pgmapref: pmem0: exact account: each get and each put is seen$'
for _ in 1 2 3; do echo "$pfn 7" >$fault/get; echo "$pfn 7" >$fault/put; done
finish l
is "$status" 0 "list -H --exact: status 0"
json_is "$work/l.out" <<-END
	[p["history"]["value"]["peak"] - p["pgmap"]["baseline"] for p in of("pgmap") if p["pgmap"]["name"] == "pmem0"] ;; [7] ;; the peak of seven references that lasted a moment
	[p["exact"]["whole"] for p in of("pgmap") if p["pgmap"]["name"] == "pmem0"] ;; [True] ;; and nothing was missed
END

# ---- refs: who puts the references that are there
for i in 1 2; do take r$i reader$i; done
start x "$pgmapref" refs --exact pmem0
await "$work/x.err" '^pgmapref: ready: 1 pgmap followed$'
tell r1
await "$work/x.out" "^pmem0: put 1 by reader1/$(pid r1), pgmapref_fault_put .*, left: 131074$"
ok $? "refs --exact: the put is named"
echo "$pfn 3" >$fault/get
echo "$pfn 3" >$fault/put
tell r2
finish r1
finish r2
finish x
is "$status" 0 "refs --exact: it ends when none is left"
has "$work/x.out" '^pmem0: no reference above the baseline is left' "and says so"
is "$(grep -c '^pmem0: put ' "$work/x.out")" 2 "references that were taken meanwhile are not shown"

# ---- breakpoints that are taken: two pgmaps take the four of each CPU
tool a watch -g pmem0 --exact
tool b watch -g pmem0 --exact
"$pgmapref" watch --details -g pmem0 --exact -d 1s >/dev/null 2>"$work/e.err"
has "$work/e.err" '^pgmapref: pmem0: no exact account: no breakpoint of a CPU is free: gdb, perf or pgmapref have them$' \
	"no breakpoint is left: it is said"
stop a
stop b
done_testing
