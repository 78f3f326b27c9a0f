#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-why
# kernels: 6.1 7 patched
# also: 6.12 6.18
#
# why, as the first command of somebody who knows nothing: a leaked reference, a file with a pinned
# page, a frozen queue, tasks that wait for tasks that wait. It names the task that hangs, for how
# long, who has what it waits for and what ends the wait; and each sentence about what ends the wait
# is tried. It attaches nothing, and takes less than three seconds.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

in_d() { grep -qs ') D ' "/proc/$1/stat" && grep -qs "$2" "/proc/$1/stack"; }
in_s() { grep -qs ') S ' "/proc/$1/stat" && grep -qs "$2" "/proc/$1/stack"; }

# why NAME ARG...: runs it once, with its text in $work/NAME.txt, its status in $status and the time
# that it took in $took (ms)
why()
{
	local name=$1 from

	shift
	from=$(now_ms)
	"$pgmapref" why "$@" >"$work/$name.txt" 2>"$work/$name.err"
	status=$?
	took=$(($(now_ms) - from))
	ended=$SECONDS
	diag "why $*: $took ms"
}
json() { local name=$1; shift; "$pgmapref" why -j "$@" >"$work/$name.json" 2>/dev/null; }

# age NAME REGEX: the age in seconds in the line that matches
age() { sed -nE "/$2/s/.* state for (([0-9]+) min )?([0-9]+)(\.[0-9])? s.*/\2 \3/p" "$work/$1.txt" | awk '{ print NF == 2 ? $1 * 60 + $2 : $1 }'; }
# is_age NAME REGEX: is that age right, for a wait that began between $since and $seen ($SECONDS)?
is_age()
{
	local got most=$((ended - since + 1)) least=$((ended - took / 1000 - 1 - seen))

	got=$(age "$1" "$2")
	[ -n "$got" ] && [ "$got" -le $most ] && [ "$got" -ge $least ]
	ok $? "$1: for how long: ${got:-?} s, from $least to $most s"
}
# ---- nothing hangs
why none
is "$status" 0 "none: exit status 0"
has "$work/none.txt" '^no task hangs on device memory \([0-9]+ tasks looked at\)$' "none: said"
is "$(cat "$work/none.err")" "" "none: nothing on standard error"
answers_in_time "none"
elsewhere()
{
	start s sh -c "echo 1 >$fault/users; echo 1 >$fault/sleep"
	until_true in_d "$(pid s)" pgmapref_fault_sleep
	why none
	is "$status" 0 "a task in D state that has nothing to do with it: exit status 0"
	lacks "$work/none.txt" "/$(pid s)" "and it is not named"
	why pid "$(pid s)"
	is "$status" 0 "asked for that task: exit status 0"
	has "$work/pid.txt" "^sh/$(pid s) \(.*\), root.* does not hang on device memory, D state for .*, in pgmapref_fault_sleep\$" \
		"asked for that task: where it is, and that it does not hang on device memory"
	echo 0 >$fault/users
	finish s
}
! has_fault || elsewhere
why nosuch nosuch
is "$status" 2 "no such pgmap: exit status 2"
why nosuch 4194304
is "$status" 2 "no such process: exit status 2"

# ---- a leaked reference
kernel_holds()
{
	pfn=$(pmem_pfn 0 4096)
	start h "$progs/hold" holder "$pfn" 2
	await "$work/h.out" '^held'
	tell h
	finish h # the process ends, the references stay
	since=$SECONDS
	start u sh -c "echo namespace0.0 >$dev_driver/unbind"
	until_true in_d "$(pid u)" memunmap_pages
	ok $? "an unbind hangs on two references of a process that has ended"
	seen=$SECONDS
	sleep 3
	why leak
	is "$status" 1 "leak: exit status 1"
	answers_in_time "leak"
	has "$work/leak.txt" "^sh/$(pid u) hangs: unbind of namespace0\.0 \(pmem0\), D state for " "leak: who hangs on what"
	is_age leak "^sh.$(pid u) hangs"
	has "$work/leak.txt" '^  waits in   memunmap_pages, for 2 references that are not put$' "leak: what it waits for"
	has "$work/leak.txt" '^  held by    not known: taken before pgmapref ran; no task has a page of it$' "leak: nobody has it"
	has "$work/leak.txt" '^             \([0-9]+ tasks searched\)$' "leak: how many were searched"
	has "$work/leak.txt" '^  so         the kernel code that took them must put them: no process can be$' "leak: what follows"
	has "$work/leak.txt" "^  next time  run 'pgmapref watch' before: it names the task and the call that\$" "leak: next time"
	has "$work/leak.txt" '^1 task hangs on device memory \([0-9]+ tasks looked at\)$' "leak: the last line"
	json leak
	json_is "$work/leak.json" <<-END
		[(y["task"]["tgid"], y["hangs"], y["state"], y["doing"], y["waits_in"], y["waits_for"], y["references"]) for y in of("why")] ;; [($(pid u), True, 'D', 'unbind', 'memunmap_pages', 'references', 2)] ;; leak, JSON: who, what
		[(y["pgmaps"], y["unsure"], y["holders"], "not_known" in y, "next_time" in y) for y in of("why")] ;; [(['pmem0'], False, [], True, True)] ;; leak, JSON: whose, and that nobody is known
		[y["device"].split("/")[-1] for y in of("why")] ;; ['namespace0.0'] ;; leak, JSON: the device
		[y["asleep_ns"] > 2e9 for y in of("why")] ;; [True] ;; leak, JSON: for how long
		[y["identity"]["user"] for y in of("why")] ;; ['root'] ;; leak, JSON: whose task
		[(s["hanging"], s["tasks"] > 5) for s in of("why_summary")] ;; [(1, True)] ;; leak, JSON: the summary
	END
	for name in pmem0 namespace0.0 /dev/pmem0 /sys/bus/nd/devices/namespace0.0 "$(pid u)"; do
		why name "$name"
		is "$status" 1 "leak: why $name: exit status 1"
		has "$work/name.txt" "^sh/$(pid u) hangs: unbind" "leak: why $name: the same"
	done
	why other pmem1
	is "$status" 0 "leak: not of another pgmap: exit status 0"
	has "$work/other.txt" '^no task hangs on pmem1 ' "leak: and it is said"
	"$pgmapref" list >"$work/list.txt" 2>"$work/list.err"
	has "$work/list.txt" '^pmem0 .* unbinding [0-9.]+ s$|^pmem0 .* unbinding [0-9]+ min' "leak: list says that it is being unbound, and for how long"
	has "$work/list.txt" "^pmem0: sh/$(pid u) waits: 'pgmapref why pmem0' tells for what, and who has it\$" "leak: list points to why"
	"$pgmapref" refs pmem0 >"$work/refs.txt" 2>&1
	has "$work/refs.txt" "^  next time  run 'pgmapref watch' before: it names who takes what\$" "leak: refs says what to do next time"
	has "$work/refs.txt" "^pmem0: sh/$(pid u) waits: 'pgmapref why pmem0' tells" "leak: refs does, too"
	"$pgmapref" list -j >"$work/list.json" 2>/dev/null
	json_is "$work/list.json" <<-END
		[(p["state"], p["waiter"]["task"]["tgid"], p["waiter"]["unbinds"], p["waiter"]["asleep_ns"] > 2e9) for p in of("pgmap") if p["pgmap"]["name"] == "pmem0"] ;; [('killed', $(pid u), True, True)] ;; leak: list -j
		["waiter" in p for p in of("pgmap") if p["pgmap"]["name"] == "pmem1"] ;; [False] ;; leak: nobody waits on the other one
	END
	# A task behind the lock of the one that hangs: known where the kernel shows the owner of a lock.
	start v sh -c "echo namespace0.0 >$dev_driver/unbind"
	until_true in_d "$(pid v)" 'device_driver_detach\|device_release_driver\|__device_driver_lock\|unbind_store'
	why behind
	has "$work/behind.txt" "^sh/$(pid u) hangs: unbind" "lock: the first one hangs"
	has "$work/behind.txt" "^sh/$(pid v) hangs: unbind of namespace0\.0 \(pmem0\), D state for " "lock: the second one, too"
	has "$work/behind.txt" "^  held by    sh/$(pid u)\$" "lock: which waits for the first one"
	has "$work/behind.txt" "^  so         sh/$(pid v) goes on when sh/$(pid u) does\$" "lock: and goes on when it does"
	has "$work/behind.txt" '^2 tasks hang on device memory' "lock: two tasks"
	# A reader of the namespace's attributes: the kernel shows the owner of a lock since 6.16.
	start at cat /sys/bus/nd/devices/namespace0.0/size
	if patience=5 until_true grep -qs ') D ' "/proc/$(pid at)/stat" && grep -q "^6\.18\|^7" <<<"$kernel"; then
		why lock "$(pid at)"
		is "$status" 1 "lock: who reads an attribute hangs, too"
		has "$work/lock.txt" "^cat/$(pid at) hangs: read of /sys/devices/.*/size on pmem0, D state" "lock: it is said"
		has "$work/lock.txt" '^  waits in   [a-z_]+, for a lock$' "lock: for what"
		has "$work/lock.txt" "^  held by    sh/($(pid u)|$(pid v))\$" "lock: and whose"
	fi
	echo "$pfn 2" >$fault/put
	finish u
	finish v
	finish at
	why none
	is "$status" 0 "leak: put, it goes on: exit status 0"
	bind_pmem 0

	# ---- a frozen queue
	echo /dev/pmem0 >$fault/queue_get
	since=$SECONDS
	start u sh -c "echo namespace0.0 >$dev_driver/unbind"
	until_true in_d "$(pid u)" blk_mq_freeze_queue_wait
	ok $? "an unbind waits for the disk's queue"
	seen=$SECONDS
	sleep 2
	why queue
	is "$status" 1 "queue: exit status 1"
	answers_in_time "queue"
	has "$work/queue.txt" "^sh/$(pid u) hangs: unbind of namespace0\.0 \(pmem0\), D state for " "queue: who, what"
	is_age queue "^sh.$(pid u) hangs"
	has "$work/queue.txt" '^  waits in   blk_mq_freeze_queue_wait, for I/O of others on the disk to end$' "queue: what it waits for"
	has "$work/queue.txt" "^  so         sh/$(pid u) goes on when the I/O in flight has ended\$" "queue: what ends it"
	"$pgmapref" list >"$work/list.txt" 2>"$work/list.err"
	has "$work/list.txt" "^pmem0 .* live; sh/$(pid u) waits [0-9.]+ s\$" "queue: list names the task"
	echo 1 >$fault/queue_put
	finish u
	is "$status" 0 "queue: I/O has ended, it goes on"
	bind_pmem 0
}
! has_fault || kernel_holds

# ---- files: a removal that waits for a pinned page, and its chain
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "a DAX file system"
pin()
{
	start "$1" "$progs/daxpin" vmsplice "/mnt/dax/$2" 4096 2
	await "$work/$1.out" '^pinned'
}
"$progs/daxfiles" create /mnt/dax p 4 3 4k >/dev/null

# truncate(2) waits in S state, and up to 6.14 only if the file is mapped (fs/dax.c,
# dax_layout_busy_page()).
start map "$progs/daxhold" --map /mnt/dax/p3 0
await "$work/map.out" '^held'
pin t0 p3
since=$SECONDS
start tr truncate -s 0 /mnt/dax/p3
until_true in_s "$(pid tr)" 'break_layout\|wait_dax_page' || diag "$(cat "/proc/$(pid tr)/stack")"
seen=$SECONDS
why truncate
is "$status" 1 "truncate: exit status 1"
has "$work/truncate.txt" "^truncate/$(pid tr) hangs: truncate of /mnt/dax/p3 on pmem0 \(ext4 on /mnt/dax\), S state for " \
	"truncate: who, what, where"
is_age truncate "^truncate.$(pid tr) hangs"
has "$work/truncate.txt" "^  held by    daxpin/$(pid t0) \(.*daxpin vmsplice /mnt/dax/p3 4096 2\), root" "truncate: who has it"
has "$work/truncate.txt" '^             in a pipe, fd [0-9]+, [0-9]+; 2 pages$' "truncate: where"
lacks "$work/truncate.txt" daxhold "truncate: not who only maps the file"
kill -KILL "$(pid t0)"
finish tr
is "$status" 0 "truncate: the holder is killed, it goes on"
finish t0
tell map
finish map

if grep -q ' dax_break_layout_final$' /proc/kallsyms; then
	pin p0 p0
	pin p1 p1
	since=$SECONDS
	start rm rm /mnt/dax/p0
	until_true in_d "$(pid rm)" dax_break_layout_final
	ok $? "rm of a file with a pinned page sleeps"
	seen=$SECONDS
	sleep 2
	why file
	is "$status" 1 "file: exit status 1"
	answers_in_time "file"
	has "$work/file.txt" "^rm/$(pid rm) hangs: unlink of /mnt/dax/p0 on pmem0 \(ext4 on /mnt/dax\), D state for " \
		"file: who, what, where"
	is_age file "^rm.$(pid rm) hangs"
	has "$work/file.txt" '^  waits in   dax_break_layout_final, for 2 pages in use$' "file: what it waits for"
	has "$work/file.txt" "^  held by    daxpin/$(pid p0) \(.*daxpin vmsplice /mnt/dax/p0 4096 2\), root" "file: who has it"
	lacks "$work/file.txt" "daxpin/$(pid p1)" "file: not who has pages of another file"
	has "$work/file.txt" "^  so         rm/$(pid rm) goes on when that pipe is read or closed, or( daxpin/$(pid p0) ends)?\$" \
		"file: what ends it"
	json file /mnt/dax
	json_is "$work/file.json" <<-END
		[(y["doing"], y["path"], y["filesystem_type"], y["mount_point"], y["pages"]) for y in of("why")] ;; [('unlink', '/mnt/dax/p0', 'ext4', '/mnt/dax', 2)] ;; file, JSON: what (asked by the mount point)
		[[(h["task"]["tgid"], h["grade"], h["how"], h["pages"], h["identity"]["state"]) for h in y["holders"]] for y in of("why")] ;; [[($(pid p0), 'holds', 'in a pipe', 2, 'alive')]] ;; file, JSON: who
	END
	why name /mnt/dax/p1
	has "$work/name.txt" "^rm/$(pid rm) hangs" "file: asked by another file of the file system"
	"$pgmapref" list >"$work/list.txt" 2>"$work/list.err"
	has "$work/list.txt" "^pmem0 .* live; rm/$(pid rm) waits [0-9.]+ s\$" "file: list names the task"

	# The holder is stopped, and then sleeps in D state itself.
	kill -STOP "$(pid p0)"
	why stopped
	has "$work/stopped.txt" "^  held by    daxpin/$(pid p0) .*, stopped: 'kill -CONT' lets it go on\$" "stopped: said of the holder"
	kill -CONT "$(pid p0)"
	tell p0
	finish rm
	is "$status" 0 "file: the pipe is closed, rm goes on"
	finish p0

	nested()
	{
		# Nested: rm waits for a task that waits itself. Its shell has the pipe of daxpin, which ends.
		# chain ID FILE COMMAND: the shell runs COMMAND when it is told
		chain()
		{
			local pipe

			pipe=$(find "/proc/$(pid "$1")/fd" -lname 'pipe:*' | sort | head -1)
			start "$2" sh -c "exec 9<$pipe; echo open; read -r line; $3"
			await "$work/$2.out" '^open'
			tell "$1"
			finish "$1"
		}
		chain p1 n "echo 1 >$fault/users; echo 1 >$fault/sleep"
		start rm rm /mnt/dax/p1
		until_true in_d "$(pid rm)" dax_break_layout_final
		tell n
		until_true in_d "$(pid n)" pgmapref_fault_sleep
		why nested
		is "$status" 1 "nested: exit status 1"
		has "$work/nested.txt" "^rm/$(pid rm) hangs: unlink of /mnt/dax/p1 on pmem0" "nested: who, what"
		has "$work/nested.txt" "^  held by    sh/$(pid n) \(" "nested: who has it"
		has "$work/nested.txt" "^             sh/$(pid n) waits itself: in pgmapref_fault_sleep, D state for [0-9.]+ s\$" \
			"nested: what that task waits in"
		has "$work/nested.txt" "^1 task hangs on device memory" "nested: that task does not hang on device memory"
		echo 0 >$fault/users
		finish n
		finish rm
		is "$status" 0 "nested: it ends, and rm goes on"

		# The same with a task that waits for the queue of the disk, which another task freezes, which
		# waits for I/O: rm -> dd -> sh -> I/O.
		pin p2 p2
		chain p2 dd "exec dd if=/dev/pmem0 of=/dev/null bs=4k count=1 iflag=direct"
		start rm rm /mnt/dax/p2
		until_true in_d "$(pid rm)" dax_break_layout_final
		echo /dev/pmem0 >$fault/queue_get
		start fr sh -c 'echo 0 >/sys/block/pmem0/queue/iostats'
		if patience=5 until_true in_d "$(pid fr)" blk_mq_freeze_queue_wait; then
			tell dd
			until_true in_d "$(pid dd)" bio_queue_enter
			ok $? "chain: dd waits for the frozen queue"
			why chain
			is "$status" 1 "chain: exit status 1"
			answers_in_time "chain"
			has "$work/chain.txt" "^  held by    dd/$(pid dd) \(" "chain: rm waits for dd"
			has "$work/chain.txt" "^             dd/$(pid dd) waits itself: in __bio_queue_enter, D state" "chain: dd waits"
			has "$work/chain.txt" "^dd/$(pid dd) hangs: read of /dev/pmem0 on pmem0, D state" "chain: dd hangs, too"
			has "$work/chain.txt" "^  held by    sh/$(pid fr)\$" "chain: for the one that freezes the queue"
			has "$work/chain.txt" "^  so         dd/$(pid dd) goes on when sh/$(pid fr) does\$" "chain: what ends it"
			has "$work/chain.txt" "^sh/$(pid fr) hangs: change of queue \(pmem0\), D state" "chain: that one hangs"
			has "$work/chain.txt" "^  so         sh/$(pid fr) goes on when the I/O in flight has ended\$" "chain: what ends that"
			has "$work/chain.txt" '^3 tasks hang on device memory' "chain: three tasks"
		else
			diag "no attribute freezes the queue of this disk here"
			tell dd
		fi
		echo 1 >$fault/queue_put
		finish fr
		finish dd
		finish rm
		is "$status" 0 "chain: the I/O ends, and all go on"
	}
	if has_fault; then
		nested
	else
		tell p1
		finish p1
	fi
fi
umount /mnt/dax
ok $? "unmounted"

done_testing
