"""The verb `export`: a model to take away, as a zip with a scorer of one file that needs numpy and xgboost only.

How each column is read is written into scorer.json from the very tables that Sendero reads cells by, and the scorer
has answered the rows in the zip as Sendero does before the zip is handed out.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.backends.base import Backend
from core.cells import cell_text, date_text, duration_text, month_words, number_text
from core.encoding.contract import FALSE, TRUE, Column, Contract
from core.encoding.rows import blanks, encode_records
from core.errors import BadOutput, CannotExport, SenderoError
from core.judging.answers import joined, numbers
from core.judging.decision_file import Decision
from core.judging.predicting import as_served, as_ubjson
from core.judging.referral import ASK
from core.language import tr
from core.predictions import decode
from core.project import PROJECT
from core.provenance import check_model
from core.scratch import Scratch
from core.storage import storage_errors
from core.verbs import audit, origins
from core.verbs.model_description import ModelDescription, describe_model, unpacked_model
from core.verbs.predict import CHUNK
from core.verbs.raw_test_rows import first_raw_rows
from core.verbs.training import model_of

ROWS = 50  # of the test split, that go with the model
SCORER = PROJECT / "core" / "takeaway" / "scorer.py"
MODEL, SPEC, GIVEN, EXPECTED = "model.ubj", "scorer.json", "rows.csv", "expected.csv"


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: each file in the zip with its bytes, and how many rows go with it."""

    output: Path
    files: tuple[tuple[str, int], ...]
    rows: int


def export(backend: Backend, training_job: str, output: Path) -> Export:
    """Write the zip to `output`, whole or not at all.

    Raises NotFound, JobNotReady, StorageDamaged, BadOutput, StorageFailed, CannotExport where the scorer reads rows
    otherwise than Sendero does, or cannot read them.
    """
    if output.is_dir():
        raise BadOutput(file=output.name, reason=tr("It is a folder."))
    job = model_of(backend, training_job)
    check_model(backend.storage, job.name)
    described = describe_model(backend, job.name)
    with Scratch("export") as folder:
        rows = _write(backend, job.name, described, folder)
        _prove(folder, job.name)
        files = sorted(folder.iterdir())
        with storage_errors("write", output.name):
            output.parent.mkdir(parents=True, exist_ok=True)
            temporary = output.with_name(f".{output.name}.tmp")
            try:
                with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                    for file in files:
                        archive.write(file, file.name)
                os.replace(temporary, output)
            finally:
                temporary.unlink(missing_ok=True)
        audit.record(backend, "exported", "model", job.name, **origins.model_sources(backend, job.name))
        return Export(output, tuple((file.name, file.stat().st_size) for file in files), rows)


def _write(backend: Backend, training_job: str, described: ModelDescription, folder: Path) -> int:
    """Write all files of the zip; return how many rows go with it."""
    contract = described.contract
    (folder / SCORER.name).write_bytes(SCORER.read_bytes())
    contract.write(folder / "contract.json")
    with unpacked_model(backend, training_job) as model:
        try:
            (folder / MODEL).write_bytes(as_ubjson(model))
        except ValueError as error:
            raise CannotExport(name=training_job, reason=str(error)) from error
        spec = _spec(training_job, described)
        (folder / SPEC).write_text(json.dumps(spec, indent=1, ensure_ascii=False), encoding="utf-8")
        rows = _expected(_test_rows(backend, training_job), described, model, folder)
    (folder / "README.md").write_text(_readme(training_job, contract, rows), encoding="utf-8")
    return rows


def _prove(folder: Path, training_job: str) -> None:
    """Have the scorer answer its rows as a program of its own. Raises CannotExport."""
    command = [sys.executable, "-I", str(folder / SCORER.name), "--check"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        said = (
            done.stdout.strip() or done.stderr.strip() or tr("exit code {code}", code=done.returncode)
        ).splitlines()[-1]
        raise CannotExport(
            name=training_job, reason=tr("The scorer does not read rows as Sendero does: {error}", error=said)
        )


def _spec(training_job: str, described: ModelDescription) -> dict[str, Any]:
    """Return scorer.json."""
    contract, decision = described.contract, described.decision
    inputs = {column.name for column in contract.inputs}
    columns = [column for column in contract.columns if column.used or column.name in inputs]
    if unread := [c.name for c in columns if c.format in (duration_text.CLOCK, duration_text.DURATION)]:
        reason = tr("The scorer reads no times of day or durations: {columns}.", columns=", ".join(unread))
        raise CannotExport(name=training_job, reason=reason)
    calibration = decision and decision.calibration
    encoding = contract.dialect.encoding.lower()
    return {
        "format": 1,
        "training_job": training_job,
        "model": MODEL,
        "objective": described.objective,
        "label": {"problem": contract.label.problem, "classes": list(contract.classes)},
        "threshold": decision.threshold if decision else None,
        "ask": _asks(decision),
        "calibration": [list(calibration.score), list(calibration.probability)] if calibration else None,
        "delimiter": contract.dialect.delimiter,
        "quote": contract.dialect.quote or '"',
        "encoding": "utf-8-sig" if encoding in ("utf-8", "utf8", "") else encoding,
        "nothing": cell_text.NOTHING,
        "spreadsheet_error": cell_text.ERROR,
        "guarded": cell_text.GUARDED,
        "number": number_text.PLAIN_NUMBER,
        "guards": number_text.GUARDS,
        "months": month_words.rules(),
        "edges": number_text.EDGES,
        "true": TRUE,
        "false": FALSE,
        "columns": [_column(column, column.name in inputs) for column in columns],
    }


def _asks(decision: Decision | None) -> dict[str, Any] | None:
    """Return when a person is asked."""
    if decision is None or decision.referral is None:
        return None
    asks = decision.referral
    return {
        "answer": ASK,
        "band": None if asks.low is None else [asks.low, asks.high],
        "unseen": asks.unseen,
        "out_of_range": asks.out_of_range,
    }


def _column(column: Column, is_input: bool) -> dict[str, Any]:
    dates = (
        column.format.split("|") if column.kind == "datetime" and date_text.is_format(column.format) else []
    )
    styles = number_text.styles_of(column.format) if column.kind == "numeric" and column.format else ()
    ranged = column.kind == "numeric" and column.minimum is not None
    return {
        "name": column.name,
        "kind": column.kind,
        "input": is_input,
        "expression": column.expression,
        "features": column.features,
        "levels": [text for text, _ in column.levels] if column.kind == "categorical" else [],
        "own_codes": column.own_codes,
        "range": [column.minimum, column.maximum] if ranged else None,
        "blanks": blanks(column),
        "dates": dates,
        "styles": [
            {
                "thousands": style.thousands,
                "decimal": style.decimal,
                "before": style.before,
                "after": style.after,
                "factor": style.factor,
                "grammar": style.grammar,
            }
            for style in styles
        ],
    }


def _test_rows(backend: Backend, training_job: str) -> list[dict[str, str]]:
    try:
        return first_raw_rows(backend, training_job)[:ROWS]
    except (SenderoError, KeyError):  # its EDA job was deleted: the model can be taken away all the same
        return []


def _expected(rows: list[dict[str, str]], described: ModelDescription, model: Path, folder: Path) -> int:
    """Write raw rows of the test split and what Sendero answers to them; return how many there are."""
    contract = described.contract
    names = list(contract.input_names)
    given = [{name: row.get(name, "") for name in names} for row in rows]
    answers: list[Mapping[str, object]] = []
    if given:
        with closing(encode_records(contract, given)) as encoded:
            parts = [numbers(answer) for answer in as_served(model, encoded.chunks(CHUNK))]
            raw = joined(np.concatenate(parts), described.objective)
            odd = encoded.odd.at(encoded.accepted)
            answered = iter(decode(contract, raw, described.decision, odd=odd))
            answers = [next(answered) if accepted else {} for accepted in encoded.accepted]
    kept = [(row, answer) for row, answer in zip(given, answers, strict=True) if answer]
    (folder / GIVEN).write_text(
        _csv(names, (row for row, _ in kept), contract.dialect.delimiter), encoding="utf-8"
    )
    own = list(kept[0][1]) if kept else ["prediction"]
    (folder / EXPECTED).write_text(_csv(own, (answer for _, answer in kept)), encoding="utf-8")
    return len(kept)


def _csv(names: list[str], rows: Iterator[Mapping[str, object]], delimiter: str = ",") -> str:
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, names, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(row[name]) for name in names} for row in rows)
    return table.getvalue()


def _plain(cell: object) -> object:
    return cell.item() if isinstance(cell, np.generic) else cell


def _readme(training_job: str, contract: Contract, rows: int) -> str:
    columns = "\n".join(f"- `{name}`" for name in contract.input_names)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(contract.versions.items()))
    return f"""# The model of {training_job}

It predicts `{contract.label.name}` ({contract.label.problem}). Install numpy and xgboost, then:

    python scorer.py ROWS.csv --output OUT.csv
    python scorer.py --check        {rows} rows of the test split, against the answers that Sendero gave

Or from Python: `from scorer import Scorer; Scorer().score([{{"column": "cell"}}])`.

Rows need these columns, in any order, written as in the file that the model was trained on; others are left alone:

{columns}

A blank cell stays blank, and a category that training never saw counts as blank. A row with text where a number or a
date belongs gets no prediction, and the reason in its column `flags`, which also names categories that training never
saw and numbers beyond its range.

- `{MODEL}`: the model, as XGBoost reads it anywhere (UBJSON).
- `{SPEC}`: how cells are read, what the features are, and the decision as it stood when this was written.
- `contract.json`: the feature contract, the model's passport ({versions}).
- `{GIVEN}`, `{EXPECTED}`: rows as they are, and their answers.
"""
