#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Checks that run no part of the tool: style, layers, static checkers, the manual page. Run it by
# prove. A checker can fail this test only in its judged version (tests/judged). The findings of
# another version are only shown.

set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8
. tests/judged
. tests/tap.sh
log=$(mktemp -d "${TMPDIR:-/tmp}/pgmapref-static.XXXXXX") || exit 1
trap 'rm -rf "$log"' EXIT
shown=("$log/out")

# check NAME COMMAND...: one test; its output is shown when it fails
check()
{
	local name=$1

	shift
	"$@" >"$log/out" 2>&1
	ok $? "$name"
}

# lint NAME TOOL ARG...: a check of a judged version
lint()
{
	local name=$1

	shift
	# A missing tool is not another version.
	if ! command -v "$1" >/dev/null || is_judged "$1"; then
		check "$name" "$@"
		return
	fi
	"$@" >"$log/out" 2>&1 || diag "$(head -n 60 "$log/out")"
	ok 0 "$name # SKIP $1 $(version_of "$1") is not judged, ${judged[$1]} is"
}

c_files=()
for f in src/*.c src/*/*.c; do
	[ "${f%.bpf.c}" = "$f" ] && c_files+=("$f")
done
# Files that did not change since the last run are not checked again.
cppcheck_seen=build/cppcheck
mkdir -p "$cppcheck_seen"
lint "cppcheck" cppcheck --quiet --error-exitcode=1 --enable=warning,portability,performance \
	"--cppcheck-build-dir=$cppcheck_seen" \
	--inline-suppr --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
	--std=c11 -D__x86_64__ '-DLIBBPF_OPTS(t,n,...)=struct t n = {0}' \
	'-Dbpf_object__for_each_program(p,o)=while ((p = next(o)))' -Isrc \
	"${c_files[@]}" tests/guest/progs ||
	rm -rf "$cppcheck_seen" # it does not tell again what it found in files that did not change
# SC2319: in "[ ... ]; ok $?" the status of the condition is wanted.
lint "shell scripts" shellcheck -S warning -e SC2319 tests/all tests/check tests/one tests/check-guest tests/coverage \
	tests/judged tests/tidy tests/verifier-cost tests/manual tests/reading tests/fresh tests/install-packages tests/demo tests/tap.sh \
	tests/guest/run tests/guest/examples tests/guest/kernels tests/guest/plan-facts tests/guest/suite tests/guest/lib.sh tests/guest/fixed-run tests/kmod/build \
	tests/kernel/build tests/fuzz/run tests/layers tests/guest/soak/suite .ci/run
# Separate from the scripts above, so that both CPUs are used. All of these read lib.sh.
lint "shell scripts: tests" shellcheck -S warning -e SC2319 -x -P SCRIPTDIR tests/lib.t tests/formats.t tests/host.t \
	tests/static.t tests/layers.t tests/scripts.t tests/bench/pins tests/guest/t/*.t
mapfile -t formatted < <(find src tests -name "*.[ch]")
lint "formatted by .clang-format (make format)" clang-format --dry-run -Werror "${formatted[@]}"
check "layers: each folder includes those before it only" tests/layers
check "no circle of files" tests/cycles
check "one call for text and JSON: not fewer than there were" tests/out-count --hold
# grep returns 0 if it finds something, 1 if not, and more if it cannot read.
check "no conflict markers" sh -c \
	'grep -rnE --exclude-dir=.git --exclude-dir=build "^(<{7}|>{7}) " .; [ $? -eq 1 ]'
check "manual pages: man finds no mistake" sh -c \
	'! for page in man/*.[0-9]; do man -l --warnings -E UTF-8 -Tutf8 "$page" 2>&1 >/dev/null; done | grep .'
check "manual pages: mandoc finds no mistake" mandoc -T lint -W warning man/*.[0-9]
check "manual pages: options, JSON keys, losses, references, width" tests/manual
check "manual pages: make install installs all" sh -c "make install DESTDIR='$log/root' prefix=/usr &&
	tests/manual --installed '$log/root/usr/share/man'"
check "documents name what is there" tests/reading
echo "1..$n"
