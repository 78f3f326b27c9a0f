#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 7
# also: 6.12 6.18
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
tool s trace --by pgmap,comm,file -j -o "$work/s.json"
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
rm /mnt/dax/one* /mnt/dax/two0
stop n
stop s
rm /mnt/dax/two*
json_is "$work/s.json" <<-END
	len(of("event")) ;; 0 ;; sums: no record for an event
	sorted((s["pgmap"], s["comm"], s["calls"], s["taken"], s["given"], s["outstanding"]) for s in of("sum", kind="entries")) ;; [('pmem0', 'daxfiles', 7, 7, 0, 7), ('pmem0', 'daxfiles', 7, 7, 0, 7), ('pmem0', 'daxfiles', 7, 7, 7, 0), ('pmem0', 'daxfiles', 7, 7, 7, 0), ('pmem0', 'daxfiles', 7, 7, 7, 0), ('pmem0', 'daxfiles', 7, 7, 7, 0)] ;; sums: of each file what was taken, and given back
	all(("held_max_ns" in s) == (s["given"] > 0) and ("oldest_age_ns" in s) == (s["outstanding"] > 0) for s in of("sum")) ;; True ;; sums: for how long
	len({s["file"] for s in of("sum")}) ;; 6 ;; sums: six files
END
json_is "$work/n.json" <<-END
	len(of("event", event="insert")) ;; 42 ;; -n: both
	len(of("event", event="delete")) ;; 28 ;; -n: deletes by rm are shown
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

# The first thread of the process ends before it takes anything.
start late bash -c 'read -r; exec "$0" --thread create /mnt/dax late 1 7 4k' "$progs/daxfiles"
tool t trace -f -p "$(pid late)" -j -o "$work/t4.json"
tell late
finish late
finish t
json_is "$work/t4.json" <<-END
	len(of("event", event="insert")) ;; 7 ;; -p: a thread that outlives the first one is followed
	of("summary")[0]["result"] ;; clean ;; and something was seen
END

# What a process started before the tool, and what it starts later; the shell takes nothing itself.
family()
{
	start "$1" bash -c '
		bash -c "read -r <$2/go; $0 create /mnt/dax $1old 1 4 4k; true" &
		read -r
		"$0" create /mnt/dax "$1new" 1 5 4k
		wait' "$progs/daxfiles" "$1" "$work"
}
mkfifo "$work/go"
family f
family g
tool tf trace -f -p "$(pid f)" -j -o "$work/f.json"
tool tg trace -p "$(pid g)" -o "$work/g.txt"
exec 9<>"$work/go"
# One after the other: if one preempts another in the midst of a program, the kernel skips the second.
made() { [ "$(cat "$work"/[fg].out | grep -c ^created)" -eq "$1" ]; }
echo >&9
until_true made 1
echo >&9
until_true made 2
tell f
until_true made 3
tell g
for i in f g tf tg; do finish $i; done
exec 9>&-
json_is "$work/f.json" <<-END
	len(of("event", event="insert")) ;; 9 ;; -f: inserts of both generations
	{e["task"]["comm"] for e in of("event")} ;; {'daxfiles'} ;; nobody else's
	of("summary")[0]["result"] ;; clean ;; -f has seen all
END
is "$status" 0 "-p without -f: nothing seen is no failure"
has "$work/tg.err" "^SUMMARY: pgmapref: nothing-seen \\(no event by $(pid g); [0-9]+ by others, [0-9]+ of them by what it started: -f\\): 0 teardowns" \
	"but it is said, with what it started"

for i in a b; do tell $i; finish $i; done
umount /mnt/dax
done_testing
