#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.1 6.12 6.18 7 patched
#
# Compares the cost of each BPF program for the verifier with the table of this kernel
# (tests/guest/golden/verifier-*; `tests/verifier-cost update KERNEL` makes a new one). A program
# near the limit of a million instructions may be refused by the next kernel or with the next
# compiler.
. "$(dirname "$0")/../lib.sh"

golden=tests/guest/golden/verifier-$GUEST_KERNEL
table=$golden
[ -e "$table" ] || table=/dev/null

# The same compiler and the same kernel give the same figures. A new release of either changes them
# by a few percent. One more iteration of a loop can double them.
more=10 # percent
little=200 # instructions: a rise of this size is accepted in any program
most=500000 # half the limit

tests/verifier-cost print >"$work/now" 2>"$work/err"
[ "$(grep -c '^[^#]' "$work/now")" -gt 10 ]
ok $? "programs are loaded, and have figures" || diag "$(cat "$work/err")"

# compare AWK-CONDITION NAME: fails if a row meets the condition; g: instructions in the golden
# table, n: now
compare()
{
	awk -v table="$table" -v more=$more -v little=$little -v most=$most '
		/^#/ { next }
		FILENAME == table { golden[$1 " " $2] = $3; states[$1 " " $2] = $4; next }
		{ key = $1 " " $2; seen[key] = 1; n = $3; g = golden[key]; s = $4; t = states[key] }
		'"$1"' { print key ": " n " instructions and " s " states; in the table: " g " and " t }
	' "$table" "$work/now" >"$work/over"
	[ ! -s "$work/over" ]
	ok $? "$2" || diag "$(cat "$work/over")"
}

compare 'n > most' "none comes near the limit"
if [ ! -e "$golden" ]; then
	ok 0 "# SKIP no table of this kernel yet: tests/verifier-cost update $GUEST_KERNEL"
	done_testing
fi
# Another compiler makes different code.
if [ "$(head -n 1 "$work/now")" = "$(head -n 1 "$golden")" ]; then
	compare 'key in golden && n > g * (1 + more / 100) + little' "none costs more instructions than in the table"
	compare 'key in golden && s > t * (1 + more / 100) + little / 10' "nor more states"
	is "$(awk '/^[^#]/ { print $1, $2 }' "$work/now")" "$(awk '/^[^#]/ { print $1, $2 }' "$golden")" \
		"the programs are those of the table"
else
	ok 0 "# SKIP the table is of $(head -n 1 "$golden" | cut -c 3-), this build of $(head -n 1 "$work/now" | cut -c 3-)"
fi
done_testing
