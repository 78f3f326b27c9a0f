#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.12 6.18
# also: 6.1 7
#
# How each hook is attached. A run without a hook that it needs is inconclusive.
. "$(dirname "$0")/../lib.sh"
export want_pins=1
own=12 # hooks that are kprobes too, without those of pins

case $kernel in
6.1.*) free=free_zone_device_page delete='fentry dax_disassociate_entry' pins=14 ;;
6.12.*) free=free_zone_device_folio delete='fentry dax_disassociate_entry' pins=14 ;;
6.18.*) free=free_zone_device_folio delete='breakpoint dax_folio_put.*' own=11 pins=14 ;;
*) free=free_zone_device_folio delete='fentry dax_folio_reset_order' pins=14 ;;
esac

"$pgmapref" probes >"$work/probes"
is $? 0 "probes: exit status 0"
while read -r hook how symbol; do
	has "$work/probes" "^$hook +$how +$symbol +attached( |$)" "$hook is $how of $symbol"
done <<END
create fexit memremap_pages
name fentry devm_memremap_pages
teardown fentry memunmap_pages
sweep fentry memunmap_pages
final fentry remove_pfn_range_from_zone
drained fentry dev_pagemap_percpu_release
gone fexit memunmap_pages
get fexit get_dev_pagemap
alloc fexit zone_device_page_init
free fentry $free
insert fexit dax_insert_entry
delete $delete
fork raw_tp sched_process_fork
END
kprobes=$((own + pins))
lacks "$work/probes" ' missing( |$)' "no hook is missing"
p2p_free=p2pdma_folio_free
case $kernel in
6.18.*) p2p_free=p2pdma_page_free ;;
esac
case $kernel in
6.1.* | 6.12.*)
	lacks "$work/probes" '^p2p' "of peer-to-peer memory nothing is said: this kernel has none"
	;;
*)
	kprobes=$((kprobes + 5))
	while read -r hook how symbol; do
		has "$work/probes" "^$hook +$how +$symbol +attached( |$)" "$hook is $how of $symbol"
	done <<-END
	p2p_alloc fexit pci_alloc_p2pmem
	p2p_free fentry pci_free_p2pmem
	p2p_map fexit p2pmem_alloc_mmap
	p2p_map_page fexit vm_insert_page
	p2p_page_free fentry $p2p_free
	END
	;;
esac
"$pgmapref" probes --attach kprobe >"$work/kprobes"
is $? 0 "probes --attach kprobe: exit status 0"
is "$(grep -cE ' k(ret)?probe +.* attached( |$)' "$work/kprobes")" $kprobes "all $kprobes have a kprobe too"

# disabled NAME...: two teardowns of pmem0; the tool sees the second pgmap from its birth
disabled()
{
	local options=() hook

	for hook; do options+=(--disable-hook "$hook"); done
	tool w watch "${options[@]}"
	for hook; do
		has "$work/w.err" "hook $hook is missing \\(disabled by --disable-hook\\)" \
			"without $*: said at the start"
	done
	unbind_pmem 0
	bind_pmem 0
	unbind_pmem 0
	bind_pmem 0
	stop w
}

inconclusive()
{
	disabled "$@"
	is "$status" 3 "without $*: exit status 3"
	has "$work/w.err" "^SUMMARY: pgmapref: inconclusive \\(.*" "without $*: inconclusive"
}

inconclusive teardown
inconclusive create
has "$work/w.err" '1 teardowns of pgmaps that were not followed' "without create: says why"
inconclusive sweep final
has "$work/w.out" '^pmem0: inconclusive: the pages were not swept$' "without both looks: says why"
lacks "$work/w.out" '^pmem0: clean$' "without both looks: nothing is called clean"
inconclusive drained gone
# "open": the run ended before two ticks of the timer found that the pgmap is gone.
is "$(grep -cE '^pmem0: inconclusive(, open)?: its end was not seen$' "$work/w.out")" 2 \
	"without both ends: says why, of both teardowns"
inconclusive final
has "$work/w.out" '^pmem0: inconclusive: the pages were not swept just before the struct pages went$' \
	"without the last look: says why"
# Hooks on which the verdict does not depend: attribution, and the first of two sweeps.
disabled get sweep
is "$status" 0 "without get and sweep: exit status 0"
is "$(grep -c '^pmem0: clean$' "$work/w.out")" 2 "without get and sweep: clean all the same"

disabled pin_fast gup_fast unpin_page
is "$status" 0 "without hooks of pins: exit status 0"
is "$(grep -c '^pmem0: clean$' "$work/w.out")" 2 "without hooks of pins: clean all the same"

# Events for which there is no room are counted, and a trace that lost a line is inconclusive.
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax /dev/pmem0 /mnt/dax
"$pgmapref" trace -S --ledger-size 4 -- "$progs/daxfiles" create /mnt/dax a 1 13 4k \
	>"$work/t.out" 2>"$work/t.err"
is $? 3 "a ledger of 4: exit status 3"
has "$work/t.err" '^SUMMARY: pgmapref: inconclusive \(lost: ledger_full 9: an event may be unseen\)' "9 of 13 did not fit"
has "$work/t.out" '^lost: ledger_full 9$' "said where the losses are said"
has "$work/t.out" '^            ext4_dax_(huge_)?fault' "-S: the stack from the call site on"
# Without the hook of deletes the tool names no holders of entries, and does not know their number.
"$pgmapref" trace -j -o "$work/d.json" --disable-hook delete -- \
	"$progs/daxfiles" cycle /mnt/dax d 1 8 4k >/dev/null 2>&1
is $? 3 "without delete: a trace is inconclusive"
json_is "$work/d.json" <<-END
	[("entries" in s, s["entries_not_known"], s["events"]["insert"], "delete" in s["events"], "entries" in s["history"]) for s in of("pgmap_summary")] ;; [(False, 'delete', 8, False, False)] ;; without delete: no figure of entries
	[(h["holding"], h["taken"], h["hook"]) for s in of("pgmap_summary") for h in s["not_known"]] ;; [('dax entry', 8, 'delete')] ;; without delete: eight were made
	[h for s in of("pgmap_summary") for h in s.get("outstanding", []) if h["holding"] == "dax entry"] ;; [] ;; without delete: nobody has them
END
umount /mnt/dax

# A sweep without time is reported.
tool w watch --sweep-budget 1us
unbind_pmem 0
bind_pmem 0
stop w
is "$status" 3 "a look of 1 us: exit status 3"
has "$work/w.out" '^pmem0: inconclusive: not every page was swept' "a look of 1 us: inconclusive"

done_testing
