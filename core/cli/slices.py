"""The command `slices`: where a model fails."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from core.cli.answer import Answer, backend_of
from core.errors import BadOutput
from core.language import tr
from core.numbers import integer
from core.storage import os_reason

if TYPE_CHECKING:
    from core.judging.slices import Slice

SHOWN = 10  # slices in the text


def slices(args: Namespace) -> Answer:
    """Tell where a model fails, by each column that it knows, or by one of the file's."""
    from core.judging import failure_words as words  # late: numpy and the encoder
    from core.verbs import failures as verb

    failures = verb.failures_of(backend_of(args), args.training_job)
    found, said = failures.slices, words.verdict(failures)
    if args.column:
        names = verb.checked_name(failures, args.column)
        found = tuple(each for name in names for each in failures.by(name))
        said = " ".join(filter(None, (words.fairness(failures, name) for name in names)))
    if args.rows:
        try:
            args.rows.write_bytes(failures.costly.csv)
        except OSError as error:
            raise BadOutput(file=str(args.rows), reason=os_reason(error)) from error
    regression = failures.problem == "regression"
    data = {
        "job": args.training_job,
        "metric": "mean_absolute_error" if regression else "error_rate",
        "second": "bias" if regression else "log_loss",
        "threshold": failures.threshold,
        "test_rows": failures.test_rows,
        "rows": failures.rows,
        "value": failures.value.value,
        "low": failures.value.low,
        "high": failures.value.high,
        "looked_at": failures.looked_at,
        "worse": len(failures.worse),
        "method": words.METHOD,
        "slices": [_document(each) for each in found],
        "over_time": [_document(each) for each in failures.periods],
        "output": str(args.rows) if args.rows else None,
    }
    lines = [words.overall(failures), said]
    lines += [f"  {words.name(each)}: {words.of_rows(failures, each)}" for each in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append("  " + tr("and {rows} more: see --json", rows=integer(len(found) - SHOWN)))
    return Answer(data, "\n".join(filter(None, lines)))


def _document(each: Slice) -> dict[str, Any]:
    return {
        "columns": list(each.columns),
        "values": list(each.values),
        "rows": each.rows,
        "value": each.value.value,
        "low": each.value.low,
        "high": each.value.high,
        "second": each.second,
        "difference": each.difference,
        "chance": each.tail,
        "worse": each.worse,
        "selection_rate": each.selected,
        "ratio": each.ratio,
        "actual_rate": each.positive,
    }
