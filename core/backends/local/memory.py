"""The memory of this machine that is free."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def free() -> int | None:
    """Return the bytes that programs here can still have; None where the system does not tell."""
    left: list[int] = []
    with suppress(OSError, KeyError, ValueError):
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        left.append(int(lines["MemAvailable"].split()[0]) * 1024)
    with suppress(OSError, ValueError):  # "max" is no number: no limit of the container
        limit, used = ((CGROUP / name).read_text() for name in ("memory.max", "memory.current"))
        left.append(int(limit) - int(used))
    return min(left, default=None)
