"""How much memory DuckDB may take: a share of what this process may have, and no more than its threads can use.

What does not fit is spilled to disk. A limit that does not grow with the machine keeps the step as small on a large
one: more memory would only hold pages that the system's own cache holds too.
"""

from __future__ import annotations

import functools
import os
import resource
from pathlib import Path

SHARE = 0.35  # of all memory: beside DuckDB's buffers there are Python, the sample, and what malloc keeps
PER_THREAD = 128 << 20
# To write raw rows of 5,000 columns DuckDB needs 1,100 MiB, and of 2,000 columns 450 MiB.
PER_COLUMN = 192 << 10
# To read or write rows in order DuckDB takes another thread where a quarter of its limit holds 4 MiB a column for
# it (found by trying), else none, whatever `threads` says. It fills little of that; tables wider than MOST stay slow.
ORDERED = 16 << 20
MOST = 1 << 30
LEAST = 128 << 20
_CGROUP = Path("/sys/fs/cgroup")
_LIMITS = ("memory.max", "memory.limit_in_bytes")  # of cgroup 2 and 1


def memory_limit(threads: int, columns: int = 0) -> int:
    """Return the bytes for DuckDB's buffers, to work in and to keep rows of so many columns in order."""
    share = int(memory() * SHARE)
    further = min(threads - 1, min(share, MOST) // (ORDERED * max(columns, 1)))
    wanted = max(PER_THREAD * threads + PER_COLUMN * columns, ORDERED * columns * further)
    return max(LEAST, min(share, wanted))


def threads() -> int:
    """Return how many processors to use, fewer where each would not have memory enough to work in."""
    return max(1, min(os.cpu_count() or 1, int(memory() * SHARE) // (PER_THREAD // 2)))


def memory() -> int:
    """Return the bytes that this process may use: this machine's, its cgroup's or its own limit, whichever is least."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [total, *cgroup_limits()]
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        soft = resource.getrlimit(kind)[0]
        if soft != resource.RLIM_INFINITY:
            limits.append(soft)
    return min(limits)


@functools.cache  # to read a small file asks ten times, and the files of all limits took a tenth of that
def cgroup_limits() -> tuple[int, ...]:
    """Return the bytes that the process's cgroups allow it; they are set before it starts."""
    limits = []
    for line in lines_of(Path("/proc/self/cgroup")):
        _, controllers, path = line.split(":", 2)
        root = _CGROUP / "memory" if "memory" in controllers.split(",") else _CGROUP
        # In a container the group's own path lies outside of what is mounted, and its root is the group.
        for folder in (root / path.lstrip("/"), root):
            limits += [text for name in _LIMITS for text in lines_of(folder / name)]
    return tuple(int(text) for text in limits if text.isdigit())


def lines_of(path: Path) -> list[str]:
    """Return the file's lines; none where it cannot be read."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
