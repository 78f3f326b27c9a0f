#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# JUnit XML and TAP, also with difficult names and texts. Programs for these formats read them:
# xmllint with the schema in tests/junit.xsd, an XML parser, prove, and TAP::Parser with its YAML.
# JSON records: the schema that is shipped. Figures and alert rules: promtool. Run the test with prove, after `make unit`.

set -u
cd "$(dirname "$0")/.." || exit 1
write=${WRITE_CASES:-build/unit/write_cases}
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
files="empty passed failed inconclusive suppressed nasty random large"
. tests/tap.sh
shown=("$out/log")

valid() { xmllint --noout --nonet --schema tests/junit.xsd "$1" >"$out/log" 2>&1; }

"$write" "$out" >"$out/log" 2>&1; ok $? "files are written"
LC_ALL=C "$write" "$out" >"$out/log" 2>&1 && (cd "$out" && cat ./*.xml ./*.tap | md5sum) >"$out/C"
LC_ALL=C.UTF-8 "$write" "$out" >"$out/log" 2>&1 && (cd "$out" && cat ./*.xml ./*.tap | md5sum) >"$out/U"
[ -s "$out/C" ] && cmp "$out/C" "$out/U" >"$out/log" 2>&1; ok $? "the same in any locale"

for f in $files; do
	valid "$out/$f.xml"; ok $? "junit: $f is valid"
	iconv -f UTF-8 -t UTF-8 "$out/$f.xml" "$out/$f.tap" >/dev/null 2>"$out/log"; ok $? "$f is UTF-8"
done

# invalid NAME SED-SCRIPT: the schema must refuse the file after this change
invalid()
{
	sed -E "$2" "$out/failed.xml" >"$out/changed.xml"
	! cmp -s "$out/failed.xml" "$out/changed.xml" && ! valid "$out/changed.xml" &&
		grep -q 'Schemas validity error' "$out/log"
	ok $? "schema: $1 is refused"
}
invalid "an attribute of testsuites" 's/<testsuites>/<testsuites name="x">/'
for a in name package id tests failures errors skipped time timestamp hostname; do
	invalid "testsuite without $a" "/<testsuite /s/ $a=\"[^\"]*\"//"
done
for a in classname name time; do invalid "testcase without $a" "/<testcase /s/ $a=\"[^\"]*\"//"; done
invalid "a failure without type" '/<failure/s/ type="[^"]*"//'
invalid "a failure without message" '/<failure/s/ message="[^"]*"//'
invalid "a zone" 's/(timestamp="[^"]*)"/\1Z"/'
invalid "an exponent" '/<testcase/s/time="[^"]*"/time="1e-3"/'
invalid "a comma" 's/time="([0-9]*)\./time="\1,/'
invalid "an empty host" 's/hostname="[^"]*"/hostname=""/'
invalid "another element" 's/(<\/?)property /\1fact /'
invalid "no property" '/<property /d'
invalid "no properties" '/propert/d'
invalid "system-err before system-out" 's/system-out/x/; s/system-err/system-out/; s/<x/<system-err/'
invalid "two outcomes" 's/<\/failure>/&<skipped message=""\/>/'
invalid "system-out before the cases" 's/<\/properties>/&<system-out\/>/'
invalid "the same case twice" 's/<\/properties>/&<testcase classname="pgmapref.test" name="pmem0" time="0.000000"\/>/'

# What CI servers show of it.
for f in empty passed failed inconclusive suppressed large; do
	tests/ci-readers "$out/$f.xml" >"$out/log" 2>&1; ok $? "junit: CI servers read $f"
done
# misread WHAT SED-SCRIPT: after this change a CI server would show it wrongly
misread()
{
	sed -E "$2" "$out/failed.xml" >"$out/changed.xml"
	! cmp -s "$out/failed.xml" "$out/changed.xml" && ! tests/ci-readers "$out/changed.xml" >"$out/log" 2>&1 &&
		grep -q "$1" "$out/log"
	ok $? "CI servers: $1"
}
misread "there is no text" '/<failure/,/<\/failure>/{s/>[^<]*$/>/; s/^[^<]*<\/failure>/<\/failure>/; /^  a$/d}'
misread "converts the text" '/<failure/s/ type="[^"]*"/ type="file"/'
misread "below (root)" 's/classname="pgmapref\.test"/classname="test"/'
misread "class without a name" 's/classname="pgmapref\.test"/classname="pgmapref."/'
misread "without a message" '/<failure/s/ message="[^"]*"/ message=""/'
misread "hides the second case" 's/<\/properties>/&<testcase classname="pgmapref.test" name="pmem0" time="0.0"\/>/'
misread "junitparser counts" 's/ failures="1"/ failures="0"/'

# Compares what an XML parser reads with the counts.
cat >"$out/read.py" <<'END'
import sys, xml.etree.ElementTree as ET
path, counts = sys.argv[1], [int(x) for x in open(sys.argv[2]).read().split()]
root = ET.parse(path).getroot()
suites = root.findall("testsuite")
assert root.tag == "testsuites" and len(suites) == 1
s = suites[0]
cases = s.findall("testcase")
found = {k: [c.find(k) for c in cases if c.find(k) is not None] for k in ("failure", "error", "skipped")}
got = [sum(len(c) == 0 for c in cases), *(len(found[k]) for k in ("failure", "error", "skipped"))]
assert got == counts, (got, counts)
assert [int(s.get(k)) for k in ("tests", "failures", "errors", "skipped")] == [sum(counts), *counts[1:]]
assert s.get("timestamp") == "2022-11-22T22:18:56" and s.get("hostname") == 'a<b>&"host"'
assert abs(float(s.get("time")) - sum(counts) * 1.23456789) < 1e-3
END
for f in $files; do
	python3 "$out/read.py" "$out/$f.xml" "$out/$f.counts" >"$out/log" 2>&1
	ok $? "junit: $f has its cases"
done
cat >"$out/nasty.py" <<'END'
import sys, xml.etree.ElementTree as ET
cases = ET.parse(sys.argv[1]).getroot().findall("testsuite/testcase")
names = {c.get("name") for c in cases}
texts = {e.text for c in cases for e in c}
messages = {e.get("message") for c in cases for e in c}
for wanted in ("a # b", "\\\\#", "two\nlines", "three\r\n\n\rlines", "tab\tbed", "]]>", "<![CDATA[", "&#0;",
               "'single' \"double\" `back`", "\xe9t\xe9", "\u20ac \U0001f600",
               "\ufffd\ufffd\ufffd[31mred\ufffd[0m\x7f", "\ufffd\ufffd\ufffd", "ends with blanks   "):
    assert wanted in texts, wanted
    assert wanted in messages, wanted
    assert " ".join(wanted.split()).replace("\x7f", "\ufffd") in names, wanted
assert "pgmapref" == ET.parse(sys.argv[1]).getroot().find("testsuite").get("name")
END
python3 "$out/nasty.py" "$out/nasty.xml" >"$out/log" 2>&1; ok $? "junit: names and texts are what they were"

for f in $files; do
	wanted=1
	case $f in empty | passed | suppressed) wanted=0 ;; esac
	timeout 60 prove -e cat "$out/$f.tap" >"$out/log" 2>&1
	case $? in 0) got=0 ;; 124) got=2 ;; *) got=1 ;; esac
	[ $got -eq $wanted ] && ! grep -qi 'parse error\|bad plan\|dubious' "$out/log"
	ok $? "prove: $f"
done
cat >"$out/read.pl" <<'END'
use strict; use warnings; use TAP::Parser;
my ($path, $counts) = @ARGV;
open my $in, '<', $counts or die; my @wanted = split ' ', <$in>;
my $p = TAP::Parser->new({ exec => ['cat', $path] });
my (@got, $last); @got = (0) x 4;
while (my $r = $p->next) {
	if ($r->is_test) {
		$last = $r->has_skip ? 3 : $r->is_ok ? 0 : 1;
		die "TODO: " . $r->raw if $r->has_todo;
		$got[$last]++;
	} elsif ($r->is_yaml) {
		my $y = $r->data;
		die "YAML after ok" unless $last;
		die "no message" unless defined $y->{message};
		if ($y->{result} eq 'inconclusive') { $got[1]--; $got[2]++; }
		elsif ($y->{result} ne ($last == 3 ? 'suppressed' : 'failed')) { die "$y->{result}" }
		$last = 0;
	} elsif (!$r->is_plan && !$r->is_version) {
		die "not understood: " . $r->raw;
	}
}
die join "\n", $p->parse_errors if $p->parse_errors;
die "@got, not @wanted" unless "@got" eq "@wanted";
END
for f in $files; do
	timeout 60 perl "$out/read.pl" "$out/$f.tap" "$out/$f.counts" >"$out/log" 2>&1
	ok $? "TAP::Parser: $f has its cases and their YAML"
done

# ---- JSON: each record that the unit tests show is as the schema says, and no field is missing there.
tests/schema tests/unit/golden_reports/*.json >"$out/log" 2>&1; ok $? "JSON: the schema has all records and fields"
# unlike WHAT SED-SCRIPT: after this change of the schema, records are not as it says
unlike()
{
	sed -E "$2" share/pgmapref.schema.json >"$out/schema.json"
	! cmp -s share/pgmapref.schema.json "$out/schema.json" &&
		! tests/schema --schema "$out/schema.json" tests/unit/golden_reports/*.json >"$out/log" 2>&1 &&
		grep -q "$1" "$out/log"
	ok $? "JSON: $1"
}
unlike "'final' was unexpected" '/^ *"final": /d'
unlike "is a required property" 's/"required": \["time_ns", "id"/&, "nothing"/'
unlike "is not of type 'integer'" 's/"headline": \{"type": "string"\}/"headline": {"type": "integer"}/'
unlike "is not one of" 's/"enum": \["clean", "inconclusive", "leak"\]/"enum": ["clean"]/'
unlike "types and definitions differ" 's/"record_step": \{/"record_steps": {/'
[ -x pgmapref ] && ./pgmapref --json-schema | cmp - share/pgmapref.schema.json >"$out/log" 2>&1
ok $? "JSON: --json-schema prints it"

# ---- figures for Prometheus
# The golden file has two of them.
metrics() { sed '/^# ---- /,$d' tests/unit/golden_reports/metrics.prom; }
metrics | promtool check metrics >"$out/log" 2>&1 && ! [ -s "$out/log" ]
ok $? "promtool has nothing to say of the metrics"
! metrics | sed 's/_total/_sum/' | promtool check metrics >"$out/log" 2>&1; ok $? "but of others"
promtool check rules share/pgmapref-alerts.yml >"$out/log" 2>&1; ok $? "the alert rules are valid"
promtool test rules tests/alerts.yml >"$out/log" 2>&1; ok $? "they fire when they must"
# Each name in the rules is one of the metrics.
grep -oE 'pgmapref_[a-z_]+' share/pgmapref-alerts.yml | sort -u >"$out/used"
metrics | grep -oE '^pgmapref_[a-z_]+' | sort -u >"$out/made"
[ -s "$out/used" ] && comm -23 "$out/used" "$out/made" >"$out/log" && ! [ -s "$out/log" ]
ok $? "the rules ask for metrics that there are"
grep -oE '^\.BR pgmapref_[a-z_]+.*' man/pgmapref-metrics.5 | grep -oE 'pgmapref_[a-z_]+' | sort -u >"$out/told"
diff "$out/told" "$out/made" >"$out/log" 2>&1; ok $? "the manual has all metrics, and no others"

echo "1..$n"
