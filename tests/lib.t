#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests tests/guest/lib.sh: if a check cannot be made, the check fails.

cd "$(dirname "$0")/.." || exit 1
echo 1..4

# results CONTENT: runs two checks on a file with this content; prints only "ok" and "not ok"
results()
{
	# shellcheck source=tests/guest/lib.sh
	(. tests/guest/lib.sh 2>/dev/null
	[ -z "$1" ] || printf '%s\n' "$1" >"$work/r.json"
	json_is "$work/r.json" <<-'END'
		len(r) ;; 1 ;; one record

		r[0]["n"] ;; 5 ;; its number
	END
	rm -rf "$work") 2>/dev/null | sed 's/ [0-9].*//' | paste -s -d ,
}

. tests/tap.sh

# gives CONTENT WANTED NAME: are these the results?
gives()
{
	local got

	got=$(results "$1")
	[ "$got" = "$2" ]
	ok $? "$3" || diag "$got"
}

gives '{"type":"a","n":5}' ok,ok "JSON as wanted: both pass"
gives '{"type":"a","n":6}' "ok,not ok" "another number: one fails"
gives '{"type":"a","n":5' "not ok,not ok" "cut off: both fail"
gives '' "not ok,not ok" "no such file: both fail"
