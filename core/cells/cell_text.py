"""The text of a cell, before it is a number, a date or a category: guards of spreadsheets, and words for nothing.

Every reader comes through `cleaned`, in training and at inference, so that a cell means the same in both. What is
nothing in any column (BLANKS, a spreadsheet's errors) is blank there; what is a word or a sign elsewhere (`..`, `*`,
`unknown`, 0000-00-00) is blank only where numbers or dates are looked for (`nothing`).
"""

from __future__ import annotations

import re

from core.cells.sql import literal, literals

BLANKS = ("", "NA", "N/A", "n/a", "n.a.", "NaN", "nan", "NaT", "NULL", "Null", "null", "(null)", "None", "<NA>", "\\N",
          *("?", "-", " - ", "--", "#N/A", "#N/D", "#NV", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?"))  # fmt: skip
SPACES = " \u00a0\u2007\u202f\t"
# Excel's and LibreOffice's errors in English, Spanish, Portuguese, French, German and Italian.
ERROR = (
    r"#(¡?DIV/0|¡?(VALOR|REF|NUM)|NÚM|¿?NOMBRE|¡?NULO|VALUE|VALEUR|VALORE|WERT|NAME|NOME|NOM|NULL|NUL|NULLO|ZAHL"
    r"|BEZUG|RIF|SPILL|CALC|N/A|N/D|NV|NB|FIELD|BLOCKED|CONNECT|GETTING_DATA|DESBORDAMIENTO|ÜBERLAUF)[!?]?( N/A)?"
)
GUARDED = r"'[-+]?[$€£]?[.,]?[0-9].*"  # an apostrophe before digits: a spreadsheet's "this is text"
_SIGNS = r"[^0-9a-zà-öø-ÿ一-鿿а-яα-ω]*"  # lower case: nothing that could be a letter or a digit
_WORDS = (
    *("na", "n/a", "n.a.", "n.a", "n/d", "n.d.", "nd", "s/d", "s.d.", "k.a.", "k. a.", "n/k", "nan", "nat", "null"),
    *("none", "nil", "blank", "en blanco", "missing", "unknown", "unk", "not available"),
    *("not applicable", "no data", "tbd", "sin dato", "sin datos", "no disponible", "no aplica", "desconocido"),
    *("desconocida", "desconhecido", "não disponível", "inconnu", "non disponible", "unbekannt", "keine angabe"),
    *("undefined", "no consta", "ns/nc", "não informado", "sem dados", "non renseigné", "nicht verfügbar"),
    *("нет данных", "н/д", "sconosciuto", "non disponibile", "n.v.", "nr", "\\n", "nulo", "nulla", "vide", "leer"),
)  # fmt: skip
# All zeros, .NET's first day, and Excel's day 0: what programs write where there is no date.
_NO_DAY = r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}|0{8}|0001[-/.]01[-/.]01|0?1[-/.]0?1[-/.]0001|1900[-/.]01[-/.]00"
_NO_DATE = rf"({_NO_DAY})([ t]0{{1,2}}(:00){{1,2}}([.]0+)?)?z?"
_BRACKETED = r"[\[(<{]?(" + "|".join(map(re.escape, _WORDS)) + r")[\])>}]?"
NOTHING = "|".join((_SIGNS, r"#[^ 0-9#]{1,16}0?[!?]?", _NO_DATE, _BRACKETED))
_ODD = ("=", "'", "#", *SPACES)


def is_guarded(column: str) -> str:
    """Return the SQL of whether the text in the SQL text `column` may need cleaning; few do.

    By the sign that it begins with, as ranges, which cost nothing where no text lies in them.
    """
    ranges = (("=", ">"), ("\u00a0", "\u00a1"), ("\u2007", "\u2030"))
    inside = " OR ".join(f"{column} >= {literal(low)} AND {column} < {literal(high)}" for low, high in ranges)
    return f"({column} < '(' OR {inside})"


def cleaned(column: str) -> str:
    """Return the SQL of the text in `column` without a spreadsheet's guards, blank where there is nothing."""
    guarded = f"""nullif(replace({column}[3:-2], '""', '"'), '')"""
    return (
        f"""CASE WHEN {column} LIKE '="%"' THEN {guarded} """
        f"WHEN regexp_full_match({column}, {literal(GUARDED)}, 's') THEN {column}[2:] "
        f"WHEN regexp_full_match({column}, {literal(ERROR)}) THEN NULL "
        f"WHEN trim({column}, {literal(SPACES)}) = '' THEN NULL ELSE {column} END"
    )


def clean(cell: str | None) -> str | None:
    """Return what `cleaned` makes of a cell, in Python (samples are judged before any table is there)."""
    if not cell or cell[0] not in _ODD:
        return cell
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1].replace('""', '"') or None
    if _IS_GUARDED.fullmatch(cell):
        return cell[1:]
    return None if _IS_ERROR.fullmatch(cell) or not cell.strip(SPACES) else cell


def nothing(column: str) -> str:
    """Return the SQL of whether the SQL text `column`, where a number or a date belongs, says that there is none."""
    return f"regexp_full_match(lower(trim({column}, {literal(SPACES)})), {literal(NOTHING)}, 's')"


def said(column: str) -> str:
    """Return the SQL of whether the SQL text `column` says something where a number or a date belongs."""
    return f"{column} IS NOT NULL AND NOT {nothing(column)}"


def unread(column: str, value: str) -> str:
    """Return the SQL of whether a cell says something that the SQL `value` does not read.

    A CASE, not an AND: DuckDB would look at every cell for both.
    """
    return f"CASE WHEN {value} IS NULL THEN {said(column)} ELSE false END"


def is_nothing(cell: str) -> bool:
    """Return what `nothing` says, in Python."""
    return _IS_NOTHING.fullmatch(cell.strip(SPACES).lower()) is not None


def filled(column: str, blanks: tuple[str, ...] = BLANKS) -> str:
    """Return the SQL of the text in the SQL text `column`, blank where it is one of `blanks`."""
    return f"CASE WHEN {column} NOT IN {literals(blanks)} THEN {column} END"


def read(column: str, blanks: tuple[str, ...] = BLANKS) -> str:
    """Return the SQL of what the raw cell `column` says: as `cleaned`, and blank where it is one of `blanks`."""
    text = f"CASE WHEN {is_guarded(column)} THEN {cleaned(column)} ELSE {column} END"
    return f"CASE WHEN {column} NOT IN {literals(blanks)} THEN {text} END"


_IS_NOTHING = re.compile(NOTHING, re.DOTALL)
_IS_GUARDED = re.compile(GUARDED, re.DOTALL)
_IS_ERROR = re.compile(ERROR)
