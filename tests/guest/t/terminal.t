#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# guest: pmem
# kernels: 6.12
# also: 7
#
# On a terminal of 60 and 80 columns: lines of trace fit, verdicts have colours, the status line is
# there and goes; in a pipe and in a file there is none of it.
. "$(dirname "$0")/../lib.sh"

# on_terminal COLUMNS FILE COMMAND...: runs COMMAND on a terminal, and puts all that it writes there
# into FILE
on_terminal()
{
	python3 - "$@" <<-'END'
		import fcntl, os, pty, struct, sys, termios
		pid, fd = pty.fork()
		if not pid:
		    os.execvp(sys.argv[3], sys.argv[3:])
		fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
		with open(sys.argv[2], "wb") as out:
		    try:
		        while chunk := os.read(fd, 4096):
		            out.write(chunk)
		            out.flush()
		    except OSError:
		        pass
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
}

# plain FILE: without codes of the terminal, and without what the status line showed
plain() { sed -E 's/.*\r\x1b\[K//; s/\x1b\[[0-9;]*[mK]//g; s/\r//g' "$1"; }

export TERM=xterm
unset COLUMNS NO_COLOR
mkdir -p /mnt/dax
mkfs.ext4 -q -F -b 4096 /dev/pmem0 && mount -o dax /dev/pmem0 /mnt/dax

for columns in 60 80; do
	on_terminal $columns "$work/t$columns" "$pgmapref" trace -- \
		"$progs/daxfiles" cycle /mnt/dax f 2 3 4k
	is $? 0 "trace on $columns columns: exit status"
	plain "$work/t$columns" >"$work/t$columns.txt"
	has "$work/t$columns.txt" '^ *TIME s PGMAP +EVENT +WHAT +N TASK +SITE' "$columns columns: header"
	has "$work/t$columns.txt" ' pmem0 +insert +[^ ]*/f0 p\.0 +\+1 ' "$columns columns: file and page"
	is "$(grep -E '^ *[0-9]+\.[0-9]{3}' "$work/t$columns.txt" | sed 's/…/./g' |
		awk -v n=$columns 'length > n' | wc -l)" 0 \
		"$columns columns: no line is longer"
done

"$pgmapref" trace -q -- "$progs/daxfiles" cycle /mnt/dax f 1 1 4k >"$work/pipe.txt" 2>"$work/pipe.err"
has "$work/pipe.txt" '^TIME\(s\) +PGMAP +EVENT +PFN +ORD' "in a file: as it was"
is "$(grep -c $'\x1b' "$work/pipe.txt" "$work/pipe.err" | grep -vc ':0$')" 0 "in a file: no codes"

on_terminal 80 "$work/list" "$pgmapref" list
plain "$work/list" >"$work/list.txt"
has "$work/list.txt" '^pmem0 +fsdax +512 MiB +0 +[0-9]+ +/mnt/dax \(ext4\) +live$' "list: size, and who uses it"
umount /mnt/dax

# A watch that sees nothing shows that it lives; a clean unbind is green.
on_terminal 80 "$work/watch" "$pgmapref" watch -d 4s &
watching=$!
lives() { grep -qE 'watching [0-9]+ pgmaps?: 0 unbinds so far, refs \+0' "$work/watch"; }
until_true lives
ok $? "watch: a status line"
has "$work/watch" 'attaching hooks: [0-9]+ of [0-9]+|loading programs' "watch: before it, what it does"
echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind
wait $watching
is $? 0 "watch: exit status"
has "$work/watch" $'\x1b\\[32mclean, unbound by ' "watch: a clean unbind is green"
plain "$work/watch" >"$work/watch.txt"
has "$work/watch.txt" '^SUMMARY: pgmapref: clean: 1 teardown' "watch: the last line stands alone"
echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/bind
done_testing
