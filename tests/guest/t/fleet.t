#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kernels: 6.12
# also: 6.1 6.18 7
#
# watch --metrics, node_exporter and Prometheus, as on the machines of a fleet: an unbind that hangs
# fires an alert, and when it has ended, another one says that something leaked.
. "$(dirname "$0")/../lib.sh"

need_fault
mkdir "$work/textfile" "$work/db"
prom=$work/textfile/pgmapref.prom
tool w watch --stuck 2s -o "$work/w.txt" --metrics "$prom"
promtool check metrics <"$prom" >"$work/check.txt" 2>&1
is "$?$(cat "$work/check.txt")" 0 "promtool has nothing to say of the file"
has "$prom" '^pgmapref_pgmap_unbind_wait_seconds\{pgmap="pmem0",type="fsdax"\} 0\.000$' "no unbind yet"
has "$prom" '^pgmapref_leaks_total\{pgmap="pmem0",kind="hang"\} 0$' "no leak yet, but a series"
has "$prom" "^pgmapref_info\{version=\"[0-9.]+\",kernel=\"$(uname -r | sed 's/[.+]/\\&/g')\"\} 1\$" "of this kernel"

# The rules as they are shipped, but for the patience of the first one.
sed 's/_wait_seconds > 30/_wait_seconds > 3/' share/pgmapref-alerts.yml >"$work/alerts.yml"
! cmp -s share/pgmapref-alerts.yml "$work/alerts.yml"
ok $? "the rule with less patience"
cat >"$work/prometheus.yml" <<END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ $work/alerts.yml ]
scrape_configs:
  - job_name: node
    static_configs: [ { targets: [ "127.0.0.1:9100" ] } ]
END
start node prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$work/textfile" --web.listen-address=127.0.0.1:9100
start server prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/db" \
	--web.listen-address=127.0.0.1:9090

# ask QUERY: the answer of Prometheus' API, as JSON
ask()
{
	python3 - "$1" <<-'END' 2>/dev/null
	import sys, urllib.request
	print(urllib.request.urlopen("http://127.0.0.1:9090/api/v1/" + sys.argv[1], timeout=20).read().decode())
	END
}
# figure METRIC: of pmem0
figure() { ask "query?query=$1%7Bpgmap%3D%22pmem0%22%7D" | jq -r '.data.result[0].value[1]'; }
# fires ALERT: the labels pgmap and kind of the alerts that fire
fires() { ask alerts | jq -r ".data.alerts[] | select(.state == \"firing\" and .labels.alertname == \"$1\") | \"\(.labels.pgmap) \(.labels.kind)\""; }
at_rest() { [ "$(figure pgmapref_pgmap_references)" = 0 ]; }
until_true at_rest
ok $? "Prometheus has the figures"
is "$(ask alerts | jq -c .data.alerts)" "[]" "nothing fires"

pfn=$(pmem_pfn 0 4096)
echo | "$progs/hold" holder "$pfn" 2 >/dev/null
start u sh -c "echo namespace0.0 >$dev_driver/unbind"
stuck() { [ "$(fires PgmapUnbindStuck)" = "pmem0 null" ]; }
until_true stuck
ok $? "an unbind hangs: PgmapUnbindStuck fires" || diag "$(ask alerts)"
is "$(figure pgmapref_pgmap_references)" 2 "on two references"
is "$(figure pgmapref_pgmap_unbind_hangs)" 1 "it hangs"
is "$(fires PgmapLeak)" "" "it is not judged yet"

echo "$pfn 2" >$fault/put
finish u
leaked() { [ "$(fires PgmapLeak)" = "pmem0 hang" ]; }
until_true leaked
ok $? "it has ended: PgmapLeak fires" || diag "$(ask alerts)"
over() { [ -z "$(fires PgmapUnbindStuck)" ]; }
until_true over
ok $? "and PgmapUnbindStuck does not any more"
is "$(figure pgmapref_pgmap_size_bytes)" null "the pgmap is gone"
stop w
is "$status" 1 "the watch: exit status 1"
has "$prom" '^pgmapref_running 0$' "the last file"
is "$(find "$work/textfile" -name '*.tmp*')" "" "no file is left beside it"
kill "$(pid server)" "$(pid node)"
finish server
finish node
bind_pmem 0
done_testing
