"""How a file is written, as it was sniffed or as a person said: plain data that travels in dataset.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from core.errors import BadSetting

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
CODE = "text"  # the format of a column of digits that are no number: postal codes, phones, long keys


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written. `file` is csv or parquet, of which the latter needs none of the rest.

    `skip` lines stand above the header, `footer` records of totals and notes at the end. `as_is`: DuckDB can read
    the file as it lies, without a copy in UTF-8. `untidy` names why it is no plain CSV, and read by way of one
    (tidy.py): spaces around the cells, whole lines in quotes, borders, or lines that are no rows or have odd quotes.
    `overruled` names what a person said rather than the sniffing.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    compression: str = ""  # or gzip
    skip: int = 0
    footer: int = 0
    decimal: str = "."
    date_format: str = ""  # as a person said
    file: str = "csv"
    as_is: bool = True
    untidy: tuple[str, ...] = ()  # spaces, whole, borders, lines
    overruled: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"untidy": list(self.untidy), "overruled": list(self.overruled)}

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Self:
        """From dataset.json or contract.json; what another version wrote beside it is left out."""
        known = {f.name: told[f.name] for f in fields(cls) if f.name in told}
        lists = {name: tuple(known.get(name, ())) for name in ("untidy", "overruled")}
        return cls(**known | lists)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person says of how a file is to be read; None and "" are left to the sniffing.

    `header` is the line of the header, counted from 1, whatever it holds. `date_format` is strptime's (`%d/%m/%Y`)
    or in letters (`dd/mm/yyyy`). Raises BadSetting.
    """

    delimiter: str = ""
    encoding: str = ""
    decimal: str = ""
    date_format: str = ""
    skip: int | None = None
    header: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "delimiter", _delimiter(self.delimiter))
        object.__setattr__(self, "encoding", _encoding(self.encoding))
        object.__setattr__(self, "decimal", _decimal(self.decimal))
        object.__setattr__(self, "date_format", _date_format(self.date_format))
        if self.skip is not None and not 0 <= self.skip <= 1000:
            raise _bad("skip-lines", f"{self.skip} is not between 0 and 1,000.")
        if self.header is not None and not 1 <= self.header <= 100_000:
            raise _bad("header", f"{self.header} is no line of a header: they are counted from 1.")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in fields(self) if getattr(self, f.name) not in ("", None))


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that reading met, and what was made of it; `doubt` when it could be read otherwise too."""

    code: str
    message: str
    columns: tuple[str, ...] = ()
    doubt: str = ""  # what else it could be, and why it was not chosen

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"columns": list(self.columns)}

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Self:
        return cls(**told | {"columns": tuple(told["columns"])})


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file's dialect and its columns as (name, DuckDB type), in order.

    `formats` has how a column's cells are written where that is not plain: a number by example
    (`1.234,56 €`), a date by strptime's formats, several separated by `|`, or CODE. `kept` has the words that spell
    "missing" (cell_text.BLANKS) and yet are values of a column.
    """

    dialect: Dialect
    columns: tuple[tuple[str, str], ...]
    formats: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    others: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # doubtful columns: the other (format, type)
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()  # texts that a person wants as numbers

    def retyped(self, types: dict[str, str]) -> Sniffed:
        return replace(self, columns=tuple((name, types.get(name, kind)) for name, kind in self.columns))

    def as_text(self) -> Sniffed:
        return replace(self, columns=tuple((name, "VARCHAR") for name, _ in self.columns), formats={})

    def format(self, name: str) -> str:
        return self.formats.get(name, "")


def _bad(flag: str, reason: str) -> BadSetting:
    return BadSetting(name=flag, reason=reason, source=f"--{flag}, or the Configuration page")


def _delimiter(given: str) -> str:
    char = DELIMITERS.get(given.lower(), given.replace("\\t", "\t"))
    if char and (len(char) != 1 or char.isalnum() or char in "\"'\r\n."):
        raise _bad("delimiter", f"'{given}' is none of {', '.join(DELIMITERS)}, nor another sign.")
    return char


def _encoding(given: str) -> str:
    if not given:
        return ""
    import codecs

    try:
        found = codecs.lookup(given)
    except (LookupError, ValueError):
        found = None
    if found is None or not getattr(found, "_is_text_encoding", True):
        raise _bad("encoding", f"There is no encoding '{given}'; utf-8, windows-1252 and utf-16 are some.")
    return found.name


def _decimal(given: str) -> str:
    sign = {"comma": ",", "point": "."}.get(given.lower(), given)
    if sign not in ("", ",", "."):
        raise _bad("decimal", f"'{given}' is neither , nor .")
    return sign


_LETTERS = (
    ("yyyy", "%Y"),
    ("yy", "%y"),
    ("dd", "%d"),
    ("mm", "%m"),
    ("HH", "%H"),
    ("MM", "%M"),
    ("SS", "%S"),
)


def _date_format(given: str) -> str:
    form = given.strip()
    if form and "%" not in form:
        for letters, sign in _LETTERS:
            form = form.replace(letters, sign)
    month = any(sign in form for sign in ("%m", "%b", "%B"))
    if form and not ("%d" in form and month and ("%Y" in form or "%y" in form)):
        raise _bad("date-format", f"'{given}' is no format such as dd/mm/yyyy or %d/%m/%Y.")
    return form
