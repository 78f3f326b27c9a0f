#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 7
# also: 6.12
#
# Threads of the tool help the sweep of a teardown on other CPUs. With --limit chunk=1 they do it
# for the little memory of a guest, too. What the sweep finds is the same.
. "$(dirname "$0")/../lib.sh"

echo 1 >/proc/sys/kernel/bpf_stats_enabled
# How often helpers looked for a chunk.
helped()
{
	bpftool -j prog list | python3 -c '
import json, sys
print(sum(p.get("run_cnt", 0) for p in json.load(sys.stdin) if p.get("name") == "sweep_ahead"))'
}

tool w watch -j --limit chunk=1
before=$(helped)
unbind_pmem 0
await "$work/w.out" '"type":"teardown".*pmem0'
[ "$(helped)" -gt $((before + 1)) ]
ok $? "helpers looked for chunks" || diag "$before then, $(helped) now"
stop w
json_is "$work/w.out" <<-'END'
	[r["verdict"] for r in of("teardown")] ;; ['clean'] ;; idle pages: clean
	[(r["pages"]["looked_at"] - r["pages"]["of"], r["pages"]["not_swept"], r["pages"]["busy"]) for r in of("teardown")] ;; [(0, 0, 0)] ;; each page was looked at
END
bind_pmem 0
done_testing
