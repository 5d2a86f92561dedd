"""An endpoint's answers as predictions: one dict a row for a form, and a file with the input's own columns.

The file is the analyst's: their columns as they stand, in their order, delimiter and decimal sign, then what the
model says. A row that could not be used keeps its place, with a blank prediction and the reason.
"""

from __future__ import annotations

import csv
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import duckdb
import numpy as np
import pandas as pd

from core.cells.formulas import harmless, is_formula
from core.cells.sql import identifier, literal, literals
from core.encoding.contract import Contract
from core.encoding.encoded_rows import ENCODED, EncodedRows, OddRows
from core.encoding.row_checks import FLAGS, REASON
from core.errors import BadAnswer, NoSuchColumn
from core.judging.decision_file import Decision
from core.judging.referral import ASK
from core.language import tr
from core.numbers import integer
from core.predictions_workbook import is_workbook, refuse_too_large, write_workbook
from core.reading import csv_table
from core.reading.layout import unique_names
from core.reading.suffixes import stored_suffix
from core.scratch import plain_path
from core.storage import storage_errors
from core.workbooks.sheet_rows import sheet_rows
from core.workbooks.write import MOST_COLUMNS

UNASKED = "not asked: the job ended before"
BLOCK = 1 << 20  # characters
ADDED = ("prediction", "low", "high")  # to rows of which a number is predicted
# A class of the label by its text, or a number; probabilities are numbers.
Predicted: TypeAlias = dict[str, str | float]


def probabilities(contract: Contract, raw: np.ndarray) -> np.ndarray:
    """Return the endpoint's answer as one probability a class, (n, classes). Raises BadAnswer for a wrong shape."""
    classes = len(contract.classes)
    if contract.label.problem == "binary" and raw.ndim == 1:
        return np.column_stack([1.0 - raw, raw])
    if raw.ndim == 2 and raw.shape[1] == classes:
        return raw
    raise BadAnswer(
        reason=tr(
            "It answered {shape} numbers where ({rows}, {classes}) belong.",
            shape=raw.shape,
            rows=len(raw),
            classes=classes,
        )
    )


def _class_numbers(contract: Contract, raw: np.ndarray) -> np.ndarray:
    if len(raw) and not np.isin(raw, np.arange(len(contract.classes))).all():
        reason = tr("It answered numbers that are no class of 0 to {last}.", last=len(contract.classes) - 1)
        raise BadAnswer(reason=reason)
    return raw.astype(int)


def _columns(
    contract: Contract,
    raw: np.ndarray,
    decision: Decision | None = None,
    half_width: float | None = None,
    odd: OddRows | None = None,
) -> dict[str, np.ndarray | pd.Categorical]:
    """Return the output columns of the accepted rows: see `write_predictions`."""
    if contract.label.problem == "regression":
        around = {} if half_width is None else {"low": raw - half_width, "high": raw + half_width}
        return {"prediction": raw, **around}
    if contract.label.problem == "multiclass" and raw.ndim == 1:
        # multi:softmax answers the number of the class and no probabilities.
        named = _named(contract, _class_numbers(contract, raw))
        return {"decision": named, "prediction": named}
    shares = probabilities(contract, raw)
    codes = decided = shares.argmax(axis=1)
    decisions = contract.classes
    if contract.label.problem == "binary":
        score = shares[:, 1]
        if decision:
            shown = decision.probability(score)
            shares = np.column_stack([1.0 - shown, shown])
        codes = (shares[:, 1] >= 0.5).astype(int)
        decided = decision.positive(score).astype(int) if decision else codes
        if decision and decision.referral:
            decisions = (*contract.classes, ASK)
            decided = np.where(decision.asked(score, odd), len(contract.classes), decided)
    columns: dict[str, np.ndarray | pd.Categorical] = {
        "decision": pd.Categorical.from_codes(decided, list(decisions)),
        "prediction": _named(contract, codes),
        "probability": shares[np.arange(len(shares)), codes],
    }
    shown = contract.classes[1:] if contract.label.problem == "binary" else contract.classes
    for name in shown:
        columns[f"probability_{name}"] = shares[:, contract.classes.index(name)]
    return columns


def _named(contract: Contract, codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, list(contract.classes))


def asked_rows(
    contract: Contract,
    encoded: EncodedRows,
    raw: np.ndarray,
    decision: Decision | None,
    answered: np.ndarray | None = None,
) -> int:
    """Return how many rows are left to a person, of those that `write_predictions` writes with a decision."""
    if decision is None or decision.referral is None:
        return 0
    places = np.flatnonzero(encoded.accepted)
    if answered is not None:
        raw, places = raw[answered], places[answered]
    return int(decision.asked(probabilities(contract, raw)[:, 1], encoded.odd.at(places)).sum())


def decode(
    contract: Contract,
    raw: np.ndarray,
    decision: Decision | None = None,
    half_width: float | None = None,
    odd: OddRows | None = None,
) -> list[Predicted]:
    """Return one dict a row, of the columns that `write_predictions` adds, without the flags.

    `odd` tells what is odd about the rows, which may be why a person is asked.
    """
    columns = _columns(contract, np.asarray(raw, dtype="float64"), decision, half_width, odd)
    return pd.DataFrame(columns).to_dict("records")


def added_names(contract: Contract, objective: str, has_range: bool) -> tuple[str, ...]:
    """Return the names of the columns that `write_predictions` puts beside those of the input."""
    if not contract.classes:
        return ("prediction", *(("low", "high") if has_range else ()), "flags")
    if objective == "multi:softmax":
        return ("decision", "prediction", "flags")
    shown = contract.classes[1:] if contract.label.problem == "binary" else contract.classes
    return ("decision", "prediction", "probability", *(f"probability_{name}" for name in shown), "flags")


def check_columns(
    contract: Contract, encoded: EncodedRows, output: Path, columns: Sequence[str] = ()
) -> None:
    """Refuse, before anything is asked, columns that `write_predictions` would not have, and more rows than fit.

    Raises NoSuchColumn, BadOutput.
    """
    added = ["decision", "prediction", "probability", *(f"probability_{name}" for name in contract.classes)]
    names = unique_names([*encoded.names, *(added if contract.classes else ADDED), "flags"])
    refuse_too_large(output, encoded.rows, len(columns or names))
    _chosen(names, columns)


def write_predictions(
    contract: Contract,
    encoded: EncodedRows,
    raw: np.ndarray,
    output: Path,
    guard: bool = True,
    decision: Decision | None = None,
    half_width: float | None = None,
    answered: np.ndarray | None = None,
    *,
    columns: Sequence[str] = (),
    about: Sequence[tuple[str, str]] = (),
    progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Write one line per input row, in order, whole or not at all; return how many cells were guarded.

    Columns: those of the input as they stand; for classes `decision`; `prediction` (class text or number); for
    classes `probability` of the predicted class and `probability_<class>` (binary: of the positive class only), for a
    number with a known `half_width` the ends of its range, `low` and `high`; `flags`. `decision` is the class by the
    model's decision or ASK, the predicted one where there is none; the probabilities are calibrated if that was
    decided. Of two equal names the later one gets a number. A rejected row has no prediction, and its reason and its
    line in the flags. `guard` puts an apostrophe before what a spreadsheet would run. `raw` is (n,) or (n, k), for the
    accepted rows in order; where `answered` is false of one, it has no prediction either, and is flagged as not asked
    for. The name of `output` says what it is: .xlsx a workbook, with a sheet `about` it, .parquet, or else a CSV
    written as the input is. `columns` are those to write, in this order; none are all.
    `progress` is told the share of a workbook that is written, which takes longest.
    Raises BadAnswer when it has not one answer a row, NoSuchColumn, BadOutput, StorageFailed.
    """
    raw = np.asarray(raw, dtype="float64")
    expected = int(encoded.accepted.sum())
    if len(raw) != expected:
        raise BadAnswer(
            reason=tr("It answered {rows} rows for {asked}.", rows=integer(len(raw)), asked=integer(expected))
        )
    places = np.flatnonzero(encoded.accepted)
    if answered is not None and not answered.all():
        unasked, places, raw = places[~answered], places[answered], raw[answered]
    else:
        unasked = places[:0]
    answers = pd.DataFrame(
        _columns(contract, raw, decision, half_width, encoded.odd.at(places)), index=places
    )
    table = answers.reindex(np.arange(encoded.rows))
    asked = np.ones(encoded.rows, dtype=bool)
    asked[unasked] = False
    output = Path(output)
    temporary = output.with_name(f".predictions.{secrets.token_hex(4)}.tmp")
    with storage_errors("write", output.name):
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            guarded = _write(encoded, table, asked, output, temporary, guard, columns, about, progress)
            os.replace(temporary, output)
            return guarded
        finally:
            temporary.unlink(missing_ok=True)


def _write(
    encoded: EncodedRows,
    answers: pd.DataFrame,
    asked: np.ndarray,
    output: Path,
    path: Path,
    guard: bool,
    columns: Sequence[str],
    about: Sequence[tuple[str, str]],
    progress: Callable[[float], None],
) -> int:
    """Write the input's cells, `answers`, one for each of its rows, and the flags to `path`, which is to be `output`;
    return how many cells were guarded. Rows that were not `asked` are flagged as that."""
    names = unique_names([*encoded.names, *answers.columns, "flags"])
    chosen = _chosen(names, columns)
    refuse_too_large(output, encoded.rows, len(chosen))
    connection = csv_table.connect(encoded.folder)
    try:
        rows = _beside(connection, encoded, answers, asked)
        cells = [f"c{i}" for i in range(len(encoded.names))]
        cells += [f"a{i}" for i in range(answers.shape[1] + 1)]
        if is_workbook(output):
            write_workbook(connection, encoded, rows, cells, names, chosen, path, about, progress)
            return 0
        if not is_csv(output):
            written = ", ".join(f"{cells[i]} AS {identifier(names[i])}" for i in chosen)
            _copy(connection, encoded, rows, written, path, "FORMAT parquet")
            return 0
        return _write_csv(connection, encoded, answers, rows, names, chosen, path, guard)
    except duckdb.IOException as error:
        raise csv_table.os_error(error) from error
    finally:
        connection.close()


def first_texts(output: Path, delimiter: str, encoding: str, most: int) -> tuple[list[str], list[list[str]]]:
    """Return the header and the first rows of a file that `write_predictions` has written, as texts. Raises OSError."""
    if is_workbook(output):
        names, *rows = [
            [f"{cell:.15g}" if isinstance(cell, float) else str(cell) for cell in row]
            for row in islice(sheet_rows(output, "", 0, MOST_COLUMNS), most + 1)
        ]
        return names, rows
    if is_csv(output):
        with output.open(encoding=encoding, newline="") as file:
            names, *rows = islice(csv.reader(file, delimiter=delimiter), most + 1)
        return names, rows
    with closing(csv_table.connect()) as connection:
        found = connection.execute(
            f"SELECT * FROM read_parquet({literal(str(output))}, hive_partitioning=false) LIMIT {most}"
        )
        names = [str(column[0]) for column in found.description]
        return names, [["" if cell is None else str(cell) for cell in row] for row in found.fetchall()]


def is_csv(output: Path) -> bool:
    """Return whether the name of an output says that it is written as a CSV: neither a workbook nor Parquet."""
    return not is_workbook(output) and stored_suffix(output.name) != ".parquet"


def _chosen(names: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Return the places of the columns to write. Raises NoSuchColumn."""
    places = {name: place for place, name in enumerate(names)}
    for name in columns:
        if name not in places:
            raise NoSuchColumn(column=name, file=tr("the predictions"), columns=", ".join(names))
    return [places[name] for name in columns] or list(range(len(names)))


def _write_csv(
    connection: duckdb.DuckDBPyConnection,
    encoded: EncodedRows,
    answers: pd.DataFrame,
    rows: str,
    names: Sequence[str],
    chosen: Sequence[int],
    path: Path,
    guard: bool,
) -> int:
    """Write the chosen columns as the input is written; return how many cells were guarded."""
    connection.execute(f"CREATE TEMP MACRO is_formula(cell) AS {is_formula('cell')}")
    connection.execute(f"CREATE TEMP MACRO harmless(cell) AS {harmless('cell')}")
    every = _texts(encoded, answers)
    cells, names = [every[i] for i in chosen], [names[i] for i in chosen]
    guarded = (0,) * len(cells)
    if guard:
        query = f"SELECT harmless(name) FROM unnest({literals(names)}) AS names(name)"
        names = [name for (name,) in connection.execute(query).fetchall()]
        counts = ", ".join(f"count_if(is_formula({cell}))" for cell in cells)
        guarded = connection.execute(f"SELECT {counts} FROM {rows}").fetchall()[0]
    written = [
        f"{f'harmless({cell})' if count else cell} AS {identifier(name)}"
        for cell, name, count in zip(cells, names, guarded, strict=True)
    ]
    dialect = encoded.dialect
    form = f"FORMAT csv, HEADER, DELIMITER {literal(dialect.delimiter)}"
    _copy(connection, encoded, rows, ", ".join(written), path, form)
    if dialect.encoding != "utf-8":
        _in_encoding(path, dialect.encoding)
    return sum(guarded)


def _copy(
    connection: duckdb.DuckDBPyConnection, encoded: EncodedRows, rows: str, cells: str, path: Path, form: str
) -> None:
    target = plain_path(path.parent, encoded.folder) / path.name
    order = " ORDER BY place" if encoded.broken else ""
    connection.execute(f"COPY (SELECT {cells} FROM {rows}{order}) TO {literal(str(target))} ({form})")


def _in_encoding(path: Path, encoding: str) -> None:
    """Write `path` again in the input's encoding; one that lacks a sign of it leaves UTF-8, with its mark."""
    for name in (encoding, "utf-8-sig"):
        other = path.with_name(f"{path.name}.encoded")
        try:
            with (
                path.open(encoding="utf-8", newline="") as text,
                other.open("w", encoding=name, newline="") as out,
            ):
                shutil.copyfileobj(text, out, BLOCK)
            os.replace(other, path)
            return
        except UnicodeEncodeError:
            continue
        finally:
            other.unlink(missing_ok=True)


def _beside(
    connection: duckdb.DuckDBPyConnection, encoded: EncodedRows, answers: pd.DataFrame, asked: np.ndarray
) -> str:
    """Return the rows of the file to write as SQL: the input's cells `c0` and on, all text, the answers `a0` and on,
    of which the last are the flags, and `place`, which counts from 0.

    The flags stay in the table: a large file may have some of each row.
    """
    given = [f"c{i}" for i in range(len(encoded.names))]
    predicted = [f"a{i}" for i in range(answers.shape[1])]
    lines = np.zeros(encoded.rows, dtype=np.int64)
    lines[~encoded.accepted] = encoded.lines
    more = {"place": np.arange(len(answers)), "line": lines, "asked": asked}
    answers = answers.set_axis(predicted, axis=1).assign(**more)
    lost = sorted(encoded.broken)
    connection.register("answers", answers.drop(index=lost))
    noticed = f'SELECT "{REASON}" AS reason, "{FLAGS}" AS flags FROM {ENCODED}'
    rows = (
        f"SELECT * FROM given AS given({', '.join(given)}) POSITIONAL JOIN answers"
        f" POSITIONAL JOIN ({noticed}) AS noticed"
    )
    if lost:
        broken = pd.DataFrame([_cut(encoded, row) for row in lost], columns=given, index=lost, dtype=object)
        broken["reason"] = [encoded.broken[row].reason for row in lost]
        broken["flags"] = pd.Series(None, index=lost, dtype=object)
        connection.register("broken", broken.join(answers))
        rows += " UNION ALL BY NAME FROM broken"
    at = "row {:,} of the sheet" if encoded.book else "line {:,}"
    line = f"CASE WHEN line > 0 THEN format({literal(f' ({at})')}, line) ELSE '' END"
    flags = (
        f"CASE WHEN reason IS NOT NULL THEN 'rejected: ' || reason || {line}"
        f" WHEN NOT asked THEN {literal(UNASKED)} ELSE flags END"
    )
    return f"(SELECT *, {flags} AS a{len(predicted)} FROM ({rows}))"


def _texts(encoded: EncodedRows, answers: pd.DataFrame) -> list[str]:
    """Return the SQL of all columns as texts, numbers with the input's decimal sign."""
    cells = [f"c{i}" for i in range(len(encoded.names))]
    for i, name in enumerate(answers):
        text = f"a{i}::VARCHAR"
        comma = encoded.dialect.decimal == "," and answers[name].dtype.kind == "f"
        cells.append(f"replace({text}, '.', ',')" if comma else text)
    return [*cells, f"a{answers.shape[1]}"]


def _cut(encoded: EncodedRows, row: int) -> list[str | None]:
    """Return the cells of a line that is no row of the table: as many as there are columns."""
    width = len(encoded.names)
    try:
        cells = next(csv.reader([encoded.broken[row].text], delimiter=encoded.dialect.delimiter), [])
    except csv.Error:
        cells = [encoded.broken[row].text]
    return [*cells, *[None] * width][:width]
