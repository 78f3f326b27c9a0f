#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-pins
# kernels: 6.1 6.12 6.18 7 patched
#
# The tool names the tasks that pinned pages of device memory, as long as they hold the pages: pipes
# (vmsplice), fixed buffers of an io_uring, the memory of an XDP socket (a long-term pin), and
# direct reads, one of which is delayed by its block device. With fentry and with kprobes.
. "$(dirname "$0")/../lib.sh"
export want_pins=1

# No kernel changes the difference between both mechanisms: one kernel is enough.
case ${WIDE:+6.12.}$kernel in
6.12.*) ways=(auto kprobe) ;;
*) ways=(auto) ;;
esac

# Dropping the pin does the damage of which the tool warns, because the struct page is gone.
expected_log='BUG: unable to handle page fault|Oops: |Call Trace'

ndctl create-namespace -f -e namespace0.0 -m devdax -a 4K --map=mem >/dev/null
until_true test -c /dev/dax0.0
ok $? "a device-dax"
unbind_dax() { echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind; }
bind_dax() { echo dax0.0 >/sys/bus/dax/drivers/device_dax/bind; until_true test -c /dev/dax0.0; }
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem1 && mount -o dax=always /dev/pmem1 /mnt/dax
"$progs/daxfiles" create /mnt/dax p 1 3 4k >/dev/null
ok $? "a DAX file"

# A network block device of 64 MiB. Reads beyond the first 32 MiB wait for a line on stdin.
block_device='
import fcntl, socket, struct, sys, threading
listen = socket.create_server(("127.0.0.1", 0))
ours = socket.create_connection(listen.getsockname())
theirs = listen.accept()[0]
dev = open("/dev/nbd0", "rb")
for op, arg in (0xab01, 4096), (0xab02, 64 << 20), (0xab00, theirs.fileno()):
    fcntl.ioctl(dev, op, arg)
threading.Thread(target=lambda: fcntl.ioctl(dev, 0xab03), daemon=True).start()
print("there", flush=True)
while True:
    request = ours.recv(28, socket.MSG_WAITALL)
    if len(request) < 28:
        break
    magic, kind, handle, at, length = struct.unpack(">II8sQI", request)
    if at >= 32 << 20:
        print("holds", flush=True)
        sys.stdin.readline()
    ours.sendall(struct.pack(">II", 0x67446698, 0) + handle + bytes(length))
'
case $GUEST_KERNEL in
6.1) uring='' xdp=1 ;; # io_uring of 6.1 refuses the buffer
patched) uring='' xdp='' ;; # built without XDP sockets and network block devices
*) uring=1 xdp=1 ;;
esac

# pin ID METHOD PATH OFFSET NPAGES: starts a process that pins, and adds its line of the table to
# $pins
pin()
{
	local id=$1

	shift
	start "$id" "$progs/daxpin" --pfn "$@"
	await "$work/$id.out" '^pinned'
	pins+="$(pid "$id") $4 $(sed -n 's/^pfn //p' "$work/$id.out" | sed -n '1p;$p' | paste -s -d ' ')
"
}

let_go() { tell "$1"; finish "$1"; }

# table FILE: process, pages, first and last page of each pin in the summaries of a trace
table()
{
	python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    for h in r.get("page_holders", []):
        assert (h["source"], h["holding"], h["n"]) == ("traced", "pin", h["pages"]), h
        print(h["task"]["tgid"], h["pages"], h["first_pfn"], h["last_pfn"])
' "$1" | sort
}

# site PID FUNCTION NAME: the stack of this pinner has the function
site()
{
	python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    for h in r.get("page_holders", []):
        if h["task"]["tgid"] == int(sys.argv[2]):
            print(" ".join(h["stack"]))
' "$work/t.json" "$1" >"$work/stack"
	has "$work/stack" "$2" "$3"
}

for how in "${ways[@]}"; do
	pins=
	tool t trace --pins --attach $how -j -o "$work/t.json"
	pin p vmsplice /dev/dax0.0 8192 2
	pin f vmsplice /mnt/dax/p0 4096 2
	[ -z "$uring" ] || pin u uring /dev/dax0.0 65536 3
	[ -z "$xdp" ] || pin x xdp /dev/dax0.0 131072 4
	held=$pins
	# These are unpinned before the end. Two of their pages are also pinned by others.
	pin p2 vmsplice /dev/dax0.0 32768 2
	pin p3 vmsplice /dev/dax0.0 16384 20
	[ -z "$uring" ] || pin u2 uring /dev/dax0.0 65536 5
	[ -z "$xdp" ] || pin x2 xdp /dev/dax0.0 262144 4
	let_go p2
	let_go p3
	[ -z "$uring" ] || let_go u2
	[ -z "$xdp" ] || let_go x2
	"$progs/dio" --into /dev/dax0.0 --at 112 one /dev/pmem1 4096 7 >"$work/done.out"
	has "$work/done.out" '^read 28672$' "$how: a direct read into the device"
	if [ -n "$xdp" ]; then
		modprobe nbd
		start nbd python3 -c "$block_device"
		await "$work/nbd.out" '^there'
		# the device has this size only when its thread has begun
		until_true grep -q '^131072$' /sys/block/nbd0/size
		start d "$progs/dio" --into /dev/dax0.0 --at 96 one /dev/nbd0 $((48 << 20)) 6
		await "$work/d.out" '^submitted'
		await "$work/nbd.out" '^holds'
		base=$(sed -n 's/^pfn //p' "$work/p.out" | head -1)
		held+="$(pid d) 6 $(printf '%#x %#x' $((base + 94)) $((base + 99)))
"
	fi
	stop t
	is "$(table "$work/t.json")" "$(sort <<<"${held%?}")" \
		"$how: who has pinned, how many pages, and which"
	site "$(pid p)" 'vmsplice' "$how: where: vmsplice()"
	[ -z "$uring" ] || site "$(pid u)" 'io_uring_register' "$how: where: a fixed buffer"
	[ -z "$xdp" ] || site "$(pid x)" 'xdp_umem' "$how: where: an XDP socket's memory"
	[ -z "$xdp" ] || site "$(pid d)" 'direct_IO|bio_iov_iter' "$how: where: a direct read"
	json_is "$work/t.json" <<-END
		{k: v for k, v in of("loss")[0]["causes"].items() if v and k.startswith("pin")} ;; {} ;; $how: nothing was lost
	END
	let_go p
	let_go f
	[ -z "$uring" ] || let_go u
	[ -z "$xdp" ] || let_go x
	if [ -n "$xdp" ]; then
		tell nbd
		finish d
		has "$work/d.out" '^read 24576$' "$how: the read that was held up ends"
		kill "$(pid nbd)"
		finish nbd 2>/dev/null
	fi
done

# ---- limits, and filters
tool t trace --pins --pin-rows 2 -j -o "$work/t.json"
tool n trace --pins -n nobody -j -o "$work/n.json"
tool o trace -j -o "$work/o.json"
pins=
pin p vmsplice /dev/dax0.0 8192 5
stop t
is "$status" 0 "room for two: the verdict does not depend on it"
json_is "$work/t.json" <<-END
	[h["pages"] for r in r for h in r.get("page_holders", [])] ;; [2] ;; room for two: two are kept
	of("loss")[0]["causes"]["pins_full"] ;; 3 ;; room for two: three are lost, and counted
END
stop n
stop o
is "$(table "$work/n.json")" "" "-n: not that of another"
is "$(table "$work/o.json")" "" "without --pins: none"
let_go p

# ---- the report of a leak names the pinner
for how in "${ways[@]}"; do
	tool w watch --attach $how
	tool n watch --no-pins
	pins=
	pin p vmsplice /dev/dax0.0 8192 2
	unbind_dax
	await "$work/w.out" '^  history'
	await "$work/n.out" '^  history'
	has "$work/w.out" '^dax0.0: leak pinned-at-teardown$' "$how: leak"
	read -r who pages first last <<<"$pins"
	has "$work/w.out" \
		"^    holder \(traced\): $pages pages by daxpin/$who, [0-9.]+ m?s ago, pfn $first to $last\$" \
		"$how: its pinner, and the pages"
	has "$work/w.out" '^  pinned    2 references, 2 traced, 0 not$' "$how: of all that they have"
	has "$work/w.out" '^        .*vmsplice' "$how: and where"
	lacks "$work/n.out" 'holder \(traced\)' "$how: not with --no-pins"
	lacks "$work/p.out" '^dropped' "$how: said before the pin is dropped"
	stop w
	is "$status" 1 "$how: exit status 1"
	stop n
	let_go p
	bind_dax || ok 1 "$how: dax0.0 is back"
done

# ---- if the unbind waits for the pin, the report while it waits names the pinner
if [ "$GUEST_KERNEL" = patched ]; then
	tool w watch --stuck 2s -g pmem1
	pins=
	pin p vmsplice /mnt/dax/p0 0 2
	read -r who pages first last <<<"$pins"
	rm /mnt/dax/p0
	umount /mnt/dax
	start u sh -c 'echo namespace1.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
	await "$work/w.out" '^pmem1: leak hang$'
	ok $? "a file's pages: the unbind waits"
	await "$work/w.out" '^  history'
	has "$work/w.out" \
		"^    holder \(traced\): 2 pages by daxpin/$who, .* ago, pfn $first to $last\$" \
		"a file's pages: for its pinner"
	has "$work/w.out" '^  holders +0 of 2 references traced$' \
		"a file's pages: a pin explains none of the references"
	tell p
	finish p
	finish u
	stop w
else
	umount /mnt/dax
fi

done_testing
