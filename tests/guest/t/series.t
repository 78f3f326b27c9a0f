#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-series
# kernels: patched
#
# The patched kernel, on which a pgmap has a reference for each fsdax folio in use. References,
# entries and pages agree exactly, and the tool names each difference. The same commands with a
# pinned page of a file have another result on stock 6.1: pinned-file.t.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

faults=/sys/kernel/debug/pgmap
base=131073
mkdir -p /mnt/dax
[ -d $faults ]
ok $? "this is the patched kernel" || done_testing

# make_fs FS SIZE [OPTION...]: makes it on /dev/pmem0; 2m: files are aligned to 2 MiB
make_fs()
{
	local fs=$1 size=$2

	shift 2
	case $fs-$size in
	ext4-4k) mkfs.ext4 -q -F -b 4096 "$@" /dev/pmem0 ;;
	ext4-2m) mkfs.ext4 -q -F -b 4096 -E stride=512,stripe_width=512 "$@" /dev/pmem0 ;;
	xfs-4k) mkfs.xfs -q -f -l size=64m "$@" /dev/pmem0 ;;
	xfs-2m) mkfs.xfs -q -f -d su=2m,sw=1,agcount=4 -l size=64m "$@" /dev/pmem0 ;;
	esac && mount -o dax=always /dev/pmem0 /mnt/dax
}

# all_agree NAME FILE ENTRIES ORDER: do gets and puts, inserts and deletes of a trace agree?
all_agree()
{
	json_is "$2" <<-END
	len(of("event", event="insert")), len(of("event", event="delete")) ;; ($3, $3) ;; $1: inserts and deletes
	len(of("event", event="get")), len(of("event", event="put")) ;; ($3, $3) ;; $1: gets and puts
	set(e["order"] for e in of("event", event="get")) ;; {$4} ;; $1: a reference for each folio, whatever its size
	[e for i, e in enumerate(e for e in of("event") if e["event"] in ("get", "put")) if e["value"] != $base + sum(x["n"] for x in [y for y in of("event") if y["event"] in ("get", "put")][:i + 1])][:1] ;; [] ;; $1: the value after each is the folios in use
	sorted(e["pfn"] for e in of("event", event="get")) == sorted(e["pfn"] for e in of("event", event="put")) == sorted(e["pfn"] for e in of("event", event="insert")) ;; True ;; $1: of the same folios
	set(e["task"]["comm"] for e in of("event", event="get")) ;; {'daxfiles'} ;; $1: by daxfiles
	of("pgmap_summary")[0]["layers"] ;; {'excess': 0, 'folios_in_use': 0, 'folio_references': 0, 'other_references': 0, 'entries': 0, 'incomplete': False, 'entries_without_reference': 0, 'references_without_entry': 0} ;; $1: nothing is left
	END
}

# counted FS SIZE ORDER A B HOW [OPTION...]: writes and removes 7 files of A entries and 4 of B
counted()
{
	local fs=$1 size=$2 order=$3 a=$4 b=$5 how=$6 out=$work/counted.json

	shift 6
	make_fs "$fs" "$size" "$@" || { ok 1 "$fs with $size entries is made and mounted"; return; }
	tool c trace -j -o "$out" --attach "$how"
	"$progs/daxfiles" cycle /mnt/dax a 7 "$a" "$size" >"$work/prog" &&
		"$progs/daxfiles" cycle /mnt/dax b 4 "$b" "$size" >"$work/prog"
	ok $? "$fs $size $how $*: written and removed"
	stop c
	is "$status" 0 "$fs $size $how $*: clean" || diag "$(cat "$work/prog" "$work/c.err")"
	all_agree "$fs $size $how $*" "$out" $((7 * a + 4 * b)) "$order"
	umount /mnt/dax
}

counted ext4 4k 0 13 5 fentry
counted ext4 2m 9 3 2 fentry
counted xfs 4k 0 13 5 fentry -m reflink=1
counted xfs 4k 0 13 5 fentry -m reflink=0
counted xfs 2m 9 3 2 fentry -m reflink=0
counted xfs 2m 9 3 2 fentry -m reflink=1
counted ext4 4k 0 13 5 kprobe

# ---- files that share folios: one reference for all
make_fs xfs 4k -m reflink=1
tool r trace -j -o "$work/r.json"
"$progs/daxfiles" create /mnt/dax s 1 5 4k >/dev/null
cp --reflink=always /mnt/dax/s0 /mnt/dax/copy
# reads all pages of both files, then writes one page of the copy
python3 - <<'END'
import mmap
for name in "s0", "copy":
    with open("/mnt/dax/" + name, "r+b") as f:
        m = mmap.mmap(f.fileno(), 5 * 4096)
        assert [m[i * 4096] for i in range(5)] != [0] * 5
        if name == "copy":
            m[8192] = 65
        m.close()
END
ok $? "two files share their pages"
"$pgmapref" list -j -g pmem0 >"$work/l.json"
json_is "$work/l.json" <<-END
	of("pgmap")[0]["excess"] ;; 6 ;; shared: five folios, and one that was copied
END
rm /mnt/dax/s0
rm /mnt/dax/copy
umount /mnt/dax
stop r
is "$status" 0 "shared: clean" || diag "$(cat "$work/r.err")"
json_is "$work/r.json" <<-END
	len(of("event", event="get")) == len(of("event", event="put")) >= 6 ;; True ;; shared: gets and puts
	of("pgmap_summary")[0]["excess"], of("pgmap_summary")[0]["layers"]["folios_in_use"] ;; (0, 0) ;; shared: nothing is left
END

# ---- the same with entries of 2 MiB: the kernel decides how many folios they have
# shared_2m NAME: two files that share 2 MiB are read, then one page of the copy is written. If the
# copy has an entry of 2 MiB, MADV_NOHUGEPAGE must not follow the read: an entry of one page would
# replace the large one, the inode would keep its page count, and evicting the inode would be a
# kernel BUG in clear_inode(), on stock 6.1, 6.12 and 7 as on this kernel.
shared_2m()
{
	local name="shared 2 MiB, $1"

	make_fs xfs 2m -m reflink=1
	tool r trace -j -o "$work/r.json"
	"$progs/daxfiles" create /mnt/dax s 1 1 2m >/dev/null &&
		cp --reflink=always /mnt/dax/s0 /mnt/dax/copy
	ok $? "$name: a file of one entry, and a copy"
	python3 - "$1" <<-'END'
	import mmap, sys
	how = sys.argv[1]
	size = 2 << 20

	def mapped(name, huge):
	    with open("/mnt/dax/" + name, "r+b") as f:
	        m = mmap.mmap(f.fileno(), size)
	    m.madvise(mmap.MADV_HUGEPAGE if huge else mmap.MADV_NOHUGEPAGE)
	    return m

	def read(m):
	    assert m[0] == ord("x") and len(m[:]) == size

	file = mapped("s0", True)
	copy = mapped("copy", how != "4 KiB entries in the copy")
	read(file)
	read(copy)
	copy[8192] = 65
	assert (file[8192], copy[8192], copy[0]) == (0, 65, ord("x"))
	END
	ok $? "$name: both are read, one page is written"
	"$pgmapref" list -j -g pmem0 >"$work/l.json"
	rm /mnt/dax/s0
	rm /mnt/dax/copy
	umount /mnt/dax
	stop r
	is "$status" 0 "$name: clean" || diag "$(cat "$work/r.err")"
	cat "$work/l.json" >>"$work/r.json"
	json_is "$work/r.json" <<-END
	len(of("event", event="get")) == len(of("event", event="put")) >= 2 ;; True ;; $name: gets and puts
	len(of("event", event="insert")) == len(of("event", event="delete")) >= 3 ;; True ;; $name: inserts and deletes
	sorted((e["pfn"], e["order"]) for e in of("event", event="get")) == sorted((e["pfn"], e["order"]) for e in of("event", event="put")) ;; True ;; $name: references of the same folios
	sorted((e["pfn"], e["order"]) for e in of("event", event="insert")) == sorted((e["pfn"], e["order"]) for e in of("event", event="delete")) ;; True ;; $name: the same entries
	of("pgmap")[0]["excess"] == sum(e["n"] for e in of("event") if e["event"] in ("get", "put") and e["task"]["comm"] != "rm") >= 2 ;; True ;; $name: list: a reference for each folio in use
	of("pgmap_summary")[0]["excess"], of("pgmap_summary")[0]["layers"] ;; (0, {'excess': 0, 'folios_in_use': 0, 'folio_references': 0, 'other_references': 0, 'entries': 0, 'incomplete': False, 'entries_without_reference': 0, 'references_without_entry': 0}) ;; $name: nothing is left
	END
}

shared_2m "2 MiB entries in both"
shared_2m "4 KiB entries in the copy"

tool w watch
unbind_pmem 0
until_true seen "$work/w.out" '^pmem0: '
stop w
is "$status" 0 "unbind after it all: exit status 0"
has "$work/w.out" '^pmem0: clean$' "unbind after it all: clean"
bind_pmem 0

# Without hook get the tool would not see a reference that is taken after the kill.
tool w watch --disable-hook get
unbind_pmem 0
until_true seen "$work/w.out" '^pmem0: '
stop w
is "$status" 3 "unbind without hook get: exit status 3"
has "$work/w.err" '^SUMMARY: pgmapref: inconclusive \(hook get is missing: [a-z ]+\): ' "its summary"
bind_pmem 0

# ---- an entry is deleted and its put is forgotten, twice for 13 entries
unbind() { start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'; }
make_fs ext4 4k
tool w watch --stuck 2s -o "$work/skip.txt"
"$progs/daxfiles" create /mnt/dax s 1 13 4k >/dev/null
ino=$(stat -c %i /mnt/dax/s0)
echo 5 >$faults/skip_put
rm /mnt/dax/s0
umount /mnt/dax
echo 0 >$faults/skip_put
await "$work/skip.txt" '^pmem0: references, entries and pages do not agree$'
ok $? "forgotten puts: said before any teardown"
has "$work/skip.txt" 'off +2 references more than folios in use and others$' "forgotten puts: what is off"
unbind
await "$work/skip.txt" '^pmem0: leak hang$'
ok $? "forgotten puts: leak hang"
has "$work/skip.txt" "value +$((base + 2)), baseline $base \(computed\), excess 2" "forgotten puts: two references"
has "$work/skip.txt" 'layers +excess 2, folios in use 0; traced: 2 of folios, 0 others, 0 entries' \
	"forgotten puts: of folios that are not in use"
has "$work/skip.txt" "2 folios' references by daxfiles/[0-9]+ \\(ended\\), .*, inode $ino on pmem0 index 4, 9, without an entry" \
	"forgotten puts: inode, index, and who inserted them"
has "$work/skip.txt" '^ +dax_fault_iter\+' "forgotten puts: and from where"
echo 1 >$faults/repair
finish u
until_true seen "$work/skip.txt" 'drained +last reference dropped by'
ok $? "forgotten puts: put at last, it drains"
has "$work/skip.txt" 'put after the kill: 2$' "forgotten puts: both of these puts"
lacks "$work/skip.txt" 'not accounted for' "forgotten puts: nobody is unknown, also when it has drained"
stop w
is "$status" 1 "forgotten puts: exit status 1"
bind_pmem 0

# ---- put twice
make_fs ext4 4k
tool w watch -o "$work/twice.txt"
echo 1 >$faults/put_twice
"$progs/daxfiles" cycle /mnt/dax t 1 3 4k >/dev/null
await "$work/twice.txt" '^pmem0: references, entries and pages do not agree$'
ok $? "put twice: said before any teardown"
has "$work/twice.txt" 'off +1 put too many$' "put twice: what is off"
has "$work/twice.txt" 'layers +excess -1, folios in use 0' "put twice: one reference too few"
umount /mnt/dax
echo 1 >$faults/repair
unbind_pmem 0
until_true seen "$work/twice.txt" '^pmem0: clean'
ok $? "put twice: repaired, it is clean"
stop w
bind_pmem 0

# ---- an entry inserted without a reference
make_fs ext4 4k
tool w watch -o "$work/bare.txt"
echo 1 >$faults/skip_get
"$progs/daxfiles" create /mnt/dax b 1 3 4k >/dev/null
ino=$(stat -c %i /mnt/dax/b0)
await "$work/bare.txt" '^pmem0: references, entries and pages do not agree$'
ok $? "inserted without a get: said before any teardown"
has "$work/bare.txt" 'layers +excess 2, folios in use 3; traced: 2 of folios, 0 others, 3 entries' \
	"inserted without a get: the layers"
has "$work/bare.txt" '^ +1 entry without a reference$' "inserted without a get: what is off"
lacks "$work/bare.txt" '^ +off ' "inserted without a get: and nothing else"
has "$work/bare.txt" "1 DAX entry by daxfiles/[0-9]+ \\(ended\\), .*, inode $ino on pmem0 index 0, without a reference" \
	"inserted without a get: the entry, and who inserted it"
rm /mnt/dax/b0
umount /mnt/dax
unbind_pmem 0
until_true seen "$work/bare.txt" '^pmem0: clean'
ok $? "inserted without a get: clean once it is deleted"
stop w
bind_pmem 0

# ---- the ledger is too small: rows that it lacks do not count as missing
make_fs ext4 4k
pfn=$(pmem_pfn 0 4096)
tool f trace -j -o "$work/full.json" -d 4s --ledger-size 5
"$progs/daxfiles" create /mnt/dax f 1 13 4k >/dev/null
echo "$pfn 1" >$fault/get
finish f
json_is "$work/full.json" <<-END
	[of("pgmap_summary")[0]["layers"][k] for k in ("excess", "folios_in_use", "incomplete")] ;; [14, 13, True] ;; a full ledger: the layers are incomplete
	[k for k in of("pgmap_summary")[0]["layers"] if "without" in k] ;; [] ;; a full ledger: nothing is without a counterpart
	[h for h in of("pgmap_summary")[0]["outstanding"] if h["bare"] or h["idle"]] ;; [] ;; a full ledger: nor marked as such
	of("layers_differ") ;; [] ;; a full ledger: no difference
END
echo "$pfn 1" >$fault/put
rm /mnt/dax/f0
umount /mnt/dax

# ---- a reference taken of a dying pgmap
pfn=$(pmem_pfn 0 4096)
tool w watch --stuck 2s -o "$work/late.txt"
echo "$pfn 1" >$fault/get
unbind
await "$work/late.txt" '^pmem0: leak hang'
start h "$progs/hold" latecomer "$pfn" 1
finish h
echo 1 >$faults/get_dying
start h "$progs/hold" latecomer "$pfn" 1
await "$work/h.out" '^held'
echo 0 >$faults/get_dying
echo "$pfn 2" >$fault/put
finish u
until_true seen "$work/late.txt" '^pmem0: leak hang, get-after-kill$'
ok $? "taken after the kill: a leak of its own kind"
has "$work/late.txt" '^ +1 by latecomer/[0-9]+ after [0-9.]+ (m?s), pfn 0x[0-9a-f]+, pgmapref_fault_get' \
	"taken after the kill: by whom, when, where"
stop w
is "$status" 1 "taken after the kill: exit status 1"
tell h
finish h
bind_pmem 0

# ---- a pinned page of a file: on this kernel the unbind waits for it
make_fs ext4 4k
tool w watch --stuck 2s -o "$work/pin.txt"
"$progs/daxfiles" create /mnt/dax p 1 3 4k >/dev/null
ino=$(stat -c %i /mnt/dax/p0)
start p "$progs/daxpin" vmsplice /mnt/dax/p0 0 2
await "$work/p.out" '^pinned'
rm /mnt/dax/p0
umount /mnt/dax
unbind
await "$work/pin.txt" '^pmem0: leak hang$'
ok $? "pinned: the unbind waits"
has "$work/pin.txt" 'waits for 2 references' "pinned: for two folios"
has "$work/pin.txt" 'pages +2 busy of [0-9]+ swept, while it waits' "pinned: that are busy"
has "$work/pin.txt" '^ +pfn 0x[0-9a-f]+ refcount 2' "pinned: with their pins"
has "$work/pin.txt" "2 folios' references by daxfiles/[0-9]+ \\(ended\\), .*, inode $ino on pmem0 index 0 to 1, without an entry" \
	"pinned: the file, and who inserted them"
tell p
finish p
finish u
until_true seen "$work/pin.txt" 'drained +last reference dropped by daxpin/'
ok $? "pinned: drained by who dropped the pin"
has "$work/pin.txt" 'put after the kill: 2$' "pinned: two puts"
has "$work/pin.txt" '^ +2 by daxpin/[0-9]+ after [0-9.]+ s to [0-9.]+ s, pfn 0x[0-9a-f]+ to 0x[0-9a-f]+, held ' \
	"pinned: the wait is theirs"
stop w
is "$status" 1 "pinned: exit status 1"
bind_pmem 0

# ---- folios older than the tool, which are mapped again while it runs, and pinned all the time
make_fs xfs 4k -m reflink=1
"$progs/daxfiles" create /mnt/dax o 1 20 4k >/dev/null
start p "$progs/daxpin" vmsplice /mnt/dax/o0 0 2
await "$work/p.out" '^pinned'
tool w watch --stuck 2s -o "$work/old.txt"
tool t trace -j -o "$work/old.json"
cp --reflink=always /mnt/dax/o0 /mnt/dax/copy
python3 - <<'END'
import mmap
with open("/mnt/dax/copy", "r+b") as f:
    m = mmap.mmap(f.fileno(), 20 * 4096)
    assert all(m[i * 4096] for i in range(20))
    m.close()
END
ok $? "older: their file's copy maps them, too"
"$progs/daxfiles" cycle /mnt/dax n 1 5 4k >/dev/null
rm /mnt/dax/o0 /mnt/dax/copy
umount /mnt/dax
stop t
is "$status" 0 "older: trace is clean"
json_is "$work/old.json" <<-END
	[e["task"]["comm"] for e in of("event", event="get")] ;; ['daxfiles', 'daxfiles', 'daxfiles', 'daxfiles', 'daxfiles'] ;; older: only the folios of the new file are got
	len(of("event", event="put")), len([e for e in of("event", event="put") if "taker" not in e]) ;; (23, 18) ;; older: puts of all but two, of 18 by nobody known
END
unbind
await "$work/old.txt" '^pmem0: leak hang$'
ok $? "older: the unbind waits"
has "$work/old.txt" '2 not accounted for: not seen when taken, or taken before the tool started' "older: for two that nobody saw taken"
tell p
finish p
finish u
until_true seen "$work/old.txt" 'drained +last reference dropped by daxpin/'
ok $? "older: and drains"
has "$work/old.txt" 'put after the kill: 2$' "older: two puts"
has "$work/old.txt" '^ +2 by daxpin/[0-9]+ after [^,]*, pfn 0x[0-9a-f]+ to 0x[0-9a-f]+, __put_devmap_managed_page_refs' \
	"older: by whom, and of what"
lacks "$work/old.txt" 'do not agree' "older: nothing else is the matter"
stop w
bind_pmem 0

# ---- folios that a driver takes
pfn=$(pmem_pfn 0 65536) # aligned to 2 MiB, as the region is
# folio_state "(EXCESS, BUSY)" NAME
folio_state()
{
	"$pgmapref" list -j -g pmem0 >"$work/l.json"
	json_is "$work/l.json" <<-END
		of("pgmap")[0]["excess"], of("pgmap")[0]["busy"] ;; $1 ;; $2
	END
}
tool a trace -j -o "$work/alloc.json"
tool p probes -j -d 1h -o "$work/probes.json"
# 1 + 2 + … + 256 pages up to the next boundary, two folios of 2 MiB, and 1 + 2
echo "$((pfn + 1)) $((511 + 1024 + 3))" >$fault/folios_alloc
ok $? "a range is allocated"
folio_state '(13, 13)' "allocated: a reference for each of the largest folios that span it"
! echo "$((pfn + 500)) 100" >$fault/folios_alloc 2>/dev/null
ok $? "allocated: and not again"
folio_state '(13, 13)' "allocated: which changed nothing"
echo "$((pfn + 1)) $((511 + 1024 + 3))" >$fault/folios_put
folio_state '(0, 0)' "put: and gone"
echo "$pfn 1" >$fault/folio_get
folio_state '(1, 0)' "got: one reference, and nobody refers to it"
echo "$pfn 1" >$fault/folio_put
folio_state '(0, 0)' "put: and gone"
stop a
is "$status" 0 "allocated: clean"
json_is "$work/alloc.json" <<-END
	sorted(e["order"] for e in of("event", event="get")) ;; [0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9] ;; allocated: the orders of what was got
	len(of("event", event="get")) == len(of("event", event="put")) ;; True ;; allocated: gets and puts
	[int(e["pfn"], 16) - $pfn for e in of("event", event="get")][:3] ;; [1, 2, 4] ;; allocated: the first of them
	set("pgmapref_fault_folios_alloc" in e["site"] for e in of("event", event="get") if e["order"] == 9) ;; {True} ;; allocated: by whom
END
stop p
json_is "$work/probes.json" <<-END
	[(e["effect"], e["learned_from"]) for e in of("probe") if e["hook"] in ("folio_get", "folio_alloc")] ;; [('+1 if idle', 1), ('+1 if idle', 1)] ;; probes: what the functions do was learned
	[e["learned_from"] for e in of("probe") if e["hook"] == "folio_make"] ;; [0] ;; probes: of one that was not called it is not known
END

# ---- pgmap_get_folio() as it was first proposed takes no reference
make_fs ext4 4k
echo 1 >$faults/as_posted
tool t trace -j -o "$work/posted.json"
"$pgmapref" probes -- "$progs/daxfiles" cycle /mnt/dax p 1 20 4k >"$work/posted.txt" 2>&1
stop t
echo 0 >$faults/as_posted
umount /mnt/dax
is "$status" 0 "as posted: clean"
has "$work/posted.txt" '^folio_get +fexit +pgmap_get_folio +attached none \(learned: [0-9]+\)$' \
	"as posted: probes: it takes nothing"
json_is "$work/posted.json" <<-END
	len(of("event", event="insert")), len(of("event", event="delete")) ;; (20, 20) ;; as posted: inserts and deletes
	len(of("event", event="get")), len(of("event", event="put")) ;; (0, 0) ;; as posted: neither gets nor puts
	"layers" in of("pgmap_summary")[0], of("layers_differ") ;; (False, []) ;; as posted: the layers are not compared
END

# ---- a folio taken of a dying pgmap, with and without the hook that sees its put
for without in nothing folio_put; do
	option=
	[ $without = nothing ] || option=--disable-hook=$without
	tool w watch --stuck 2s $option -o "$work/folio.txt"
	echo "$pfn 1" >$fault/get
	unbind
	await "$work/folio.txt" '^pmem0: leak hang'
	echo 1 >$faults/get_dying
	echo "$pfn 512" >$fault/folios_alloc
	ok $? "folio after the kill, without $without: handed out"
	echo 0 >$faults/get_dying
	echo "$pfn 512" >$fault/folios_put
	echo "$pfn 1" >$fault/put
	finish u
	until_true seen "$work/folio.txt" '^pmem0: leak hang, get-after-kill$'
	ok $? "folio after the kill, without $without: a leak of its own kind"
	has "$work/folio.txt" '^ +1 by (series.t|bash)/[0-9]+ after [0-9.]+ s, pfn 0x[0-9a-f]+, pgmapref_fault_folios_alloc' \
		"folio after the kill, without $without: by whom, when, where"
	stop w
	is "$status" 1 "folio after the kill, without $without: exit status 1"
	bind_pmem 0
done

done_testing
