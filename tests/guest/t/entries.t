#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem4-entries
# kernels: 6.1 6.12 6.18 7
#
# fsdax memory is unbound under mounted file systems. Files that are open or mapped keep their DAX
# entries, although no page is pinned. The tool names these files and the tasks that have them open.
# If no task has a file open, the kernel removes its entries. After the device is bound again,
# deletes of the old entries do not count for the new pgmap.
#
# The files that are left at the end are not closed, and their file systems not unmounted, because
# the kernel would follow the entries to pages that are gone.
. "$(dirname "$0")/../lib.sh"

# 6.1 warns when a reflinked file is read: dax_insert_entry() in fs/dax.c.
expected_log='WARNING: .* (at )?fs/dax\.c|dax_insert_entry|Call Trace'
maybe=0
case $kernel in
6.1.*) holds='' former=33 shared=0 ;; # a page of two files has the last reader's mapping
6.12.*) holds='' former=33 shared=5 ;;
6.*) holds=1 former=0 shared=0 maybe=5 ;; # 6.15 to 7.0: an index may be left in the word of the share count
*) holds=1 former=0 shared=5 ;; # a mapping holds its page; deletes without a mapping do not count
esac

make_ext4() { mkfs.ext4 -q -F -b 4096 $2 "/dev/pmem$1" && mkdir -p "/mnt/$1" && mount -o dax=always "/dev/pmem$1" "/mnt/$1"; }
# keep_open ID FILE: opens the file in a process that does nothing else
keep_open() { tail -f /dev/null <"$2" >"$work/$1.out" 2>&1 & echo $! >"$work/$1.pid"; }
entries() { tests/guest/oracle --pages --json | python3 -c 'import json, sys
print(*(p["entry_pages"] for p in sorted(map(json.loads, sys.stdin), key=lambda p: int(p["ranges"][0]["start"], 16))))'; }

# ---- file systems, with entries that no process maps, except map1's
make_ext4 0 '' && make_ext4 1 '' && make_ext4 2 '-E stride=512,stripe_width=512'
ok $? "three ext4 with DAX"
mkdir -p /mnt/3
mkfs.xfs -q -f -m reflink=1,rmapbt=0 -d su=2m,sw=1,agcount=4 -l size=64m /dev/pmem3 && mount -o dax=always /dev/pmem3 /mnt/3
ok $? "XFS with DAX and reflink"

"$progs/daxfiles" create /mnt/0 old 2 33 4k >/dev/null # older than the tool
keep_open open0 /mnt/0/old1
tool w watch -j -o "$work/w.json"
start map1 "$progs/daxfiles" --hold create /mnt/1 m 1 40 4k
await "$work/map1.out" '^created'
"$progs/daxfiles" create /mnt/2 c 3 7 4k >/dev/null # no process has it open
"$progs/daxfiles" create /mnt/2 h 1 2 2m >/dev/null
"$progs/daxfiles" create /mnt/3 h 1 2 2m >/dev/null
keep_open open3 /mnt/3/h0
rm /mnt/3/h0
"$progs/daxfiles" create /mnt/3 r 1 5 4k >/dev/null
cp --reflink=always /mnt/3/r0 /mnt/3/s0
ok $? "a file shares the pages of another"
start read3 python3 -c '
import mmap, os
keep = [os.open(f"/mnt/3/{name}0", os.O_RDONLY) for name in "rs"]
for fd in keep:
    with mmap.mmap(fd, 5 * 4096, prot=mmap.PROT_READ) as m:
        sum(m[::4096])
print("read", flush=True)
input()'
await "$work/read3.out" '^read'
is "$(entries | cut -d ' ' -f 1-3)" "66 40 1045" "entries by another reader: older, mapped, cached"

# ---- refs shows the entries before any unbind
"$pgmapref" refs -j pmem0 >"$work/refs.json" 2>/dev/null
json_is "$work/refs.json" <<END
[of("refs")[0]["dax_entries"][k] for k in ("entries", "pages", "shared_pages", "other_pages")] ;; [66, 66, 0, 0] ;; refs: entries of files
sorted((f["pages"], f["first_index"], f["last_index"], f["mounted_at"]) for f in of("refs")[0]["dax_entries"]["files"]) ;; [(33, 0, 32, '/mnt/0'), (33, 0, 32, '/mnt/0')] ;; refs: two files, where they are mounted
END

# without COMMAND, as COMMAND of a check, as COMMAND of a trace
unbind() {
	case $1 in
	1) "$pgmapref" check --details --no-pins -o "$work/check.out" -- sh -c "echo namespace1.0 >$dev_driver/unbind" 2>"$work/check.err" ;;
	3) "$pgmapref" trace --details -o "$work/trace.out" -- sh -c "echo namespace3.0 >$dev_driver/unbind" 2>"$work/trace.err" ;;
	*) unbind_pmem "$1" ;;
	esac
}
for i in 0 1 2 3; do
	unbind $i
	is $? $((i % 2)) "pmem$i: unbound under its file system"
	await "$work/w.json" "\"teardown\".*\"name\":\"pmem$i\""
done
has "$work/check.out" '^pmem1: leak .*entries-at-teardown$' "check says it, too"
has "$work/trace.out" '^pmem3: leak entries-at-teardown$' "and trace"
has "$work/trace.err" '^SUMMARY: pgmapref: leak entries-at-teardown: 1 teardown, 1 leak' "which saw one teardown"
stop w
is "$status" 1 "exit status 1"
has "$work/w.err" '^SUMMARY: pgmapref: leak .*entries-at-teardown: 4 teardowns, 3 leaks, 0 inconclusive, 0 lost' "summary"
ino() { stat -c %i "$1"; }
json_is "$work/w.json" <<END
[(t["pgmap"]["name"], ", ".join(t["kinds"])) for t in of("teardown")] ;; [('pmem0', 'entries-at-teardown'), ('pmem1', '${holds:+pinned-at-teardown, }entries-at-teardown'), ('pmem2', ''), ('pmem3', 'entries-at-teardown')] ;; what each is
[t["verdict"] for t in of("teardown")] ;; ['leak', 'leak', 'clean', 'leak'] ;; those that nobody has are clean
[t["pages"]["busy"] for t in of("teardown")] ;; [0, 0, 0, 0] ;; no page is pinned
[t["dax_entries"]["pages"] for t in of("teardown")][:3] ;; [33, 40, 0] ;; of files that are open or mapped alone
[t["dax_entries"]["entries"] for t in of("teardown")][:3] ;; [33, 40, 0] ;; entries
[t["dax_entries"]["traced_pages"] for t in of("teardown")][:3] ;; [0, 40, 0] ;; inserted by whom: not known of older ones
[(f["inode"], f["filesystem"], f["mounted_at"], f["first_index"], f["last_index"]) for f in of("teardown")[1]["dax_entries"]["files"]] ;; [($(ino /mnt/1/m0), 'pmem1', '/mnt/1', 0, 39)] ;; the file
[(h["how"], h["task"]["tgid"], h["path"]) for h in of("teardown")[0]["found"]["holders"] if h["strong"]] ;; [('fd', $(pid open0), '/mnt/0/old1')] ;; who has it open
sorted((h["how"], h["task"]["tgid"]) for h in of("teardown")[1]["found"]["holders"] if h["strong"]) ;; [('fd', $(pid map1)), ('map', $(pid map1))] ;; who maps it
[(h["holding"], h["n"], h["task"]["tgid"]) for h in of("teardown")[1]["holders"]] ;; [('dax entry', 40, $(pid map1))] ;; who inserted
[(f["entries"], f["pages"], f.get("without_name")) for f in of("teardown")[3]["dax_entries"]["files"] if f["pages"] == 1024] ;; [(2, 1024, True)] ;; 2 MiB entries of a removed file
of("teardown")[3]["dax_entries"]["pages"] ;; $((1029 - maybe)) ;; those that are shared are among them
of("teardown")[3]["dax_entries"]["shared_pages"] ;; $shared ;; as shared
of("teardown")[3]["dax_entries"]["maybe_shared_pages"] >= $maybe ;; True ;; or as pages that may be shared, where the kernel leaves it open
END

# ---- the device is bound again: deletes of old entries do not count for the new pgmap
bind_pmem 0
tool t trace -j -o "$work/t.json"
kill "$(pid open0)"
umount /mnt/0
ok $? "with struct pages again the former file can be closed and unmounted"
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/0 &&
	"$progs/daxfiles" cycle /mnt/0 new 1 3 4k >/dev/null && umount /mnt/0
ok $? "and a new one made"
stop t
json_is "$work/t.json" <<END
[(s["events"]["insert"], s["events"]["delete"], s["entries"], s["former_deletes"]) for s in of("pgmap_summary") if s["pgmap"]["name"] == "pmem0"] ;; [(3, 3, 0, $former)] ;; entries of this life are counted apart
END

done_testing
