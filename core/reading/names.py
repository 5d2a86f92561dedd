"""What the columns are called: the header's cells without what cannot be seen, each once, none the table's own."""

from __future__ import annotations

import re
import unicodedata

# Names that the table's own columns have while it is read and encoded, and DuckDB's pseudo column.
_RESERVED = re.compile(r"rowid|__\w+__|\d+:(value|bad|unseen|out)", re.IGNORECASE)
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # controls, byte order marks, zero widths, spaces


def plain_name(cell: str) -> str:
    """Return a header's cell as a name: nothing invisible at its edges, one space for many, accents composed (NFC).

    Two files mean the same column by what one sees, however they write it.
    """
    start, end = 0, len(cell)
    while start < end and unicodedata.category(cell[start]) in _UNSEEN:
        start += 1
    while end > start and unicodedata.category(cell[end - 1]) in _UNSEEN:
        end -= 1
    return unicodedata.normalize("NFC", " ".join(cell[start:end].split()))


def reserved(name: str) -> bool:
    """Return whether a column of that name would meet one of the table's own."""
    return bool(_RESERVED.fullmatch(name))


def unique_names(cells: list[str]) -> list[str]:
    """Return names that differ even when case is ignored, as DuckDB does: `a, A` become `a, A_2`.

    A reserved one is numbered as if it were taken: `rowid` becomes `rowid_2`, in training as at inference.
    """
    taken: set[str] = set()
    names = []
    for position, cell in enumerate(cells, start=1):
        base = name = cell or f"column_{position}"
        number = 1
        while name.casefold() in taken or reserved(name):
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def shown(cell: str) -> str:
    """Return a name with its invisible characters spelt out: `<U+FEFF>a`."""
    return "".join(
        f"<U+{ord(char):04X}>" if unicodedata.category(char) in ("Cc", "Cf") else char for char in cell
    )
