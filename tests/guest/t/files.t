#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 7
# also: 6.12 6.18
#
# Counts DAX entries: the tool shows exactly what a program inserts and deletes.
. "$(dirname "$0")/../lib.sh"

mkdir -p /mnt/dax

# make_fs FS SIZE: makes it on /dev/pmem0; 2m: files are aligned to 2 MiB
make_fs()
{
	case $1-$2 in
	ext4-4k) mkfs.ext4 -q -F -b 4096 /dev/pmem0 ;;
	ext4-2m) mkfs.ext4 -q -F -b 4096 -E stride=512,stripe_width=512 /dev/pmem0 ;;
	xfs-4k) mkfs.xfs -q -f -l size=64m /dev/pmem0 ;;
	xfs-2m) mkfs.xfs -q -f -d su=2m,sw=1,agcount=4 -l size=64m /dev/pmem0 ;;
	esac && mount -o dax=always /dev/pmem0 /mnt/dax
}

# run FS SIZE PAGES_7 PAGES_4 HOW: writes 7 files and 4 files, with prime numbers of entries
run()
{
	local fs=$1 size=$2 a=$3 b=$4 how=$5
	local want=$((7 * a + 4 * b)) pages=1 out=$work/$fs-$size-$how.json

	[ "$size" = 2m ] && pages=512
	make_fs "$fs" "$size" || { ok 1 "$fs with $size entries is made and mounted"; return; }
	"$pgmapref" trace -j -o "$out" --attach "$how" -- \
		sh -c "$progs/daxfiles cycle /mnt/dax a 7 $a $size &&
		       $progs/daxfiles cycle /mnt/dax b 4 $b $size" >"$work/prog" 2>"$work/err"
	is $? 0 "$fs $size $how: clean" || diag "$(cat "$work/prog" "$work/err")"
	json_is "$out" <<-END
	len(of("event", event="insert")) ;; $want ;; $fs $size $how: inserts
	len(of("event", event="delete")) ;; $want ;; $fs $size $how: deletes
	sum(e["n"] for e in of("event", event="insert")) ;; $((want * pages)) ;; $fs $size $how: pages
	sum(e["n"] for e in of("event")) ;; 0 ;; $fs $size $how: as many deleted
	sorted(e["pfn"] for e in of("event", event="insert")) == sorted(e["pfn"] for e in of("event", event="delete")) ;; True ;; $fs $size $how: the same pages
	of("pgmap_summary")[0]["entries"] ;; 0 ;; $fs $size $how: none is left
	len(of("pgmap_summary")[0].get("outstanding", [])) ;; 0 ;; $fs $size $how: the ledger is empty
	of("pgmap_summary")[0]["excess"] ;; 0 ;; $fs $size $how: value at baseline
	set(e["task"]["comm"] for e in of("event")) ;; {'daxfiles'} ;; $fs $size $how: by daxfiles
	all(e["taker"]["comm"] == "daxfiles" for e in of("event", event="delete")) ;; True ;; $fs $size $how: its taker known
	END
	umount /mnt/dax
}

run ext4 4k 13 5 fentry
run ext4 2m 3 2 fentry
run xfs 4k 13 5 fentry
run xfs 2m 3 2 fentry
run ext4 4k 13 5 kprobe

is "$(tests/guest/oracle | awk '/30000000/ { n++ } END { print n + 0 }')" 1 "the oracle sees pmem0"
tool w watch
unbind_pmem 0
until_true seen "$work/w.out" '^pmem0: '
stop w
is "$status" 0 "unbind after it all: exit status 0"
has "$work/w.out" '^pmem0: clean$' "unbind after it all: clean"
has "$work/w.err" '^SUMMARY: pgmapref: clean: 1 teardown, 0 leaks, 0 inconclusive, 0 lost$' \
	"its summary"
bind_pmem 0
ok $? "pmem0 is back"

done_testing
