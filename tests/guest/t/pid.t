#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 6.12 7
#
# -p shows what this process took, also when another task drops it, and nothing that others took.
. "$(dirname "$0")/../lib.sh"

mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax /dev/pmem0 /mnt/dax

start a "$progs/daxfiles" --step create /mnt/dax a0_ 1 1 4k
start b "$progs/daxfiles" --step create /mnt/dax b0_ 1 1 4k
await "$work/a.out" '^created'
await "$work/b.out" '^created'
# Two shells, each of which becomes a process with the same work, on a CPU of its own. If one
# preempts the other in the middle of a BPF program, the kernel skips the program for it, and the
# tool correctly ends with "inconclusive" (seen on 7.3).
start one taskset -c 0 bash -c 'read -r; exec "$0" create /mnt/dax one 3 7 4k' "$progs/daxfiles"
start two taskset -c 1 bash -c 'read -r; exec "$0" create /mnt/dax two 3 7 4k' "$progs/daxfiles"
tool t trace -p "$(pid one)" -j -o "$work/t.json"
tool n trace -n 'daxf*' -j -o "$work/n.json"
tell one
tell two
finish two
finish one
# -p ends with its process. The next run does not, so that it sees what others do with the entries.
finish t
is "$status" 0 "-p ends when its process ends"
json_is "$work/t.json" <<-END
	len(of("event", event="insert")) ;; 21 ;; -p: its 21 inserts
	set(e["task"]["tgid"] for e in of("event")) ;; {$(pid one)} ;; -p: nobody else's
END
rm /mnt/dax/one* /mnt/dax/two*
stop n
json_is "$work/n.json" <<-END
	len(of("event", event="insert")) ;; 42 ;; -n: both
	len(of("event", event="delete")) ;; 42 ;; -n: deletes by rm are shown
	set(e["task"]["comm"] for e in of("event", event="delete")) ;; {'rm'} ;; -n: and said to be rm's
	set(e["taker"]["comm"] for e in of("event", event="delete")) ;; {'daxfiles'} ;; -n: of what daxfiles took
END

# Another task drops the entries while the process that took them still lives.
start self bash -c 'read -r; exec "$0" --step create /mnt/dax s 3 7 4k' "$progs/daxfiles"
tool t trace -p "$(pid self)" -j -o "$work/t3.json"
tell self
await "$work/self.out" '^created'
rm -f /mnt/dax/s*
deletes() { [ "$(grep -c '"event":"delete"' "$work/t3.json")" -ge 21 ]; }
until_true deletes
tell self
finish self
finish t
json_is "$work/t3.json" <<-END
	len(of("event", event="insert")), len(of("event", event="delete")) ;; (21, 21) ;; -p: others delete what it took
	set(e["task"]["comm"] for e in of("event", event="delete")) ;; {'rm'} ;; -p: rm is named
	set(e["taker"]["tgid"] for e in of("event", event="delete")) ;; {$(pid self)} ;; -p: and whose they were
END

for i in a b; do tell $i; finish $i; done
umount /mnt/dax
done_testing
