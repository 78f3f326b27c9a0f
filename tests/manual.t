#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The manual has every option that --help has, and every key and type of JSON records that src has,
# and the manual's options exist. Run it by prove, after `make`.

set -u
cd "$(dirname "$0")/.." || exit 1
pgmapref=${PGMAPREF:-./pgmapref}
out=$(mktemp -d "${TMPDIR:-/tmp}/pgmapref-manual.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
n=0

ok()
{
	local status=$1

	n=$((n + 1))
	if [ "$status" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$out/missing"
	fi
}

# missing A B: lines of A that B has not; true if there are none
missing() { LC_ALL=C comm -23 <(LC_ALL=C sort -u "$1") <(LC_ALL=C sort -u "$2") >"$out/missing"; [ ! -s "$out/missing" ]; }

"$pgmapref" --help >"$out/help"
grep -oE '^ +(-[A-Za-z?], )?--[a-z-]+' "$out/help" | grep -oE -- '--[a-z-]+' >"$out/long"
grep -oE '^ +-[A-Za-z],' "$out/help" | grep -oE -- '-[A-Za-z]' >"$out/short"
# argp's own, which every program has.
grep -vxE -- '--(usage|help|version)' "$out/long" >"$out/ours"
# Where an option is described: a line of its own, with its letter.
grep -E '^\.BR? *I? .*\\-|^\.(BI|B|BR) .*\\-' man/pgmapref.8 | sed 's/\\-/-/g; s/\\[a-zA-Z]*[~f][A-Z]*//g' >"$out/described"
grep -oE -- '--[a-z][a-z-]*' "$out/described" | sed 's/-$//' >"$out/manual-long"
grep -oE -- '(^| )"?-[A-Za-z]\b' "$out/described" | grep -oE -- '-[A-Za-z]' >"$out/manual-short"
[ "$(wc -l <"$out/ours")" -ge 30 ]; ok $? "--help has options"
missing "$out/ours" "$out/manual-long"; ok $? "each of them is in the manual"
missing "$out/short" "$out/manual-short"; ok $? "and so is each letter"
grep -oE -- '--[a-z][a-z-]*' "$out/described" | grep -E '^--' >"$out/named"
echo '--' >>"$out/long"
missing "$out/named" "$out/long"; ok $? "the manual names no other"

# The second argument of each call that writes a field, where it is text.
perl -0777 -ne '
	while (/\bout__(?:str|int|delta|hex|span|bool|array|object|begin)\(((?:[^()"]|"[^"]*"|(\((?:[^()]|(?2))*\)))*)\)/gs) {
		my ($args, $depth, @arg) = ($1, 0, "");
		for (split /("(?:[^"\\]|\\.)*"|[(),])/, $args) {
			$depth++ if $_ eq "("; $depth-- if $_ eq ")";
			if ($_ eq "," && !$depth) { push @arg, ""; next }
			$arg[-1] .= $_;
		}
		next unless defined $arg[1];
		print "$1\n" while $arg[1] =~ /"([a-z0-9_]+)"/g;
	}' src/report/*.c src/run/*.c | sort -u >"$out/keys"
# What the section has in bold.
sed -n '/^\.SH JSON/,/^\.SH SUPPRESSIONS/p' man/pgmapref.8 |
	sed -nE 's/^\.(B|BR|BI|RB) //p' | grep -oE '[a-z][a-z0-9_]*' >"$out/bold"
[ "$(wc -l <"$out/keys")" -ge 100 ]; ok $? "the sources have keys"
# To be written: no others may join them.
printf '%s\n' certain pages_at_least still_running transient without_entry without_reference >"$out/owed"
LC_ALL=C comm -23 "$out/keys" "$out/owed" >"$out/due"
missing "$out/due" "$out/bold"; ok $? "each of them is in the manual"
missing "$out/owed" "$out/bold"; ok $? "also those that were forgotten # TODO to be written"
echo "1..$n"
