"""The command `explain`: why a model answers what it does, row by row."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.answer import Answer, backend_of, overrides_of, readable
from core.errors import BadOutput
from core.language import tr
from core.numbers import count, integer

if TYPE_CHECKING:
    from core.verbs.explaining import Explained, RowReasons

MOST_ROWS = 10_000  # of an answer, which is put together in memory
SHOWN = 10  # rows that are told in sentences


def explain(args: Namespace) -> Answer:
    """Explain a file of raw rows, in the same order."""
    from core.verbs.explaining import explain_file  # late: numpy and the encoder
    from core.verbs.renames import reading_for

    backend, most = backend_of(args), None if args.output else MOST_ROWS
    reading = reading_for(backend, overrides_of(args), dict(args.rename))
    with explain_file(backend, args.training_job, readable(args.rows), most, reading) as found:
        if args.output:
            return _written(found, args.output)
        rows = list(found.rows)
    data = {"rows": [document(row) for row in rows]} | _facts(found)
    return Answer(data, _text(found, rows))


def document(row: RowReasons) -> dict[str, Any]:
    """Return a row as JSON has it, without what it has nothing of."""
    return {"row": row.row, "prediction": row.prediction} | {
        name: value
        for name, value in asdict(row).items()
        if value not in (None, "", {}) and not (row.rejected and name == "base")
    }


def _facts(found: Explained) -> dict[str, Any]:
    return {"rejected": found.rejected, "ignored": list(found.ignored), "notes": list(found.notes)}


def _text(found: Explained, rows: list[RowReasons]) -> str:
    from core.verbs.explaining import sentence_of

    rejected = integer(found.rejected)
    lines = [tr("{rows}, {rejected} rejected", rows=count(found.count, "row", "rows"), rejected=rejected)]
    lines += [
        tr("row {row}: {sentence}", row=integer(row.row), sentence=sentence_of(found.label, row))
        for row in rows[:SHOWN]
    ]
    if len(rows) > SHOWN:
        lines.append(tr("and {rows} more: see --json", rows=integer(len(rows) - SHOWN)))
    lines += found.notes
    return "\n".join(lines)


def _written(found: Explained, output: Path) -> Answer:
    """Write one line of JSON a row, whole or not at all. Raises BadOutput."""
    temporary = output.with_name(f".{output.name}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            for part in _parts(found.rows):
                file.write("".join(f"{json.dumps(document(row), ensure_ascii=False)}\n" for row in part))
        os.replace(temporary, output)
    except OSError as error:
        raise BadOutput(file=str(output), reason=str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    data = {"output": str(output), "explained": found.count} | _facts(found)
    return Answer(
        data,
        tr(
            "{rows}, {rejected} rejected, written to {output}",
            rows=count(found.count, "row", "rows"),
            rejected=integer(found.rejected),
            output=output,
        ),
    )


def _parts(rows: Iterator[RowReasons]) -> Iterator[list[RowReasons]]:
    while part := list(islice(rows, 1_000)):
        yield part
