#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-cycles
# kernels: patched
#
# Makes a pgmap and tears it down again and again, with faults at random (SEED, CYCLES, FAULTS). The
# script knows what it did: each verdict is the one that it expects. The tool's memory does not
# grow.
. "$(dirname "$0")/../lib.sh"

faults=/sys/kernel/debug/pgmap
cycles=${CYCLES:-200}
seed=${SEED:-20261122}
base=131073
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem0
ok $? "a file system that outlives its device"
echo never >/sys/kernel/mm/transparent_hugepage/enabled

# The kernel warns about one put too many.
expected_log='percpu ref|percpu_ref|WARNING:.*percpu|Call Trace'

# The plan: for each cycle a line "FAULT ENTRIES COUNT EXCESS". EXCESS is the number of references
# that are too many at the kill. For skip_put the kernel counts the puts since its boot that are
# made while skip_put is set, so no other test may run in this guest.
python3 - "$seed" "$cycles" "${FAULTS:-20}" >"$work/plan" <<'END'
import random, sys
rng = random.Random(int(sys.argv[1]))
cycles, faults = int(sys.argv[2]), int(sys.argv[3])
bad = set(rng.sample(range(cycles), faults))
kinds = ["skip_put", "ref", "pin", "pin", "late", "bare", "twice_repaired", "overput"]
puts = 0
for i in range(cycles):
    entries = rng.randint(2, 9)
    if i not in bad:
        print("none", entries, 0, 0)
        continue
    kind = rng.choice(kinds)
    count = rng.randint(1, entries if kind == "pin" else min(entries, 3))
    excess = {"bare": 0, "twice_repaired": 0, "overput": -count}.get(kind, count)
    if kind == "skip_put":
        # each of these puts whose number is a multiple of count is skipped
        excess = (puts + entries) // count - puts // count
        puts += entries
    print(kind, entries, count, excess)
END
is "$(wc -l <"$work/plan")" "$cycles" "seed $seed: $cycles cycles, $(grep -vc none "$work/plan") faults"

tool w watch --stuck 300ms -j -o "$work/w.json" -g pmem0
rss() { awk '/^Rss:/ { print $2 / 4 }' "/proc/$(pid w)/smaps_rollup"; }
pfn=$(pmem_pfn 0 4096)
# The tool keeps a generation for a second after its end. Make as many of them as there can ever be,
# so that the memory measured later does not depend on the speed of this machine.
warm=12
for ((i = 0; i < warm; i++)); do
	unbind_pmem 0
	bind_pmem 0 || break
done
is $i $warm "$warm generations in quick succession"
open_records() { [ "$(grep -c '"type":"teardown"' "$work/w.json")" -gt "$seen_records" ]; }

# release COMMAND...: waits for a report, then runs the command, which lets the unbind go on
release()
{
	until_true open_records
	"$@"
}

cycle=0
# Until then the tool has allocated what it needs once, for example for the first leaks.
early=$((cycles > 100 ? cycles / 10 : 10))
rss_early=0
while read -r fault_name entries count want_excess; do
	cycle=$((cycle + 1))
	[ $cycle = $early ] && rss_early=$(rss)
	seen_records=$(grep -c '"type":"teardown"' "$work/w.json")
	want=clean
	kinds=
	mount -o dax=always /dev/pmem0 /mnt/dax || break
	case $fault_name in
	bare) echo "$count" >$faults/skip_get ;;
	esac
	"$progs/daxfiles" --no-check create /mnt/dax c 1 "$entries" 4k >/dev/null || break
	case $fault_name in
	skip_put) echo "$count" >$faults/skip_put ;;
	twice_repaired) echo 1 >$faults/put_twice ;;
	pin)
		start p "$progs/daxpin" vmsplice /mnt/dax/c0 0 "$count"
		await "$work/p.out" '^pinned' ;;
	esac
	rm /mnt/dax/c0
	umount /mnt/dax
	case $fault_name in
	skip_put) echo 0 >$faults/skip_put ;;
	twice_repaired) echo 1 >$faults/repair ;;
	ref | late) echo "$pfn $count" >$fault/get ;;
	overput) echo "$pfn $count" >$fault/overput ;;
	esac
	[ "$want_excess" = 0 ] || want=leak kinds=hang
	[ "$want_excess" -ge 0 ] || kinds='hang, underflow'
	start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
	case $fault_name in
	skip_put) release sh -c "echo 1 >$faults/repair" ;;
	ref) release sh -c "echo '$pfn $count' >$fault/put" ;;
	pin) release tell p; finish p ;;
	overput) release sh -c "echo 1 >$fault/repay" ;;
	late)
		kinds='hang, get-after-kill'
		until_true open_records
		echo 1 >$faults/get_dying
		echo "$pfn 1" >$fault/get
		echo 0 >$faults/get_dying
		echo "$pfn $((count + 1))" >$fault/put ;;
	esac
	finish u
	echo "$fault_name $want $want_excess $kinds" >>"$work/truth"
	bind_pmem 0 || break
done <"$work/plan"
rss_late=$(rss)
is $cycle "$cycles" "all cycles were run"
stop w
is "$status" 1 "exit status 1"

python3 - "$work/w.json" "$work/truth" $base $warm >"$work/wrong" <<'END'
import json, sys
warm = int(sys.argv[4])
last = {}
for line in open(sys.argv[1]):
    r = json.loads(line)
    if r["type"] == "teardown" and r["gone"]:
        last[r["pgmap"]["generation"]] = r
got = [last[g] for g in sorted(last)]
for r in got[:warm]:
    if r["verdict"] != "clean":
        print(f"in quick succession: {r['verdict']}")
got = got[warm:]
truth = [line.rstrip("\n").split(" ", 3) for line in open(sys.argv[2])]
if len(got) != len(truth):
    print(f"{len(got)} teardowns reported of {len(truth)}")
for i, (r, (name, verdict, excess, kinds)) in enumerate(zip(got, truth)):
    have = (r["verdict"], r["value"] - int(sys.argv[3]), r["excess"], ", ".join(r["kinds"]))
    if have != (verdict, int(excess), int(excess), kinds):
        print(f"cycle {i + 1}: {name}: {have}, wanted {(verdict, int(excess), kinds)}")
    # traced from the start: each reference has a known taker
    if r.get("unattributed", 0):
        print(f"cycle {i + 1}: {name}: {r['unattributed']} references of nobody")
END
is "$(cat "$work/wrong")" "" "every verdict, value and kind is right"
tally=$(cut -d ' ' -f 1 "$work/truth" | sort | uniq -c | tr -s ' \n' ' ')
diag "$tally; pages after $early cycles and at the end: $rss_early $rss_late"
# libc grows the heap in steps, at any time. The history of one generation has 10 pages.
if [ "$cycles" -ge 40 ]; then
	[ "$rss_early" -gt 100 ] && [ $((rss_late - rss_early)) -le 33 ]
	ok $? "and the tool has not grown with them"
fi

done_testing
