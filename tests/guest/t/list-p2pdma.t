#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: cmb
# kernels: 7
#
# list shows the pgmap of an NVMe controller's memory buffer (P2PDMA). Debian's older kernels have
# no P2PDMA.
. "$(dirname "$0")/../lib.sh"

until_true eval 'ls /sys/bus/pci/devices/*/p2pmem >/dev/null 2>&1'
ok $? "a PCI device has peer-to-peer memory"
pci=$(basename "$(dirname /sys/bus/pci/devices/*/p2pmem)")
diag "it is $pci"

# Its submission queues may be in this memory; the driver makes them while it starts.
settled() { grep -q '^live$' /sys/class/nvme/nvme*/state; }
until_true settled
ok $? "its driver is done with its start"

"$pgmapref" list -q --details >"$work/list.txt" &
tests/guest/oracle --json --pages >"$work/oracle"
ok $? "the oracle can read"
wait $!
ok $? "list: exit status"
"$pgmapref" list -q -j -g "${pci#0000:}" >"$work/list.json"
is $? 0 "list -j -g, the address without its domain: exit status"
"$pgmapref" list -q -j --type p2pdma >"$work/type.json"
is $? 0 "list --type p2pdma: exit status"
found() { grep '"type":"pgmap"' "$work/$1.json" | cut -d, -f1-8; } # the start has the time
is "$(found type)" "$(found list)" "it finds the same"
cat "$work/oracle" >>"$work/list.json"
json_is "$work/list.json" <<-END
len(of("pgmap")) ;; 1 ;; one pgmap has this address
of("pgmap")[0]["pgmap"]["name"] ;; $pci ;; its name is the NVMe's PCI address
of("pgmap")[0]["pgmap"]["type"] ;; p2pdma ;; its type
of("pgmap")[0]["pgmap"]["pages"], of("pgmap")[0]["pgmap"]["baseline"] ;; (16384, 16385) ;; 64 MiB: pages and baseline
of("pgmap")[0]["excess"] == of("pgmap")[0]["value"] - 16385 ;; True ;; excess
of("pgmap")[0]["state"] ;; live ;; state
[(p["pgmap"]["address"], p["pgmap"]["type"], str(p["pgmap"]["ranges"]), p["pgmap"]["pages"], p["pgmap"]["baseline"], p["value"], p["busy"], p["state"]) for p in of("pgmap")] == [(o["pgmap"], o["type"], str(o["ranges"]), o["pages"], o["baseline"], o["value"], o["busy"], o["state"]) for o in r if "busy_pages" in o and o["type"] == "p2pdma"] ;; True ;; the oracle says the same
len(open("$work/list.txt").readlines()) - 1 == len([o for o in r if "busy_pages" in o]) ;; True ;; list has as many pgmaps of all types as the oracle
END
diag "$(cat "$work/list.txt")"
has "$work/list.txt" "^$pci +p2pdma +0x[0-9a-f]+ +16384 +[0-9]+ +16385 " "list says it in text"

done_testing
