#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-truth
# kernels: 6.1 6.12 7 patched
#
# The truth table: a script that knows the truth draws types of pgmaps, faults, and the moments at
# which the tool starts (SEED). SCENARIOS: how many (0: all possible ones). The tool is never wrong,
# is inconclusive only if the script caused a loss, and names the culprit.
. "$(dirname "$0")/../lib.sh"

need_fault
case $kernel in
6.1.*-pgmap) name=patched ;;
6.1.*) name=6.1 ;;
6.*) name=6.12 ;;
*) name=7 ;;
esac
# Pinned files are removed (6.1, 6.12); one put too many.
expected_log='WARNING:.*(fs/dax|dax_|percpu)|percpu ref|percpu_ref|Call Trace'
# Restores the settings in any case, because other tests follow.
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
