#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kernels: 6.1 6.12 7
# also: patched
#
# --vmlinux: lines of source of a module, of which the tool has the file with DWARF. vmlinux itself
# is tested by tests/unit/test_lines.c, because no kernel here has one with DWARF.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
tool tr trace --vmlinux "$FAULT_MODULE"
has "$work/tr.err" '^pgmapref: no vmlinux of .* with DWARF here: lines of modules only' "no vmlinux: said"
echo | "$progs/hold" holder "$pfn" 1 >/dev/null
until_true seen "$work/tr.out" 'get_write.*\([^ ]*:[0-9]+\)'
stop tr
echo "$pfn 1" >$fault/put
is "$status" 0 "exit status 0"
# The line of the call in the source: its file is in this tree.
at=$(sed -nE 's/.* get_write\+0x[0-9a-f]+\/0x[0-9a-f]+ \[pgmapref_fault\] \(([^ ]*:[0-9]+).*/\1/p' "$work/tr.out" | head -1)
file=tests/kmod/${at##*/}
diag "the reference was taken at ${at:-?}"
grep -q . "${file%:*}" 2>/dev/null
ok $? "a frame of the module has its file"
sed -n "${at##*:}p" "${file%:*}" | grep -qF 'kind->get(h, count)'
ok $? "and the line of the call" || diag "$(sed -n "${at##*:}p" "${file%:*}")"
has "$work/tr.out" ' vfs_write\+0x[0-9a-f]+/0x[0-9a-f]+$' "a frame of the kernel has no line"

"$pgmapref" trace --vmlinux /proc/self/exe 2>"$work/other.err"
is $? 2 "a file of another build: exit status 2"
has "$work/other.err" '^pgmapref: --vmlinux: /proc/self/exe: of another build than the kernel that runs' "it is said"
done_testing
