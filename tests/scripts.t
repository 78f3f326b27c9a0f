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
refuses '^kernels: .btf. takes a kernel and a file' tests/guest/kernels btf 6.1
refuses "^plan-facts: unknown option '--all'" tests/guest/plan-facts --all
refuses '^mutate: nosuch.c: no C file of src' tests/mutate nosuch.c
refuses '^mutate: N and SEED are numbers' tests/mutate src/model/verdict.c many

# ---- tests/guest/examples
refuses '^Usage: tests/guest/examples' tests/guest/examples "$out/x"
cat >"$out/page.8" <<'END'
.\" example: one status=3
.nf
.RS 2
# pgmapref list \-j | jq \(aq.
    | .a\(aq
  shown \-1
\&...
# true &&
    false
.RE
.fi
not shown
.\" example: two script
.nf
a
# b
.fi
END
cat >"$out/page.md" <<'END'
<!-- example: three interrupt -->
    # pgmapref watch

no more
    # neither
END
tests/guest/examples "$out/x" "$out/page.8" "$out/page.md" >"$out/out" 2>"$out/err"
[ $? -eq 0 ] && [ "$(tr '\n' ' ' <"$out/out")" = "one two three " ]
ok $? "examples: names"
[ "$(cat "$out/x/one/command")" = "pgmapref list -j | jq '.
    | .a'
true &&
    false" ]
ok $? "examples: commands, also those of several lines" || diag "$(cat "$out/x/one/command")"
[ "$(cat "$out/x/one/shown")" = "  shown -1
..." ]
ok $? "examples: what is shown" || diag "$(cat "$out/x/one/shown")"
[ "$(cat "$out"/x/*/status | tr '\n' ' ')" = "3 0 0 " ]
ok $? "examples: status"
[ "$(cat "$out/x/two/command" "$out/x/two/how")" = "a
# b
script" ]
ok $? "examples: a script is all lines"
[ "$(cat "$out/x/three/command" "$out/x/three/how" "$out/x/three/shown")" = "pgmapref watch
interrupt" ]
ok $? "examples: Markdown, up to the end of the block"
tests/guest/examples "$out/x" "$out/page.md" >"$out/out" 2>"$out/err"
[ $? -eq 1 ] && grep -q 'three: two examples have this name' "$out/err"
ok $? "examples: a name that is there twice"
printf '.\\" example: four\n.nf\nno command\n.fi\n' >"$out/bad.8"
tests/guest/examples "$out/y" "$out/bad.8" >"$out/out" 2>"$out/err"
[ $? -eq 1 ] && grep -q 'four: no command' "$out/err"
ok $? "examples: one without a command"
echo "1..$n"
