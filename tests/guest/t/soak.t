#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: both-soak
# kernels: 6.1 7 patched
# also: 6.12 6.18
#
# Does what test suites of DAX do (tests/guest/soak/suite) for SOAK seconds under check: nothing
# leaks, and the tool reports no leak.
. "$(dirname "$0")/../lib.sh"

# With reflink 6.1 warns in fs/dax.c.
expected_log='WARNING:.*(fs/dax|dax_)|Call Trace'
"$pgmapref" check -j -o "$work/s.json" --settle 10s --stuck 60s --expect-teardown 'pmem*,2' \
	--expect-events 100 --junit "$work/s.xml" -- \
	tests/guest/soak/suite --seconds "${SOAK:-10}" --seed "${SEED:-1}" >"$work/s.out" 2>"$work/s.err"
is $? 0 "the suite passes, and nothing leaks"
[ "$(tail -n 1 "$work/s.err" | cut -d : -f 3)" = " clean" ] || diag "$(tail -n 5 "$work/s.err"; cut -c -3000 "$work/s.json" | grep -v '"clean"' | tail -n 5)"
diag "$(grep -E '^(not )?ok|rounds' "$work/s.out")"
diag "$(tail -n 1 "$work/s.err")"
diag "$(python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    if r["type"] == "loss":
        print("lost:", {k: v for k, v in (r["causes"] | r["missed_runs"]).items() if v})
' "$work/s.json")"
lacks "$work/s.out" '# SKIP' "none of its cases is left out"
json_is "$work/s.json" <<-'END'
	sorted(set(x["verdict"] for x in of("teardown"))) ;; ['clean'] ;; each teardown is clean
	sorted(set(x["verdict"] for x in of("end"))) ;; ['clean'] ;; and so is the end
	[a["name"] for a in of("assertion") if a["result"] != "passed"] ;; [] ;; no assertion fails
END
xmllint --noout --schema tests/junit.xsd "$work/s.xml" 2>/dev/null
ok $? "JUnit is valid"

done_testing
