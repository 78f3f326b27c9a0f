#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: 6.1 7
# also: 6.12 patched
#
# Looks like a hang of a pgmap, but is not: an unbind that waits before it reaches memunmap_pages(),
# and the removal of a file with a pinned page. The tool reports it with the function that waits and
# the pgmap, and does not call it a leak. It does not report other sleeping tasks.
. "$(dirname "$0")/../lib.sh"
export want_pins=1

need_fault
nd=/sys/bus/nd/drivers/nd_pmem/unbind
platform=/sys/bus/platform/drivers/pgmapref_fault/unbind

# in_d PID FUNCTION: does the task sleep in the function, in D state?
in_d() { grep -qs ') D ' "/proc/$1/stat" && grep -qs "$2" "/proc/$1/stack"; }

# unbind ID DEVICE FILE: unbinds in the background
unbind() { start "$1" sh -c "echo $2 >$3"; }

# part ID NAME: puts the report on this pgmap into $work/part
part() { sed -n "/^$2: blocked-elsewhere/,/^[^ ]/p" "$work/$1.out" | sed '1!{/^[^ ]/d}' >"$work/part"; }

# ---- a request that never ends: the disk's queue cannot be frozen
tool w watch --stuck 2s
tool j watch --stuck 2s -j -o "$work/j.json"
echo /dev/pmem0 >$fault/queue_get
began=$SECONDS
unbind u namespace0.0 $nd
until_true in_d "$(pid u)" blk_mq_freeze_queue_wait
ok $? "the unbind waits for the disk's queue"
await "$work/w.out" '^pmem0: blocked-elsewhere, not a leak$'
ok $? "queue: reported"
part w pmem0
waited=$(sed -nE "s/^  task +sh\/$(pid u), in D state for ([0-9]+)\.[0-9]+ s or more$/\1/p" "$work/part")
[ "${waited:-0}" -ge 2 ] && [ "$waited" -le $((SECONDS - began)) ]
ok $? "queue: the task, and how long it has waited: $waited s of $((SECONDS - began)) s at most"
has "$work/part" '^  waits in +blk_mq_freeze_queue_wait$' "queue: the function that waits"
has "$work/part" '^  way +unbind_store of namespace0\.0; memunmap_pages\(\) is not yet called$' \
	"queue: the way, and the device"
has "$work/part" '^  pgmap +pmem0, fsdax, generation 1, 131072 pages at 0x[0-9a-f]+$' "queue: the pgmap"
lacks "$work/part" 'probably' "queue: for sure"
module=$(sed -n 's/^nd_pmem .*/ \\[nd_pmem\\]/p' /proc/modules) # it may be built in
has "$work/part" "^ +pmem_release_disk$module\$" "queue: the whole stack"
has "$work/part" '^ +(ksys_write|vfs_write)$' "queue: down to the write"

# This tool starts too late to see the device with its driver.
tool late watch --stuck 1s
await "$work/late.out" '^pmem0: blocked-elsewhere'
ok $? "queue: said by a tool that starts when it is blocked"
part late pmem0
has "$work/part" '^  way +unbind_store of namespace0\.0;' "queue, late: the way"
stop late
is "$status" 0 "queue, late: exit status 0"
sleep 3 # it stays blocked, for longer than --stuck and for more than two looks
is "$(grep -c ': blocked-elsewhere, not a leak$' "$work/w.out")" 1 "queue: said once"
lacks "$work/w.out" '^pmem0: (leak|clean|inconclusive)' "queue: no verdict so far"
echo 1 >$fault/queue_put
finish u
await "$work/w.out" '^pmem0: clean$'
ok $? "queue: let go, the teardown is clean"
stop w
is "$status" 0 "queue: exit status 0"
is "$(tail -n 1 "$work/w.err")" \
	"SUMMARY: pgmapref: clean: 1 teardown, 0 leaks, 0 inconclusive, 0 lost, 1 blocked elsewhere" \
	"queue: the last line counts it"
stop j
json_is "$work/j.json" <<-END
	len(of("blocked")) ;; 1 ;; JSON: one record
	of("blocked")[0]["kind"] ;; blocked-elsewhere ;; JSON: kind
	of("blocked")[0]["task"]["tgid"] ;; $(pid u) ;; JSON: task
	of("blocked")[0]["waits_in"] ;; blk_mq_freeze_queue_wait ;; JSON: waits_in
	of("blocked")[0]["way"] ;; unbind_store ;; JSON: way
	of("blocked")[0]["device"].split("/")[-1] ;; namespace0.0 ;; JSON: device
	of("blocked")[0]["sure"] ;; True ;; JSON: sure
	[p["pgmap"]["name"] for p in of("blocked")[0]["pgmaps"]] ;; ['pmem0'] ;; JSON: pgmaps
	any("del_gendisk" in f for f in of("blocked")[0]["stack"]) ;; True ;; JSON: stack
	2e9 <= of("blocked")[0]["blocked_ns"] < 60e9 ;; True ;; JSON: blocked_ns
	of("blocked")[0]["time_ns"] - of("blocked")[0]["since_ns"] == of("blocked")[0]["blocked_ns"] ;; True ;; JSON: times
	[t["verdict"] for t in of("teardown")] ;; ['clean'] ;; JSON: one teardown, clean
	of("summary")[0]["blocked_elsewhere"], of("summary")[0]["leaks"] ;; (1, 0) ;; JSON: summary
END
bind_pmem 0

# ---- the same with a page that stays pinned: a leak only when the pages go
pfn=$(pmem_pfn 0 4096)
# If idle pages have no reference, the module cannot add one.
if echo "$pfn" >$fault/page_get 2>/dev/null; then
	tool w watch --stuck 2s
	echo /dev/pmem0 >$fault/queue_get
	unbind u namespace0.0 $nd
	await "$work/w.out" '^pmem0: blocked-elsewhere'
	ok $? "pinned: reported"
	lacks "$work/w.out" 'leak pinned' "pinned: no leak so far"
	echo 1 >$fault/queue_put
	finish u
	await "$work/w.out" '^pmem0: leak pinned-at-teardown$'
	ok $? "pinned: then it is one"
	stop w
	is "$status" 1 "pinned: exit status 1"
	echo "$pfn" >$fault/page_put 2>/dev/null # the module forgets it
	bind_pmem 0
fi

# ---- a driver that counts its users, and other tasks that sleep
tool w watch --stuck 2s
echo 32768 >$fault/device_create
echo 0 >$fault/device_create
echo 1 >$fault/users
unbind u pgmapref_fault.0 $platform
unbind plain pgmapref_fault.1 $platform
start s sh -c "echo 1 >$fault/sleep"
until_true in_d "$(pid u)" pgmapref_fault_wait_for_users &&
	until_true in_d "$(pid plain)" pgmapref_fault_wait_for_users &&
	until_true in_d "$(pid s)" pgmapref_fault_sleep
ok $? "an unbind waits for users, one without a pgmap does, and a task just sleeps"
await "$work/w.out" '^pgmapref_fault\.0: blocked-elsewhere, not a leak$'
ok $? "users: reported"
part w 'pgmapref_fault\.0'
has "$work/part" "^  task +sh/$(pid u), " "users: the task"
has "$work/part" '^  waits in +pgmapref_fault_wait_for_users$' "users: the function that waits"
has "$work/part" '^  way +unbind_store of pgmapref_fault\.0;' "users: the way"
lacks "$work/part" 'probably' "users: for sure"
sleep 3
is "$(grep -c ': blocked-elsewhere, not a leak$' "$work/w.out")" 1 "users: neither the other unbind nor the sleeper"
lacks "$work/w.out" "/($(pid plain)|$(pid s))[,:]" "users: nor are they named anywhere"
# The unbind is older than this tool, which only knows the owner of the pgmap.
tool late watch --stuck 1s
await "$work/late.out" '^pgmapref_fault: blocked-elsewhere'
ok $? "users: said by a tool that does not know the device"
part late pgmapref_fault
has "$work/part" '^ +probably its pgmap$' "users, late: and that it is not sure"
stop late
echo 0 >$fault/users
for id in u plain s; do finish $id; done
await "$work/w.out" '^pgmapref_fault\.0: clean$'
ok $? "users: let go, the teardown is clean"

# Nothing shows what this task removes, because it writes to another file. Kernel threads are
# similar.
echo pgmapref_fault.0 >${platform%unbind}bind
until_true test -e /sys/bus/platform/devices/pgmapref_fault.0/driver
sleep 2 # the tool sees the device with its driver once
echo 1 >$fault/users
start u sh -c "echo 0 >$fault/device_remove"
until_true in_d "$(pid u)" pgmapref_fault_wait_for_users
second() { [ "$(grep -c '^pgmapref_fault\.0: blocked-elsewhere' "$work/w.out")" = 2 ]; }
until_true second
ok $? "device: found by what has lost its driver"
has "$work/w.out" '^ +probably its pgmap$' "device: and that it is not sure"
echo 0 >$fault/users
finish u
second_clean() { [ "$(grep -c '^pgmapref_fault\.0: clean' "$work/w.out")" = 2 ]; }
until_true second_clean
stop w
is "$status" 0 "users: exit status 0"
has "$work/w.err" '^SUMMARY: pgmapref: clean: 2 teardowns, .* 2 blocked elsewhere$' "users: the last line"
echo 1 >$fault/device_remove

# ---- a file that is removed while a page of it is pinned
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "a DAX file system"
if grep -q ' dax_break_layout_final$' /proc/kallsyms; then
	tool w watch --stuck 2s
	tool j watch --stuck 2s -j -o "$work/file.json"
	"$progs/daxfiles" create /mnt/dax p 2 3 4k >/dev/null
	for i in 0 1; do
		start p$i "$progs/daxpin" --pfn vmsplice /mnt/dax/p$i 4096 1
		await "$work/p$i.out" '^pinned'
	done
	page=$(sed -n 's/^pfn //p' "$work/p0.out") other=$(sed -n 's/^pfn //p' "$work/p1.out")
	inode=$(stat -c %i /mnt/dax/p0)
	start rm rm /mnt/dax/p0
	until_true in_d "$(pid rm)" dax_break_layout_final
	ok $? "rm of a file with a pinned page sleeps"
	await "$work/w.out" '^pmem0: blocked-elsewhere, not a leak$'
	ok $? "file: reported"
	await "$work/file.json" '"type":"blocked"'
	part w pmem0
	has "$work/part" "^  task +rm/$(pid rm), " "file: the task"
	has "$work/part" '^  waits in +dax_break_layout_final$' "file: the function that waits"
	has "$work/part" '^  pages +2 busy of 131072 swept; the task waits for$' "file: busy pages"
	has "$work/part" "^    pfn $page refcount 1 inode $inode on pmem0 index 1\$" "file: the page"
	lacks "$work/part" "pfn $other refcount" "file: not the page of another file"
	has "$work/part" "holder \(traced\): 1 page by daxpin/$(pid p0), .*pfn $page" "file: who pinned it, as traced"
	has "$work/part" "holds it \(found\) daxpin/$(pid p0): pipe" "file: and as found"
	has "$work/part" "DAX entr(y|ies) .*by daxfiles/[0-9]+ \(ended\), .* inode $inode on pmem0" \
		"file: who put the pages there"
	lacks "$work/part" 'probably|one of' "file: for sure"
	lacks "$work/w.out" 'leak [a-z]' "file: no leak"
	tell p0
	finish rm
	is "$status" 0 "file: the pin dropped, rm ends"
	finish p0
	tell p1
	finish p1
	stop j
	json_is "$work/file.json" <<-END
		[b["way"] for b in of("blocked")] ;; ['dax_break_layout_final'] ;; JSON, file: way
		[p["pfn"] for p in of("blocked")[0]["pgmaps"][0]["pages"]] ;; ['$page'] ;; JSON, file: the page
		[p["inode"] for p in of("blocked")[0]["pgmaps"][0]["pages"]] ;; [$inode] ;; JSON, file: its inode
		{h["inode"] for h in of("blocked")[0]["pgmaps"][0]["holders"]} ;; {$inode} ;; JSON, file: holders
	END
	# An unmount, with a file that is not unlinked
	start p1 "$progs/daxpin" --pfn vmsplice /mnt/dax/p1 4096 1
	await "$work/p1.out" '^pinned'
	start um umount /mnt/dax
	until_true in_d "$(pid um)" dax_break_layout_final
	second() { [ "$(grep -c '^pmem0: blocked-elsewhere' "$work/w.out")" = 2 ]; }
	until_true second
	ok $? "umount: reported"
	has "$work/w.out" "pfn $other refcount 1 inode [0-9]+ on pmem0 index 1\$" "umount: the page"
	tell p1
	finish p1
	finish um
	is "$status" 0 "umount: the pin dropped, it ends"
	unbind_pmem 0
	await "$work/w.out" '^pmem0: clean$'
	ok $? "file: the unbind after it is clean"
	stop w
	is "$status" 0 "file: exit status 0"
	bind_pmem 0
else
	umount /mnt/dax
fi

done_testing
