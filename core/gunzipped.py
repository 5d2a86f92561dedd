"""Gzip with a limit: what a few bytes unpack to can be any number of them."""

from __future__ import annotations

import gzip
from pathlib import Path

from core.language import tr


class UnpacksTooLarge(gzip.BadGzipFile):
    """Gzip that unpacks to what no data do."""


class Gunzipped(gzip.GzipFile):
    """The bytes of a gzip file, as long as they are not out of all proportion: a few MB can hold a full disk.

    Raises UnpacksTooLarge from `read`, which takes no more than `AT_ONCE` bytes at a time.
    """

    LARGE, TIMES, AT_ONCE = 1 << 30, 200, 1 << 26  # bytes; times the packed ones; bytes

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.most = max(self.LARGE, self.TIMES * path.stat().st_size)

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.AT_ONCE + 1 if size is None or size < 0 else size  # at least: the whole file
        data = super().read(min(wanted, self.AT_ONCE))
        if self.tell() > self.most or (len(data) == self.AT_ONCE and wanted > self.AT_ONCE):
            raise UnpacksTooLarge(
                tr("it unpacks to more than {times} times its size, or in one piece", times=self.TIMES)
            )
        return data
