#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: patched
# also: 6.1 6.12 7
#
# A tool that misses something: without each of its hooks in turn, without room in its maps and
# rings, with readings that fail, and under a flood of events. It never calls a leaking teardown
# clean, and never calls a clean teardown a leak.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem1
echo never >/sys/kernel/mm/transparent_hugepage/enabled

# First pmem1, with files that are made and removed: clean. Then pmem0, whose unbind waits for some
# time for one reference too many: a leak.
cat >"$work/command" <<END
exec >/dev/null 2>&1
mount -o dax=always /dev/pmem1 /mnt/dax || exit 9
$progs/daxfiles --no-check create /mnt/dax f 4 16 4k || exit 9
rm /mnt/dax/f* && umount /mnt/dax || exit 9
echo namespace1.0 >/sys/bus/nd/drivers/nd_pmem/unbind
echo namespace1.0 >/sys/bus/nd/drivers/nd_pmem/bind
until test -b /dev/pmem1; do sleep 0.1; done
echo "$pfn 1" >$fault/get
echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind &
sleep 1
echo "$pfn 1" >$fault/put
wait
echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/bind
until test -b /dev/pmem0; do sleep 0.1; done
exit 0
END

# injected NAME ARG...: checks the verdicts of a run with these options
injected()
{
	local name=$1 verdicts

	shift
	"$pgmapref" check --details -q --no-pins -j -o "$work/c.json" --stuck 200ms --settle 200ms "$@" \
		-- sh "$work/command" >"$work/c.out" 2>"$work/c.err"
	status=$?
	verdicts=$(python3 - "$work/c.json" <<-'END'
		import json, sys
		r = [json.loads(line) for line in open(sys.argv[1])]
		last = {x["pgmap"]["name"]: x["verdict"] for x in r if x["type"] == "teardown"}
		whole = [x for x in r if x["type"] == "summary"][0]
		def fits(name, never):
		    return last.get(name, "none") != never
		right = fits("pmem1", "leak") and fits("pmem0", "clean")
		right = right and whole["verdict"] != "clean"
		# the verdict of the run replaces a missing verdict of a pgmap
		right = right and (whole["verdict"] == "inconclusive" or last.get("pmem0") == "leak")
		print("right" if right else "wrong", "pmem1", last.get("pmem1"), "pmem0", last.get("pmem0"),
		      "run", whole["verdict"], whole.get("why", ""))
	END
	)
	case $verdicts in right*) ;; *) false ;; esac
	ok $? "$name: $verdicts"
	case $verdicts in
	*"run leak"*) is "$status" 1 "$name: exit status" ;;
	*) is "$status" 3 "$name: exit status" ;;
	esac
}

injected "nothing is missing"
has "$work/c.err" "^SUMMARY: pgmapref: leak hang: 2 pgmaps, 2 teardowns, [45] checks, 1 leak, 0 inconclusive, 0 lost" "nothing is missing: leak hang"
hooks=$("$pgmapref" probes -j | python3 -c '
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    if r["type"] == "probe" and r["state"] == "attached" and not r["hook"].startswith(("p2p", "pin", "unpin", "gup")):
        print(r["hook"])')
for hook in $hooks; do
	injected "without hook $hook" --disable-hook "$hook"
done
injected "no room in maps" --limit rows=8
injected "rings of a page" --limit ring-pages=1 --max-held 1h
injected "maps and rings" --limit rows=8 --limit ring-pages=1 --max-held 1h
injected "no reading" --limit failing-reads=1
injected "every second reading" --limit failing-reads=2
injected "each seventh reading" --limit failing-reads=7
injected "a sweep without time" --sweep-budget 1us
# A get during the program that sees gets.
echo "$pfn" >$fault/recurse
injected "recursion"
echo 0 >$fault/recurse
json_is "$work/c.json" <<-'END'
	of("loss")[0]["missed_runs"]["get"] > 0 ;; True ;; recursion: gets were missed
END

# ---- a flood of events into rings of one page
mount -o dax=always /dev/pmem1 /mnt/dax
flood="for i in 1 2 3 4 5 6; do '$progs/daxfiles' --no-check create /mnt/dax f 8 64 4k; rm /mnt/dax/f*; done >/dev/null"
"$pgmapref" check -q -j -o "$work/f.json" -g pmem1 --limit ring-pages=1 --max-held 1h -- sh -c "$flood" 2>"$work/f.err"
is $? 3 "a flood, with --max-held: inconclusive"
json_is "$work/f.json" <<-'END'
	[(a["result"], "event_ring_full" in a.get("why", "")) for a in of("assertion") if a["name"].startswith("--")] ;; [('inconclusive', True)] ;; --max-held is not known
	of("summary")[0]["verdict"] ;; clean ;; that nothing leaks was read, and is known all the same
END
"$pgmapref" check --details -q -o "$work/f.txt" -g pmem1 --expect-events 1000 -- sh -c "$flood" 2>"$work/f.err"
is $? 0 "a flood, counted"
umount /mnt/dax

done_testing
