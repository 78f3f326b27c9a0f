#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.12
#
# Bad input, and environments in which the tool cannot work. Each case ends with the right status
# and with a message that names the problem. One kernel is enough: no case depends on the kernel.
. "$(dirname "$0")/../lib.sh"

patience=60

# bad STATUS REGEX NAME ARG...: runs the tool, with the command in $wrap before it. Checks the
# status, one matching line on standard error, and no standard output.
wrap=()
bad()
{
	local wanted=$1 regex=$2 name=$3

	shift 3
	timeout --foreground 60 "${wrap[@]}" "$pgmapref" "$@" >"$work/out" 2>"$work/err" </dev/null
	is $? "$wanted" "$name: status $wanted" || diag "$(cat "$work/err")"
	has "$work/err" "$regex" "$name: says so"
	[ ! -s "$work/out" ]
	ok $? "$name: nothing on standard output" || diag "$(head -3 "$work/out")"
}

# usage REGEX NAME ARG...: like bad; the message also tells how to get help
usage()
{
	bad 2 "$@"
	has "$work/err" "^Try 'pgmapref ([a-z]+ )?--help'" "$2: points to --help"
}

# ---- the command line
usage "^pgmapref: frobnicate: no such verb; verbs are trace, list, why, watch" "unknown verb" frobnicate
usage "^pgmapref: wacht: no such verb; did you mean 'watch'\?" "verb with a slip" wacht
usage "^pgmapref: --frobnicate: no such option" "unknown option" list --frobnicate
usage "^pgmapref: --stukc: no such option; did you mean --stuck\?" "option with a slip" watch --stukc 2s
usage "^pgmapref: -@: no such option" "unknown short option" -@
usage "^pgmapref: -p needs an argument: PID" "option without its argument" trace -p
wrap=(env "PGMAPREF_OPTIONS=--stuck parsecs")
usage "^pgmapref: PGMAPREF_OPTIONS: --stuck parsecs: not a duration" "PGMAPREF_OPTIONS" watch
wrap=()
usage "^pgmapref: -d 5parsecs: not a duration; write 10s" "-d 5parsecs" trace -d 5parsecs
usage "^pgmapref: -d -3s: not a duration" "negative -d" trace -d -3s
usage "^pgmapref: -d 0: must be above 0" "-d 0" trace -d 0
usage "^pgmapref: --stuck nan: not a duration" "--stuck nan" watch --stuck nan
usage "^pgmapref: -p 12x: not a number" "-p 12x" -p 12x
usage "^pgmapref: -p 0: not a process" "-p 0" -p 0
usage "^pgmapref: --type ramdisk: no such type; there are fsdax" "unknown type" list --type ramdisk
usage "^pgmapref: --attach glue: HOW must be auto, fentry or kprobe" "unknown way to attach" --attach glue
usage "^pgmapref: unexpected argument 'pmem0': put COMMAND after --, select a pgmap with -g NAME" \
	"trace with a name" trace pmem0
usage "^pgmapref: only trace, watch, check and probes run a COMMAND" "list with a COMMAND" list -- true
usage "^pgmapref: -H is for list, not for trace; trace and watch show histories" "trace -H" trace -H
usage "^pgmapref: --tap is for watch and check, not for refs" "refs --tap" refs pmem0 --tap
usage "^pgmapref: refs: name at least one pgmap" "refs --follow of nothing" refs --follow
bad 2 "^pgmapref: no COMMAND after --$" "-- without COMMAND" trace --
bad 2 "^pgmapref: -p 999999: no such process; 'ps -e' lists them$" "no such process" -p 999999
bad 2 "^pgmapref: -t 999999: no such thread; 'ps -eL' lists them$" "no such thread" -t 999999
bad 2 "^pgmapref: nosuchcommand: command not found$" "COMMAND not found" trace -- nosuchcommand
bad 2 "^pgmapref: /nosuch/command: (command not found|No such file or directory)$" \
	"path of COMMAND not found" trace -- /nosuch/command
bad 2 "^pgmapref: /etc/passwd: Permission denied$" "COMMAND not executable" trace -- /etc/passwd

# ---- names of pgmaps
bad 2 "^pgmapref: nosuch: no such pgmap \\(see 'pgmapref list'\\)$" \
	"list of no such pgmap" list -g nosuch
bad 2 "^pgmapref: nosuch: no such pgmap \\(see 'pgmapref list'\\)$" \
	"trace of no such pgmap" trace -g nosuch -d 1s
"$pgmapref" watch --details -g nosuch -d 100ms >"$work/out" 2>"$work/err"
is $? 3 "watch of a pgmap that never comes: status 3"
has "$work/err" "^pgmapref: nosuch: no such pgmap yet; waiting for it$" "and it says that it waits"
has "$work/err" "^SUMMARY: pgmapref: inconclusive \(no pgmap matched nosuch\)" "in vain, in the end"
has "$work/err" "^pgmapref: ready: 0 pgmaps" "for it alone"
bad 2 "^pgmapref: nosuch: no such pgmap \\(see 'pgmapref list'\\)$" \
	"probes of no such pgmap" probes -g nosuch -d 1s
bad 2 "^pgmapref: --disable-hook nosuch: no such hook; 'probes' lists them$" \
	"unknown hook" trace --disable-hook nosuch
bad 2 "^pgmapref: -n sixteencharacter: a command name has at most 15 characters$" \
	"-n with a pattern that matches nothing" trace -n sixteencharacter
printf '#!/nosuch/interpreter\n' >"$work/script" && chmod +x "$work/script"
timeout 60 "$pgmapref" trace -- "$work/script" >/dev/null 2>"$work/err"
is $? 2 "COMMAND whose interpreter is missing: status 2"
has "$work/err" "^pgmapref: $work/script: No such file or directory$" "it is named"

# ---- where to write
bad 4 "^pgmapref: cannot write to $work/nosuch/file: No such file or directory$" \
	"-o into a missing folder" trace -o "$work/nosuch/file"
bad 4 "^pgmapref: cannot write to $work: Is a directory$" "-o onto a folder" trace -o "$work"
echo precious >"$work/precious"
ln -s precious "$work/link"
bad 4 "^pgmapref: cannot write to $work/link: it is a symbolic link, which is not followed$" \
	"-o onto a symbolic link" trace -o "$work/link"
is "$(cat "$work/precious")" precious "what it points to is as it was"
bad 4 "^pgmapref: cannot write to /dev/full: No space left on device; what was written is not complete$" \
	"list -o onto a full disk" list -o /dev/full
"$pgmapref" list >/dev/full 2>"$work/err"
is $? 4 "list to a full disk: status 4"
has "$work/err" "^pgmapref: cannot write to standard output: No space left on device" "it says so"

# The disk becomes full during the run, long before COMMAND ends.
mkdir -p /mnt/dax /mnt/small && mkfs.ext4 -q -F -b 4096 /dev/pmem0 &&
	mount -o dax=always /dev/pmem0 /mnt/dax && mount -t tmpfs -o size=64k tmpfs /mnt/small
ok $? "a DAX mount, and a small disk"
timeout --foreground 60 "$pgmapref" trace -j -o /mnt/small/trace.json -- \
	"$progs/daxfiles" cycle /mnt/dax f 10000 100 4k >"$work/out" 2>"$work/err" </dev/null
is $? 4 "trace onto a disk that gets full: status 4"
has "$work/err" "^pgmapref: cannot write to /mnt/small/trace.json: No space left on device; what was written is not complete$" \
	"it says so"
[ "$(stat -c %s /mnt/small/trace.json)" -gt 60000 ]
ok $? "what fitted is there"
is "$(stat -c %a /mnt/small/trace.json)" 600 "for nobody else to read"
umount /mnt/small
# The tool ends and ends COMMAND too, so that COMMAND does not run unobserved.
no_daxfiles() { ! grep -qsx daxfiles /proc/[0-9]*/comm; }
until_true no_daxfiles
ok $? "COMMAND is ended"
umount /mnt/dax

# ---- not root
wrap=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
for verb in trace list watch probes; do
	bad 4 "^pgmapref: not allowed: .*CAP_BPF.* missing; run as root$" "$verb, not as root" $verb
	is "$(wc -l <"$work/err")" 1 "$verb, not as root: in one line"
done
# ---- no BTF
wrap=(unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh)
for verb in trace list; do
	bad 4 "^pgmapref: no BTF of the running kernel .*CONFIG_DEBUG_INFO_BTF=y" "$verb without BTF" $verb
done

# ---- no timer can be created: COMMAND does not run unobserved
mkfifo "$work/never" && printf '#!/bin/bash\nread -r <%s\n' "$work/never" >"$work/unwatched" &&
	chmod +x "$work/unwatched"
wrap=(env LD_PRELOAD="$progs/notimer.so")
bad 4 "^pgmapref: cannot create a timer: Too many open files$" "no timer" watch -- "$work/unwatched"
none_unwatched() { ! grep -qsx unwatched /proc/[0-9]*/comm; }
until_true none_unwatched
ok $? "COMMAND does not run"

# ---- neither /proc nor /sys
for fs in proc sys; do
	wrap=(unshare -m sh -c "mount -t tmpfs none /$fs && exec \"\$@\"" sh)
	for verb in list watch "-p 1"; do
		# shellcheck disable=SC2086
		bad 4 "^pgmapref: /$fs is not mounted here: mount -t " "$verb without /$fs" $verb
	done
done

# ---- few files may be open: the tool raises its limit if it may, otherwise it ends at once
wrap=(bash -c 'ulimit -n 64 && exec "$@"' bash)
for verb in "watch -d 1s" "watch -d 1s --attach kprobe" "trace -d 1s"; do
	before=$SECONDS
	# shellcheck disable=SC2086
	bad 4 "^pgmapref: the limit of open files is too low: [0-9]+ more can be opened, and [0-9]+ are needed; .*ulimit -n" \
		"$verb, 64 files" $verb
	[ $((SECONDS - before)) -lt 15 ]
	ok $? "$verb, 64 files: at once"
done
wrap=()
(ulimit -Sn 64 && exec "$pgmapref" watch --details --no-pins -- sh -c 'ulimit -n') >"$work/out" 2>"$work/err"
is $? 0 "64 files, but more are allowed: works" || diag "$(cat "$work/err")"
is "$(cat "$work/out")" 64 "COMMAND has the limit that there was"
mkdir -p /sys/fs/cgroup/small
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
echo 16M >/sys/fs/cgroup/small/memory.max
wrap=(bash -c 'echo $BASHPID >/sys/fs/cgroup/small/cgroup.procs && exec "$@"' bash)
bad 4 "^pgmapref: the cgroup limits memory to 16384 KiB" "a small cgroup" list
wrap=()
# through a pipe: standard error may not be a file either
(ulimit -f 0 && exec "$pgmapref" list -o "$work/large") 2>&1 >/dev/null | cat >"$work/err"
is "${PIPESTATUS[0]}" 4 "no file may be written to: status 4"
has "$work/err" "^pgmapref: cannot write to $work/large: File too large" "it says so"

# ---- asked to end while it starts: it ends soon, and calls nothing clean
# Its start may be over before a test sees a step of it. So the test only waits until the tool has a
# handler of SIGINT (number 2).
catches_int() { mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$tool/status) && ((0x${mask:-0} >> 1 & 1)); }
for how in auto kprobe; do
	"$pgmapref" watch --details --attach $how >"$work/out" 2>"$work/err" &
	tool=$!
	until_true catches_int
	kill -INT $tool
	wait $tool
	is $? 130 "SIGINT while it starts, $how: status 130"
	has "$work/err" '^pgmapref: ended by a signal during the start$' "$how: says so"
	lacks "$work/err" 'SUMMARY|ready' "$how: and nothing else"
done

# ---- no /proc/kallsyms
wrap=(unshare -m sh -c 'mount --bind /dev/null /proc/kallsyms && exec "$@"' sh)
bad 4 "^pgmapref: .*kallsyms" "list without symbols" list
wrap=()

done_testing
