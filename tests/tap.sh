# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For the shell tests of this folder: prints TAP.

n=0 # tests until now
shown=() # files that are shown if a test fails

# Prints to standard error, which prove shows even without --verbose.
diag() { sed 's/^/# /' <<<"$*" >&2; }

# ok STATUS NAME
ok()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[ ${#shown[@]} -eq 0 ] || diag "$(tail -q -n 60 "${shown[@]}")"
	fi
	return "$1"
}
