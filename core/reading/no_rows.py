"""Lines that are no rows: totals and notes at the end, lines of dashes or units, the header again, mere delimiters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.cells.number_evidence import is_number
from core.language import mark
from core.reading.records import Record

TOTALS, FOOTNOTE, RULE = mark("a line of totals"), mark("a footnote"), mark("a line of dashes")
UNITS, AGAIN, NOTHING = mark("a line of units"), mark("the header again"), mark("nothing but delimiters")
NO_ROWS = (TOTALS, FOOTNOTE, RULE, UNITS, AGAIN, NOTHING)

_TOTALS = re.compile(
    r"((grand|sub|overall|column|sum)[ -]?)?totals?( (generale?|geral|amount|sum))?|(sub)?total(es|i|en|t)?|totais|"
    r"totales generales|sumas?( total)?|soma|somma|sommes?|sum|summa|(gesamt|end|zwischen|teil)?summen?|"
    r"gesamt(ergebnis|betrag)?|"
    r"insgesamt|totale? generale?|(eind)?totaal|i alt|sammanlagt|yhteensä|celkem|spolu|razem|ogółem|łącznie|összesen|"
    r"ukupno|skupaj|(genel )?toplam|jumlah|tổng( cộng)?|итого|всего|разом|усього|общо|σύνολο|المجموع|الإجمالي|סה\"כ|"
    r"合計|総計|小計|总计|合计|總計|小计|합계|총계|कुल|รวม",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"\W*((sources?|fuentes?|quellen?|fontes?|notes?|notas?|hinweise?|anmerkung(en)?|bron|källa|kilde|lähde|zdroj|"
    r"źródło|uwag[ai]|источник|примечани[ея]|generated|exported|erstellt|downloaded|updated|actualizado|last updated?|"
    r"copyright|disclaimer|legend|leyenda)\b|©|注|備考|出典|資料|资料|来源|출처|"
    r"\(?\d+ (rows?|filas?|zeilen?|lignes?|linhas?|righe)\b)",
    re.IGNORECASE,
)
_MARKED = re.compile(r"\s*([*†‡§¹²³]|\(\W+\)|\(\d\)|\[\d\]|\(\w\) ).*\w")
_RULE = re.compile(r"[\s|+:,;_\-=─━═┼│├┤┬┴╪╬]*(-{2}|={2}|_{2}|─{2}|═{2}|━{2}|:-|-:)[\s|+:,;_\-=─━═┼│├┤┬┴╪╬]*")


def is_rule(text: str) -> bool:
    """Return whether a line is drawn: dashes under a header, the border of a table."""
    return text[:1] in " |+:,;_-=\t─━═┼│├┤┬┴╪╬" and _RULE.fullmatch(text) is not None


def is_nothing(cells: Sequence[str]) -> bool:
    """Return whether no cell holds anything but space, or delimiters that are not this file's."""
    return not any(cell.strip(" \t\u00a0,;|") for cell in cells)


def is_units(first: Sequence[str], others: Sequence[Sequence[str]], numbers: frozenset[int]) -> bool:
    """Return whether the first line below the header says what its columns of `numbers` are measured in."""
    cells = [cell.strip() for cell in first]
    units = [cells[column] for column in numbers if column < len(cells) and cells[column]]
    if len(others) < 3 or not units or any(any(map(str.isdigit, cell)) and len(cell) > 4 for cell in units):
        return False
    if any(is_number(cell) or not _unit(cell) for cell in units):
        return False
    bracketed = all(cell[0] in "([" and cell[-1] in ")]" for cell in units)
    rest = [column for column in range(len(cells)) if column not in numbers and cells[column]]
    unseen = all(
        all(cells[column] != row[column].strip() for row in others if column < len(row)) for column in rest
    )
    return unseen and (bracketed or len(units) > 1)


def _unit(cell: str) -> bool:
    return any(map(str.isalpha, cell)) or "%" in cell or cell.strip("()[]") in "°$€£#"


def at_the_end(records: Sequence[Record], cells: int) -> dict[int, str]:
    """Return the last `records` that are totals or footnotes: {index among them: which of the two}."""
    kinds: dict[int, str] = {}
    for index in range(len(records) - 1, 1, -1):
        earlier = [record.cells for record in records[:index]]
        if _totals(records[index].cells, cells, earlier):
            kinds[index] = TOTALS
        elif _footnote(records[index].cells, cells, earlier):
            kinds[index] = FOOTNOTE
        else:
            break
    return kinds


def _totals(record: list[str], cells: int, earlier: list[list[str]]) -> bool:
    """Return whether such a word is first, and numbers or blanks after it, in no row before."""
    last = [cell.strip() for cell in record]
    column = next((i for i, cell in enumerate(last) if cell), None)
    if column is None or len(last) != cells or not _TOTALS.fullmatch(last[column].strip("*: .")):
        return False
    if not any(last[column + 1 :]) or any(cell and not is_number(cell) for cell in last[column + 1 :]):
        return False
    return all(len(row) <= column or row[column].strip() != last[column] for row in earlier)


def _footnote(record: list[str], cells: int, earlier: list[list[str]]) -> bool:
    """Return whether words begin the line and nothing more follows, under rows that have more."""
    filled = [cell.strip() for cell in record if cell.strip()]
    if not filled or not record[0].strip():
        return False
    noted = bool(_NOTE.match(filled[0]) or _MARKED.match(filled[0]))
    if noted and len(record) == cells:
        full = sum(sum(map(bool, row)) > len(filled) for row in earlier)
        return len(filled) == 1 and full >= 0.9 * len(earlier)
    words = len(filled) == 1 and " " in filled[0] and any(map(str.isalpha, filled[0]))
    return len(record) != cells and (noted or words)
