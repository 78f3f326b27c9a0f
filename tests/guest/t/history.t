#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.12
# also: 6.1 7
#
# The history of a pgmap shows known steps, and its memory does not grow with the number of events.
# SOAK_SECONDS=600 for the long run (default 30).
. "$(dirname "$0")/../lib.sh"

need_fault
soak=${SOAK_SECONDS:-30}
pfn=$(pmem_pfn 0 4096)
base=131073

# CLOCK_MONOTONIC in ns, rounded down to 10 ms (uptime is the same, because the guest never sleeps)
now() { local up rest; read -r up rest </proc/uptime; echo "${up/./}0000000"; }

# How often a tool has slept: at least once after each reading of the counters
sleeps() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$(pid "$1")/status"; }
slept() { [ "$(sleeps t)" -ge "$1" ] && [ "$(sleeps w)" -ge "$2" ]; }

# lasts HEIGHT: waits until both tools have read the counters a dozen times, and adds to $windows
# the time in which the references existed
windows=
lasts()
{
	local from

	from=$(now)
	until_true slept $(($(sleeps t) + 12)) $(($(sleeps w) + 12))
	# now() can be up to 10 ms too low
	windows+="($from + 10000000, $(now), $1), "
}

# step HEIGHT: a task holds so many references for some time and then drops them
step()
{
	start "h$1" "$progs/hold" --put "holder$1" "$pfn" "$1"
	await "$work/h$1.out" '^held'
	lasts "$1"
	tell "h$1"
	finish "h$1"
	lasts 0
}

# ---- a square wave
tool t trace -j -g pmem0 -o "$work/t.json"
tool w watch -j -g pmem0 -o "$work/w.json"
lasts 0
for height in 3 7 5; do step $height; done
stop t
is "$status" 0 "trace: exit status 0"
unbind_pmem 0
until_true seen "$work/w.json" '"gone":true'
ok $? "watch reports the teardown"
stop w
bind_pmem 0

# For json_is: what the slots show that are within each window: [(height, [(min, max)])]. A slot
# without a reading shows the value from before, so the first slot of a window may still have the
# height of the window before.
# shellcheck disable=SC2016
inside='[(h, [(lo - BASE, hi - BASE) for i, (lo, hi) in enumerate(zip(H["value"]["min"], H["value"]["max"])) if H["start_ns"] + i * H["step_ns"] >= a and H["start_ns"] + (i + 1) * H["step_ns"] <= b]) for a, b, h in W]'

# wave NAME HISTORY: prints the checks of a history
wave()
{
	local name=$1 of="(lambda H, W: ${inside//BASE/$base})($2, [$windows])"

	cat <<-END
	(lambda k: [v - $base for i, v in enumerate(k) if i in (0, len(k) - 1) or (v - k[i - 1]) * (k[i + 1] - v) < 0])([v for v, _ in __import__("itertools").groupby($2["value"]["last"])]) ;; [0, 3, 0, 7, 0, 5, 0] ;; $name: these heights in this order (on the way there it may show less)
	$2["value"]["peak"] - $base ;; 7 ;; $name: peak
	(lambda w: w[2][1] - 20000000 <= $2["value"]["peak_ns"] <= w[3][1])([$windows]) ;; True ;; $name: time of the peak
	[(h, slots) for h, slots in $of if slots.count((h, h)) < 4 or not set(slots[-4:]) <= {(h, h)}] ;; [] ;; $name: each step has slots that show it, minimum and maximum
	[(h, before, slots) for (before, _), (h, slots) in zip([(0, 0)] + $of, $of) if set(slots) - {(h, h), (before, before)}] ;; [] ;; $name: none shows anything else
	(min($2["value"]["min"]) - $base, max($2["value"]["max"]) - $base) ;; (0, 7) ;; $name: nothing below or above
	sum($2["events"]["get"]) ;; 15 ;; $name: references taken
	END
}

json_is "$work/t.json" <<-END
$(wave trace 'of("pgmap_summary")[0]["history"]')
len(of("pgmap_summary")) ;; 1 ;; trace: of this pgmap alone
sorted({(e["task"]["comm"], e["pfn"], sum(f["n"] for f in of("event", event="get") if f["task"] == e["task"])) for e in of("event", event="get")}) == [("holder%d" % h, "$(printf '%#x' "$pfn")", h) for h in (3, 5, 7)] ;; True ;; trace: who took them
END
# watch goes on until the pgmap is gone, so its last samples are from the teardown.
json_is "$work/w.json" <<-END
$(wave watch '(lambda h: dict(h, value=dict(h["value"], **{k: [v for i, v in enumerate(h["value"][k]) if h["start_ns"] + (i + 1) * h["step_ns"] <= h["killed_ns"]] for k in ("min", "max", "last")})))(of("teardown")[0]["history"])')
[of("teardown")[0]["history"][k] > 0 for k in ("live_ns", "killed_ns", "gone_ns")] ;; [True, True, True] ;; watch: when it was killed and gone
of("teardown")[0]["history"]["value"]["last"][-1] ;; 0 ;; watch: nothing in the end
END

# ---- list -H: no hooks, only samples
start l "$pgmapref" list -H -d 3s -g pmem0
while kill -0 "$(pid l)" 2>/dev/null; do
	echo "$pfn 4" >$fault/get
	sleep 0.4
	echo "$pfn 4" >$fault/put
	sleep 0.4
done
finish l
is "$status" 0 "list -H: exit status 0"
has "$work/l.out" '^pmem0 ' "list -H: the line of the pgmap"
has "$work/l.out" '^ +references 0 [▁▂▃▄▅▆▇█ ]{20,} 4 at [0-9.]+ (s|ms)$' "list -H: a sparkline above the value at rest"
has "$work/l.out" '▁█|█▁' "list -H: of steps from end to end"
has "$work/l.out" "^ +time +[-0-9]{10} [:0-9]{8} to [:0-9]{8}, [0-9.]+ (s|ms) a column$" "list -H: its axis of time"

# ---- memory, while events come as fast as possible
# VmRSS in status is inexact, because CPUs keep part of it, so the pages come from smaps_rollup,
# which counts them. VmData is the size of heap and stacks; it is exact.
memory()
{
	awk '/^(Rss|Anonymous|VmData|VmRSS):/ { v[$1] = $2 / 4 }
	     END { print v["Rss:"], v["Anonymous:"], v["VmData:"], v["VmRSS:"] }' \
		"/proc/$(pid m)/smaps_rollup" "/proc/$(pid m)/status"
}

# Without khugepaged, which adds pages.
echo never >/sys/kernel/mm/transparent_hugepage/enabled
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mkdir -p /mnt/dax && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "ext4 with DAX"
tool m trace -j -o /dev/null
cycles=0
began=$SECONDS
# cycle_until SECONDS: writes and removes the same files again and again: 2 events for each of 5 *
# 100 entries. Even a slow guest makes several cycles before the first measurement.
cycle_until()
{
	while [ $((SECONDS - began)) -lt "$1" ]; do
		"$progs/daxfiles" --no-check cycle /mnt/dax f 5 100 4k >/dev/null || return
		cycles=$((cycles + 1))
	done
}
cycle_until $((soak / 10))
ok $? "events come"
early=$cycles
read -r rss0 anon0 data0 vmrss0 < <(memory)
cycle_until "$soak"
ok $? "and go on for $soak s"
read -r rss1 anon1 data1 vmrss1 < <(memory)
events=$((cycles * 1000))
stop m
diag "$events events in $soak s; pages at $((soak / 10)) s and at the end: Rss $rss0 $rss1, anonymous $anon0 $anon1, VmData $data0 $data1, VmRSS $vmrss0 $vmrss1"
diag "$(tail -n 2 "$work/m.err")"
[ "$early" -gt 0 ] && [ "$cycles" -ge $((5 * early)) ]
ok $? "most events come between the two looks"
[ "$events" -ge $((soak * 200)) ]
ok $? "at a rate worth the name"
# One byte for each event would be more than 8 pages in a minute. The 8 pages are for what the tool
# or libc does for the first time in between: a page of text, of stack, of heap.
[ $((rss1 - rss0)) -le 8 ] && [ $((anon1 - anon0)) -le 8 ]
ok $? "the pages it has are as many as before"
# glibc's malloc grows the heap by 33 pages: once, if it was nearly full.
[ $((data1 - data0)) -le 33 ]
ok $? "so is its heap"
[ "$rss1" -gt 100 ] && [ "$data1" -gt 100 ]
ok $? "these are figures"
umount /mnt/dax

done_testing
