#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Test scripts refuse what they cannot do, with a reason. Run it with prove.

set -u
cd "$(dirname "$0")/.." || exit 1
out=$(mktemp -d "${TMPDIR:-/tmp}/pgmapref-scripts.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
. tests/tap.sh
shown=("$out/out" "$out/err")

# refuses REGEX COMMAND...: exit status 2, and a line on standard error that matches
refuses()
{
	local wanted=$1 status

	shift
	"$@" >"$out/out" 2>"$out/err" </dev/null
	status=$?
	[ $status -eq 2 ] && grep -qE -- "$wanted" "$out/err"
	ok $? "refused: $*" || diag "exit status $status"
}

refuses '^check-guest: K is missing' tests/check-guest '' hang
refuses '^check-guest: T is missing: .* hang .* list ' tests/check-guest 7 ''
refuses "^check-guest: there is no test 'nosuch': no file tests/guest/t/nosuch.t" tests/check-guest 7 nosuch
refuses "^check-guest: hmm does not run on '5.4' but on: " tests/check-guest 5.4 hmm
refuses '^Usage: make check-guest K=KERNEL T=TEST' tests/check-guest 5.4 hang
refuses '^Usage: tests/coverage' tests/coverage
refuses '^mutate: nosuch.c: no C file of src' tests/mutate nosuch.c
refuses '^mutate: N and SEED are numbers' tests/mutate src/model/verdict.c many
echo "1..$n"
