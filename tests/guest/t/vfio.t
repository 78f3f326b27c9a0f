#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: iommu
# kernels: 6.1 7
# also: 6.12
#
# VFIO never unpins pages of a device-dax, because they look reserved to VFIO. Each use leaves its
# pins on the same pages, and the process that pinned ends long before the struct pages go.
. "$(dirname "$0")/../lib.sh"
export want_pins=1

vfiopin=$progs/vfiopin # pins 2 MiB
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem1 && mount -o dax=always /dev/pmem1 /mnt/dax &&
	head -c 2M /dev/zero >/mnt/dax/f
ok $? "a file on DAX"
ndctl create-namespace -f -e namespace0.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax0.0
ok $? "a device-dax"
modprobe -a vfio_iommu_type1 vfio-pci
echo 1234 11e8 >/sys/bus/pci/drivers/vfio-pci/new_id # QEMU's edu
group=$(find /dev/vfio -name '[0-9]*')
[ -c "$group" ]
ok $? "VFIO has a device" || done_testing
unbind_dax() { echo "dax$1.0" >/sys/bus/dax/drivers/device_dax/unbind; }
pid_in() { sed -n 's/^pinned //p' "$1"; }

# ---- left by COMMAND; the kernel refuses pages of a file
"$pgmapref" check -j -o "$work/first.json" --settle 100ms -- sh -c "
	echo | '$vfiopin' $group /mnt/dax/f; echo | '$vfiopin' $group /dev/dax0.0" \
	>"$work/first.out" 2>"$work/first.err"
is $? 1 "pins that stay: status 1"
has "$work/first.err" '/mnt/dax/f: .*: Operation not supported' "none on a file's pages"
has "$work/first.out" '^dropped$' "those on the device's were taken back, and yet"
json_is "$work/first.json" <<-END
	sorted((e["pgmap"]["name"], e["verdict"], ", ".join(e["kinds"])) for e in of("end")) ;; [('dax0.0', 'leak', 'busy-at-end'), ('pmem1', 'clean', '')] ;; a leak of the device's alone
	[(e["references_left"], e["busy_left"], e["page_references_left"], e["pins_left"]) for e in of("end") if e["busy_left"]] ;; [(0, 512, 512, 512)] ;; of 512 pins on as many pages
	[e["pin_account"] for e in of("end") if e["busy_left"]] ;; [{'pins': 512, 'pins_traced': 512, 'others': 0, 'others_traced': 0}] ;; all of them traced
	[(h["n"], h["task"]["tgid"], h["ended"]) for e in of("end") for h in e["page_holders"]] ;; [(512, $(pid_in "$work/first.out"), True)] ;; by a process that has ended
END
umount /mnt/dax

# ---- left by COMMAND again, on the same pages
"$pgmapref" check --details -o "$work/again.txt" -g dax0.0 --settle 100ms -- \
	sh -c "echo | '$vfiopin' $group /dev/dax0.0" >"$work/again.out" 2>"$work/again.err"
is $? 1 "as many again: status 1"
has "$work/again.txt" '^dax0.0: leak busy-at-end$' "leak busy-at-end"
has "$work/again.txt" \
	'^ +512 references more on 512 pages, all of them pins; 512 of these pages were busy at ' \
	"of 512 pins on pages that were pinned before"
has "$work/again.txt" '^  before +0 references, 512 busy pages were there at the start' \
	"which is said"
has "$work/again.txt" '^  pinned    1024 pins, 512 traced, 512 not$' "half of them are traced"
who=vfiopin/$(pid_in "$work/again.out")
has "$work/again.txt" "^    holder \(traced\): 512 pages by $who \(ended\), .* ago, pfn " \
	"by a process that has ended"
has "$work/again.txt" '^        .*vfio_pin_pages_remote' "in VFIO"
lacks "$work/again.txt" 'not found|at least|no holder found|no longer in use' "and nothing else is suspected"

# ---- a third time, while a watch runs, and as one folio; then the pages go
ndctl create-namespace -f -e namespace1.0 -m devdax -a 2M --map=mem >/dev/null
until_true test -c /dev/dax1.0
ok $? "a device-dax of 2 MiB pages"
tool w watch
start p "$vfiopin" "$group" /dev/dax0.0
await "$work/p.out" '^pinned'
"$pgmapref" refs dax0.0 >"$work/refs.txt" 2>"$work/refs.err"
who=vfiopin/$(pid p)
has "$work/refs.txt" \
	"^    could hold it \(found\) $who: has open /dev/vfio/vfio \(VFIO container\), fd " \
	"while it lives it could hold them, though it has no more than the container"
has "$work/refs.txt" '^    .* busy pages: holder not found: one listed as "could hold it",$' \
	"which is not for sure"
tell p
finish p
echo | "$vfiopin" "$group" /dev/dax1.0 >"$work/folio.out"
for i in 0 1; do
	unbind_dax $i
	await "$work/w.out" "^dax$i.0: "
done
stop w
is "$status" 1 "unbound: exit status 1"
has "$work/w.err" '^SUMMARY: pgmapref: leak pinned-at-teardown: 2 teardowns, 2 leaks, ' "summary"
for i in 0 1; do sed -n "/^dax$i.0: /,/^  history/p" "$work/w.out" >"$work/dax$i.txt"; done
has "$work/dax0.txt" '^dax0.0: leak pinned-at-teardown$' "three times 512 pins: leak"
has "$work/dax0.txt" '^  pages     512 busy of 131072 swept, before they went$' "512 pages"
has "$work/dax0.txt" '^  pinned    1536 pins, 512 traced, 1024 not$' "a third of the pins is traced"
has "$work/dax0.txt" "^    holder \(traced\): 512 pages by $who \(ended\), " "by whom"
lacks "$work/dax0.txt" 'not found|no holder found|no longer in use' "nobody is missed beside who was traced"
has "$work/dax1.txt" '^dax1.0: leak pinned-at-teardown$' "a folio: leak"
has "$work/dax1.txt" '^    pfn 0x[0-9a-f]+ order 9 refcount 513 \(512 pinned\) ' "one page of 2 MiB"
has "$work/dax1.txt" '^  pinned    512 pins, 512 traced, 0 not$' "and its 512 pins"
who=vfiopin/$(pid_in "$work/folio.out")
has "$work/dax1.txt" "^    holder \(traced\): 512 pins on 1 folio of 2 MiB by $who \(ended\), " \
	"by whom"

done_testing
