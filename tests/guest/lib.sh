# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # the tests use these variables
#
# For the tests in tests/guest/t, which run in a guest as root. Prints TAP, runs the tool and other
# programs in the background, waits for events instead of sleeping, and checks the kernel log.

set -u
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(readlink -f "$here/../..")
pgmapref=${PGMAPREF:-$top/pgmapref}
progs=$top/build/progs
fault=/sys/kernel/debug/pgmapref_fault
work=$(mktemp -d /tmp/t.XXXXXX)
kernel=$(uname -r)
cd "$top" || exit 1
export LC_ALL=C.UTF-8

tests=0
failed=0
expected_log='$^' # lines that this test may cause in the kernel log

# Prints to standard error, which prove shows even if only its summary is kept.
diag() { sed 's/^/# /' <<<"$*" >&2; }

# ok STATUS NAME
ok()
{
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $2"
	fi
	return "$1"
}

# is GOT WANTED NAME
is()
{
	[ "$1" = "$2" ]
	ok $? "$3" || diag "got:    $1
wanted: $2"
}

# has FILE REGEX NAME
has()
{
	grep -aqE -- "$2" "$1"
	ok $? "$3" || diag "no line of $1 matches $2:
$(tail -n 60 "$1")"
}

# lacks FILE REGEX NAME
lacks()
{
	! grep -aqE -- "$2" "$1"
	ok $? "$3" || diag "matches $2: $(grep -aE -m 5 -- "$2" "$1")"
}

# nap SECONDS: waits without a process of its own: in a guest the start of one takes as long as an
# interval of a wait, time that what is waited for would lack
exec {nap_fd}<> <(:)
nap() { ! read -rt "$1" -u $nap_fd; }

# until_true COMMAND...: waits until COMMAND succeeds, at most two minutes (a guest is slow if its
# host is busy)
until_true()
{
	local end=$((SECONDS + ${patience:-120})) tries=0

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		# What takes long is not looked at often.
		nap "0.$((tries < 10 ? 1 : tries < 20 ? 2 : 3))"
		tries=$((tries + 1))
	done
}

seen() { grep -aqE -- "$2" "$1" 2>/dev/null; }

# await FILE REGEX: waits for a line
await()
{
	until_true seen "$1" "$2" && return
	diag "waited in vain for $2 in $1:
$(tail -n 40 "$1")"
	return 1
}

# start ID COMMAND...: runs COMMAND in the background. Its stdin is a pipe for tell, its output goes
# to $work/ID.out and $work/ID.err, $(pid ID) prints its process.
start()
{
	local id=$1

	shift
	mkfifo "$work/$id.in"
	# Without the pipe of nap: some tests look for the pipes that a program has.
	"$@" <"$work/$id.in" >"$work/$id.out" 2>"$work/$id.err" {nap_fd}>&- &
	echo $! >"$work/$id.pid"
	# Keeps the pipe open for writing: without a writer the reader sees the end at once.
	exec {fd}>"$work/$id.in"
	eval "fd_$id=$fd"
}

pid() { cat "$work/$1.pid"; }

# tell ID: writes one line to the program's stdin
tell()
{
	local var=fd_$1

	echo >&"${!var}"
}

# finish ID: waits until the program ends; puts its exit status into $status
finish()
{
	local var=fd_$1

	wait "$(pid "$1")"
	status=$?
	eval "exec ${!var}>&-"
	rm -f "$work/$1.in"
}

# links ID: prints how many hooks the tool has attached now
links() { find "/proc/$(pid "$1")/fd" -lname '*bpf?link*' 2>/dev/null | wc -l; }

# at_rest ID: are all hooks of unpins detached? The tool detaches some at each tick of its timer.
at_rest()
{
	resting=$(links "$1")
	sleep 1
	[ "$(links "$1")" -eq "$resting" ]
}

# tool ID ARG...: runs pgmapref in the background and waits until it is ready. If it does not get
# ready, that is a failed check and ends the test: what follows would wait in vain. A watch runs
# without pins unless the test sets want_pins=1, because the hooks for pins take half of its start.
tool()
{
	local id=$1

	shift
	[ "$1" != watch ] || [ -n "${want_pins:-}" ] || set -- watch --no-pins "${@:2}"
	# Most tests look at the figures behind the answer.
	case $1 in
	watch | check | trace) set -- "$1" --details "${@:2}" ;;
	esac
	start "$id" "$pgmapref" "$@"
	await "$work/$id.err" '^pgmapref: ready: ' || {
		ok 1 "pgmapref $* gets ready"
		kill "$(pid "$id")" 2>/dev/null
		done_testing
	}
}

# stop ID: interrupts it (SIGINT) and waits
stop()
{
	kill -INT "$(pid "$1")"
	finish "$1"
}

# ---- devices

dev_driver=/sys/bus/nd/drivers/nd_pmem

unbind_pmem() { echo "namespace$1.0" >$dev_driver/unbind; }
bind_pmem() { echo "namespace$1.0" >$dev_driver/bind; until_true test -b "/dev/pmem$1"; }

# pmem_pfn N OFFSET: the pfn of page OFFSET of the N-th region that memmap= made
pmem_pfn()
{
	local start

	start=$(sed -n "s/^ *\([0-9a-f]*\)-.* : namespace$1\.0\$/\1/p" /proc/iomem | head -1)
	echo $((0x$start / 4096 + $2))
}

# json_is FILE <<END: one check per line, "EXPR ;; WANTED ;; NAME". EXPR is Python. In it r is the
# list of all records of the tool's -j output, parsed strictly, and of("event", event="get") selects
# records. One interpreter evaluates all checks of a call, because its start takes longest.
json_is()
{
	local file=$1 got wanted name i
	local -a checks=() results=()

	mapfile -t checks < <(grep -v '^[[:space:]]*$')
	mapfile -t results < <(printf '%s\n' "${checks[@]}" | python3 -c '
import json, sys
r = [json.loads(line) for line in open(sys.argv[1])]
def of(type, **kw):
    return [x for x in r if x["type"] == type and all(x.get(k) == v for k, v in kw.items())]
for check in sys.stdin.read().splitlines():
    expr, wanted, name = (part.strip() for part in check.split(";;"))
    try:
        got = eval(expr)
    except Exception as e:
        got = repr(e)
    print(str(got).replace("\n", "\\n"), wanted, name, sep="\x1f")
' "$file" 2>"$work/json_is.err")
	for i in "${!checks[@]}"; do
		if [ "$i" -lt ${#results[@]} ]; then
			IFS=$'\x1f' read -r got wanted name <<<"${results[i]}"
			is "$got" "$wanted" "$name"
		else
			# Python did not evaluate this check: no file, no JSON, or an invalid check.
			ok 1 "${checks[i]##*;; }" || diag "$(tail -n 3 "$work/json_is.err")"
		fi
	done
	[ ${#checks[@]} -gt 0 ] || ok 1 "json_is $file: there is something to check"
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# answers_in_time NAME: does `why` take less than three seconds? On a host that is so busy that list
# takes longer than the 1.4 s that it takes on an idle one: the second between the two looks of why,
# and twice what list takes then. The load of the host comes and goes: the best of three counts.
answers_in_time()
{
	local from list most took i

	for i in 1 2 3; do
		from=$(now_ms)
		"$pgmapref" why >/dev/null 2>&1
		took=$(($(now_ms) - from))
		from=$(now_ms)
		"$pgmapref" list -q >/dev/null 2>&1
		list=$(($(now_ms) - from))
		most=$((1000 + 2 * list))
		[ $most -gt 3000 ] || most=3000
		[ "$took" -ge $most ] || break
	done
	[ "$took" -lt $most ]
	ok $? "$1: answers in time" || diag "$took ms; list takes $list ms"
	diag "why: $took ms (list: $list ms)"
}

# Prints the faults in the kernel log since the test began, except those that the test announced in
# expected_log. Ignores the frames of call traces: an address that was left on a stack can have any
# name. The head of the trace is sufficient.
log_faults()
{
	dmesg | sed -n "$((log_at + 1)),\$p" |
		grep -avE '^\[[ 0-9.]+\]  (\? )?[^ ]+\+0x[0-9a-f]+/0x' | grep -aE \
		'WARNING:|BUG:|kernel BUG|Oops|general protection|percpu ref|refcount_t:|blocked for more than|stall|lockup|Call Trace|unable to handle|bad page|Bad page|leaked|kmemleak' |
		grep -avE "$expected_log"
}

# The namespaces that have their driver
bound_pmem() { find $dev_driver -name 'namespace*[0-9]' -printf '%f\n' 2>/dev/null; }

log_at=$(dmesg | wc -l)
bound_at=$(bound_pmem)

# Is the fault module loaded? If not, ends the test, unless the kernel can have none, which
# NO_FAULT_MODULE says.
has_fault()
{
	[ -d $fault ] && return
	[ -n "${NO_FAULT_MODULE:-}" ] && return 1
	ok 1 "the fault module is loaded"
	done_testing
}

# For a test that needs it everywhere
need_fault()
{
	has_fault && return
	echo "1..0 # SKIP $NO_FAULT_MODULE"
	exit 0
}

# Most tests of a kernel run in one guest, one after the other, and need its devices. In a guest of
# another kind a test may leave them as they are.
give_back()
{
	local name kind

	kind=$(sed -n 's/^# guest: *//p' "$0" | head -1)
	[ "${kind:-pmem}" = pmem ] || return
	for name in $bound_at; do
		[ ! -e "$dev_driver/$name" ] || continue
		ok 1 "$name has its driver again"
		echo "$name" >$dev_driver/bind
	done
}

done_testing()
{
	local faults

	faults=$(log_faults)
	[ -z "$faults" ]
	ok $? "kernel log is clean" || diag "$faults"
	give_back
	echo "1..$tests"
	rm -rf "$work"
	[ $failed -eq 0 ]
	exit
}
