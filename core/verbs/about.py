"""The sheet *About* of predictions in a workbook: which model said it, how good it is, what its columns mean."""

from __future__ import annotations

from datetime import UTC, datetime

from core import evaluation_file, keys, metric_words
from core.backends.base import Backend
from core.encoding.contract import Contract
from core.evaluation_file import Range
from core.judging import decision_words
from core.judging.decision_file import Decision
from core.language import mark, tr

FLAGS = mark(
    "What is odd about a row: a category that never occurred in training, a number beyond its range there, a cell that"
    " is no number or no date. A row that could not be used has no prediction, and begins with 'rejected' and why."
)


def about(
    backend: Backend,
    training_job: str,
    contract: Contract,
    decision: Decision | None,
    around: Range | None,
) -> list[tuple[str, str]]:
    """Return the lines of the sheet, each a label and a text. Raises StorageFailed, StorageDamaged."""
    label, classes = contract.label, contract.classes
    lines = [(tr("Model"), training_job), (tr("Predicts"), label.name)]
    lines.append((tr("Written"), f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"))
    found = evaluation_file.read(backend.storage, keys.evaluation(training_job))
    if found:
        lines.append(
            (tr("How good it is"), tr("On the test split, with the interval that holds 95 times of 100."))
        )
        figures = found["metrics"]
        for name in metric_words.headline(label.problem, evaluation_file.values(found)):
            lines.append((metric_words.label(name), metric_words.with_interval(name, figures[name])))
    if classes:
        rule = decision_words.rule(decision, classes[1]) if decision else tr("The more probable class.")
        lines += [
            ("decision", rule),
            ("prediction", tr("The class that is the most probable.")),
            ("probability", tr("Of the predicted class; each probability_ of the class that it names.")),
        ]
    elif around:
        lines.append(("low, high", metric_words.around(around)))
    return [*lines, ("flags", tr(FLAGS))]
