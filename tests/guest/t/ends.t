#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem-check
# kernels: 6.12
# also: 6.1 7 patched
#
# All ways in which a run ends: a signal while an unbind hangs, before and after --stuck; the reader
# of the output is gone; COMMAND is killed, or leaves a child behind; a second signal.
. "$(dirname "$0")/../lib.sh"

need_fault
pfn=$(pmem_pfn 0 4096)
hangs() { grep -qs memunmap_pages "/proc/$(pid u)/stack"; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# ---- a teardown that is open
for id in int term hup; do tool $id watch --stuck 1h || done_testing; done
tool json watch --stuck 1h -j -o "$work/open.json"
tool trace trace --stuck 1h
tool stuck watch --stuck 1s
tool stuckjson watch --stuck 1s -j -o "$work/stuck.json"
echo "$pfn 2" >$fault/get || done_testing
start u sh -c 'echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind'
until_true hangs
ok $? "an unbind hangs"
await "$work/trace.out" ' pmem0 +killed'
await "$work/stuck.out" '^pmem0: leak hang'
until_true seen "$work/stuck.json" '"phase": ?"stuck"'
for id in int term hup json trace stuck stuckjson; do
	case $id in
	term | stuckjson) kill -TERM "$(pid $id)" ;;
	hup) kill -HUP "$(pid $id)" ;;
	*) kill -INT "$(pid $id)" ;;
	esac
done
open_line='^pmem0: inconclusive, open: its end was not seen$'
open_summary="SUMMARY: pgmapref: inconclusive (its end was not seen): 1 teardown, 0 leaks, 1 inconclusive, 0 lost"
for id in int term hup trace; do
	finish $id
	is "$status" 3 "$id, before --stuck: exit status 3"
	has "$work/$id.out" "$open_line" "$id, before --stuck: open, and inconclusive"
	lacks "$work/$id.out" 'leak|clean' "$id, before --stuck: neither leak nor clean"
	is "$(tail -n 1 "$work/$id.err")" "$open_summary" "$id, before --stuck: the last line"
done
has "$work/int.out" '^  unbind +by sh/[0-9]+, .* so far$' "open: who unbinds, so far"
finish json
is "$status" 3 "JSON, before --stuck: exit status 3"
json_is "$work/open.json" <<-END
	[(t["phase"], t["verdict"], ", ".join(t["kinds"])) for t in of("teardown")] ;; [('open', 'inconclusive', '')] ;; JSON, before --stuck: open, inconclusive
	of("teardown")[0]["gone"], of("teardown")[0]["drained"] ;; (False, False) ;; JSON, before --stuck: not over
	of("teardown")[0]["excess"] ;; 2 ;; JSON, before --stuck: its excess all the same
	of("summary")[0]["verdict"], of("summary")[0]["inconclusive"] ;; ('inconclusive', 1) ;; JSON, before --stuck: summary
END
for id in stuck stuckjson; do
	finish $id
	is "$status" 1 "$id, after --stuck: exit status 1"
	is "$(tail -n 1 "$work/$id.err")" \
		"SUMMARY: pgmapref: leak hang: 1 teardown, 1 leak, 0 inconclusive, 0 lost" \
		"$id, after --stuck: the last line"
done
is "$(grep -c '^pmem0: ' "$work/stuck.out")" 1 "after --stuck: reported once, not again at the end"
lacks "$work/stuck.out" ', open' "after --stuck: not as open"
json_is "$work/stuck.json" <<-END
	[(t["phase"], t["verdict"], ", ".join(t["kinds"]), t["final"]) for t in of("teardown")] ;; [('stuck', 'leak', 'hang', False), ('stuck', 'leak', 'hang', True)] ;; JSON, after --stuck: a hang, in the end, too
END
hangs
ok $? "the unbind hangs as before"
echo "$pfn 2" >$fault/put
finish u
bind_pmem 0

# ---- no reader
mkfifo "$work/fifo"
head -n 1 <"$work/fifo" >"$work/one" &
reader=$!
"$pgmapref" watch -j >"$work/fifo" 2>"$work/head.err" &
tool=$!
wait $reader
has "$work/one" '"type": ?"start"' "| head -1: has its line"
until_true ended $tool
ok $? "| head -1: the run ends, though there was nothing more to write" || kill -9 $tool
wait $tool
is $? 0 "| head -1: exit status 0"
is "$(tail -n 1 "$work/head.err")" \
	"SUMMARY: pgmapref: clean: 0 teardowns, 0 leaks, 0 inconclusive, 0 lost" "| head -1: the last line"
lacks "$work/head.err" 'cannot write' "| head -1: no complaint"
# The reader gets a header or a first record, and ends before anything happens.
for verb in "trace" "trace --pins" "trace -j"; do
	# shellcheck disable=SC2086
	timeout 60 "$pgmapref" $verb 2>"$work/head.err" </dev/null | head -n 1 >"$work/one"
	is "${PIPESTATUS[0]}" 0 "$verb | head -1: ends by itself, status 0"
	has "$work/one" '^TIME|"start"' "$verb | head -1: has its line"
done
for verb in list watch trace probes; do
	"$pgmapref" $verb >&- 2>"$work/err" </dev/null
	is $? 4 ">&-, $verb: exit status 4"
	is "$(cat "$work/err")" "pgmapref: cannot write to standard output: Bad file descriptor" \
		">&-, $verb: says so"
done
"$pgmapref" list -o "$work/list" >&- 2>"$work/err" <&-
is "$?$(cat "$work/err")" 0 ">&- with -o: does not matter"
has "$work/list" '^pmem0 +fsdax ' ">&- with -o: the file has the list"
"$pgmapref" list >"$work/list" 2>&-
is $? 0 "2>&-: exit status 0"
"$pgmapref" list >"$work/list2" 2>/dev/null
is "$(cut -c 1-40 "$work/list")" "$(cut -c 1-40 "$work/list2")" "2>&-: the list, and nothing else in it"

# ---- COMMAND
for signal in KILL TERM; do
	"$pgmapref" trace -- sh -c "kill -$signal \$\$" >"$work/out" 2>"$work/err" </dev/null
	is $? $((128 + $(kill -l $signal))) "COMMAND dies of SIG$signal: the exit status says so"
	has "$work/err" '^SUMMARY: pgmapref: nothing-seen \(no event by COMMAND; 0 by others\): ' \
		"COMMAND dies of SIG$signal: summed up"
done
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax=always /dev/pmem0 /mnt/dax
ok $? "a DAX file system"
cat >"$work/daemon" <<END
#!/bin/bash
setsid "$progs/daxfiles" --step create /mnt/dax d 1 2 4k </dev/null >"$work/daemon.out" 2>&1 &
echo \$! >"$work/daemon.pid"
until grep -q ^created "$work/daemon.out"; do sleep 0.1; done
exit 7
END
chmod +x "$work/daemon"
timeout 120 "$pgmapref" trace -j -- "$work/daemon" >"$work/daemon.json" 2>"$work/err" </dev/null
is $? 7 "COMMAND leaves a child behind: the run ends with COMMAND, by its status" || diag "$(cat "$work/err")"
kill -0 "$(cat "$work/daemon.pid")"
ok $? "COMMAND leaves a child behind: which goes on"
json_is "$work/daemon.json" <<-END
	{e["task"]["tgid"] for e in of("event", event="insert")} ;; {$(cat "$work/daemon.pid")} ;; daemon: what it did until then is there
	sum(h["n"] for s in of("pgmap_summary") for h in s["outstanding"] if h["holding"] == "dax entry") ;; 2 ;; daemon: what it has is outstanding
	of("summary")[0]["verdict"] ;; clean ;; daemon: clean
END
kill "$(cat "$work/daemon.pid")"

# ---- two signals
tool w watch
kill -INT "$(pid w)"
kill -INT "$(pid w)"
finish w
is "$status" 0 "twice: exit status 0"
has "$work/w.err" '^SUMMARY: pgmapref: clean: ' "twice: summed up all the same"
# The tool blocks in the write to a pipe without a reader. The second signal ends it.
mkfifo "$work/full"
exec {reader}<>"$work/full"
"$pgmapref" trace -j -- "$progs/daxfiles" cycle /mnt/dax f 10000 100 4k \
	>"$work/full" 2>"$work/full.err" </dev/null &
tool=$!
in_write() { grep -qsE 'pipe_write|anon_pipe_write' "/proc/$tool/stack"; }
until_true in_write
ok $? "full pipe: the tool waits for its reader"
kill -INT $tool
sleep 1
kill -0 $tool
ok $? "full pipe: once is not enough"
kill -INT $tool
patience=60
until_true ended $tool
ok $? "full pipe: twice is" || kill -9 $tool
wait $tool
is $? 130 "full pipe: ended by SIGINT"
no_daxfiles() { ! grep -qsx daxfiles /proc/[0-9]*/comm; }
until_true no_daxfiles
ok $? "full pipe: COMMAND is ended with it"
exec {reader}>&-
umount /mnt/dax

done_testing
