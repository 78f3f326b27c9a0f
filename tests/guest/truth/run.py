# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Makes the scenarios of table.py with real devices, lets the tool judge each of them, and compares.
Prints for tests/guest/t/truth.t a line "ok" or "not ok", a tab and a name for each scenario, and
figures at the end.
"""
import json, os, re, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import table

TOOL, PROGS, WORK, KERNEL, SEED, MOST = sys.argv[1:]
FAULT = "/sys/kernel/debug/pgmapref_fault"
PATIENCE = 120
STUCK = "300ms"


def until(what, name):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)
    raise TimeoutError(name)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def sh(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


class Program:
    """A program in the background: it prints a word, holds, and ends when it reads a line."""

    def __init__(self, *args):
        self.p = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.p.stdout.readline()
        self.comm, self.pid = os.path.basename(args[0]), self.p.pid

    def end(self):
        self.p.communicate("\n")


class Tool:
    count = 0

    def __init__(self, *args):
        Tool.count += 1
        self.file = f"{WORK}/tool{Tool.count}.json"
        r, w = os.pipe()
        self.p = subprocess.Popen([TOOL, "watch", "-q", "-j", "-o", self.file, "--stuck", STUCK,
                                   "--ready-fd", str(w), *args], pass_fds=[w],
                                  stderr=subprocess.DEVNULL)
        os.close(w)
        if os.read(r, 16) != b"ready\n":
            raise RuntimeError(f"the tool does not get ready: {args}")
        os.close(r)

    def records(self):
        with open(self.file) as f:
            return [json.loads(line) for line in f.read().splitlines(True) if line.endswith("\n")]

    def stop(self):
        self.p.terminate()
        return self.p.wait(PATIENCE)


# ---- devices: name, the pfn at which references are taken, unbind and bind

class Fsdax:
    name, path = "pmem0", "/mnt/dax/f"

    def __init__(self):
        self.format()
        os.makedirs("/mnt/dax", exist_ok=True)
        for line in open("/proc/iomem"):
            if line.strip().endswith(": namespace0.0"):
                self.pfn = int(line.split("-")[0], 16) // 4096 + 4096

    def format(self):
        sh("mkfs.ext4 -q -F -b 4096 -O ^has_journal /dev/pmem0")

    def pin(self, how, page, count, again=False):
        # a new file each time: a pinned file is never freed
        self.mount()
        if again:
            return Program(f"{PROGS}/daxpin", how, self.pinned, str(4096 * page), str(count))
        path = f"{self.path}{time.monotonic_ns()}"
        sh(f"truncate -s 1M {path} && dd if=/dev/zero of={path} bs=64k count=4 conv=notrunc 2>/dev/null")
        program = Program(f"{PROGS}/daxpin", how, path, str(4096 * page), str(count))
        self.pinned = path
        return program

    def mount(self):
        sh("mountpoint -q /mnt/dax || mount -o dax=always /dev/pmem0 /mnt/dax")

    def close(self):
        sh("rm -f /mnt/dax/f*; ! mountpoint -q /mnt/dax || umount /mnt/dax")

    def unbind(self):
        return "echo namespace0.0 >/sys/bus/nd/drivers/nd_pmem/unbind"

    def bind(self):
        write("/sys/bus/nd/drivers/nd_pmem/bind", "namespace0.0")
        until(lambda: os.path.exists("/dev/pmem0"), "pmem0")


class Devdax:
    name, path = "dax1.0", "/dev/dax1.0"

    def __init__(self):
        sh("ndctl create-namespace -f -e namespace1.0 -m devdax -a 4K --map=mem 2>/dev/null")
        until(lambda: os.path.exists(self.path), self.path)
        resource = open("/sys/bus/dax/devices/dax1.0/resource").read()
        self.pfn = int(resource, 16) // 4096 + 4096

    def pin(self, how, page, count, again=False):
        return Program(f"{PROGS}/daxpin", how, self.path, str(4096 * page), str(count))

    def close(self):
        pass

    def unbind(self):
        return "echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind"

    def bind(self):
        write("/sys/bus/dax/drivers/device_dax/bind", "dax1.0")
        until(lambda: os.path.exists(self.path), self.path)


class Made:
    """A pgmap that the fault module makes for one scenario."""
    name = "pgmapref_fault"

    def __init__(self, what):
        self.what = what
        self.make()

    def make(self):
        write(f"{FAULT}/create", self.what)
        line = open(f"{FAULT}/maps").read().splitlines()[-1].split()
        self.id, self.pfn = line[0], int(line[3], 0) // 4096 + 7

    def close(self):
        pass

    def unbind(self):
        return f"echo {self.id} >{FAULT}/destroy"

    def bind(self):
        pass


def device(type, kept={}):
    if type == "fsdax" or type == "devdax":
        if type not in kept:
            kept[type] = {"fsdax": Fsdax, "devdax": Devdax}[type]()
        return kept[type]
    return Made({"generic": "generic 32768", "generic3": "generic 32768 65536 32768",
                 "private": "private 32768"}[type])


# ---- faults: made, and removed

class Fault:
    pages = 16  # never the same page twice, because some pins stay for ever

    def __init__(self, s, d):
        self.s, self.d, self.program = s, d, None
        self.comm = self.pid = None

    def do(self):
        s, d = self.s, self.d
        if s.fault in ("ref", "left-ref", "late"):
            self.program = Program(f"{PROGS}/hold", "culprit", hex(d.pfn), str(s.count))
            self.comm = "culprit"
        elif s.fault in ("vmsplice", "uring", "left-pin"):
            page, Fault.pages = Fault.pages, Fault.pages + 4
            self.program = d.pin("uring" if s.fault == "uring" else "vmsplice",
                                 page % 48 if isinstance(d, Fsdax) else page, s.count)
            self.comm = "daxpin"
        elif s.fault == "alloc":
            self.writer(f"{FAULT}/alloc", f"{d.id} {s.count}")
        elif s.fault == "overput":
            write(f"{FAULT}/overput", f"{d.pfn:#x} {s.count}")
        self.pid = self.program.pid if self.program else self.pid

    def writer(self, path, text):
        """Writes from a process named culprit."""
        self.comm = "culprit"
        subprocess.run(["python3", "-c", "import sys; open('/proc/self/comm', 'w').write('culprit'); "
                        "open(sys.argv[1], 'w').write(sys.argv[2])", path, text], check=True)

    def amid(self):
        """What the fault does while the teardown waits."""
        if self.s.fault == "late":
            write("/sys/kernel/debug/pgmap/get_dying", "1")
            write(f"{FAULT}/get", f"{self.d.pfn:#x} 1")
            write("/sys/kernel/debug/pgmap/get_dying", "0")

    def undo(self):
        s, d = self.s, self.d
        if s.fault in ("ref", "left-ref", "late"):
            write(f"{FAULT}/put", f"{d.pfn:#x} {s.count + (s.fault == 'late')}")
            self.program.end()
        elif s.fault == "alloc":
            write(f"{FAULT}/free", f"{d.id} {s.count}")
        elif s.fault == "overput":
            write(f"{FAULT}/repay", "1")
        elif s.fault == "left-pin" or (self.program and s.type == "fsdax" and KERNEL == "patched"):
            self.program.end()
        # other kinds: a pin that outlived its pages is never dropped, because the kernel oopses
        # then

    def hangs(self):
        verdict, kinds = table.truth(KERNEL, self.s)
        return "hang" in kinds


class Replaced(Fault):
    """What exists before the tool starts, and what replaces it while COMMAND runs."""

    def __init__(self, s, d):
        super().__init__(s, d)
        self.how, self.old, *new = s.fault.split("-")
        self.new = new[0] if new else self.old
        self.kept = []

    def take(self, what, page, again=False):
        s, d = self.s, self.d
        if what == "ref":
            self.kept.append(Program(f"{PROGS}/hold", "holder", hex(d.pfn), str(s.count)))
        else:
            how = "vmsplice" if what == "get" else "pin_user_pages_fast:pages"
            self.kept.append(d.pin(how, page, s.count, again))
        return self.kept[-1]

    def drop(self, program):
        if self.old == "ref":
            write(f"{FAULT}/put", f"{self.d.pfn:#x} {self.s.count}")
        program.end()
        self.kept.remove(program)

    def begin(self):
        self.program = self.take(self.old, 0)

    def do(self):
        if self.how == "over":
            self.take(self.new, 0, True)
            self.drop(self.program)
        elif self.how == "beside":
            self.drop(self.take(self.new, 0, True))
        elif self.how != "kept":
            self.drop(self.program)
            # the tool sees a counter only when it reads it. Where folios hold references, it must
            # also sweep all pages, at most once a second
            if self.old == "ref":
                time.sleep(2.5 if KERNEL == "patched" else 0.5)
            self.take(self.new, 64 if self.how in ("moved", "many") else 0, True)

    def undo(self):
        for program in list(self.kept):
            self.drop(program)


class Files:
    """A file system with a file that has DAX entries, under which the device is unbound."""
    MKFS = {
        "ext4": "mkfs.ext4 -q -F -b 4096 -E stride=512,stripe_width=512",
        "xfs": "mkfs.xfs -q -f -m reflink=1,rmapbt=0 -d su=2m,sw=1,agcount=4 -l size=64m",
        "xfs-rmapbt": "mkfs.xfs -q -f -m reflink=1,rmapbt=1 -d su=2m,sw=1,agcount=4 -l size=64m",
    }
    mounts = 0

    def __init__(self, s):
        self.s, self.program, self.comm, self.pid = s, None, None, None

    def do(self):
        Files.mounts += 1
        self.at = f"/mnt/files{Files.mounts}"
        os.makedirs(self.at)
        sh(f"{self.MKFS[self.s.fs]} /dev/pmem0 && mount -o dax=always /dev/pmem0 {self.at}")
        args = ["create", self.at, "f", "1", str(self.s.count), self.s.size]
        self.comm = "daxfiles"
        if self.s.fault == "file-mapped":
            self.program = Program(f"{PROGS}/daxfiles", "--hold", *args)
            self.pid = self.program.pid
            return
        subprocess.run([f"{PROGS}/daxfiles", *args], check=True, stdout=subprocess.DEVNULL)
        if self.s.fault != "file-cached":
            self.program = open(f"{self.at}/f0")
        if self.s.fault == "file-unlinked":
            os.unlink(f"{self.at}/f0")

    def let_go(self):
        """Releases the file. Called when the struct pages exist again; stays() is the exception."""
        if table.stays(KERNEL, self.s):
            # keeps the program's stdin open, so that the program outlives this script; without the
            # script's output, because its reader waits until no process has it open
            subprocess.Popen(["sleep", "100000"], pass_fds=[self.program.p.stdin.fileno()],
                             stdout=subprocess.DEVNULL)
            return
        if isinstance(self.program, Program):
            self.program.end()
        elif self.program:
            self.program.close()
        sh(f"umount {self.at}")


def judged_files(s, d, watch):
    """Like judged_teardown()."""
    fault = Files(s)
    tool = watch
    before = len(watch.records())
    d.close()
    fault.do()
    if s.moment == "after":
        tool, before = Tool("-g", d.name), 0
    unbind = subprocess.Popen(["sh", "-c", d.unbind()], stderr=subprocess.DEVNULL)
    verdict, kinds = table.truth(KERNEL, s)
    if "hang" in kinds:
        until(lambda: of_teardown(tool.records()[before:], d.name, False), f"{s}: a report")
        fault.let_go()
    unbind.wait(PATIENCE)
    last = until(lambda: of_teardown(tool.records()[before:], d.name, True), f"{s}: the last report")
    d.bind()
    if "hang" not in kinds:
        fault.let_go()
    if not table.stays(KERNEL, s):
        d.format()
    if tool is not watch:
        status = tool.stop()
        if status != {"clean": 0, "leak": 1, "inconclusive": 3}[last["verdict"]]:
            raise RuntimeError(f"exit status {status}, verdict {last['verdict']}")
    entries = last["dax_entries"]
    want = s.count * (512 if s.size == "2m" else 1) if "entries" in kinds else 0
    if (entries["entries"], entries["pages"]) != (s.count if want else 0, want):
        raise RuntimeError(f"{entries['entries']} entries on {entries['pages']} pages, not {s.count}")
    return fault, last, tool.records()[before:], None


def of_teardown(records, name, last):
    got = [r for r in records if r["type"] == "teardown" and r["pgmap"]["name"] == name]
    if last:
        got = [r for r in got if r["phase"] in ("gone", "drained")]
    return got[-1] if got else None


SETTINGS = {"ftrace": "/proc/sys/kernel/ftrace_enabled", "kprobes": "/sys/kernel/debug/kprobes/enabled"}


class Stopped:
    """In this context hooks do not run, long enough for the tool to notice."""

    def __init__(self, s, moment):
        self.path = SETTINGS[s.stop[0]] if s.stop and s.stop[1] == moment else None

    def __enter__(self):
        if self.path:
            write(self.path, "0")

    def __exit__(self, *ignored):
        if self.path:
            time.sleep(0.3)
            write(self.path, "1")


def life(s, d, fault, tool, before):
    """The life of a device with its fault, until it is bound again. Returns the tool, which may
    have started late."""
    fault.do()
    if s.moment == "after":
        tool = Tool("-g", d.name)
    d.close()
    unbind = subprocess.Popen(["sh", "-c", d.unbind()], stderr=subprocess.DEVNULL)
    if fault.hangs():
        until(lambda: "memunmap_pages" in open(f"/proc/{unbind.pid}/stack").read(), "the hang")
        if s.moment == "mid":
            tool = Tool("-g", d.name)
        if s.loss:
            time.sleep(1)
        else:
            until(lambda: of_teardown(tool.records()[before:], d.name, False), f"{s}: a report")
        fault.amid()
        fault.undo()
    unbind.wait(PATIENCE)
    if not s.loss:
        until(lambda: of_teardown(tool.records()[before:], d.name, True), f"{s}: the last report")
    if not fault.hangs():
        fault.undo()
    d.bind()
    return tool


def brief_life(s):
    """Makes, uses and tears down a pgmap without a pause."""
    d = Made("generic 32768")
    if s.fault == "brief-busy":
        # never the same page twice: the module still has the one of the earlier generation
        page, Fault.pages = Fault.pages, Fault.pages + 1
        write(f"{FAULT}/page_get", f"{d.pfn + page:#x} 1")
    write(f"{FAULT}/destroy", d.id)


def judged_teardown(s, d, watch):
    """Returns the fault, the last record about the teardown (if any), all records, and the summary
    of the tool's run (if the scenario had a tool of its own)."""
    fault, summary = Fault(s, d), None
    brief = s.fault in table.BRIEF
    name = Made.name if brief else d.name
    with Stopped(s, "start"):
        tool = watch if s.moment == "before" and not s.loss else None
        if s.moment == "before" and not tool:
            tool = Tool("-g", name, *s.loss)
        before = len(tool.records()) if tool else 0
        with Stopped(s, "mid"):
            if brief:
                brief_life(s)
            else:
                tool = life(s, d, fault, tool, before)
        if brief and not s.loss:
            until(lambda: of_teardown(tool.records()[before:], name, True), f"{s}: the report")
        if tool is not watch:
            status = tool.stop()
            summary = [r for r in tool.records() if r["type"] == "summary"][0]
            want = {"clean": 0, "leak": 1, "inconclusive": 3}[summary["verdict"]]
            if status != want:
                raise RuntimeError(f"exit status {status}, verdict {summary['verdict']}")
    records = tool.records()[before:]
    return fault, of_teardown(records, name, False), records, summary


def judged_end(s, d, watch):
    fault = Replaced(s, d) if s.fault in table.REPLACED else Fault(s, d)
    if s.fault in table.REPLACED:
        fault.begin()
    if s.moment == "after":
        fault.do()
    file = f"{WORK}/end.json"
    args = [TOOL, "check", "-q", "-j", "-o", file, "-g", d.name, "--settle", "200ms", "--"]
    go = f"{WORK}/go"
    if os.path.exists(go):
        os.unlink(go)
    # COMMAND waits until the fault is made
    p = subprocess.Popen([*args, "sh", "-c", f"touch {go}.up; until test -e {go}; do sleep 0.1; done"],
                         stderr=subprocess.DEVNULL)
    until(lambda: os.path.exists(f"{go}.up"), "COMMAND")
    os.unlink(f"{go}.up")
    if s.moment == "before":
        fault.do()
    write(go, "")
    status = p.wait(PATIENCE)
    records = [json.loads(line) for line in open(file)]
    end = [r for r in records if r["type"] == "end" and r["pgmap"]["name"] == d.name][0]
    if status != {"clean": 0, "leak": 1, "inconclusive": 3}[end["verdict"]]:
        raise RuntimeError(f"exit status {status}, verdict {end['verdict']}")
    if s.fault in table.PINNED and end["verdict"] == "leak" and end["page_references_left"] != s.count:
        raise RuntimeError(f"{end['page_references_left']} references of pages, and not {s.count}")
    found = None
    if table.is_found(s):
        found = subprocess.run([TOOL, "refs", "-q", "-j", d.name], capture_output=True, text=True)
        records += [json.loads(line) for line in found.stdout.splitlines()]
        see_from_inside(fault, d)
    fault.undo()
    d.close()
    return fault, end, records, None


def judge_of(s):
    if s.fault.startswith("left") or s.fault in table.REPLACED:
        return judged_end
    return judged_files if s.fs else judged_teardown


def see_from_inside(fault, d):
    """Inside a PID namespace the tool does not see tasks outside, and it reports this."""
    inside = subprocess.run(["unshare", "-p", "-f", "--mount-proc", TOOL, "refs", "-q", "-j", d.name],
                            capture_output=True, text=True)
    got = [r["found"] for r in map(json.loads, inside.stdout.splitlines()) if r["type"] == "refs"][0]
    if got["complete"] or not got["unexplained"] or any(is_culprit(h, fault) for h in got["holders"]):
        raise RuntimeError(f"inside a PID namespace: {got}")


def is_culprit(holder, fault):
    task = holder.get("task", {})
    return task.get("comm") == fault.comm and (not fault.pid or task.get("tgid") == fault.pid)


def names_traced(fault, records):
    site = table.site(fault.s.fault)
    for r in records:
        for h in r.get("holders", []) + r.get("page_holders", []) + r.get("taken_after_kill", []):
            where = " ".join(h.get("stack", [])) + " " + h.get("site", "")
            if is_culprit(h, fault) and site in where:
                return True
    return False


def names_found(fault, records):
    return any(is_culprit(h, fault) and h["how"] in ("pipe", "io_uring") and h["grade"] == "holds"
               for r in records for h in (r.get("found") or {}).get("holders", []))


def main():
    private = True
    try:
        write(f"{FAULT}/create", "private 32768")
        write(f"{FAULT}/destroy", open(f"{FAULT}/maps").read().splitlines()[-1].split()[0])
    except OSError:
        private = False
    for type in ("fsdax", "devdax"):
        device(type)
    scenarios = table.table(KERNEL, int(SEED), private, int(MOST))
    only = os.environ.get("ONLY")
    if only:
        scenarios = [s for s in scenarios if re.search(only, str(s))]
    watch = Tool()
    wrong = doubts = 0
    traced, found = [0, 0], [0, 0]
    for n, s in enumerate(scenarios):
        d = device(s.type) if s.fault not in table.BRIEF else None
        verdict, kinds = table.truth(KERNEL, s)
        try:
            fault, last, records, summary = judge_of(s)(s, d, watch)
        except Exception as e:  # the result is not known: a failure, and the last scenario
            print(f"not ok\t{s}: {e!r}", flush=True)
            wrong += 1
            break
        got = (last["verdict"], ", ".join(last["kinds"])) if last else ("none", "")
        if s.loss:
            # right, or not known; the summary of the run replaces a missing verdict about the
            # teardown
            right = got[0] in (verdict, "inconclusive", "none")
            right = right and summary["verdict"] in (verdict, "inconclusive")
            right = right and (got[0] != "none" or summary["verdict"] != "clean")
            right = right and not (s.stop and summary["verdict"] == "clean")
            doubts += summary["verdict"] == "inconclusive"
            got += (summary["verdict"], summary.get("why", ""))
        else:
            right = got == (verdict, kinds) or (table.is_open(s) and got == ("inconclusive", ""))
        wrong += not right
        print(f"{'ok' if right else 'not ok'}\t{s}: {', '.join(g for g in got if g)}", flush=True)
        for is_to_be, names, tally in ((table.is_traced, names_traced, traced),
                                       (table.is_found, names_found, found)):
            if is_to_be(s):
                tally[1] += 1
                tally[0] += names(fault, records)
                if not names(fault, records):
                    print(f"note\t{s}: {fault.comm}/{fault.pid} is not named", flush=True)
    watch.stop()
    print(f"{'ok' if not wrong else 'not ok'}\t{len(scenarios)} scenarios, seed {SEED}: {wrong} wrong, "
          f"{doubts} inconclusive, where something was lost")
    # of 20 as many as the figures say, in proportion; with ONLY there may be none
    print(f"{'ok' if (only or traced[1]) and traced[0] * 20 >= traced[1] * 19 else 'not ok'}\t"
          f"{traced[0]} of {traced[1]} who leak are named, with the call site, traced from the start")
    print(f"{'ok' if (only or found[1]) and found[0] * 20 >= found[1] * 15 else 'not ok'}\t"
          f"{found[0]} of {found[1]} whose pins are older than the tool are found")


main()
