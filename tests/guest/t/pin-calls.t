#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-pins
# kernels: 6.1 7 patched
# also: 6.12
#
# The tool sees each function with which drivers pin pages, and each with which they unpin pages.
# put_page() puts what get_user_pages() took. No hook sees put_page(), but the next sweep finds the
# page idle.
. "$(dirname "$0")/../lib.sh"
export want_pins=1

need_fault
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem1 && mount -o dax=always /dev/pmem1 /mnt/dax
"$progs/daxfiles" create /mnt/dax p 1 64 4k >/dev/null
ok $? "a DAX file"

calls=(
	get_user_pages:put get_user_pages_fast:put get_user_pages_fast_only:put
	get_user_pages_remote:put get_user_pages_unlocked:put
	pin_user_pages:page pin_user_pages_fast:pages pin_user_pages_remote:dirty
	pin_user_pages_unlocked:range
)
case $kernel in
6.1.*) calls+=(pin_user_pages_fast_only:page) unpins=4 ;; # and no function unpins a folio
*) calls+=(pin_user_pages_fast:folio) unpins=5 ;;
esac

# holders FILE: for each holder in the summaries: process, pages, and whether its stack has its call
holders()
{
	python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    for h in r.get("page_holders", []):
        print(h["task"]["tgid"], h["pages"], "pgmapref_fault_pin" in " ".join(h["stack"]))
' "$1" | sort
}

# hold ID CALL N: a process pins two pages with CALL; each N has other pages
hold()
{
	start "$1" "$progs/daxpin" "$2" /mnt/dax/p0 $(($3 * 8192)) 2
	await "$work/$1.out" '^pinned'
}

woken() { [ "$(links t)" -eq $((resting + unpins)) ]; }

let_go() { tell "$1"; finish "$1"; }

# No kernel changes the difference between both mechanisms: one kernel is enough.
case ${WIDE:+6.12.}$kernel in
6.12.*) ways=(auto kprobe) ;;
*) ways=(auto) ;;
esac
# The kernel does not run a hook that it interrupted on the same CPU. The tool counts this, and may
# then not know a holder.
missed() { python3 -c 'import json, sys; print(*[hook for r in map(json.loads, open(sys.argv[1])) if r["type"] == "loss" for hook, n in r["missed_runs"].items() if n])' "$work/t.json"; }

# trace_calls HOW: a trace while each call pins, and each unpins. `expected` is what it must show.
trace_calls()
{
	tool t trace --pins --attach "$1" -j -o "$work/t.json"
	# The hooks of unpins slow down other programs, so they are detached until there is a pin.
	until_true at_rest t
	expected=
	for ((i = 0; i < ${#calls[@]}; i++)); do
		hold "p$i" "${calls[i]}" "$i"
		expected+="$(pid "p$i") 2 True
"
	done
	until_true woken
	ok $? "$1: the hooks of unpins are attached now, and were not" ||
		diag "$resting links, $(links t) now"
	for ((i = 0; i < ${#calls[@]}; i++)); do
		case ${calls[i]} in
		# No hook sees the put: the page must be idle.
		get_*) hold q "${calls[i]}" $((i + 16)) ;;
		# The page stays busy: without the hook of this unpin, two pins would be shown.
		*) hold q "${calls[i]}" "$i" ;;
		esac
		let_go q
	done
	stop t
	for ((i = 0; i < ${#calls[@]}; i++)); do let_go "p$i"; done
}

for how in "${ways[@]}"; do
	for try in 1 2 3; do
		trace_calls $how
		[ -n "$(missed)" ] || break
		diag "$how, try $try: the kernel left out runs of $(missed)"
	done
	is "$(holders "$work/t.json")" "$(sort <<<"${expected%?}")" \
		"$how: each of ${#calls[@]} calls is named with its site, and none that was undone"
	json_is "$work/t.json" <<-END
		[k for k, v in of("loss")[0]["causes"].items() if v and k.startswith("pin")] ;; [] ;; $how: nothing was lost
	END
done

umount /mnt/dax
done_testing
