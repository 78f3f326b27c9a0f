#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: 6.12
# also: 6.1 7 patched
#
# One run as text, JSON, JUnit and TAP: all four agree. Suppressed leaks: reported with the file and
# the pattern, and counted. The pattern that the tool proposes suppresses exactly this leak.
. "$(dirname "$0")/../lib.sh"

[ -d $fault ] || { ok 1 "the fault module is loaded"; done_testing; }
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
	"$pgmapref" check --no-pins --stuck 300ms --settle 300ms --max-refs 1 --expect-teardown pmem1 \
		--junit "$work/$id.xml" "$@" -- sh "$work/command" >"$work/$id.out" 2>"$work/$id.err"
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
prove -e cat "$work/tap" >"$work/prove" 2>&1
is $? 1 "prove reads the TAP, which fails"
has "$work/prove" '^ *Failed tests?: ' "prove says which"
python3 - "$work" >"$work/same" <<'END'
import json, re, sys
import xml.etree.ElementTree as xml
work = sys.argv[1]
records = [json.loads(line) for line in open(f"{work}/json")]

# compares three runs: (class, name without the number of the generation) -> result
def plain(name):
    return re.sub(r" generation \d+", "", name)
want = {}
for r in records:
    result = {"clean": "passed", "leak": "failed", "inconclusive": "inconclusive"}
    if r["type"] == "teardown" and r["gone"]:
        want["teardown", r["pgmap"]["name"]] = result[r["verdict"]], r["kinds"]
    elif r["type"] == "end":
        want["end", r["pgmap"]["name"]] = result[r["verdict"]], r["kinds"]
    elif r["type"] == "assertion":
        want["assertion", r["name"]] = r["result"], ""
    elif r["type"] == "summary":
        want["assertion", "no leak"] = result[r["verdict"]], r["kinds"]
        summary = r
expected = {("teardown", "pmem0"): "failed", ("teardown", "pmem1"): "passed",
            ("end", "pmem0"): "failed", ("end", "pmem1"): "passed",
            ("assertion", "--max-refs 1"): "failed", ("assertion", "no leak"): "failed",
            ("assertion", "--expect-teardown pmem1,1"): "passed"}
got = {k: v[0] for k, v in want.items() if k[1] != "references, entries and pages agree"}
if got != expected:
    print("JSON", got)
for id in ("json", "text", "tap"):
    suite = xml.parse(f"{work}/{id}.xml").getroot()
    suite = suite if suite.tag == "testsuite" else suite.find("testsuite")
    junit = {}
    for case in suite.findall("testcase"):
        failure, error = case.find("failure"), case.find("error")
        key = case.get("classname").split(".")[-1], plain(case.get("name"))
        junit[key] = "failed" if failure is not None else "inconclusive" if error is not None else "passed"
        kinds = want.get(key, ("", "?"))[1]
        if failure is not None and kinds and kinds not in failure.get("message"):
            print("JUnit of", id, key, "says", failure.get("message"), "not", kinds)
        # the whole report, with task and site
        if failure is not None and key[0] != "assertion" and "pgmapref_fault_get" not in failure.text:
            print("JUnit of", id, key, "has no report")
    if junit != {k: v[0] for k, v in want.items()}:
        print("JUnit of", id, junit)
tap = {}
for line in open(f"{work}/tap"):
    m = re.match(r"(not )?ok \d+ - (\S+): (.*)$", line.rstrip("\n"))
    if m:
        tap[m[2].split(".")[-1], plain(m[3])] = "failed" if m[1] else "passed"
if tap != {k: v[0] for k, v in want.items()}:
    print("TAP", tap)
text = open(f"{work}/text").read()
for (kind, name), (result, kinds) in want.items():
    if result == "failed" and kind != "assertion" and f"\n{name}: leak {kinds}\n" not in "\n" + text:
        print("text lacks", name, kinds)
if "assertion failed: --max-refs 1: pmem0: 2 references above the baseline at most\n" not in text:
    print("text lacks the assertion")
lines = [open(f"{work}/{id}.err").read().splitlines()[-1] for id in ("text", "json", "tap")]
if len(set(lines)) != 1 or not lines[0].startswith(f"SUMMARY: pgmapref: leak {summary['kinds']}: 2 teardowns, 2 leaks,"):
    print(lines)
END
is "$(cat "$work/same")" "" "text, JSON, JUnit and TAP say the same"
"$pgmapref" check --tap -- sh -c 'echo not TAP; exit 4' >"$work/o" 2>"$work/e"
is $? 4 "--tap on standard output"
prove -e cat "$work/o" >/dev/null
ok $? "has TAP only" || diag "$(cat "$work/o")"
has "$work/e" '^not TAP$' "COMMAND's goes to standard error"

# ---- suppressed
echo 'hang comm=sh frame=pgmapref_fault_get
excess-at-end:pgmapref_fault_* pgmap=pmem0
leak comm=nobody' >"$work/allow"
run allowed --allow "$work/allow" -o "$work/allowed.txt"
has "$work/allowed.txt" '^pmem0: leak hang \(suppressed\)$' "allowed, and said"
has "$work/allowed.txt" "^suppression used 1 times: $work/allow:1: hang comm=sh" "counted"
has "$work/allowed.txt" "^suppression used 1 times: $work/allow:2: " "each"
has "$work/allowed.txt" "^suppression not used: $work/allow:3: leak comm=nobody" "and the one that was not used"
has "$work/allowed.err" '^SUMMARY: pgmapref: failed: 2 teardowns, 0 leaks, 0 inconclusive, 0 lost, 2 suppressed, 1 of' "the last line"
is "$status" 1 "--max-refs is not allowed away: status 1"
xmllint --noout --schema tests/junit.xsd "$work/allowed.xml" 2>/dev/null
ok $? "JUnit is valid"
is "$(grep -c '<skipped' "$work/allowed.xml")" 2 "and has two that were skipped"
# A pattern for another task does not match.
echo 'leak comm=other*' >"$work/allow"
"$pgmapref" check -q --settle 100ms -o "$work/n.txt" --allow "$work/allow" --gen-suppressions -- \
	sh -c 'echo "$pfn 1" >$fault/get' 2>"$work/n.err"
is $? 1 "a pattern for another task: a leak"
sed -n 's/^  allow     //p' "$work/n.txt" >"$work/generated"
is "$(wc -l <"$work/generated")" 1 "--gen-suppressions: one pattern"
echo "$pfn 1" >$fault/put
"$pgmapref" check -q --settle 100ms -o "$work/n.txt" --allow "$work/generated" -- \
	sh -c 'echo "$pfn 1" >$fault/get; exit 6' 2>"$work/n.err"
is $? 6 "which allows the next of its kind: COMMAND's own status" || diag "$(cat "$work/generated" "$work/n.txt")"
echo "$pfn 1" >$fault/put
printf 'leak\nlaek comm=x\n' >"$work/allow"
"$pgmapref" check --allow "$work/allow" -- true 2>"$work/n.err"
is $? 2 "a malformed file: status 2"
has "$work/n.err" "^pgmapref: --allow: $work/allow:2: " "file, line, reason"
"$pgmapref" check --junit /dev/full -- true 2>"$work/n.err"
is $? 4 "a full disk: status 4"
has "$work/n.err" 'cannot write to /dev/full: No space left' "says so"

done_testing
