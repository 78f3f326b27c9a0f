# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios of the truth table, and what is true of each. Knows nothing of the tool."""
import random

# What holds up or outlives a teardown, and who did it: comm, and a function on the way there.
# ref: a reference by get_dev_pagemap(); vmsplice, uring: pages pinned by a process; alloc: pages of
# a private pgmap in use; overput: one put too many; late: a reference taken of a dying pgmap.
# left-ref, left-pin: there is no teardown, and they are still there when COMMAND ends.
FAULTS = ("none", "ref", "vmsplice", "uring", "alloc", "overput", "late", "left-ref", "left-pin")
# A file system is mounted on it when it is unbound, and a file with DAX entries is held open, mapped,
# held open though it was removed, or had by nobody.
FILES = ("file-open", "file-mapped", "file-unlinked", "file-cached")
FILE_SYSTEMS = ("ext4", "xfs", "xfs-rmapbt")
# The whole life of a pgmap within less than the tool's interval, and with a page that stays in use.
BRIEF = ("brief", "brief-busy")
# Hooks that do not run while they are attached: what is switched off, and how they are attached. From
# before the tool starts, or from after that; until the scenario is over, or for that time alone.
STOPS = (("ftrace", "fentry"), ("ftrace", "kprobe"), ("kprobes", "kprobe"))
STOP_MOMENTS = ("start", "mid")
# check: something is there before it starts, and while COMMAND runs it is replaced on the same pages
# after it went (again) or before (over), or not at all (beside); goes to other pages, a few or more
# than a sweep lists (moved, many); or stays (kept). OLD-NEW: taken by get_user_pages() or
# pin_user_pages(); ref: references of the pgmap.
PINNED = [f"{how}-{old}-{new}" for how in ("again", "over", "beside") for old in ("get", "pin")
          for new in ("get", "pin")]
PINNED += [f"{how}-{new}-{new}" for how in ("moved", "many", "kept") for new in ("get", "pin")]
REPLACED = PINNED + ["again-ref", "over-ref", "beside-ref"]
MOMENTS = ("before", "after", "mid")  # the tool: before the fault, after it, amid the teardown
LOSSES = (
    ("--limit", "rows=8"), ("--limit", "ring-pages=1"), ("--limit", "failing-reads=1"),
    ("--limit", "failing-reads=3"), ("--sweep-budget", "1us"),
    ("--disable-hook", "sweep"), ("--disable-hook", "final"), ("--disable-hook", "teardown"),
    ("--disable-hook", "gone"), ("--disable-hook", "drained"), ("--disable-hook", "create"),
    ("--disable-hook", "get"),
)


class Scenario:
    def __init__(self, type, fault, moment, count, loss=(), fs=None, size=None):
        self.type, self.fault, self.moment, self.count, self.loss = type, fault, moment, count, loss
        self.fs, self.size = fs, size  # of FILES: the file system, and its entries' size
        self.stop = None  # of STOPS, with its moment
        self.clean = False

    def __str__(self):
        name = f"{self.type}, {self.fault}, {self.moment}"
        if self.fs:
            name += f", {self.fs}, {self.size}"
        if self.stop:
            name += f", {self.stop[0]} off from {self.stop[1]}"
        return name + (f", {' '.join(self.loss)}" if self.loss else "")


def possible(kernel, type, fault, moment):
    """Can it be made on this kernel: 6.1, 6.12, 7 or patched?"""
    pin = fault in ("vmsplice", "uring", "left-pin")
    if fault == "alloc" and type != "private":
        return False
    if fault != "alloc" and type == "private" and fault != "none":
        return False
    if pin and type not in ("fsdax", "devdax"):
        return False
    # 6.1 refuses long-term pins of device memory, every kernel those of files on it
    if fault == "uring" and (type == "fsdax" or kernel in ("6.1", "patched")):
        return False
    # its file cannot be closed for good while it is pinned: see blocked.t
    if fault == "vmsplice" and type == "fsdax" and kernel == "7":
        return False
    if fault == "late" and (kernel != "patched" or type != "fsdax" or moment != "before"):
        return False
    if fault in ("left-ref", "left-pin"):
        return type in ("fsdax", "devdax") and moment != "mid"
    if moment == "mid":
        return fault == "ref"
    return True


def files_possible(kernel, fs):
    # there the unbind does not come to an end while XFS takes its entries away: see spins.t
    return not (kernel == "7" and fs == "xfs-rmapbt")


def stays(kernel, s):
    """Since 6.15 a mapping holds its page: it would put a page of the life after."""
    return kernel == "7" and s.fault == "file-mapped"


def truth_of_files(kernel, s):
    # when the disk goes, the kernel evicts what nobody has
    if s.fault == "file-cached":
        return "clean", ""
    # the series: each entry has a reference of the pgmap
    if kernel == "patched":
        return "leak", "hang"
    # since 6.7 XFS takes its entries away before the device goes, if it has the reverse map
    if s.fs == "xfs-rmapbt" and kernel != "6.1":
        return "clean", ""
    # since 6.15 a mapping holds its page
    if s.fault == "file-mapped" and kernel == "7":
        return "leak", "pinned-at-teardown, entries-at-teardown"
    return "leak", "entries-at-teardown"


def truth_of_replaced(s):
    how, what = s.fault.split("-")[:2]
    if how in ("beside", "kept"):
        return "clean", ""
    return "leak", "excess-at-end" if what == "ref" else "busy-at-end"


def is_open(s):
    """May the tool not know: by what kernels show, either of two is left?"""
    return s.fault in ("over-get-get", "beside-get-get", "over-ref", "beside-ref")


def truth(kernel, s):
    """The verdict and the kinds of leak."""
    if s.fault in REPLACED:
        return truth_of_replaced(s)
    if s.fault in FILES:
        return truth_of_files(kernel, s)
    if s.fault in ("none", "brief"):
        return "clean", ""
    if s.fault == "brief-busy":
        return "leak", "pinned-at-teardown"
    if s.fault in ("left-ref", "left-pin"):
        if s.moment == "after":
            return "clean", ""  # pre-existing
        return "leak", "excess-at-end" if s.fault == "left-ref" else "busy-at-end"
    if s.fault in ("vmsplice", "uring"):
        # the series makes files' pages hold the pgmap
        hangs = kernel == "patched" and s.type == "fsdax"
        return "leak", "hang" if hangs else "pinned-at-teardown"
    if s.fault == "overput":
        return "leak", "hang, underflow"
    if s.fault == "late":
        return "leak", "hang, get-after-kill"
    return "leak", "hang"


def site(fault):
    return {"ref": "pgmapref_fault_get", "left-ref": "pgmapref_fault_get", "late": "pgmapref_fault_get",
            "vmsplice": "vmsplice", "left-pin": "vmsplice", "uring": "io_uring_register",
            "alloc": "pgmapref_fault_alloc", "file-open": "dax", "file-mapped": "dax",
            "file-unlinked": "dax"}.get(fault)


def table(kernel, seed, private, most=None):
    """
    All that can be made, each once, and losses, in an order of the seed's. most: of these so many, by
    the seed, but all in which somebody is to be named.
    """
    rng = random.Random(seed)
    types = ["fsdax", "devdax", "generic", "generic3"] + (["private"] if private else [])
    all = [(t, f, m) for t in types for f in FAULTS for m in MOMENTS if possible(kernel, t, f, m)]
    # older than the tool: two more of the commonest
    all += [("devdax", "vmsplice", "after")] * 2
    scenarios = [Scenario(*s, rng.randint(1, 3)) for s in all]
    scenarios += [Scenario("fsdax", f, m, rng.randint(1, 40) if size == "4k" else 2, (), fs, size)
                  for f in FILES for fs in FILE_SYSTEMS for size in ("4k", "2m") for m in MOMENTS
                  if m != "mid" and files_possible(kernel, fs)]
    scenarios += [Scenario(t, f, "before", 60 if f.startswith(("many", "kept")) else rng.randint(1, 3))
                  for t in ("fsdax", "devdax") for f in REPLACED]
    for loss in LOSSES:
        t, f, m = rng.choice([s for s in all if s[2] == "before" and s[1] in ("none", "ref", "vmsplice")
                              and s[0] != "private"])
        scenarios.append(Scenario(t, f, m, rng.randint(1, 3), loss))
    scenarios += [Scenario("generic", f, "before", 1, loss)
                  for f in BRIEF for loss in ((), ("--limit", "ring-pages=1"), ("--limit", "rows=8"))]
    for off, how in STOPS:
        if off == "ftrace" and kernel == "7":
            continue  # which does not let it be switched off any more
        for moment in STOP_MOMENTS:
            t, f = rng.choice(("fsdax", "devdax", "generic")), rng.choice(("none", "ref", "brief-busy"))
            s = Scenario("generic" if f in BRIEF else t, f, "before", 1, ("--attach", how))
            s.stop = (off, moment)
            scenarios.append(s)
    for s in scenarios:
        s.clean = truth(kernel, s)[0] == "clean"
    if most:
        named = [s for s in scenarios if is_named(s) and not s.fs]
        # and one of each sort in which nobody is
        for sort in (lambda s: s.fs, lambda s: s.fault in REPLACED, lambda s: s.stop,
                     lambda s: s.fault in BRIEF and not s.stop):
            of = [s for s in scenarios if sort(s) and s not in named]
            named += rng.sample(of, min(1, len(of)))
        rest = [s for s in scenarios if s not in named]
        scenarios = named + rng.sample(rest, max(0, min(len(rest), most - len(named))))
    rng.shuffle(scenarios)
    # What does not run does not for a tool that goes on after them, either. And one that is the last:
    # such a mapping cannot be taken away any more, nor its file system, and no other can be made on
    # the disk that comes back.
    last = [s for s in scenarios if stays(kernel, s)][:1]
    rest = [s for s in scenarios if not stays(kernel, s)]
    return sorted(rest, key=lambda s: s.stop is not None) + last


def is_traced(s):
    """Is the culprit to be named by what was traced from the start?"""
    return not s.loss and not s.clean and s.moment == "before" and site(s.fault) is not None


def is_found(s):
    """Is the holder to be found, though it is older than the tool?"""
    return not s.loss and s.moment == "after" and s.fault in ("vmsplice", "uring", "left-pin")


def is_named(s):
    return is_traced(s) or is_found(s)
