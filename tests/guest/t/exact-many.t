#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-exact
# kernels: 6.1 6.12 6.18 7
#
# Eight tasks on all CPUs take and put ten thousand references of a pgmap, one by one and several at
# once, and in the middle the pgmap is killed. The exact account equals what each task did, and at a
# hundred random moments the value that the oracle reads.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
rounds=208
tasks=()

# The last references are put after the kill.
user()
{
	local i

	until [ -e "$work/go" ]; do sleep 0.1; done
	for ((i = 0; i < rounds; i++)); do
		echo "$pfn 3" >$fault/get
		echo "$pfn 1" >$fault/put
		echo "$pfn 2" >$fault/put_many
	done
	echo "$pfn 5" >$fault/get
	until [ -e "$work/killed" ]; do sleep 0.1; done
	echo "$pfn 2" >$fault/put
	echo "$pfn 3" >$fault/put_many
}

tool t trace --exact=pmem0 --stuck 60s -j -o "$work/t.json"
for _ in $(seq 8); do
	user &
	tasks+=($!)
done
tests/guest/moments "$pfn" 100 "$work/go" "$work/moments" "${tasks[@]}"
ok $? "the oracle read the counter"
got_all() { [ "$(sed -n "s/^$(printf '%#x' "$pfn") //p" $fault/held)" = 40 ]; }
until_true got_all
ok $? "each task has its last five references"
echo namespace0.0 >$dev_driver/unbind &
unbind=$!
tearing_down() { grep -q '"type":"teardown"\|"kind":"killed"' "$work/t.json" || grep -qs memunmap_pages /proc/$unbind/stack; }
until_true tearing_down
touch "$work/killed"
wait "${tasks[@]}" $unbind
sleep 1
stop t
is "$status" 0 "clean, and no write was missed"
[ "$status" -eq 0 ] || diag "$(tail -n 3 "$work/t.err"; grep -o '"exact":{[^}]*}' "$work/t.json" | tail -n 1)"
for task in "${tasks[@]}"; do echo "$task"; done >"$work/tasks"
cat >"$work/judge" <<END
events = sorted((e for e in of("event") if e["event"] in ("get", "put")), key=lambda e: e["time_ns"])
tasks = [int(t) for t in open("$work/tasks")]
moments = [tuple(map(int, m.split())) for m in open("$work/moments")]
base = of("pgmap_summary")[0]["pgmap"]["baseline"]
def moved(pid, event, site):
    return sum(e["n"] for e in events if e["task"]["tgid"] == pid and e["event"] == event and site in (e["site"] or ""))
def value_at(ns):
    before = [e["value"] for e in events if e["time_ns"] <= ns]
    return before[-1] if before else base
END
json_is "$work/t.json" <<END
(exec(open("$work/judge").read(), globals()), len(tasks))[1] ;; 8 ;; eight tasks
{moved(t, "get", "pgmapref_fault_get") for t in tasks} ;; {$((3 * rounds + 5))} ;; each get of each task, at its site
{moved(t, "put", "pgmapref_fault_put") for t in tasks} ;; {-$((3 * rounds + 5))} ;; each put of each task
{sum(e["n"] for e in events if e["task"]["tgid"] == t and e["event"] == "put" and e["site"].startswith("pgmapref_fault_put_many")) for t in tasks} ;; {-$((2 * rounds + 3))} ;; of them by percpu_ref_put_many()
sum(abs(e["n"]) for e in events) ;; $((8 * 2 * (3 * rounds + 5))) ;; and nothing else
sum(e["n"] for e in events) ;; 0 ;; as many puts as gets
events[-1]["value"] ;; 0 ;; the last one leaves 0
len(moments) ;; 100 ;; a hundred moments
len({v for ns, v in moments}) > 5 ;; True ;; of several values
[(ns, v, value_at(ns)) for ns, v in moments if v != value_at(ns)] ;; [] ;; at each the account has the value that the oracle read
END
bind_pmem 0
done_testing
