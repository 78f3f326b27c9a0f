#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 6.12 7
#
# The exact account: breakpoints see each get and each put, the inline ones too.
. "$(dirname "$0")/../lib.sh"

[ -d $fault ] || { ok 1 "the fault module is loaded"; done_testing; }
pfn=$(pmem_pfn 0 4096)

# ---- who puts while an unbind hangs: three references that are older than the tool
for i in 1 2 3; do
	start h$i "$progs/hold" --put holder$i "$pfn" 1
	await "$work/h$i.out" '^held'
done
tool w watch --stuck 1s -o "$work/w.txt"
tool j watch --stuck 1s -j -o "$work/w.json"
start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
await "$work/w.txt" '^pmem0: leak hang'
ok $? "the hang is reported"
await "$work/w.json" '"hang"'
for i in 1 2 3; do
	tell h$i
	finish h$i
	await "$work/w.txt" "^pmem0: put 1 by holder$i/"
	ok $? "the put by holder$i is named"
done
finish u
stop w
stop j
cat "$work/w.txt" "$work/w.err" | sed 's/^/# /'
grep '"move"' "$work/w.json" | sed 's/^/# /'

# ---- from the start: each get and each put of a trace
bind_pmem 0
tool t trace --exact=pmem0 -o "$work/t.txt"
await "$work/t.err" 'pmem0: .*exact account'
start h "$progs/hold" --put holder "$pfn" 3
await "$work/h.out" '^held'
tell h
finish h
sleep 0.5
stop t
sed 's/^/# /' "$work/t.txt" "$work/t.err"
done_testing
