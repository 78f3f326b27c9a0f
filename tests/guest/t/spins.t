#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-spins
# kernels: 7
#
# An unbind that neither sleeps nor ends. The driver tells XFS (with a reverse map) that the memory
# goes. XFS looks for the processes that map a file, and its loop does not end (mf_dax_kill_procs(),
# 6.18 to 7.3). The task runs, so /proc shows no stack of it, but samples do. No other test can run
# in the guest afterwards.
. "$(dirname "$0")/../lib.sh"

expected_log='stall|lockup|Call Trace'

mkdir -p /mnt/dax
mkfs.xfs -q -f -m rmapbt=1,reflink=1 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "XFS with a reverse map"
"$progs/daxfiles" create /mnt/dax f 1 3 4k >/dev/null
start map "$progs/daxhold" --map /mnt/dax/f0 0
await "$work/map.out" '^held'
start busy sh -c 'while :; do :; done' # runs as much, but in user space
tool w watch --stuck 2s -j
start u sh -c "echo namespace0.0 >$dev_driver/unbind"
await "$work/w.out" '"type":"blocked"'
ok $? "it is reported"
grep -qs ') R ' "/proc/$(pid u)/stat"
ok $? "while it runs"
sed -n '/"type":"blocked"/p' "$work/w.out" >"$work/blocked.json"
json_is "$work/blocked.json" <<-END
len(r) ;; 1 ;; once, and nobody else
(r[0]["kind"], r[0]["state"], r[0]["task"]["tgid"]) ;; ('blocked-elsewhere', 'R', $(pid u)) ;; what, and who
("mf_dax_kill_procs" in r[0]["stack"], "waits_in" in r[0]) ;; (True, False) ;; the function whose loop does not end
r[0]["stack"][0].startswith(r[0]["spins_in"]) ;; True ;; the innermost in which all samples were: that one, or what it calls
(r[0]["way"], r[0]["device"].split("/")[-1], r[0]["sure"]) ;; ('unbind_store', 'namespace0.0', True) ;; the way, and the device
[p["pgmap"]["name"] for p in r[0]["pgmaps"]] ;; ['pmem0'] ;; the pgmap
[f for f in r[0]["stack"] if f.startswith(("xfs_dax_notify_dev_failure", "kill_dax"))] ;; ['xfs_dax_notify_dev_failure [xfs]', 'kill_dax'] ;; the stack that samples have in common
2e9 <= r[0]["blocked_ns"] < 120e9 ;; True ;; for how long
END
lacks "$work/w.out" '"type":"teardown"' "it is no teardown so far, and no leak"

done_testing
