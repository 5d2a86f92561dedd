"""The rows on which a model is wrong most, as they stand in the file, with what it said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.cells.formulas import harmless
from core.cells.sql import identifier, literal
from core.encoding.contract import Contract
from core.judging.errors import Errors
from core.judging.raw_rows import RawRows
from core.judging.reason_words import sentence
from core.judging.split_reasons import SplitReasons, reason_of
from core.language import mark, tr
from core.numbers import score as written
from core.reading.layout import unique_names

MOST = 50
LOG_LOSS = mark("log loss")
WORDED = ("actual", "predicted", "why")  # answers that are words, of classes


@dataclass(frozen=True, slots=True)
class CostlyRows:
    """The worst rows first: `answers` are what the model said of each, `cells` those of the file, by their names.

    `by_amounts`: they are ordered by the amounts of a decision. `csv` holds both as a file, in the dialect of the
    training file; no spreadsheet runs its cells.
    """

    answer_names: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    cells: tuple[tuple[str | None, ...], ...]
    csv: bytes
    by_amounts: bool


def costly_rows(
    rows: RawRows,
    contract: Contract,
    errors: Errors,
    label: np.ndarray,
    score: np.ndarray,
    reasons: SplitReasons | None = None,
    called: str = "test row",
) -> CostlyRows:
    """Return the MOST rows that cost most of those that are wrong; errors, label and score are those of `rows`.

    A row is `called` so, with its number. With the `reasons` of some rows those of them are told why they are
    predicted so. The words are those of the caller's reader.
    """
    wrong = int(np.count_nonzero(errors.error > 0))
    order = np.argsort(np.where(errors.error > 0, -errors.cost, np.inf), kind="stable")[: min(MOST, wrong)]
    answers = _answers(contract, errors, label[order], score[order], order)
    answers = {called: [str(place + 1) for place in rows.positions[order].tolist()], **answers}
    cells = tuple(rows.cells(order.tolist()))
    if reasons:
        answers[tr("why")] = _why(reasons, rows.names, rows.positions[order], cells)
    said = tuple(zip(*answers.values(), strict=True))
    data = _file(
        rows, contract, tuple(answers), [(*own, *more) for own, more in zip(cells, said, strict=True)]
    )
    return CostlyRows(tuple(answers), said, rows.names, cells, data, errors.by_amounts)


def _answers(
    contract: Contract, errors: Errors, label: np.ndarray, score: np.ndarray, order: np.ndarray
) -> dict[str, list[str]]:
    """Return {name: a text of each row} of what is true and what the model said."""
    second = None if errors.second is None else [written(value) for value in errors.second[order].tolist()]
    if errors.problem == "regression":
        columns = {tr("actual"): label, tr("predicted"): score, tr("error"): score - label}
        return {name: [repr(float(f"{value:.6g}")) for value in values] for name, values in columns.items()}
    classes = contract.classes
    if errors.selected is not None:
        said, chances = errors.selected[order].astype(int), score if score.ndim == 1 else score[:, 1]
        share = {tr("probability of {name}", name=classes[1]): [written(value) for value in chances.tolist()]}
    elif score.ndim == 2:
        said, true = score.argmax(axis=1), score[np.arange(len(score)), label.astype(int)]
        share = {tr("probability of the actual one"): [written(value) for value in true.tolist()]}
    else:
        said, share = score.astype(int), {}
    return {
        tr("actual"): [classes[int(code)] for code in label.tolist()],
        tr("predicted"): [classes[int(code)] for code in said.tolist()],
        **share,
        **({tr(LOG_LOSS): second} if second else {}),
    }


def _why(
    reasons: SplitReasons,
    names: Sequence[str],
    positions: np.ndarray,
    cells: Sequence[Sequence[str | None]],
) -> list[str]:
    """Return a sentence for each row that was explained when the model was judged, nothing for the others."""
    index = {place: index for index, place in enumerate(reasons.rows.tolist())}
    told: list[str] = []
    for place, row in zip(positions.tolist(), cells, strict=True):
        named = {name: cell or "" for name, cell in zip(names, row, strict=True)}
        told.append(sentence(reason_of(reasons, index[place], named)) if place in index else "")
    return told


def _file(
    rows: RawRows, contract: Contract, answers: tuple[str, ...], lines: list[tuple[str | None, ...]]
) -> bytes:
    """Return `lines` as a file: the file's own cells, then the answers, whose decimal sign is the file's."""
    import pyarrow as pa

    path, dialect = rows.folder / "costly.csv", contract.dialect
    names = unique_names([*rows.names, *answers])
    columns = zip(*lines, strict=True) if lines else ([] for _ in names)
    table = {f"c{index}": pa.array(cells, pa.string()) for index, cells in enumerate(columns)}
    rows.connection.register("costly", pa.table(table))
    texts: list[str] = []
    for index, name in enumerate([*rows.names, *answers]):
        is_number = index >= len(rows.names) and name not in (WORDED if contract.classes else ("why",))
        texts.append(f"replace(c{index}, '.', ',')" if is_number and dialect.decimal == "," else f"c{index}")
    cells = [f"{harmless(text)} AS {identifier(name)}" for text, name in zip(texts, names, strict=True)]
    rows.connection.execute(
        f"COPY (SELECT {', '.join(cells)} FROM costly) TO {literal(str(path))} "
        f"(FORMAT csv, HEADER, DELIMITER {literal(dialect.delimiter)})"
    )
    return path.read_bytes()
