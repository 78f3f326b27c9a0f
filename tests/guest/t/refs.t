#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-refs
# kernels: 6.1 6.12 6.18 7 patched
#
# Holders that are older than the tool: pages in pipes and in fixed buffers of io_uring, mappings
# and open files, of a file and of a device-dax. refs names them with the right pgmap. A watch that
# starts after the pin names them too, in its report while the unbind hangs and in the report after
# it. (io_uring refuses files on fsdax, and on 6.1 also device-dax: EOPNOTSUPP.)
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

ndctl create-namespace -f -e namespace1.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax1.0
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "a DAX file system and a device-dax"
case $kernel in
6.1.*) rings='' ;;
*) rings=1 ;;
esac

# hold ID WORD COMMAND...: runs it in the background and waits until it prints WORD
hold()
{
	local id=$1 word=$2

	shift 2
	start "$id" "$@"
	await "$work/$id.out" "^$word" || ok 1 "$*"
}
drop() { for id; do tell "$id"; finish "$id"; done; }
refs() { "$pgmapref" refs "$@" 2>>"$work/refs.err"; }

# ---- no holders
refs pmem0 dax1.0 >"$work/none.txt"
is $? 0 "nobody has anything: exit status 0"
is "$(grep -c '^    no holder found in pipes, rings, mappings or open files$' "$work/none.txt")" 2 \
	"it is said of both"
grep -v '^    no holder found in pipes, rings, mappings or open files$' "$work/none.txt" >"$work/rest.txt"
lacks "$work/rest.txt" 'holder|not searched:' "no holder, and nothing was left out"
refs pmem0 -o /mnt/dax/out
has /mnt/dax/out '^    no holder found in ' "nor does the tool name itself, though its output is on the device"
rm /mnt/dax/out

# ---- all kinds of holders
"$progs/daxfiles" create /mnt/dax f 6 3 4k >/dev/null
hold pin pinned "$progs/daxpin" --pfn vmsplice /mnt/dax/f0 0 2
hold both held "$progs/daxhold" --pipe --fork /mnt/dax/f1 4096
hold map held "$progs/daxhold" --map /mnt/dax/f2 0
hold open held "$progs/daxhold" --open /mnt/dax/f3 0
hold gone held "$progs/daxhold" --pipe --open --map /mnt/dax/f4 0
rm /mnt/dax/f4
hold used held "$progs/daxhold" --emptied /mnt/dax/f5 4096
hold dpin pinned "$progs/daxpin" --pfn vmsplice /dev/dax1.0 8192 3
hold dmap held "$progs/daxhold" --map /dev/dax1.0 409600
hold dopen held "$progs/daxhold" --open /dev/dax1.0 409600
child=$(sed -n 's/^child //p' "$work/both.out")
ring=()
if [ -n "$rings" ]; then
	hold ring pinned "$progs/daxpin" --pfn uring /dev/dax1.0 40960 4
	hold bare held "$progs/daxhold" --ring /dev/dax1.0 81920
	ring=("('io_uring', $(pid ring))" "('io_uring', $(pid bare))")
fi
"$progs/daxpin" uring /mnt/dax/f5 0 1 >"$work/refused" 2>&1
has "$work/refused" 'Operation not supported' "io_uring fixes no buffer over a file: nothing to be found there"
inode() { stat -c %i "/mnt/dax/$1"; }
pfns() { sed -n 's/^pfn //p' "$work/$1.out" | head -1; }

refs -j pmem0 dax1.0 >"$work/all.json"
is $? 0 "all: exit status 0"
of='{h["task"]["tgid"]: h for p in of("refs") if p["pgmap"]["name"] == "%s" for h in p["found"]["holders"] if h["how"] == "%s"}'
# shellcheck disable=SC2059
pmem_pipes=$(printf "$of" pmem0 pipe) pmem_maps=$(printf "$of" pmem0 map) pmem_fds=$(printf "$of" pmem0 fd)
# shellcheck disable=SC2059
dax_pipes=$(printf "$of" dax1.0 pipe) dax_rings=$(printf "$of" dax1.0 io_uring)
who='sorted((h["how"], h["task"]["tgid"]) for p in of("refs") if p["pgmap"]["name"] == "%s" for h in p["found"]["holders"])'
sorted() { python3 -c 'import sys; print(sorted(eval(a) for a in sys.argv[1:]))' "$@"; }
# shellcheck disable=SC2059
json_is "$work/all.json" <<-END
[p["pgmap"]["name"] for p in of("refs")] ;; ['pmem0', 'dax1.0'] ;; all: both pgmaps
$(printf "$who" pmem0) ;; $(sorted "('pipe', $(pid pin))" "('pipe', $(pid both))" "('pipe', $child)" "('map', $(pid map))" "('fd', $(pid open))" "('pipe', $(pid gone))" "('fd', $(pid gone))" "('map', $(pid gone))") ;; pmem0: its holders, and no others
$(printf "$who" dax1.0) ;; $(sorted "('pipe', $(pid dpin))" "('map', $(pid dmap))" "('fd', $(pid dopen))" "${ring[@]}") ;; dax1.0: its holders, and no others
[(p["busy"], p["found"]["busy_listed"], p["found"]["explained"]) for p in of("refs")] ;; [(4, 4, 4), $([ -n "$rings" ] && echo "(8, 8, 8)" || echo "(3, 3, 3)")] ;; every busy page is in a pipe or a ring
[p["found"]["complete"] for p in of("refs")] ;; [True, True] ;; everything was looked at
(lambda h: (h["pages"], h["first_pfn"]))(($pmem_pipes)[$(pid pin)]) ;; (2, '$(pfns pin)') ;; a pipe with a file's pages: how many, and which
($pmem_pipes)[$(pid both)]["object"] == ($pmem_pipes)[$child]["object"] ;; True ;; one pipe of two processes: both are named
(lambda h: (h["grade"], h["strong"], h["filesystem"], h["inode"], h["path"]))(($pmem_maps)[$(pid map)]) ;; ('has-open', True, 'pmem0', $(inode f2), '/mnt/dax/f2') ;; who maps another file of it
(lambda h: (h["grade"], h["strong"], h["filesystem"], h["inode"], h["path"], len(h["fds"])))(($pmem_fds)[$(pid open)]) ;; ('has-open', True, 'pmem0', $(inode f3), '/mnt/dax/f3', 1) ;; who has another one open
[(h["grade"], h["strong"], h["path"]) for h in (($pmem_maps)[$(pid gone)], ($pmem_fds)[$(pid gone)])] ;; [('could-hold', True, '/mnt/dax/f4 (deleted)'), ('has-open', True, '/mnt/dax/f4 (deleted)')] ;; a file that is unlinked and has a busy page
(lambda h: (h["pages"], h["first_pfn"]))(($dax_pipes)[$(pid dpin)]) ;; (3, '$(pfns dpin)') ;; a pipe with a device-dax's pages
END
[ -z "$rings" ] || json_is "$work/all.json" <<-END
(lambda h: (h["pages"], h["first_pfn"], len(h["fds"])))(($dax_rings)[$(pid ring)]) ;; (4, '$(pfns ring)', 1) ;; a fixed buffer of io_uring
(lambda h: (h["pages"], h["fds"]))(($dax_rings)[$(pid bare)]) ;; (1, []) ;; that of a ring without a descriptor
END

refs pmem0 >"$work/all.txt"
has "$work/all.txt" '^  found     4 of 4 busy pages in pipes, rings or umems$' "text: figures"
has "$work/all.txt" "^    holds it \(found\) daxpin/$(pid pin): pipe, fd [0-9]+, [0-9]+; 2 pages, pfn $(pfns pin) to 0x" \
	"text: a pipe"
has "$work/all.txt" "^    could hold it \(found\) daxhold/$(pid gone): maps /mnt/dax/f4 \(deleted\), inode [0-9]+, at 0x" \
	"text: a mapping"
lacks "$work/all.txt" dax1.0 "text: of the one pgmap that was named"

# ---- a holder that cannot be found
if has_fault; then
	extra=$(pmem_pfn 1 100000)
	echo "$extra 1" >$fault/page_get
	refs dax1.0 >"$work/kernel.txt"
	has "$work/kernel.txt" '^    1 of [49] busy pages: holder not found:' "a page that the kernel holds: said"
	echo "$extra 1" >$fault/page_put
fi
refs nosuch >"$work/nosuch.txt"
is $? 2 "no such pgmap: exit status 2"

# ---- pages that an open file of another device pins: nothing else shows who holds them
rdma=/dev/infiniband/uverbs0
if [ "$GUEST_KERNEL" != patched ]; then # built without RDMA
	modprobe -a ib_uverbs rdma_rxe
	rdma link add rxe0 type rxe netdev lo && until_true test -c $rdma
	ok $? "soft-RoCE"
	hold mr pinned "$progs/rdmapin" $rdma /dev/dax1.0 819200 3
	refs dax1.0 >"$work/rdma.txt"
	has "$work/rdma.txt" "^    could hold it \(found\) rdmapin/$(pid mr): has open $rdma \(RDMA\), fd [0-9]+$" \
		"a memory region's process is one that could hold it"
	has "$work/rdma.txt" "^    has it open \(found\) daxhold/$(pid dopen): /dev/dax1.0, fd" \
		"who only has the device open is not"
	has "$work/rdma.txt" '^    3 of [0-9]+ busy pages: holder not found: one listed as "could hold it",$' \
		"nor is it for sure"
	drop mr
	refs dax1.0 >"$work/rdma.txt"
	lacks "$work/rdma.txt" 'uverbs|not found' "given back: nothing is left to explain"
fi
if [ "$GUEST_KERNEL" != patched ]; then # built without XDP sockets
	hold umem pinned "$progs/daxpin" --pfn xdp /dev/dax1.0 1228800 2
	refs dax1.0 >"$work/xdp.txt"
	has "$work/xdp.txt" "^    holds it \(found\) daxpin/$(pid umem): umem of an AF_XDP socket, fd [0-9]+; 2 pages, pfn $(pfns umem) to" \
		"the umem of an AF_XDP socket"
	lacks "$work/xdp.txt" 'not found' "which explains its pages"
	drop umem
fi

# ---- from inside a PID namespace
unshare -p -f --mount-proc "$pgmapref" refs -j dax1.0 >"$work/inside.json"
is $? 0 "inside a PID namespace: exit status 0"
json_is "$work/inside.json" <<-END
[(p["found"]["complete"], p["found"]["holders"], p["found"]["explained"]) for p in of("refs")] ;; [(False, [], 0)] ;; its tasks hold nothing, and it is not all
[p["found"]["not_looked_at"] for p in of("refs")] ;; [['tasks outside of this PID namespace']] ;; which is said
END

# ---- many holders
hold many held "$progs/daxhold" --open --map --many 3000 /mnt/dax/f5 0
refs -j pmem0 >"$work/many.json"
# shellcheck disable=SC2059
json_is "$work/many.json" <<-END
[p["found"]["complete"] for p in of("refs")] ;; [True] ;; 3000 descriptors and mappings: all are looked at
(lambda h: (h["descriptors"], len(h["fds"])))(($(printf "$of" pmem0 fd))[$(pid many)]) ;; (3001, 8) ;; one entry for the descriptors
(lambda h: (h["mappings"], h["bytes"]))(($(printf "$of" pmem0 map))[$(pid many)]) ;; (3001, 12292096) ;; and one for the mappings
END
diag "$(python3 -c 'import json, sys
for r in map(json.loads, open(sys.argv[1])):
    if r["type"] == "refs":
        f = r["found"]
        print("%d tasks, %d files, %d mappings in %.1f ms" % (f["tasks"], f["files"], f["mappings"], f["took_ns"] / 1e6))
' "$work/many.json")"
drop many pin both map open gone used
is "$(cat "$work/refs.err")" 'pgmapref: nosuch: no such pgmap (see '"'pgmapref list'"')' \
	"nothing else on standard error"

# ---- an unbind that hangs, and its end, for a tool that started after the pins
pfn=$(($(pfns dpin)))
if has_fault; then
	echo "$((pfn + 100)) 2" >$fault/get
	ok $? "two references are taken"
fi
tool w watch --stuck 1s dax1.0
start u sh -c 'echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind'
see_hang()
{
	await "$work/w.out" '^dax1.0: leak hang'
	await "$work/w.out" '^ +holds it \(found\)'
	has "$work/w.out" "^    holds it \(found\) daxpin/$(pid dpin): pipe, .*; 3 pages, pfn $(pfns dpin) to 0x" \
		"while it hangs: the pipe"
	has "$work/w.out" "^    has it open \(found\) daxhold/$(pid dopen): /dev/dax1.0" "and who has the device open"
	refs -j dax1.0 >"$work/hang.json"
	is $? 0 "refs works then, too"
	# shellcheck disable=SC2059
	json_is "$work/hang.json" <<-END
	[(p["state"], p["excess"]) for p in of("refs")] ;; [('killed', 2)] ;; its state and excess
	sorted($(printf "$of" dax1.0 pipe)) ;; [$(pid dpin)] ;; and the pipe
	sorted($(printf "$of" dax1.0 fd)) ;; [$(pid dopen)] ;; and who has the device open, whose number the busy pages tell
	END
	echo "$((pfn + 100)) 2" >$fault/put
}
! has_fault || see_hang
finish u
is "$status" 0 "the unbind goes through"
pinned() { [ "$(grep -cE '^dax1.0: leak .*pinned-at-teardown' "$work/w.out")" -ge 1 ]; }
until_true pinned
stop w
is "$status" 1 "exit status 1"
sed -n '/^dax1.0: leak .*pinned-at-teardown/,$p' "$work/w.out" >"$work/after.txt"
has "$work/after.txt" "^    holds it \(found\) daxpin/$(pid dpin): pipe, .*; 3 pages, pfn $(pfns dpin) to 0x" \
	"after the end: the pipe whose pages are gone"
[ -z "$rings" ] || has "$work/after.txt" "^    holds it \(found\) daxpin/$(pid ring): io_uring buffer, fd [0-9]+; 4 pages" \
	"and the ring"
has "$work/after.txt" "^    has it open \(found\) daxhold/$(pid dopen): /dev/dax1.0" \
	"and who had the device open, whose number is remembered"
is "$(log_faults)" "" "all that without a word of the kernel's"

# ---- a new generation: pipes and rings that point to the old struct pages hold nothing of it
echo dax1.0 >/sys/bus/dax/drivers/device_dax/bind
ok $? "bound again"
refs -j dax1.0 >"$work/again.json"
grades='sorted((h["task"]["tgid"], h["grade"]) for p in of("refs") for h in p["found"]["holders"] if "pages" in h)'
gone=()
[ -z "$rings" ] || for id in ring bare; do gone+=("($(pid $id), 'stale')"); done
json_is "$work/again.json" <<-END
[p["busy"] for p in of("refs")] ;; [0] ;; nothing is busy
$grades ;; $(sorted "($(pid dpin), 'stale')" "${gone[@]}") ;; what leads there is stale
END
hold dnew pinned "$progs/daxpin" --pfn vmsplice /dev/dax1.0 8192 1
is "$(pfns dnew)" "$(pfns dpin)" "one of the pages is pinned again"
refs -j dax1.0 >"$work/again.json"
json_is "$work/again.json" <<-END
$grades ;; $(sorted "($(pid dnew), 'holds')" "($(pid dpin), 'could-hold')" "${gone[@]}") ;; by the new pipe; of the old one it is not certain
[(p["found"]["explained"], p["found"]["unexplained"]) for p in of("refs")] ;; [(1, 0)] ;; the page is explained
END
is "$(log_faults)" "" "all that without a word of the kernel's"

# The pins are not dropped: the kernel would oops (pinned.t).
done_testing
