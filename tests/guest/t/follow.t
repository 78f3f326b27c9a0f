#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-follow
# kernels: 6.1 7
# also: 6.12 6.18
#
# refs --follow: who takes and drops references of busy pages, with value and site, until the pages
# are idle. It needs no fault module: vmsplice() and io_uring take references of device-dax pages and
# of a file's pages.
. "$(dirname "$0")/../lib.sh"

ndctl create-namespace -f -e namespace1.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax1.0
ok $? "a device-dax"
case $kernel in
6.1.*) rings='' ;;
*) rings=1 ;;
esac
cpus=$(nproc)
for i in 1 2 3; do cp "$progs/daxpin" "$work/holder$i"; done

# take N ID HOW PATH OFFSET PAGES: task holderN takes pages, and holds them until it is told
take()
{
	start "$2" "$work/holder$1" --pfn "$3" "$4" "$5" "$6"
	await "$work/$2.out" '^pinned' || ok 1 "holder$1 takes $6 pages"
}
breakpoints() { find "/proc/$(pid "$1")/fd" -lname '*perf_event*' 2>/dev/null | wc -l; }
drop() { for id; do tell "$id"; finish "$id"; done; }
pfns() { sed -n 's/^pfn //p' "$work/$1.out"; }

# ---- one page: taken by holder2 after the start, dropped by holder1, then by holder2
take 1 a vmsplice /dev/dax1.0 8192 1
pfn=$(pfns a)
tool f refs --follow dax1.0
has "$work/f.out" "^    holds it \(found\) holder1/$(pid a): pipe" "refs comes first"
has "$work/f.err" "^pgmapref: dax1.0: follows pfn $pfn, refcount 2$" "the page that it follows is named"
has "$work/f.err" '^pgmapref: ready: 1 page followed$' "ready"
is "$(breakpoints f)" "$cpus" "one breakpoint on each CPU"
line="^ +[0-9]+\.[0-9]{6} dax1\.0 +"
take 2 b vmsplice /dev/dax1.0 8192 1
await "$work/f.out" "${line}get +$pfn +0 +\+1 +[34] holder2/$(pid b) +[a-z_]+"
ok $? "a take: task, value, site"
drop a
await "$work/f.out" "${line}put +$pfn +0 +-1 +2 holder1/$(pid a) +page_cache_pipe_buf_release$"
ok $? "a put: task, value, site"
kill -0 "$(pid f)"
ok $? "it goes on: the page is still busy"
drop b
finish f
is "$status" 0 "it ends by itself when the page is idle: status 0"
has "$work/f.out" "${line}put +$pfn +0 +-1 +1 holder2/$(pid b) +page_cache_pipe_buf_release$" "the last put"
is "$(tail -n 1 "$work/f.out" | sed -E 's/after [0-9.]+ m?s;/after T;/')" \
	"dax1.0: pfn $pfn: idle after T; the last reference was put by holder2/$(pid b), page_cache_pipe_buf_release" \
	"the answer is the last line"

# ---- two pages of three, in JSON with stacks; and a pin
take 1 a vmsplice /dev/dax1.0 40960 3
first=$(pfns a | sed -n 1p) second=$(pfns a | sed -n 2p)
tool f refs --follow -j -S dax1.0
is "$(breakpoints f)" $((2 * cpus)) "two pages: two breakpoints on each CPU"
how=vmsplice
[ -z "$rings" ] || how=uring
take 2 b $how /dev/dax1.0 40960 2
drop b a
finish f
is "$status" 0 "two pages: status 0"
of_page='[c for c in of("change") if c["pfn"] == "%s"]'
# shellcheck disable=SC2059
one=$(printf "$of_page" "$first") two=$(printf "$of_page" "$second")
json_is "$work/f.out" <<-END
{c["pfn"] for c in of("change")} == {'$first', '$second'} ;; True ;; the first two pages
[[c["refcount"] for c in p] == [2 + sum(d["n"] for d in p[:i + 1]) for i, c in enumerate(p)] for p in ($one, $two)] ;; [True, True] ;; values chain from the refcount of the start on
[sum(c["n"] for c in p if c["task"]["comm"] == "holder2") for p in ($one, $two)] ;; [0, 0] ;; holder2 took as much as it dropped
[[c["n"] for c in p if c["task"]["comm"] == "holder1"] for p in ($one, $two)] ;; [[-1], [-1]] ;; holder1 dropped one of each
all(any(f.startswith(c["site"].split()[0]) for f in c["stack"]) for c in of("change")) ;; True ;; each with its stack
sorted({c["task"]["tgid"] for c in of("change")}) == sorted([$(pid a), $(pid b)]) ;; True ;; nobody else
[(e["pfn"], e["result"], e["last_put"]["task"]["comm"], e["last_put"]["site"], e["refcount"], e["missed"], e["blind"]) for e in of("followed")] ;; [('$first', 'idle', 'holder1', 'page_cache_pipe_buf_release', 1, 0, False), ('$second', 'idle', 'holder1', 'page_cache_pipe_buf_release', 1, 0, False)] ;; the end of each
[[(t["task"]["comm"], t["took"] - t["dropped"]) for t in e["tasks"]] for e in of("followed")] ;; [[('holder2', 0), ('holder1', -1)], [('holder2', 0), ('holder1', -1)]] ;; who took and dropped how much
[len(of("refs")), r.index(of("refs")[0]) < r.index(of("change")[0])] ;; [1, True] ;; refs comes first
END
[ -z "$rings" ] || json_is "$work/f.out" <<-END
[(p[-2]["event"], p[-2]["n"]) for p in ($one, $two)] ;; [('unpin', -1024), ('unpin', -1024)] ;; a pin is dropped
all(any(c["event"] == "pin" and c["n"] in (1023, 1024) for c in p) for p in ($one, $two)) ;; True ;; and was taken
END

# ---- a page by its number; the run ends before the page is idle
take 1 a vmsplice /dev/dax1.0 81920 3
third=$(pfns a | sed -n 3p)
start f "$pgmapref" refs --follow="$third" -d 60s
await "$work/f.err" "^pgmapref: dax1.0: follows pfn $third, refcount 2$"
ok $? "--follow=PFN needs no name"
take 2 b vmsplice /dev/dax1.0 81920 3
drop b
stop f
is "$status" 3 "it was interrupted, and the page is busy: status 3"
lacks "$work/f.out" "pfn ($(pfns a | sed -n '1,2p' | paste -sd '|')):" "no other page is followed"
has "$work/f.out" "^dax1.0: pfn $third: still busy after [0-9.]+ m?s, refcount 2, changes so far: [0-9]+$" "still busy"
has "$work/f.out" "^    holder2/$(pid b): took [0-9]+ \(changes: [0-9]+\), dropped [0-9]+ \(changes: [0-9]+\)$" "who took and dropped so far"
"$pgmapref" refs --follow="$third" -q -d 100ms >"$work/d.out" 2>"$work/d.err"
is $? 3 "-d: status 3"
has "$work/d.out" "^dax1.0: pfn $third: still busy after [0-9.]+ m?s, refcount 2, changes so far: 0$" "-d: still busy"
is "$(cat "$work/d.err")" "" "-q: no other word"

# ---- CPUs go and come
if [ "$cpus" -gt 1 ]; then
	tool f refs --follow="$third"
	echo 0 >/sys/devices/system/cpu/cpu1/online
	all_set() { [ "$(breakpoints f)" -eq "$1" ]; }
	until_true all_set $((cpus - 1))
	ok $? "CPU 1 is offline, and has no breakpoint"
	echo 1 >/sys/devices/system/cpu/cpu1/online
	until_true all_set "$cpus"
	ok $? "CPU 1 is online, and has its breakpoint again"
	start b taskset -c 1 "$work/holder3" --pfn vmsplice /dev/dax1.0 81920 3
	await "$work/b.out" '^pinned'
	await "$work/f.out" "get +$third +0 +\+1 .* holder3/$(pid b) "
	ok $? "a take on CPU 1 is seen"
	drop b a
	finish f
	is "$status" 0 "status 0"
	has "$work/f.out" '^    a CPU came online, ' "it is said that it was without its breakpoint"
else
	drop a
fi

# ---- two tasks at a time
take 1 a vmsplice /dev/dax1.0 0 1
tool f refs --follow -j dax1.0
for i in 1 2; do "$progs/dio" --into /dev/dax1.0 pread /dev/pmem0 4096 200 >/dev/null & reads[i]=$!; done
wait "${reads[@]}"
ok $? "two tasks read into the page, 200 times each"
drop a
finish f
is "$status" 0 "two tasks: status 0"
json_is "$work/f.out" <<-END
[(e["result"], e["last_put"]["task"]["comm"]) for e in of("followed")] ;; [('idle', 'holder1')] ;; two tasks: the answer
2 + sum(c["n"] for c in of("change")) == of("change")[-1]["refcount"] or of("followed")[0]["missed"] > 0 ;; True ;; each change has a line, or it is said how many have none
len(of("change")) > 100 and sum(c["n"] for c in of("change") if c["task"]["comm"] == "dio") == 0 or of("followed")[0]["missed"] > 0 ;; True ;; what was taken was dropped
END
diag "$(python3 -c 'import json, sys
r = [json.loads(l) for l in open(sys.argv[1])]
c = [x for x in r if x["type"] == "change"]
print("%d lines of %s, %d missed" % (len(c), [(t["task"]["comm"], t["gets"], t["puts"]) for t in r[-1]["tasks"]], r[-1]["missed"]))' "$work/f.out")"

# ---- nothing to follow
"$pgmapref" refs --follow="$third" >"$work/i.out" 2>"$work/i.err"
is $? 0 "an idle page: status 0"
has "$work/i.err" "^pgmapref: dax1.0: pfn $third is idle: nothing to follow$" "an idle page: it is said"
"$pgmapref" refs --follow dax1.0 >"$work/i.out" 2>"$work/i.err"
is $? 0 "no busy page: status 0"
has "$work/i.err" '^pgmapref: no busy page was found: nothing to follow$' "no busy page: it is said"
"$pgmapref" refs --follow=0x10 >"$work/i.out" 2>"$work/i.err"
is $? 2 "a page of no pgmap: status 2"
has "$work/i.err" "^pgmapref: pfn 0x10: no pgmap has this page \(see 'pgmapref list'\)$" "a page of no pgmap: it is said"

# ---- a file on fsdax, whose idle pages have another refcount
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
"$progs/daxfiles" create /mnt/dax f 1 3 4k >/dev/null
take 1 a vmsplice /mnt/dax/f0 0 1
tool f refs --follow pmem0
drop a
finish f
is "$status" 0 "a file's page: status 0"
has "$work/f.out" "^pmem0: pfn $(pfns a): idle after .*; the last reference was put by holder1/$(pid a), page_cache_pipe_buf_release$" \
	"a file's page: the answer"
umount /mnt/dax

# ---- no breakpoint is left: two tools take the four of each CPU
take 1 a vmsplice /dev/dax1.0 8192 2
tool x refs --follow dax1.0
tool y refs --follow dax1.0
"$pgmapref" refs --follow dax1.0 >"$work/n.out" 2>"$work/n.err"
is $? 4 "no breakpoint is free: status 4"
has "$work/n.err" "^pgmapref: dax1.0: pfn $pfn cannot be followed: no breakpoint of a CPU is free: gdb, perf or pgmapref have them$" \
	"no breakpoint is free: it is said"
stop y
tool y refs --follow="$pfn" dax1.0
ok $? "breakpoints come back when a tool ends"
stop y

# ---- the unbind takes the pages away. The pin is not dropped: the kernel would oops (pinned.t).
echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind
finish x
is "$status" 0 "the pgmap went: status 0"
has "$work/x.out" "^dax1.0: pfn $pfn: the pgmap is gone, and the page with it, after [0-9.]+ m?s, refcount 2$" "it is said"
done_testing
