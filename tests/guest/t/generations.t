#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-generations
# kernels: 6.1 7 patched
# also: 6.12 6.18
#
# pgmaps that are made and torn down while the tool watches: each has its own generation. A pgmap
# that is older than the tool gets the same report as a newer one. Two teardowns at once get two
# reports.
. "$(dirname "$0")/../lib.sh"

reports() { [ "$(grep -c '^pmem0: ' "$work/w.out")" -ge "$1" ]; }

# ---- a pgmap older than the tool, and a newer one
tool w watch
unbind_pmem 0
until_true reports 1
bind_pmem 0
unbind_pmem 0
until_true reports 2
bind_pmem 0
stop w
is "$status" 0 "older than the tool and not: exit status 0"
is "$(grep -c '^pmem0: clean$' "$work/w.out")" 2 "two reports, both clean"
# The report without what must differ: generation, times, and the source of the baseline.
report() { awk -v n="$1" '/^pmem0: / { i++ } /^  history/ { p = 0 } i == n && /^pmem0: / { p = 1 } p' "$work/w.out" |
	sed -E 's/generation [0-9]+/generation N/; s/, [0-9.]+ [mun]?s$/, TIME/; s/ \(computed\)//; s/owner 0x[0-9a-f]+/owner/'; }
is "$(report 2)" "$(report 1)" "and the same report"

# ---- three generations
tool w watch -j -o "$work/w.json"
ndctl create-namespace -f -e namespace0.0 -m devdax -a 4K --map=mem >/dev/null
ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem >/dev/null
ndctl disable-namespace namespace0.0 >/dev/null
n_json() { [ "$(grep -c '"type":"teardown"' "$work/w.json")" -ge "$1" ]; }
until_true n_json 3
stop w
is "$status" 0 "fsdax -> devdax -> fsdax: exit status 0"
json_is "$work/w.json" <<-END
	len(of("teardown")) ;; 3 ;; three teardowns
	len(set(t["pgmap"]["generation"] for t in of("teardown"))) ;; 3 ;; of three generations
	[t["pgmap"]["type"] for t in of("teardown")] ;; ['fsdax', 'devdax', 'fsdax'] ;; fsdax, device-dax, fsdax
	[t["pgmap"]["name"] for t in of("teardown")] ;; ['pmem0', 'dax0.0', 'pmem0'] ;; by their names
	set(t["verdict"] for t in of("teardown")) ;; {'clean'} ;; all clean
	[t["pgmap"]["baseline_from"] for t in of("teardown")] ;; ['computed', 'sampled', 'sampled'] ;; the first older than the tool
END
ndctl enable-namespace namespace0.0 >/dev/null
until_true test -b /dev/pmem0
ok $? "pmem0 is back"

# ---- two at the same time; one has references
has_fault || done_testing
pfn=$(pmem_pfn 1 4096)
tool w watch --stuck 2s
start h "$progs/hold" holder "$pfn" 2
await "$work/h.out" '^held'
d=$(basename "$(readlink -f /sys/block/pmem0/device)")
start u1 sh -c 'echo namespace1.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
start u0 sh -c "echo $d >/sys/bus/nd/drivers/nd_pmem/unbind"
await "$work/w.out" '^pmem0: '
has "$work/w.out" '^pmem0: clean$' "two at once: pmem0 is clean"
await "$work/w.out" '^pmem1: '
has "$work/w.out" '^pmem1: leak hang$' "two at once: pmem1 hangs"
has "$work/w.out" 'waits for 2 references' "on its two references"
is "$(sed -n 's/^  unbind    by \(sh\/[0-9]*\).*/\1/p' "$work/w.out" | sort -u | wc -l)" 2 \
	"by two tasks"
echo "$pfn 2" >$fault/put
finish u1
finish u0
until_true seen "$work/w.out" 'drained +last'
stop w
is "$status" 1 "two at once: exit status 1"
has "$work/w.err" 'leak hang: 2 teardowns, 1 leak, 0 inconclusive' "two at once: summary"
tell h
finish h

done_testing
