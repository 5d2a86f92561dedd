"""Dates with a month's name as digits: English, Spanish, Portuguese, French, German, Italian, Dutch, Catalan, Polish,
Romanian, Indonesian, and the languages of Scandinavia.

`5 de marzo de 2024`, `5. Mrz 2019`, `Mon Jan 06 10:00:00 2020` and `1er janv. 2020` become `5 03 2024`, ...: no word
is the name of one month here and of another there. Reading is the same in SQL (`digits_sql`) and in Python (`digits`).
The names are CLDR's for these languages, and what is seen beside them (mrz, setiembre).
"""

from __future__ import annotations

import re

from core.cells.sql import SqlDialect

_NAMES = (
    "jan january ene enero janeiro janv janvier januar janner gen gennaio"
    " januari gener ianuarie sty stycznia styczen",
    "feb february febrero fev fevereiro fevr fevrier februar feber febbraio"
    " februari febr febrer februarie lut lutego luty",
    "mar march marzo marco mars marz mrz maart mrt marc marts martie maret marca marzec",
    "apr april abr abril avr avril aprile aprilie kwi kwietnia kwiecien",
    "may mayo mai maio mag maggio mei maj maig maja",
    "jun june junio junho juin juni giu giugno juny iunie cze czerwca czerwiec",
    "jul july julio julho juil juill juillet juli lug luglio juliol iulie lip lipca lipiec",
    "aug august ago agosto aout augustus augusti agost agustus sie sierpnia sierpien",
    "sep sept september septiembre set setiembre setembro septembre sett settembre"
    " setembre septembrie wrz wrzesnia wrzesien",
    "oct october octubre out outubro octobre okt oktober ott ottobre octombrie paz pazdziernika pazdziernik",
    "nov november noviembre novembro novembre noiembrie lis listopada listopad",
    "dec december dic diciembre dez dezembro decembre dezember dicembre"
    " des desember desembre decembrie gru grudnia grudzien",
)
MONTHS = {name: f"{month:02}" for month, names in enumerate(_NAMES, start=1) for name in names.split()}
_ACCENTED, _BARE = "áàâãäéèêëíìîïóòôõöúùûüçñńśź\u00a0\u202f", "aaaaaeeeeiiiiooooouuuucnnsz  "
_STEPS = (
    (
        r"^[a-z]{2,}[.,]* +([0-9]{1,2}[.º°ª]?[a-z]{0,2}[-/., ]+[a-z]{2,}[^a-z].*)$",
        r"\1",
    ),  # a weekday before the day
    (r"^[a-z]{2,}[.,]* +([a-z]{3,}[^a-z].*)$", r"\1"),  # a weekday before the month
    (r"\b(?:de|del|di|do|da|of|the|le|el|den|der|at|um)\b", " "),
    (r"\b(?:utc|gmt|[acehmp][kd]?[sd]t|cest|cet|eest|eet|west|wet|bst|ist|msk)\b(?:[+-][0-9:]+)?", " "),
    (r" [+-][0-9]{4} ([0-9]{4})$", r" \1"),
    (r"^([^a-z]*[0-9])(?:st|nd|rd|th|er|[.º°ª])( )", r"\1\2"),
    (r"([a-z] [0-9]{1,2})(?:st|nd|rd|th|er|[.º°ª])([, ])", r"\1\2"),
    (r"([ap])[.] ?m[.]?", r"\1m"),
    (r"[-/., ']*([a-z]{3,})[-/., ']*", r" \1 "),
    (r"[, ]+", " "),
)
_COMPILED = [(re.compile(pattern, re.ASCII), by) for pattern, by in _STEPS]
_WORD = re.compile(r"[a-z]{3,}")


def rules() -> dict[str, object]:
    """Return what `digits` goes by, as JSON, for the scorer of an exported model."""
    return {
        "accents": [_ACCENTED, _BARE],
        "steps": [list(step) for step in _STEPS],
        "word": _WORD.pattern,
        "names": MONTHS,
    }


def digits(cell: str) -> str:
    """Return `cell` with its month as two digits between spaces, and without what else is said; "" without a month."""
    text = named(cell)
    word = _WORD.search(text)
    return text.replace(word[0], MONTHS[word[0]]) if word else ""


def named(cell: str) -> str:
    """Return `cell` with its month's name in small letters between spaces, and without what else is said, or ""."""
    text = cell.strip().lower().translate(str.maketrans(_ACCENTED, _BARE))
    for pattern, by in _COMPILED:
        text = pattern.sub(by, text)
    text = text.strip()
    word = _WORD.search(text)
    return text if word and word[0] in MONTHS else ""


def digits_sql(text: str, dialect: SqlDialect) -> str:
    """Return the SQL of what `digits` returns for the SQL text `text`, blank without a month."""
    value = f"translate(lower(trim({text})), {dialect.literal(_ACCENTED)}, {dialect.literal(_BARE)})"
    for pattern, by in _STEPS:
        value = dialect.replace(value, pattern, by)
    months = dialect.let(
        "word",
        dialect.find("whole", _WORD.pattern),
        f"replace(whole, word, {dialect.lookup('word', MONTHS)})",
    )
    return dialect.let("whole", f"trim({value})", months)


def digits_format(form: str) -> str:
    """Return the strptime format of what `digits` makes of a cell of the format `form`."""
    return " ".join(re.sub(r"[-/., ]*%[bB][-/., ]*", " %m ", form).replace(",", " ").split())
