#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.12
#
# Compares, in one boot, how long bpftrace and the tool take to attach the same functions in the
# same way. One kernel is enough: the test compares programs, not kernels.
. "$(dirname "$0")/../lib.sh"

command -v bpftrace >/dev/null || { echo "1..0 # SKIP no bpftrace"; exit 0; }

# script HOW: prints a bpftrace script that attaches the same as the tool. Reads lines "function
# mechanism". Each probe counts. A kretprobe also gets a kprobe, for the arguments.
script()
{
	local entry=kfunc exit=kretfunc symbol mechanism

	[ "$1" = fentry ] || entry=kprobe exit=kretprobe
	while read -r symbol mechanism; do
		case $mechanism in fentry | kprobe | kretprobe) echo "$entry:$symbol { @ = count(); }" ;; esac
		case $mechanism in fexit | kretprobe) echo "$exit:$symbol { @ = count(); }" ;; esac
	done | sort -u
	# bpftrace reads events only when all is attached, in any order.
	echo 'interval:ms:1 { printf("attached\n"); exit(); }'
}

clock() { echo $((${EPOCHREALTIME/./} / 1000)); } # ms

# await_word FD WORD: waits for a line that begins with the word
await_word()
{
	local line

	while read -t 120 -ru "$1" line; do
		case $line in "$2"*) return ;; esac
	done
	return 1
}

# ours and theirs print the time from the start of a program to its message that all is attached.
ours()
{
	local began out pid

	began=$(clock)
	exec {out}< <(exec "$pgmapref" watch --details --attach "$1" --ready-fd 3 3>&1 >/dev/null 2>"$work/err")
	pid=$!
	await_word "$out" ready && echo $(($(clock) - began))
	kill -INT $pid
	wait $pid
	exec {out}<&-
}

theirs()
{
	local began out pid

	began=$(clock)
	exec {out}< <(exec bpftrace -B none "$1" 2>"$work/err")
	pid=$!
	await_word "$out" attached && echo $(($(clock) - began))
	wait $pid
	exec {out}<&-
}

# Reads both programs and the kernel's BTF from disk before the measurement.
"$pgmapref" list -q >/dev/null
bpftrace -e 'BEGIN { exit(); }' >/dev/null 2>&1
ok $? "both run"

for how in fentry kprobe; do
	"$pgmapref" probes -j --attach $how >"$work/probes"
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    p = json.loads(line)
    if p["type"] == "probe" and p["state"] == "attached" and p["mechanism"] != "raw_tp":
        print(p["symbol"], p["mechanism"])' "$work/probes" >"$work/$how"
	script $how <"$work/$how" >"$work/$how.bt"
	n=$(($(wc -l <"$work/$how.bt") - 1))
	[ $n -ge 10 ]
	ok $? "$how: there are functions to attach" || diag "$(cat "$work/$how")"
	for _ in 1 2; do
		ours $how >>"$work/$how.ours"
		theirs "$work/$how.bt" >>"$work/$how.theirs"
	done
	is "$(wc -l <"$work/$how.ours") $(wc -l <"$work/$how.theirs")" "2 2" "$how: all attached, twice" ||
		diag "$(cat "$work/err")"
	a=$(sort -n "$work/$how.ours" | head -1)
	b=$(sort -n "$work/$how.theirs" | head -1)
	diag "$how, $n probes: bpftrace $b ms, pgmapref $a ms, best of two: $((b / a)).$((b * 10 / a % 10)) times apart"
	[ "$a" -le "$b" ]
	ok $? "$how: the tool is not slower than bpftrace"
done
diag "of pgmapref's, list (no hooks) takes"
began=$(clock)
"$pgmapref" list -q >/dev/null
diag "$(($(clock) - began)) ms"

done_testing
