#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 6.12 7
#
# -p shows what that process took and nobody else's, also when another task drops it.
. "$(dirname "$0")/../lib.sh"

mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax /dev/pmem0 /mnt/dax

start a "$progs/daxfiles" --step create /mnt/dax a0_ 1 1 4k
start b "$progs/daxfiles" --step create /mnt/dax b0_ 1 1 4k
await "$work/a.out" '^created'
await "$work/b.out" '^created'
# Two shells, each of which will do the same work as one process.
start one bash -c 'read -r; exec "$0" create /mnt/dax one 3 7 4k' "$progs/daxfiles"
start two bash -c 'read -r; exec "$0" create /mnt/dax two 3 7 4k' "$progs/daxfiles"
tool t trace -p "$(pid one)" -j -o "$work/t.json"
tool n trace -n 'daxf*' -j -o "$work/n.json"
tell one
tell two
finish two
finish one
# -p ends with its process; what others do with its entries is to be seen too, so a second run,
# without that end:
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

# Another task drops them while the process that took them lives.
start one "$progs/daxfiles" --step create /mnt/dax live 3 7 4k
await "$work/one.out" '^created'
tell one
finish one
start keep bash -c '"$0" create /mnt/dax kept 2 5 4k; "$0" create /mnt/dax kept2_ 2 5 4k' "$progs/daxfiles"
finish keep
start taker bash -c 'read -r; "$0" create /mnt/dax t 3 7 4k; read -r' "$progs/daxfiles"
tool t trace -p "$(pid taker)" -j -o "$work/t2.json"
tell taker
until_true test -e /mnt/dax/t2
stop t
json_is "$work/t2.json" <<-END
	len(of("event")) ;; 0 ;; -p: the shell itself takes nothing; its child is another process
END
tell taker
finish taker
rm -f /mnt/dax/*

start self "$progs/daxfiles" --step create /mnt/dax s 3 7 4k
kill -STOP "$(pid self)"
tool t trace -p "$(pid self)" -j -o "$work/t3.json"
kill -CONT "$(pid self)"
await "$work/self.out" '^created'
rm -f /mnt/dax/s*
until_true seen "$work/t3.json" '"event":"delete"'
tell self
finish self
finish t
json_is "$work/t3.json" <<-END
	len(of("event", event="insert")) == len(of("event", event="delete")) ;; True ;; -p: rm deletes what it took
	set(e["task"]["comm"] for e in of("event", event="delete")) ;; {'rm'} ;; -p: rm is named
	set(e["taker"]["tgid"] for e in of("event", event="delete")) ;; {$(pid self)} ;; -p: and whose they were
END

for i in a b; do tell $i; finish $i; done
rm -f /mnt/dax/*
umount /mnt/dax
done_testing
