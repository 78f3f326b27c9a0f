#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-truth
# kernels: 6.1 6.12 7 patched
#
# The truth table: types of pgmaps, faults, and moments at which the tool starts, chosen at random
# (SEED) by a script that knows what is true, SCENARIOS of them (0: all possible ones). The tool is
# never wrong, is in doubt only where the script lost something on purpose, and names who did it.
. "$(dirname "$0")/../lib.sh"

[ -d $fault ] || { ok 1 "the fault module is loaded"; done_testing; }
case $kernel in
6.1.*-pgmap) name=patched ;;
6.1.*) name=6.1 ;;
6.*) name=6.12 ;;
*) name=7 ;;
esac
# Pinned files go (6.1, 6.12); one put too many.
expected_log='WARNING:.*(fs/dax|dax_|percpu)|percpu ref|percpu_ref|Call Trace'
# Whatever becomes of the script: other tests come after it.
trap 'sysctl -q -w kernel.ftrace_enabled=1 2>/dev/null; echo 1 >/sys/kernel/debug/kprobes/enabled' EXIT
while IFS=$'\t' read -r result what; do
	case $result in
	ok) ok 0 "$what" ;;
	note) diag "$what" ;;
	*) ok 1 "$what" ;;
	esac
done < <(python3 tests/guest/truth/run.py "$pgmapref" "$progs" "$work" $name "${SEED:-20261122}" \
	"${SCENARIOS:-20}" 2>"$work/err" || printf 'not ok\tthe script ends: %s\n' "$(tail -n 3 "$work/err" | tr '\n' ' ')")
done_testing
