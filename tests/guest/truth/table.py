# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios of the truth table, and what is true for each. Does not use the tool."""
import random

# What delays or outlives a teardown, and who did it: comm, and a function on the way there. ref: a
# reference by get_dev_pagemap(); vmsplice, uring: pages that a process pinned; alloc: pages of a
# private pgmap in use; overput: one put too many; late: a reference taken of a dying pgmap.
# left-ref, left-pin: without a teardown; they still exist when COMMAND ends.
FAULTS = ("none", "ref", "vmsplice", "uring", "alloc", "overput", "late", "left-ref", "left-pin")
# The device is unbound while a file system is mounted on it. A file with DAX entries is open, is
# mapped, is open but unlinked, or is only cached.
FILES = ("file-open", "file-mapped", "file-unlinked", "file-cached")
FILE_SYSTEMS = ("ext4", "xfs", "xfs-rmapbt")
# The whole life of a pgmap is shorter than the tool's interval; in busy a page stays in use.
BRIEF = ("brief", "brief-busy")
# Hooks that are attached and do not run: what is disabled, and how the hooks are attached. start:
# from before the tool starts until the scenario ends; mid: for a moment after the tool started.
STOPS = (("ftrace", "fentry"), ("ftrace", "kprobe"), ("kprobes", "kprobe"))
STOP_MOMENTS = ("start", "mid")
# check: something exists before it starts. While COMMAND runs, it is replaced on the same pages,
# after it went (again) or before (over), or it stays next to a new one that goes (beside). Or it
# moves to other pages, to a few (moved) or to more than a sweep lists (many); or it stays (kept).
# OLD-NEW: taken by get_user_pages() or pin_user_pages(); ref: references of the pgmap.
PINNED = [f"{how}-{old}-{new}" for how in ("again", "over", "beside") for old in ("get", "pin")
          for new in ("get", "pin")]
PINNED += [f"{how}-{new}-{new}" for how in ("moved", "many", "kept") for new in ("get", "pin")]
REPLACED = PINNED + ["again-ref", "over-ref", "beside-ref"]
MOMENTS = ("before", "after", "mid")  # tool starts before or after the fault, or amid the teardown
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
        self.fs, self.size = fs, size  # for FILES: file system and size of entries
        self.stop = None  # one of STOPS, with its moment
        self.clean = False

    def __str__(self):
        name = f"{self.type}, {self.fault}, {self.moment}"
        if self.fs:
            name += f", {self.fs}, {self.size}"
        if self.stop:
            name += f", {self.stop[0]} off from {self.stop[1]}"
        return name + (f", {' '.join(self.loss)}" if self.loss else "")


def possible(kernel, type, fault, moment):
    """Can this scenario be made on this kernel (6.1, 6.12, 7 or patched)?"""
    pin = fault in ("vmsplice", "uring", "left-pin")
    if fault == "alloc" and type != "private":
        return False
    if fault != "alloc" and type == "private" and fault != "none":
        return False
    if pin and type not in ("fsdax", "devdax"):
        return False
    # 6.1 refuses long-term pins of device memory; all kernels refuse those of files on device
    # memory
    if fault == "uring" and (type == "fsdax" or kernel in ("6.1", "patched")):
        return False
    # while it is pinned, its file cannot be freed: see blocked.t
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
    # the unbind does not end while XFS removes its entries: see spins.t
    return not (kernel == "7" and fs == "xfs-rmapbt")


def stays(kernel, s):
    """A mapping holds its page since 6.15. Its end would put a page of the next pgmap."""
    return kernel == "7" and s.fault == "file-mapped"


def truth_of_files(kernel, s):
    # when the disk is removed, the kernel evicts files that nobody has open
    if s.fault == "file-cached":
        return "clean", ""
    # with the series each entry has a reference of the pgmap
    if kernel == "patched":
        return "leak", "hang"
    # since 6.7 XFS with a reverse map removes its entries before the device is removed
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
    """May the verdict be inconclusive? The kernel does not show which of two takers is left."""
    return s.fault in ("over-get-get", "beside-get-get", "over-ref", "beside-ref")


def truth(kernel, s):
    """The right verdict and the kinds of leak."""
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
            return "clean", ""  # it existed at the start
        return "leak", "excess-at-end" if s.fault == "left-ref" else "busy-at-end"
    if s.fault in ("vmsplice", "uring"):
        # with the series, pages of files hold the pgmap
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
    All possible scenarios, each once, and scenarios with losses, in an order that the seed decides.
    most: draws this many, but takes all in which a culprit must be named.
    """
    rng = random.Random(seed)
    types = ["fsdax", "devdax", "generic", "generic3"] + (["private"] if private else [])
    all = [(t, f, m) for t in types for f in FAULTS for m in MOMENTS if possible(kernel, t, f, m)]
    # older than the tool: two more of the most frequent kind
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
            continue  # 7.x does not allow it any more
        for moment in STOP_MOMENTS:
            t, f = rng.choice(("fsdax", "devdax", "generic")), rng.choice(("none", "ref", "brief-busy"))
            s = Scenario("generic" if f in BRIEF else t, f, "before", 1, ("--attach", how))
            s.stop = (off, moment)
            scenarios.append(s)
    for s in scenarios:
        s.clean = truth(kernel, s)[0] == "clean"
    if most:
        named = [s for s in scenarios if is_named(s) and not s.fs]
        # and one of each sort in which no culprit is named
        for sort in (lambda s: s.fs, lambda s: s.fault in REPLACED, lambda s: s.stop,
                     lambda s: s.fault in BRIEF and not s.stop):
            of = [s for s in scenarios if sort(s) and s not in named]
            named += rng.sample(of, min(1, len(of)))
        rest = [s for s in scenarios if s not in named]
        scenarios = named + rng.sample(rest, max(0, min(len(rest), most - len(named))))
    rng.shuffle(scenarios)
    # Scenarios that stop hooks come late, because a tool that goes on does not trust these hooks
    # again. The last scenario is one whose mapping stays: neither the mapping nor its file system
    # can be removed, and no other file system can be made on the disk when it comes back.
    last = [s for s in scenarios if stays(kernel, s)][:1]
    rest = [s for s in scenarios if not stays(kernel, s)]
    return sorted(rest, key=lambda s: s.stop is not None) + last


def is_traced(s):
    """Must the tool name the culprit, because it traced from the start?"""
    return not s.loss and not s.clean and s.moment == "before" and site(s.fault) is not None


def is_found(s):
    """Must the tool find the holder, though it is older than the tool?"""
    return not s.loss and s.moment == "after" and s.fault in ("vmsplice", "uring", "left-pin")


def is_named(s):
    return is_traced(s) or is_found(s)
