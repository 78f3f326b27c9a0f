#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: 6.12
# also: 6.1 7 patched
#
# One run as text, JSON, JUnit and TAP: all four agree. Suppressed leaks: reported with the file and
# the pattern, and counted. The pattern that the tool proposes suppresses exactly this leak.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
export pfn fault
# pmem1: clean. pmem0: hangs for a second on a reference. Then another reference is left.
cat >"$work/command" <<'END'
unbind() { echo "namespace$1.0" >/sys/bus/nd/drivers/nd_pmem/unbind; }
bind() { echo "namespace$1.0" >/sys/bus/nd/drivers/nd_pmem/bind; }
unbind 1
bind 1
echo "$pfn 1" >$fault/get
unbind 0 &
sleep 1
echo "$pfn 1" >$fault/put
wait
bind 0
echo "$pfn 2" >$fault/get
exit 5
END

# run ID ARG...: a check with all formats that can be combined; drops the references that it left
run()
{
	local id=$1

	shift
	"$pgmapref" check --details --no-pins --stuck 300ms --settle 300ms --max-refs 1 --expect-teardown pmem1 \
		--junit "$work/$id.xml" --junit-suite reports/all.2 "$@" -- sh "$work/command" >"$work/$id.out" 2>"$work/$id.err"
	status=$?
	until_true sh -c "! grep -qs memunmap_pages /proc/*/stack"
	echo "$pfn 2" >$fault/put
}

run text -o "$work/text"
is "$status" 1 "text: status 1"
run json -j -o "$work/json"
is "$status" 1 "JSON: status 1"
run tap --tap -o "$work/tap"
is "$status" 1 "TAP: status 1"

xmllint --noout --schema tests/junit.xsd "$work"/*.xml 2>"$work/lint"
ok $? "JUnit is valid" || diag "$(cat "$work/lint")"
tests/ci-readers "$work"/*.xml >"$work/lint" 2>&1
ok $? "and so CI servers find it" || diag "$(cat "$work/lint")"
has "$work/text.xml" '<testsuite name="pgmapref reports/all.2" ' "the suite has its name"
has "$work/text.xml" "<property name=\"command\" value=\"sh $work/command\"/>" "what ran"
is "$(grep -c "<property name=\"kernel\" value=\"$kernel\"/>" "$work/text.xml")" 1 "on which kernel"
has "$work/text.xml" '<property name="pgmaps" value="[^"]*pmem0[^"]*"/>' "what was judged"
has "$work/text.xml" '<property name="hooks" value="[0-9]+ of [0-9]+"/>' "with which hooks"
prove -e cat "$work/tap" >"$work/prove" 2>&1
is $? 1 "prove reads the TAP, which fails"
has "$work/prove" '^ *Failed tests?: ' "prove says which"
python3 - "$work" >"$work/same" <<'END'
import json, re, sys
import xml.etree.ElementTree as xml
work = sys.argv[1]
records = [json.loads(line) for line in open(f"{work}/json")]

# compares three runs: name -> result, kinds
want = {}
for r in records:
    result = {"clean": "passed", "leak": "failed", "inconclusive": "inconclusive"}
    if r["type"] == "teardown" and r["gone"]:
        want[f"unbind of {r['pgmap']['name']} leaves nothing"] = result[r["verdict"]], ", ".join(r["kinds"])
    elif r["type"] == "end":
        want[f"nothing left on {r['pgmap']['name']}"] = result[r["verdict"]], ", ".join(r["kinds"])
    elif r["type"] == "assertion":
        want[r["name"]] = r["result"], "assertion"
    elif r["type"] == "summary":
        # Each leak has a case of its own.
        want["nothing was missed"] = "passed", ""
        summary = r
expected = {"unbind of pmem0 leaves nothing": "failed", "unbind of pmem1 leaves nothing": "passed",
            "nothing left on pmem0": "failed", "nothing left on pmem1": "passed",
            "--max-refs 1": "failed", "nothing was missed": "passed",
            "--expect-teardown pmem1,1": "passed"}
got = {k: v[0] for k, v in want.items() if k != "references, entries and pages agree"}
if got != expected:
    print("JSON", got)
for id in ("json", "text", "tap"):
    suite = xml.parse(f"{work}/{id}.xml").getroot()
    suite = suite if suite.tag == "testsuite" else suite.find("testsuite")
    junit = {}
    for case in suite.findall("testcase"):
        failure, error = case.find("failure"), case.find("error")
        key = case.get("name")
        if case.get("classname") != "pgmapref.reports_all_2":
            print("JUnit of", id, key, "is of class", case.get("classname"))
        junit[key] = "failed" if failure is not None else "inconclusive" if error is not None else "passed"
        kinds = want.get(key, ("", "?"))[1]
        if failure is not None and kinds != failure.get("type"):
            print("JUnit of", id, key, "is of type", failure.get("type"), "not", kinds)
        if failure is None or kinds == "assertion":
            continue
        if not re.fullmatch(r"[12] references? left by sh/\d+ at pgmapref_fault_get \[pgmapref_fault\]",
                            failure.get("message")):
            print("JUnit of", id, key, "says", failure.get("message"))
        # the whole report once, with task and site
        if "pgmapref_fault_get" not in failure.text or failure.text.count("\nFACTS ") != 1:
            print("JUnit of", id, key, "has no report, or two")
        if float(case.get("time")) == 0:
            print("JUnit of", id, key, "has no time")
    if junit != {k: v[0] for k, v in want.items()}:
        print("JUnit of", id, junit)
tap = {}
for line in open(f"{work}/tap"):
    m = re.match(r"(not )?ok \d+ - (\S+): (.*)$", line.rstrip("\n"))
    if m:
        tap[m[3]] = "failed" if m[1] else "passed"
if tap != {k: v[0] for k, v in want.items()}:
    print("TAP", tap)
text = open(f"{work}/text").read()
for name, (result, kinds) in want.items():
    if result == "failed" and kinds != "assertion" and f": leak {kinds}\n" not in "\n" + text:
        print("text lacks", name, kinds)
if "assertion failed: --max-refs 1: pmem0: 2 references above the baseline at most\n" not in text:
    print("text lacks the assertion")
lines = [open(f"{work}/{id}.err").read().splitlines()[-1] for id in ("text", "json", "tap")]
if len(set(lines)) != 1 or not lines[0].startswith(f"SUMMARY: pgmapref: leak {', '.join(summary['kinds'])}: 2 pgmaps, 2 teardowns, {4 + summary['assertions']} checks, 2 leaks,"):
    print(lines)
END
# Other verbs write records of other types.
mount -o dax=always /dev/pmem1 /mnt/dax 2>/dev/null || {
	mkdir -p /mnt/dax
	mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem1
	mount -o dax=always /dev/pmem1 /mnt/dax
}
"$pgmapref" trace --stacks -j -o "$work/trace.json" -- "$progs/daxfiles" --no-check create /mnt/dax f 2 8 4k >/dev/null 2>&1
"$pgmapref" list -H -d 300ms -j -o "$work/list.json" 2>/dev/null
"$pgmapref" refs -j -o "$work/refs.json" pmem0 pmem1 2>/dev/null
"$pgmapref" probes -j -o "$work/probes.json" 2>/dev/null
"$pgmapref" why -j -o "$work/why.json" pmem0 2>/dev/null
rm -f /mnt/dax/f*
umount /mnt/dax
tests/schema "$work/json" "$work"/{trace,list,refs,probes,why}.json >"$work/schema" 2>&1
ok $? "each record and each field is in the schema" || diag "$(head -n 40 "$work/schema")"
boot=$(cat /proc/sys/kernel/random/boot_id)
json_is "$work/json" <<-END2
	sorted(x["id"] for x in r if x.get("final")) == sorted({x["id"] for x in r if "id" in x}) ;; True ;; of each teardown and each end one record is final
	r[0]["hostname"] ;; $(hostname) ;; the first record has the machine
	r[0]["command"] ;; ['sh', '$work/command'] ;; COMMAND
	r[0]["boot_id"] ;; $boot ;; and the boot
END2
is "$(cat "$work/same")" "" "text, JSON, JUnit and TAP say the same"
"$pgmapref" check --tap -- sh -c 'echo not TAP; exit 4' >"$work/o" 2>"$work/e"
is $? 4 "--tap on standard output"
prove -e cat "$work/o" >/dev/null
ok $? "has TAP only" || diag "$(cat "$work/o")"
has "$work/e" '^not TAP$' "COMMAND's goes to standard error"

# ---- suppressed
echo 'hang comm=sh frame=pgmapref_fault_get
excess-at-end:pgmapref_fault_* pgmap=pmem0 name=left # known for years
leak comm=nobody
leak until=2020-01-31' >"$work/allow"
run allowed --allow "$work/allow" -o "$work/allowed.txt"
has "$work/allowed.txt" '^pmem0: leak hang \(suppressed\)$' "allowed, and said"
has "$work/allowed.txt" '^Suppressions used \(2 leaks; 2 of 4 unused, 1 of them expired, -v lists them\):$' "a table"
has "$work/allowed.txt" "^      1  $work/allow:1  hang comm=sh frame=pgmapref_fault_get$" "counted"
has "$work/allowed.txt" "^      1  $work/allow:2  left: known for years$" "with the reason"
has "$work/allowed.txt" "^      0  $work/allow:4  leak until=2020-01-31 \(until 2020-01-31: expired\)$" "one that has expired is said"
lacks "$work/allowed.txt" "nobody" "unused ones are not listed"
run verbose -v --allow "$work/allow" -o "$work/verbose.txt"
has "$work/verbose.txt" "^      0  $work/allow:3  leak comm=nobody$" "but with -v"
has "$work/allowed.err" '^SUMMARY: pgmapref: failed: 2 pgmaps, 2 teardowns, [67] checks, 0 leaks, 0 inconclusive, 0 lost, 2 suppressed, 1 of' "the last line"
is "$status" 1 "--max-refs is not allowed away: status 1"
xmllint --noout --schema tests/junit.xsd "$work/allowed.xml" 2>/dev/null
ok $? "JUnit is valid"
is "$(grep -c '<skipped' "$work/allowed.xml")" 2 "and has two that were skipped"
# A pattern for another task does not match.
echo 'leak comm=other*' >"$work/allow"
"$pgmapref" check --details -q --settle 100ms -o "$work/n.txt" --allow "$work/allow" --gen-suppressions -- \
	sh -c 'echo "$pfn 1" >$fault/get' 2>"$work/n.err"
is $? 1 "a pattern for another task: a leak"
sed -n 's/^  allow     //p' "$work/n.txt" >"$work/generated"
is "$(wc -l <"$work/generated")" 1 "--gen-suppressions: one pattern"
echo "$pfn 1" >$fault/put
printf '# those that are known' >"$work/appended"
"$pgmapref" check --details -q --settle 100ms -o "$work/n.txt" --gen-suppressions="$work/appended" -- \
	sh -c 'echo "$pfn 1" >$fault/get' 2>"$work/n.err"
echo "$pfn 1" >$fault/put
lacks "$work/n.txt" '^  allow ' "--gen-suppressions=FILE prints nothing"
has "$work/appended" '^# those that are known$' "it appends"
has "$work/appended" '^excess-at-end:pgmapref_fault_get pgmap=pmem0 type=fsdax comm=sh( frame=[a-z_]+)?  # 1 reference left by sh/[0-9]+ at pgmapref_fault_get \[pgmapref_fault\]$' "a line with its reason, and no frame of the kernel itself"
is "$(wc -l <"$work/appended")" 2 "one line"
"$pgmapref" check -q --settle 100ms -o "$work/n.txt" --allow "$work/appended" -- \
	sh -c 'echo "$pfn 1" >$fault/get; exit 6' 2>"$work/n.err"
is $? 6 "which can be used as it is"
is "$(grep -c . "$work/n.txt")" 4 "a suppressed leak is one line, and the table" || diag "$(cat "$work/n.txt")"
echo "$pfn 1" >$fault/put
"$pgmapref" check --details -q --settle 100ms -o "$work/n.txt" --allow "$work/generated" -- \
	sh -c 'echo "$pfn 1" >$fault/get; exit 6' 2>"$work/n.err"
is $? 6 "which allows the next of its kind: COMMAND's own status" || diag "$(cat "$work/generated" "$work/n.txt")"
echo "$pfn 1" >$fault/put
printf 'leak\nlaek comm=x\n' >"$work/allow"
"$pgmapref" check --details --allow "$work/allow" -- true 2>"$work/n.err"
is $? 2 "a malformed file: status 2"
has "$work/n.err" "^pgmapref: --allow: $work/allow:2: " "file, line, reason"
# The agent of a CI server calls sudo, and reads the file as the user that it is.
mkdir -m 1777 "$work/agent"
chmod 755 "$work"
SUDO_UID=65534 SUDO_GID=65534 "$pgmapref" check -q --settle 100ms --no-pins --junit "$work/agent/out.xml" -- true 2>"$work/n.err"
is $? 0 "check by sudo"
is "$(stat -c '%u %g %a' "$work/agent/out.xml")" "65534 65534 644" "the file is the user's, by umask"
setpriv --reuid=65534 --regid=65534 --clear-groups grep -q '<testsuite ' "$work/agent/out.xml"
ok $? "who can read it"
ln -s /etc/nothing "$work/agent/link.xml"
SUDO_UID=65534 SUDO_GID=65534 "$pgmapref" check --junit "$work/agent/link.xml" -- true 2>"$work/n.err"
is $? 4 "a symbolic link is not followed: status 4"
[ ! -e /etc/nothing ]
ok $? "and nothing is made behind it"
"$pgmapref" check --junit /dev/full -- true 2>"$work/n.err"
is $? 4 "a full disk: status 4"
has "$work/n.err" 'cannot write to /dev/full: No space left' "says so"

done_testing
