#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: 6.12
# also: 6.1 7 patched
#
# check --marks: a suite of ten tests, two of which leave something. JUnit has ten cases, the right
# two fail, and each names its culprit.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
export pfn fault work pin="$progs/daxpin"
mkfifo "$work/marks" "$work/never"
exec 9<>"$work/never"
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem1
mount -o dax=always /dev/pmem1 /mnt/dax
"$progs/daxfiles" --no-check create /mnt/dax p 1 8 4k >/dev/null

# The suite. `mark NAME` names a test. Behind a mark, the tool has the time to read it.
cat >"$work/suite" <<'END'
for n in 01 02 03 04 05 06 07 08 09 10; do
	mark "t/$n"
	sleep 1
	case $n in
	03) sh -c 'echo "$pfn 2" >$fault/get' ;;
	05) echo "$pfn 1" >$fault/get; echo "$pfn 1" >$fault/put ;;
	08) $pin vmsplice /mnt/dax/p0 0 2 <$work/never >$work/pin.out &
		until grep -q ^pinned $work/pin.out; do sleep 0.1; done ;;
	esac
	sleep 1
done
END

# suite ID MARKS COMMAND: runs the suite with --marks=MARKS; COMMAND makes a mark
suite()
{
	local id=$1

	"$pgmapref" check --settle 100ms --marks "$2" --junit-suite suite --junit "$work/$id.xml" \
		-o "$work/$id.txt" -- bash -c "mark() { $3; }; . $work/suite" 2>"$work/$id.err"
	is $? 1 "$id: two tests leave something: status 1"
	has "$work/$id.err" '^SUMMARY: pgmapref: leak excess-at-end, busy-at-end: .*, 2 of 10 tests left something$' "$id: the last line"
	xmllint --noout --schema tests/junit.xsd "$work/$id.xml" 2>"$work/lint"
	ok $? "$id: JUnit is valid" || diag "$(cat "$work/lint")"
	tests/ci-readers "$work/$id.xml" >"$work/lint" 2>&1
	ok $? "$id: CI servers read it" || diag "$(cat "$work/lint")"
	python3 - "$work/$id.xml" >"$work/cases" <<-'END'
		import sys, xml.etree.ElementTree as xml
		cases = xml.parse(sys.argv[1]).getroot().findall("testsuite/testcase")
		tests = [c for c in cases if c.get("name").startswith("t/")]
		print(len(tests), *(c.get("name") for c in cases if c.find("failure") is not None))
		for c in tests:
		    if c.find("failure") is not None:
		        print(c.find("failure").get("message"))
		print(all(1 < float(c.get("time")) < 60 for c in tests))
	END
	is "$(sed -n 1p "$work/cases")" "10 t/03 t/08" "$id: ten cases, of which the right two fail" ||
		diag "$(cat "$work/cases" "$work/$id.xml")"
	has <(sed -n 2p "$work/cases") '^2 references left by sh/[0-9]+ at pgmapref_fault_get ' "$id: the culprit of the first"
	has <(sed -n 3p "$work/cases") '^2 pages left in use by daxpin/[0-9]+ at ' "$id: the culprit of the second"
	is "$(sed -n 4p "$work/cases")" True "$id: each has its time"
	has <(grep -A1 -E '^ +2  sh/[0-9]+ .* taken ' "$work/$id.txt") '^      in t/03$' "$id: the report of the end says in which test it was taken"
	has <(grep -A1 -E '^ +[0-9]+  daxpin/[0-9]+ .* pinned ' "$work/$id.txt") '^      in t/08$' "$id: and the pages, too"
	kill "$(sed -n 's/^pinned //p' "$work/pin.out")"
	await "$work/pin.out" '^dropped'
	echo "$pfn 2" >$fault/put
}

# shellcheck disable=SC2016 # the suite expands them
suite fifo "$work/marks" 'echo "$1" >$work/marks'
# shellcheck disable=SC2016
suite kmsg kmsg 'echo "run fstests $1 at now" >/dev/kmsg'
rm -f /mnt/dax/p0
umount /mnt/dax

"$pgmapref" check --settle 100ms --no-pins -g pmem0 --marks 8 -- true 8<"$work/never" 2>"$work/n.err"
is $? 0 "a descriptor"
has "$work/n.err" '^pgmapref: --marks 8: no test was named$' "that no test was named is said"
"$pgmapref" check --marks /nonexistent/file -- true 2>"$work/n.err"
is $? 2 "no such file: status 2"
has "$work/n.err" '^pgmapref: --marks /nonexistent/file: No such file' "says so"

done_testing
