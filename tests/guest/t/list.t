#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: nvdimm
# kernels: 6.1 7
# also: 6.12
#
# list with four pgmaps at once: it agrees with the oracle and with arithmetic while the pgmaps are
# idle, with references taken, while two unbinds hang on the references, and afterwards.
# shellcheck disable=SC2320 # echo fails if the kernel refuses the write to its file
. "$(dirname "$0")/../lib.sh"

need_fault

# Two regions of 1 GiB.
[ -z "$(ls -d /sys/bus/nd/drivers/nd_pmem/*[0-9] /sys/bus/dax/drivers/device_dax/dax* 2>/dev/null)" ] ||
	ndctl destroy-namespace -f all >"$work/ndctl" 2>&1
created=0
for args in "-r region0 -m fsdax --map=mem -s 256M" "-r region0 -m fsdax --map=dev -s 256M" \
	"-r region1 -m devdax -a 4K --map=mem -s 256M" "-r region1 -m devdax -a 2M --map=dev -s 128M"; do
	# shellcheck disable=SC2086
	ndctl create-namespace $args >>"$work/ndctl" 2>&1 && created=$((created + 1))
done
is $created 4 "four namespaces are made" || diag "$(cat "$work/ndctl")"
ndctl list -N -X >"$work/ndctl.json" 2>/dev/null

# look NAME [text]: puts the records of the tool and of the oracle into $work/NAME.json, and with
# text also the tool's text into $work/NAME.txt. All run at the same time, because each takes
# seconds.
look()
{
	local name=$1 jobs=() statuses='' job

	shift
	tests/guest/oracle --json --pages >"$work/$name.oracle" &
	jobs=($!)
	"$pgmapref" list -q -j >"$work/$name.json" 2>>"$work/list.err" &
	jobs+=($!)
	if [ "${1:-}" = text ]; then
		"$pgmapref" list -q --details >"$work/$name.txt" 2>>"$work/list.err" &
		jobs+=($!)
	fi
	# If one of them blocks, the test fails and does not hang: it may block on the lock of the
	# device, which only the end of the unbind releases.
	patience=150 until_true ended "${jobs[@]}"
	ok $? "$name: list and the oracle come to an end" || return
	for job in "${jobs[@]}"; do
		wait "$job"
		statuses+="$? "
	done
	is "${statuses//[0 ]/}" "" "$name: they can read" || diag "$(cat "$work/list.err")"
	cat "$work/$name.oracle" >>"$work/$name.json"
}

ended() { for job; do [ ! -e "/proc/$job/exe" ] || return; done; }

# For json_is: the same facts, read by the tool and by the oracle. Pages are those with their own
# reference count: not those that the altmap takes, and of large ones only the heads. The kernel's
# type GENERIC is device-dax here.
# shellcheck disable=SC2016
tool='[(p["pgmap"]["address"], p["pgmap"]["type"], str(p["pgmap"]["ranges"]), p["pgmap"]["vmemmap_shift"], p["pgmap"]["pages"], p["pgmap"]["baseline"], p["value"], p["busy"], p["state"]) for p in of("pgmap")]'
oracle='[(o["pgmap"], {"generic": "devdax"}.get(o["type"], o["type"]), str(o["ranges"]), o["vmemmap_shift"], o["baseline"] - 1, o["baseline"], o["value"], o["busy"], {"draining": "killed", "dying": "killed"}.get(o["state"], o["state"])) for o in r if "busy_pages" in o]'
# The text says "unbinding" and for how long, where the state is killed; lines about tasks follow.
text='[tuple({"unbinding": "killed"}.get(w, w) for w in line.split()[:9]) for line in open("FILE") if ": " not in line][1:]'
records='[tuple(map(str, (p["pgmap"]["name"], p["pgmap"]["type"], p["pgmap"]["ranges"][0]["start"], p["pgmap"]["pages"], p["value"], p["pgmap"]["baseline"], p["excess"], p["busy"], p["state"]))) for p in of("pgmap")]'

# agrees NAME: do list, list -j and the oracle agree?
agrees()
{
	cat <<-END
	sorted(set($tool) ^ set($oracle)) ;; [] ;; $1: list -j and the oracle agree
	len($tool) == len($oracle) ;; True ;; $1: on their number
	$([ ! -e "$work/$1.txt" ] ||
		echo "sorted(set(${text/FILE/$work/$1.txt}) ^ set($records)) ;; [] ;; $1: list and list -j agree")
	END
}

state='{p["pgmap"]["name"]: (p["value"] - p["pgmap"]["baseline"] * (p["state"] == "live"), p["excess"], p["busy"], p["state"]) for p in of("pgmap")}'

# ---- idle
look idle text
json_is "$work/idle.json" <<-END
$(agrees idle)
sorted((p["pgmap"]["name"], p["pgmap"]["baseline"]) for p in of("pgmap")) ;; [('dax1.0', 65537), ('dax1.1', 63), ('pmem0', 65537), ('pmem0.1', 64001)] ;; idle: names, and baselines as arithmetic says
$state ;; {'pmem0': (0, 0, 0, 'live'), 'pmem0.1': (0, 0, 0, 'live'), 'dax1.0': (0, 0, 0, 'live'), 'dax1.1': (0, 0, 0, 'live')} ;; idle: nothing above the baselines
sorted((p["pgmap"]["name"], p["pgmap"]["type"], p["pgmap"]["baseline_from"]) for p in of("pgmap")) ;; [('dax1.0', 'devdax', 'computed'), ('dax1.1', 'devdax', 'computed'), ('pmem0', 'fsdax', 'computed'), ('pmem0.1', 'fsdax', 'computed')] ;; idle: types; baselines computed
sorted(sum(([n["blockdev"]] if "blockdev" in n else [d["chardev"] for d in n["daxregion"]["devices"]] for n in json.load(open("$work/ndctl.json"))), [])) ;; ['dax1.0', 'dax1.1', 'pmem0', 'pmem0.1'] ;; these are ndctl's names
END
has "$work/idle.txt" '^NAME +TYPE +START +PAGES +VALUE +BASELINE +EXCESS +BUSY +STATE$' "its header"

# one_pfn NAME: the pfn of a page in the middle of the pgmap
one_pfn()
{
	awk -v name="$1" 'NR > 1 && $1 == name { print $3 }' "$work/idle.txt" |
		{ read -r start; echo $((start / 4096 + 16384)); }
}

mem=$(one_pfn pmem0)
dev=$(one_pfn pmem0.1)
dax=$(one_pfn dax1.0)
huge=$(one_pfn dax1.1)

# ---- with references: 3 on a pgmap that will hang, 3 on another one, and busy pages
echo "$mem 3" >$fault/get && echo "$huge 3" >$fault/get && echo "$dev 1" >$fault/get
ok $? "references are taken"
echo "$dax 1" >$fault/page_get && echo "$((dax + 7)) 2" >$fault/page_get &&
	echo "$huge 1" >$fault/page_get
ok $? "pages are made busy"
look held
json_is "$work/held.json" <<-END
$(agrees held)
$state ;; {'pmem0': (3, 3, 0, 'live'), 'pmem0.1': (1, 1, 0, 'live'), 'dax1.0': (0, 0, 2, 'live'), 'dax1.1': (3, 3, 1, 'live')} ;; held: excess 3, 1, 0, 3; busy pages
END

# ---- selection
"$pgmapref" list -q -j -g pmem0.1 >"$work/select.json" &
"$pgmapref" list -q -j --type devdax >"$work/select2.json"
wait $!
cat "$work/select2.json" >>"$work/select.json"
"$pgmapref" list -q -j dax1.0 "$(printf '%#x' $((mem * 4096 + 5)))" >>"$work/select.json"
json_is "$work/select.json" <<-END
[p["pgmap"]["name"] for p in of("pgmap")][:1] ;; ['pmem0.1'] ;; list -g NAME
sorted(p["pgmap"]["name"] for p in of("pgmap")[1:3]) ;; ['dax1.0', 'dax1.1'] ;; list --type devdax
sorted(p["pgmap"]["name"] for p in of("pgmap")[3:]) ;; ['dax1.0', 'pmem0'] ;; list NAME, list ADDRESS
END

# ---- while two unbinds hang. nd_pmem holds the pfn device, not the namespace.
echo "$((dax + 7)) 2" >$fault/page_put && echo "$dax 1" >$fault/page_put &&
	echo "$huge 1" >$fault/page_put && echo "$dev 1" >$fault/put
ok $? "page references are dropped"
hangs() { grep -qs memunmap_pages "/proc/$1/stack"; }
start u sh -c 'echo pfn0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
start v sh -c 'echo dax1.1 >/sys/bus/dax/drivers/device_dax/unbind'
until_true hangs "$(pid u)" && until_true hangs "$(pid v)"
ok $? "two unbinds hang"
look hung text
hangs "$(pid u)" && hangs "$(pid v)"
ok $? "they still do"
json_is "$work/hung.json" <<-END
$(agrees hung)
$state ;; {'pmem0': (3, 3, 0, 'killed'), 'pmem0.1': (0, 0, 0, 'live'), 'dax1.0': (0, 0, 0, 'live'), 'dax1.1': (3, 3, 0, 'killed')} ;; hung: killed, value 3, excess 3; the others idle
sorted((p["pgmap"]["name"], p["pgmap"]["baseline"]) for p in of("pgmap") if p["state"] == "killed") ;; [('dax1.1', 63), ('pmem0', 65537)] ;; hung: names and baselines as before
END

for name in pmem0:u dax1.1:v; do
	has "$work/hung.txt" "^${name%:*} .* unbinding [0-9]+(\.[0-9])? (s|min [0-9]+ s)\$" \
		"hung: ${name%:*}: being unbound, and for how long"
	has "$work/hung.txt" "^${name%:*}: sh/$(pid ${name#*:}) waits: 'pgmapref why ${name%:*}' " \
		"hung: ${name%:*}: by whom, and how to ask why"
done
lacks "$work/idle.txt" 'unbinding|waits' "nothing of that while idle"

# ---- afterwards
echo "$mem 3" >$fault/put && echo "$huge 3" >$fault/put
ok $? "the references are dropped"
finish u
finish v
look after
json_is "$work/after.json" <<-END
$(agrees after)
$state ;; {'pmem0.1': (0, 0, 0, 'live'), 'dax1.0': (0, 0, 0, 'live')} ;; after: these two are gone
END
is "$(cat "$work/list.err")" "" "nothing on standard error"

done_testing
