#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 6.12 6.18 7 patched
#
# The tool makes the plan from the BTF and the symbols of a real kernel, and attaches it. The test
# compares hook, mechanism, function and effect on the counter with tables (tests/guest/golden),
# which were compared with the kernels' sources by hand.
. "$(dirname "$0")/../lib.sh"

golden=tests/guest/golden/plan-$GUEST_KERNEL

# rows FILE: the hooks of `probes -j`, one per line
rows()
{
	python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    if r["type"] == "probe":
        print(r["hook"], r["mechanism"], r["symbol"], r["state"], r.get("effect") or "-")
' "$1"
}

for how in auto kprobe; do
	"$pgmapref" probes -j --attach $how >"$work/$how.json"
	is $? 0 "$how: exit status 0"
	rows "$work/$how.json" >"$work/$how"
	is "$(cat "$work/$how")" "$(grep -v '^#' "$golden-$how")" "$how: as in the golden table"
done

# ---- memory that is not followed is named, where the kernel has the function that makes it
unfollowed() { "$pgmapref" probes | sed -n 's/^not followed: //p' | paste -sd ' '; }

case $kernel in
6.*) others='' ;; # pcim_p2pdma_provider(): drivers/pci/p2pdma.c, 6.19
*) others='pcim_p2pdma_provider()' ;;
esac
is "$(unfollowed)" "$others" "memory that this kernel can have and the tool does not follow"
if modprobe kmem 2>/dev/null; then
	is "$(unfollowed)" "${others:+$others }dev_dax_kmem_probe()" "and that of kmem, when it is loaded"
	modprobe -r kmem
	is "$(unfollowed)" "$others" "and no more when it is not"
fi

done_testing
