#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-manual
# kernels: 7
# also: 6.12
#
# Runs every marked example of the manual pages and README, as it stands there: its exit status is
# the one that the page names, and what it prints contains what the page shows.
. "$(dirname "$0")/../lib.sh"

need_fault
pages=(man/pgmapref.8 man/pgmapref-check.8 man/pgmapref-json.5 man/pgmapref-reports.7
	man/pgmapref-internals.7 README.md)
pfn0=$(pmem_pfn 0 4096) pfn1=$(pmem_pfn 1 4096)
export fault progs pfn0 pfn1 work dev_driver
mkdir -p /mnt/dax "$work/bin" "$work/cwd" "$work/examples"
ln -s "$(readlink -f "$pgmapref")" "$work/bin/pgmapref"
export PATH=$work/bin:$PATH:/usr/sbin:/sbin
mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem0

# ---- what an example needs before it starts, while it runs, and what is taken back after it. ID:
# the background program that runs the example. An example with a name that is not here fails.

# script NAME: a script of the user, from standard input
script()
{
	cat >"$work/cwd/$1"
	chmod +x "$work/cwd/$1"
}

mount_pmem() { mount -o dax /dev/pmem0 /mnt/dax; }
unmount_pmem() { umount /mnt/dax; }

pin_file()
{
	mount_pmem
	truncate -s 1M /mnt/dax/file
	start pin "$progs/daxpin" vmsplice /mnt/dax/file 0 2
	await "$work/pin.out" '^pinned'
}

unpin_file()
{
	tell pin
	finish pin
	unmount_pmem
}

clean_test() { script test.sh <<<'exit 0'; }
leaky_test() { echo "echo | $progs/hold rdma_reader $pfn0 2" | script "$1"; }
put_leak() { echo "$pfn0 2" >$fault/put; }

before_list() { :; }

before_unbind() { :; }
after_unbind() { bind_pmem 0; }

before_hang() { :; }
during_hang()
{
	await "$work/$1.err" '^pgmapref: ready'
	start h "$progs/hold" rdma_reader "$pfn0" 2
	await "$work/h.out" '^held'
	start u sh -c "echo namespace0.0 >$dev_driver/unbind"
	await "$work/$1.out" '^WHO'
	tell h
	finish h
	put_leak
	finish u
	await "$work/$1.out" 'drained|last reference'
}
after_hang() { bind_pmem 0; }

before_refs() { pin_file; }
after_refs() { unpin_file; }

before_pid()
{
	mount_pmem
	start fio bash -c 'exec -a fio bash -c "read -r; exec -a fio \"\$0\" cycle /mnt/dax f 1 3 4k" "$0"' \
		"$progs/daxfiles"
	until_true pidof fio >/dev/null
}
during_pid()
{
	await "$work/$1.err" '^pgmapref: ready'
	tell fio
	finish fio
}
after_pid() { unmount_pmem; }

before_sums()
{
	mount_pmem
	script files.sh <<<"$progs/daxfiles cycle /mnt/dax f 2 3 4k"
}
after_sums() { unmount_pmem; }

before_check() { leaky_test test.sh; }
after_check() { put_leak; }

before_exact() { script test.sh <<<"echo | $progs/hold --put reader $pfn0 1"; }

before_follow() { pin_file; }
during_follow()
{
	await "$work/$1.err" '^pgmapref: ready'
	tell pin
	finish pin
}
after_follow()
{
	! mountpoint -q /mnt/dax
	ok $? "follow: and then it unmounts"
}

before_history() { :; }
before_probes() { :; }
before_why() { :; }

before_script() { :; }
after_script()
{
	json_is "$work/cwd/report.json" <<-'END'
		[t["verdict"] for t in of("teardown")] ;; ['clean'] ;; script: its report has the unbind
	END
	bind_pmem 0
}

before_junit() { clean_test; }
after_junit() { has "$work/cwd/out.xml" '<testsuite' "junit: the file is there"; }

before_expect() { script unbind.sh <<<"echo namespace0.0 >$dev_driver/unbind"; }
after_expect() { bind_pmem 0; }

before_replaced()
{
	start old "$progs/hold" --put elder "$pfn0" 1
	await "$work/old.out" '^held'
	script replace.sh <<-END
		touch "$work/go"
		until grep -q ^dropped "$work/old.out"; do sleep 0.1; done
		echo | "$progs/hold" newer "$pfn0" 1
	END
}
during_replaced()
{
	until_true test -e "$work/go"
	tell old
	finish old
}
after_replaced() { echo "$pfn0 1" >$fault/put; }

before_suppress() { leaky_test leak.sh; }
# Each of the two runs leaves two.
after_suppress() { put_leak; put_leak; }

before_prove() { script test.sh <<<'exit 0'; }

# pmem1 hangs for more than a second on two references, and one stays on pmem0.
before_record()
{
	mount_pmem
	script hang.sh <<-END
		mkfifo "$work/cwd/go"
		"$progs/hold" --put holder "$pfn1" 2 <"$work/cwd/go" >"$work/held" &
		exec 7>"$work/cwd/go"
		until grep -q ^held "$work/held"; do sleep 0.1; done
		echo namespace1.0 >$dev_driver/unbind 7>&- &
		sleep 2
		echo >&7
		wait
		echo | "$progs/hold" left "$pfn0" 1
	END
	script files.sh <<<"$progs/daxfiles cycle /mnt/dax f 1 3 4k"
}
after_record()
{
	echo "$pfn0 1" >$fault/put
	bind_pmem 1
	unmount_pmem
}

# These read what the one before wrote.
for name in result unbind culprits left asserted peak sites held; do
	eval "before_j_$name() { :; }"
done
before_j_list() { :; }
before_j_refs() { pin_file; }
after_j_refs() { unpin_file; }

# ---- the examples

# What differs from run to run: addresses, times, process numbers, large numbers. A line may be
# broken at another place.
norm()
{
	sed -E 's/0x[0-9a-f]+/X/g; s/[0-9-]{10} [0-9:]{8}/DATE/g; s/\b[0-9]+(\.[0-9]+)? ?(ns|us|ms|s)\b/T/g
		s/\b[0-9]+\.[0-9]{6}\b/T/g; s#/[0-9]+\b#/PID#g; s/\b[0-9]+ checks?\b/N checks/g; s/\b[0-9]{4,}\b/N/g' | tr -s ' \t\n' '   '
}

# shows NAME: contains the output each part of what the page shows? "..." separates parts.
shows()
{
	local part='' line all

	all=" $(cat "$work/run.out" "$work/run.err" | norm) "
	while IFS= read -r line; do
		if [ "$(tr -d ' ' <<<"$line")" != ... ]; then
			part+=$line$'\n'
			continue
		fi
		shows_part "$part" "$all" || return
		part=
	done < <(cat "$work/examples/$1/shown"; echo ...)
}

shows_part()
{
	local wanted

	wanted=$(norm <<<"$1" | sed 's/^ *//; s/ *$//')
	[ -z "$wanted" ] || grep -qF -- " $wanted " <<<"$2" || {
		diag "the page shows:
$wanted
and the command prints:
$(tail -n 60 "$work/run.out" "$work/run.err")"
		return 1
	}
}

tests/guest/examples "$work/examples" "${pages[@]}" >"$work/names"
ok $? "the examples can be read"
[ "$(wc -l <"$work/names")" -ge 25 ]
ok $? "and they are all there" || diag "$(cat "$work/names")"
while read -r name; do
	[ -z "${ONLY:-}" ] || grep -qE -- "$ONLY" <<<"$name" || continue
	at=$work/examples/$name
	id=${name#readme-}
	id=${id//-/_}
	page=$(sed 's/.*\///' "$at/page")
	declare -F "before_$id" >/dev/null
	ok $? "$page: $name: the test knows it" || continue
	before_$id </dev/null
	rm -f "$work"/run.*
	start run bash -c 'cd "$1" && exec timeout --foreground -k 5 200 bash "$2"' - "$work/cwd" "$at/command"
	! declare -F "during_$id" >/dev/null || during_$id run
	[ "$(cat "$at/how")" != interrupt ] || pkill -INT -x pgmapref
	finish run
	is "$status" "$(cat "$at/status")" "$page: $name: exit status" || diag "$(tail -n 20 "$work/run.out" "$work/run.err")"
	shows "$name"
	ok $? "$page: $name: prints what the page shows"
	! declare -F "after_$id" >/dev/null || after_$id </dev/null
done <"$work/names"
done_testing
