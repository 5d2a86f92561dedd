"""How a file is written, as it was sniffed or as a person said; travels as JSON in dataset.json and contract.json."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import NotRequired, Self, TypedDict

from core.errors import BadSetting
from core.language import mark, tr
from core.retelling import in_english, kept, told

DELIMITERS = {mark("comma"): ",", mark("semicolon"): ";", mark("tab"): "\t", mark("pipe"): "|"}
CODE = "text"  # the format of a column of digits that are no number: postal codes, phones, long keys


class DialectJson(TypedDict, total=False):
    """A Dialect in dataset.json and contract.json: `Dialect.as_dict` writes it, `Dialect.from_dict` reads it."""

    delimiter: str
    quote: str
    escape: str
    encoding: str
    compression: str
    skip: int
    footer: int
    decimal: str
    date_format: str
    file: str
    sheet: str
    as_is: bool
    untidy: list[str]
    overruled: list[str]


class NoteJson(TypedDict):
    """A Note as dataset.json holds it."""

    code: str
    message: str
    columns: list[str]
    doubt: NotRequired[str]
    written: NotRequired[dict[str, object]]  # what message and doubt were written from (`core/retelling.py`)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written. `file` is csv or parquet, of which the latter needs none of the rest; `sheet` is the
    one of a workbook of which a CSV was made (workbook.py).

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
    sheet: str = ""
    as_is: bool = True
    untidy: tuple[str, ...] = ()  # spaces, whole, borders, lines
    overruled: tuple[str, ...] = ()

    def as_dict(self) -> DialectJson:
        """Return the dialect as JSON, its fields in this order."""
        return {
            "delimiter": self.delimiter,
            "quote": self.quote,
            "escape": self.escape,
            "encoding": self.encoding,
            "compression": self.compression,
            "skip": self.skip,
            "footer": self.footer,
            "decimal": self.decimal,
            "date_format": self.date_format,
            "file": self.file,
            "sheet": self.sheet,
            "as_is": self.as_is,
            "untidy": list(self.untidy),
            "overruled": list(self.overruled),
        }

    @classmethod
    def from_dict(cls, value: DialectJson) -> Self:
        """Return the dialect in dataset.json or contract.json; keys that only another version writes are ignored."""
        return cls(
            delimiter=value.get("delimiter", ","),
            quote=value.get("quote", '"'),
            escape=value.get("escape", '"'),
            encoding=value.get("encoding", "utf-8"),
            compression=value.get("compression", ""),
            skip=value.get("skip", 0),
            footer=value.get("footer", 0),
            decimal=value.get("decimal", "."),
            date_format=value.get("date_format", ""),
            file=value.get("file", "csv"),
            sheet=value.get("sheet", ""),
            as_is=value.get("as_is", True),
            untidy=tuple(value.get("untidy", ())),
            overruled=tuple(value.get("overruled", ())),
        )


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
    sheet: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "delimiter", _delimiter(self.delimiter))
        object.__setattr__(self, "encoding", _encoding(self.encoding))
        object.__setattr__(self, "decimal", _decimal(self.decimal))
        object.__setattr__(self, "date_format", _date_format(self.date_format))
        if self.skip is not None and not 0 <= self.skip <= 1000:
            raise _bad("skip-lines", tr("{lines} is not between 0 and 1,000.", lines=self.skip))
        if self.header is not None and not 1 <= self.header <= 100_000:
            raise _bad(
                "header", tr("{line} is no line of a header: they are counted from 1.", line=self.header)
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the fields that a person filled in."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) not in ("", None))


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that reading met, and what was made of it; `doubt` when it could be read otherwise too."""

    code: str
    message: str
    columns: tuple[str, ...] = ()
    doubt: str = ""  # what else it could be, and why it was not chosen

    def as_dict(self) -> NoteJson:
        """Return the note as JSON, its fields in this order."""
        return {
            "code": self.code,
            "message": in_english(self.message),
            "columns": list(self.columns),
            "doubt": in_english(self.doubt),
            "written": {"message": kept(self.message), "doubt": kept(self.doubt)},
        }

    @classmethod
    def from_dict(cls, value: NoteJson) -> Self:
        """Return the note in dataset.json."""
        return cls(value["code"], told(value, "message"), tuple(value["columns"]), told(value, "doubt"))


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
        """Return this with the types of `types`, by column; the others keep theirs."""
        return replace(self, columns=tuple((name, types.get(name, kind)) for name, kind in self.columns))

    def as_text(self) -> Sniffed:
        """Return this with all columns as text."""
        return replace(self, columns=tuple((name, "VARCHAR") for name, _ in self.columns), formats={})

    def format(self, name: str) -> str:
        """Return how the column's cells are written, "" where they are plain."""
        return self.formats.get(name, "")


def _bad(flag: str, reason: str) -> BadSetting:
    return BadSetting(
        name=flag, reason=reason, source=tr("--{option}, or the Configuration page", option=flag)
    )


def _delimiter(given: str) -> str:
    char = DELIMITERS.get(given.lower(), given.replace("\\t", "\t"))
    if char and (len(char) != 1 or char.isalnum() or char in "\"'\r\n."):
        reason = tr(
            "'{given}' is none of {delimiters}, nor another sign.",
            given=given,
            delimiters=", ".join(DELIMITERS),
        )
        raise _bad("delimiter", reason)
    return char


def _encoding(given: str) -> str:
    if not given:
        return ""
    import codecs

    try:
        codec = codecs.lookup(given)
    except (LookupError, ValueError):
        codec = None
    if codec is None or not getattr(codec, "_is_text_encoding", True):
        reason = tr(
            "There is no encoding '{encoding}'; utf-8, windows-1252 and utf-16 are some.", encoding=given
        )
        raise _bad("encoding", reason)
    return codec.name


def _decimal(given: str) -> str:
    sign = {"comma": ",", "point": "."}.get(given.lower(), given)
    if sign not in ("", ",", "."):
        raise _bad("decimal", tr("'{given}' is neither , nor .", given=given))
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
        raise _bad("date-format", tr("'{given}' is no format such as dd/mm/yyyy or %d/%m/%Y.", given=given))
    return form
