#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: 6.1
# also: 6.12 7 patched
#
# check with a COMMAND: what COMMAND leaves, what existed before, each assertion when it holds and
# when it fails, the exit status, and all ways in which the run can end.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem0
export pfn fault progs

# check ID ARG...: pgmapref check with its report in ID.txt, its records in ID.json and its status
# in $status. Pins take time to attach, and matter only if pages are busy at the start.
pins=--no-pins
check()
{
	local id=$1

	shift
	"$pgmapref" check --details $pins -o "$work/$id.txt" -g pmem0 "$@" >"$work/$id.out" 2>"$work/$id.err"
	status=$?
}

check_json()
{
	local id=$1

	shift
	"$pgmapref" check --details $pins -j -o "$work/$id.json" -g pmem0 "$@" >"$work/$id.out" 2>"$work/$id.err"
	status=$?
}

# A standard input on which nothing ever arrives
mkfifo "$work/never"
exec 9<>"$work/never"

# Ends the pins of COMMAND, whose process other.out names.
unpin()
{
	kill "$(sed -n 's/^pinned //p' "$work/other.out")"
	await "$work/other.out" '^dropped'
}

cycle='echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind; echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/bind'

# ---- clean
check a -- sh -c 'echo said; exit 3'
is "$status" 3 "nothing leaks: COMMAND's own status"
is "$(cat "$work/a.out")" said "what COMMAND prints goes where it would go"
has "$work/a.err" '^SUMMARY: pgmapref: clean: 1 pgmap, 0 teardowns, [12] checks?, 0 leaks, 0 inconclusive, 0 lost(, 0 of 1 assertion failed)?$' "the last line"
is "$(cat "$work/a.txt")" "" "there is nothing to report"
check a -- sh -c 'kill -9 $$'
is "$status" 137 "COMMAND was killed: 128 and the signal"
"$pgmapref" check $pins -o "$work/a.txt" --type private -- true 2>"$work/a.err"
is $? 3 "no pgmap to check: status 3"
has "$work/a.err" '^SUMMARY: pgmapref: inconclusive \(no pgmap was there: nothing was checked\): 0 pgmaps, ' "and it says so"
"$pgmapref" check $pins -o "$work/a.txt" --type private --allow-none -- true 2>"$work/a.err"
is $? 0 "no pgmap to check, and --allow-none: status 0"
check a -- /nonexistent/command
is "$status" 2 "no such COMMAND: status 2"
check a -v --expect-teardown 'pmem*' --expect-events 0 -- sh -c "$cycle"
is "$status" 0 "an unbind without references"
has "$work/a.txt" '^pmem0: clean' "-v shows it"
has "$work/a.txt" '^assertion passed: --expect-teardown pmem\*,1: 1 teardown of pmem\*$' "and what was asserted"
check_json a -- sh -c "echo said; mount -o dax=always /dev/pmem0 /mnt/dax &&
	'$progs/daxfiles' --no-check create /mnt/dax f 2 8 4k && umount /mnt/dax && $cycle"
is "$status" 0 "files, and an unbind"
[ "$status" -eq 0 ] || diag "$(tail -n 1 "$work/a.err")"
json_is "$work/a.json" <<-'END'
	[(x["verdict"], x["pgmap"]["name"]) for x in of("teardown")] ;; [('clean', 'pmem0')] ;; the teardown's record
	[(x["verdict"], x["made_since_start"], x["references_left"], x["busy_left"]) for x in of("end")] ;; [('clean', True, 0, 0)] ;; and that of the end, of the pgmap made since
	of("summary")[0]["verdict"] ;; clean ;; the summary
END
# If the file system stays mounted, the references of its files are not a leak (patched).
check_json a -- sh -c "mount -o dax=always /dev/pmem0 /mnt/dax && rm /mnt/dax/f* &&
	'$progs/daxfiles' --no-check create /mnt/dax f 2 8 4k"
is "$status" 0 "files that stay"
[ "$status" = 0 ] || diag "$(cut -c -1500 "$work/a.json")"
rm -f /mnt/dax/f*
umount /mnt/dax
"$pgmapref" check -j -g pmem0 -- echo said >"$work/mix.json" 2>"$work/mix.err"
json_is "$work/mix.json" <<-'END'
	len(of("summary")) ;; 1 ;; -j on standard output: records only
END
has "$work/mix.err" '^said$' "COMMAND's goes to standard error then"

# ---- references that are left, and references that existed before
# shellcheck disable=SC2016 # COMMAND's shell expands them
check a -- sh -c 'echo "$pfn 2" >$fault/get'
is "$status" 1 "two references left: status 1"
has "$work/a.txt" '^pmem0: leak excess-at-end$' "leak excess-at-end"
has "$work/a.txt" '^  driver +fsdax_pagemap_ops' "whose memory it is, though it is older than the tool"
has "$work/a.txt" 'left +2 references, 0 busy pages that were not there at the start' "how many"
has "$work/a.txt" '2 references by sh/[0-9]+ \(ended\), ' "by whom"
has "$work/a.txt" 'pgmapref_fault_get' "where"
has "$work/a.err" '^SUMMARY: pgmapref: leak excess-at-end: 1 pgmap, 0 teardowns, [12] checks?, 1 leak, ' "the last line says so"
check a -- true
is "$status" 0 "the same two, before the start: no leak"
has "$work/a.txt" 'before +2 references, 0 busy pages were there at the start \(pre-existing\)' "but said"
# shellcheck disable=SC2016
check a -- sh -c 'echo "$pfn 1" >$fault/get; true'
is "$status" 1 "one more: a leak again"
has "$work/a.txt" 'left +1 reference, 0 busy pages that were not there' "of one"
echo "$pfn 3" >$fault/put
# shellcheck disable=SC2016
check a --settle 30s -- sh -c 'echo "$pfn 1" >$fault/get; (sleep 1; echo "$pfn 1" >$fault/put) >/dev/null 2>&1 &'
is "$status" 0 "given back within --settle: clean"
# shellcheck disable=SC2016
check a --settle 1ms -- sh -c 'echo "$pfn 1" >$fault/get; (sleep 20; echo "$pfn 1" >$fault/put) >/dev/null 2>&1 &'
is "$status" 1 "not within --settle: a leak"
has "$work/a.err" 'process(es)? started by COMMAND (is|are) still running \(' "what COMMAND left running is said"
until_true sh -c "! grep -q . $fault/held"

# ---- pages
mount -o dax=always /dev/pmem0 /mnt/dax
"$progs/daxfiles" --no-check create /mnt/dax p 1 8 4k >/dev/null
start pin "$progs/daxpin" vmsplice /mnt/dax/p0 0 2
await "$work/pin.out" '^pinned'
check a -- true
is "$status" 3 "pages pinned before the start, and pins are not traced: not known whether they are the same"
has "$work/a.txt" '^pmem0: inconclusive: the pages are as busy as at the start, but some pins may be new: pins are not traced$' "as it says"
pins=--pins
check_json a -- true
is "$status" 0 "pages pinned before the start: no leak"
json_is "$work/a.json" <<-'END'
	[(x["verdict"], x["busy_left"], x["busy_pre_existing"]) for x in of("end")] ;; [('clean', 0, 2)] ;; but said
END

# In COMMAND: again METHOD drops the old pins and pins again. over METHOD pins and then drops the
# old pins. beside METHOD keeps the old pins, and pins and drops new ones.
cat >"$work/lib" <<-END
	new()
	{
		'$progs/daxpin' \$1 /mnt/dax/p0 0 2 <$work/never >$work/other.out &
		until grep -q ^pinned $work/other.out; do sleep 0.1; done
	}
	ends() { kill \$1; while kill -0 \$1 2>/dev/null; do :; done; }
	again() { ends \$(cat $work/old); new \$1; }
	over() { new \$1; ends \$(cat $work/old); }
	beside() { new \$1; ends \$!; }
END
in_command() { check a -- bash -c ". $work/lib; $*"; }
pid pin >"$work/old"

in_command beside vmsplice
is "$status" 3 "got beside it, and given back by put_page(), which nobody sees: not known which of them went"
has "$work/a.txt" '^pmem0: inconclusive: 2 pages are as busy as at the start, but tasks pinned them in the run: the tool cannot tell which pins are left$' "as it says"
in_command beside pin_user_pages_fast:pages
is "$status" 0 "pinned beside it, and unpinned: no leak"
in_command again vmsplice
is "$status" 1 "let go of, and got again, with no look at the pages between: a leak"
has "$work/a.txt" '^  left +0 references, 2 busy pages that were not there, or not as busy, at the start$' "of two pages"
has "$work/a.txt" '^ +2 references more on 2 pages; 2 of these pages were busy at the start$' "as busy as before"
has "$work/a.txt" '^ +2 of these pages were seen idle, or less busy, since$' "of which is said why"
unpin
finish pin
start pin "$progs/daxpin" pin_user_pages_fast:pages /mnt/dax/p0 0 2
await "$work/pin.out" '^pinned'
pid pin >"$work/old"
in_command over pin_user_pages_fast:pages
is "$status" 1 "pinned, and only then what was there let go of: a leak"
has "$work/a.txt" '^ +2 references more on 2 pages, all of them pins; 2 of these pages were busy at the start$' "of two pins"
has "$work/a.txt" '^ +\(2 of them pinned in the run and still there, on pages as busy as at the start\)$' "by what was traced"
has "$work/a.txt" '^  pinned    2 pins, 2 traced, 0 not$' "which are all there are"
unpin
finish pin
start pin "$progs/daxpin" vmsplice /mnt/dax/p0 0 2
await "$work/pin.out" '^pinned'
check_json a -- sh -c "'$progs/daxpin' vmsplice /mnt/dax/p0 4096 3 <$work/never >$work/other.out &
	until grep -q ^pinned $work/other.out; do sleep 0.1; done"
is "$status" 1 "three pages pinned, one of them for the second time: a leak"
json_is "$work/a.json" <<-'END'
	[(x["verdict"], ", ".join(x["kinds"]), x["busy_left"], x["busy_pre_existing"]) for x in of("end")] ;; [('leak', 'busy-at-end', 3, 2)] ;; of three pages, one of which was pinned less before
	of("summary")[0]["still_running"] ;; 1 ;; whose holder runs on
END
unpin
tell pin
finish pin
pins=--no-pins
# Up to 6.12 the unlink of a pinned file succeeds; since 6.15 it waits.
case $kernel in
6.1.*-pgmap | 7.*) ;;
*)
	expected_log='WARNING:.*(dax_|fs/dax)|Call Trace'
	check a -- sh -c "'$progs/daxpin' vmsplice /mnt/dax/p0 0 2 <$work/never >$work/other.out &
		until grep -q ^pinned $work/other.out; do sleep 0.1; done; rm /mnt/dax/p0"
	is "$status" 1 "a pinned file unlinked: a leak"
	has "$work/a.txt" '^pmem0: leak busy-at-end' "busy-at-end"
	check a -- sh -c "umount /mnt/dax; $cycle"
	is "$status" 1 "and when the pgmap goes, it is one"
	has "$work/a.txt" '^pmem0: leak pinned-at-teardown' "pinned-at-teardown"
	unpin
	mount -o dax=always /dev/pmem0 /mnt/dax ;;
esac
rm -f /mnt/dax/p0
umount /mnt/dax

# ---- assertions
# shellcheck disable=SC2016
get_put='echo "$pfn 3" >$fault/get; sleep 1; echo "$pfn 3" >$fault/put'
check a --max-refs 3 -- sh -c "$get_put"
is "$status" 0 "--max-refs 3, and there were 3"
check a --max-refs 2 -- sh -c "$get_put"
is "$status" 1 "--max-refs 2: failed"
has "$work/a.txt" '^assertion failed: --max-refs 2: pmem0: 3 references above the baseline at most$' "says what there was"
has "$work/a.err" '^SUMMARY: pgmapref: failed: .*, 1 of (1 assertion|2 assertions) failed$' "and so does the last line"
check a --max-held 20s --max-busy 0 --max-drain 20s -- sh -c "$get_put"
is "$status" 0 "--max-held 20s, --max-busy 0, --max-drain 20s"
# shellcheck disable=SC2016
check a --max-held 500ms -- sh -c 'echo "$pfn 1" >$fault/get; sleep 1'
is "$status" 1 "--max-held 500ms of a reference that is still held"
has "$work/a.txt" '^assertion failed: --max-held 500ms: pmem0: held for [1-9][0-9.]* s at most$' "says how long"
echo "$pfn 1" >$fault/put
# shellcheck disable=SC2016
hang='echo "$pfn 2" >$fault/get; (sleep 2; echo "$pfn 2" >$fault/put) & '"$cycle"
check a --stuck 60s --max-drain 100ms -- sh -c "$hang"
is "$status" 1 "--max-drain 100ms of an unbind that waits for 2 s"
has "$work/a.txt" '^assertion failed: --max-drain 100ms: pmem0: waited for [12][0-9.]* s at most$' "says how long"
check a --expect-teardown pmem0,2 -- sh -c "$cycle"
is "$status" 1 "--expect-teardown pmem0,2: failed"
has "$work/a.txt" '^assertion failed: --expect-teardown pmem0,2: 1 teardown of pmem0$' "there was one"
check a --expect-teardown pmem0,2 -- sh -c "$cycle; $cycle"
is "$status" 0 "--expect-teardown pmem0,2: there were two"
check a --expect-events 1000000 -- true
is "$status" 1 "--expect-events: failed"
has "$work/a.txt" '^assertion failed: --expect-events 1000000: 0 events$' "there was none"
mount -o dax=always /dev/pmem0 /mnt/dax
check a --expect-events 8 -- "$progs/daxfiles" --no-check create /mnt/dax f 2 4 4k
is "$status" 0 "--expect-events: there were as many"
rm -f /mnt/dax/f*
umount /mnt/dax

# ---- an unbind that hangs
check a --stuck 300ms --settle 100ms --fail-fast -- sh -c "
	echo '$pfn 1' >$fault/get
	echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind &
	sleep 600"
is "$status" 1 "--fail-fast: over at the first leak"
has "$work/a.txt" '^pmem0: leak hang' "the hang"
has "$work/a.txt" '1 reference by sh/' "by whom"
check a --settle 100ms -- true
is "$status" 3 "the hang of before, seen from its middle: inconclusive"
echo "$pfn 1" >$fault/put
until_true sh -c '! grep -qs memunmap_pages /proc/*/stack'
bind_pmem 0

check a --stuck 60s --settle 100ms -- sh -c "
	echo '$pfn 1' >$fault/get
	(echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind) &
	until grep -qs memunmap_pages /proc/*/stack; do sleep 0.1; done"
is "$status" 3 "a teardown that is open at the end, before --stuck: inconclusive"
has "$work/a.txt" '^pmem0: inconclusive, open: its end was not seen$' "open"
echo "$pfn 1" >$fault/put
until_true sh -c '! grep -qs memunmap_pages /proc/*/stack'
bind_pmem 0

# ---- nested checks, checks at the same time, a check that is ended
# shellcheck disable=SC2016
check outer -- "$pgmapref" check --details -o "$work/inner.txt" -g pmem0 -- sh -c 'echo "$pfn 1" >$fault/get'
is "$status" 1 "a check in a check: both say leak"
has "$work/inner.txt" '^pmem0: leak excess-at-end' "the inner one"
has "$work/outer.txt" '^pmem0: leak excess-at-end' "the outer one"
echo "$pfn 1" >$fault/put
start x "$pgmapref" check --details -o "$work/x.txt" -g pmem0 --expect-teardown pmem0,2 -- sh -c "$cycle; $cycle"
start y "$pgmapref" check --details -o "$work/y.txt" -g pmem1 --expect-teardown pmem1,2 -- \
	sh -c "${cycle//namespace0/namespace1}; ${cycle//namespace0/namespace1}"
finish x
is "$status" 0 "two checks beside each other: one"
[ "$status" = 0 ] || diag "$(cat "$work/x.err" "$work/x.txt")"
finish y
is "$status" 0 "and the other"
for signal in INT TERM; do
	tool s check -o "$work/s.txt" -g pmem0 -- sh -c 'trap "" INT; sleep 600 & sleep 700'
	kill -$signal "$(pid s)"
	finish s
	is "$status" $((128 + $(kill -l $signal))) "SIG$signal: COMMAND is stopped, and it was clean"
	has "$work/s.err" '^SUMMARY: pgmapref: clean' "judged all the same"
	is "$(pgrep -fx 'sleep [67]00')" "" "with what it had started"
done
# shellcheck disable=SC2016
tool s check -o "$work/s.txt" -g pmem0 -- sh -c 'echo "$pfn 1" >$fault/get; sleep 600'
until_true grep -q . $fault/held
kill -INT "$(pid s)"
finish s
is "$status" 1 "SIGINT with a reference left: a leak"
echo "$pfn 1" >$fault/put
check a -d 1s -- sleep 600
is "$status" 142 "-d: COMMAND is stopped, and it was clean"

# ---- mistakes
"$pgmapref" check --details 2>"$work/a.err"
is $? 2 "no COMMAND: status 2"
"$pgmapref" watch --details --max-refs 1 -- true 2>"$work/a.err"
is $? 2 "an assertion, but no check: status 2"
"$pgmapref" check --details --expect-teardown pmem0,x -- true 2>"$work/a.err"
is $? 2 "--expect-teardown pmem0,x: status 2"
has "$work/a.err" 'not a number' "says why"

done_testing
