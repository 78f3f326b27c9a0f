#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb-lockdown
# kernels: 7
#
# If a kernel is locked down for confidentiality, no program can read its memory. Each verb reports
# this and ends with status 4. Lockdown cannot be undone, so no other test can run in the guest
# afterwards.
. "$(dirname "$0")/../lib.sh"

# refused VERB...: ends soon, with one line on standard error and no output
refused()
{
	local before=$SECONDS

	"$pgmapref" "$@" >"$work/out" 2>"$work/err" </dev/null
	is $? 4 "$*: status 4"
	is "$(cat "$work/err")" "$said" "$*: says why"
	[ $((SECONDS - before)) -lt 20 ]
	ok $? "$*: soon"
}

mount -t securityfs none /sys/kernel/security 2>/dev/null
echo confidentiality >/sys/kernel/security/lockdown
grep -q '\[confidentiality\]' /sys/kernel/security/lockdown
ok $? "the kernel is locked down" || done_testing
sentence="pgmapref: this kernel does not let BPF programs read its memory%s: it is in lockdown (confidentiality); boot it without lockdown=confidentiality"
# shellcheck disable=SC2059 # $sentence is a format and is used twice
said=$(printf "$sentence" "")
refused list
refused watch
refused check -- touch "$work/ran"
[ ! -e "$work/ran" ]
ok $? "COMMAND is not run"
# Without the file that shows it, the tool still recognises the lockdown.
umount /sys/kernel/security
# shellcheck disable=SC2059
said=$(printf "$sentence" ", as a test program shows")
refused watch --attach kprobe

done_testing
