"""How a model came to be so: each metric by round, and the curves of the test split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import hyperparameters
from core.backends.base import Backend, Job
from core.evaluation_file import Evaluation
from core.numbers import number
from core.ui import page
from core.ui.evaluation import HEIGHT
from core.verbs import training

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def show(backend: Backend, job: Job, evaluation: Evaluation | None = None) -> None:
    """Draw each metric by round, with the round whose model is kept, and the curves of the test split."""
    from core.ui import charts  # late: a page without a chart is drawn without Plotly

    rounds = training.rounds_of(backend, job.name)
    if not rounds:
        st.caption("The first round has not ended yet." if job.status.active else "No round has ended.")
        return
    kept = rounds, job.hyperparameters, job.status
    row = hyperparameters.kept_row(*kept)
    for sentence in (hyperparameters.kept_words(*kept), *hyperparameters.not_to_be_read(job.hyperparameters)):
        if sentence:
            st.caption(page.plain(sentence))
    figures = []
    for metric in dict.fromkeys(key.split("-", 1)[1] for key in rounds[-1] if key != "round"):
        values = {key: value for key, value in row.items() if key.endswith(f"-{metric}")}
        values_text = ", ".join(f"{key} {number(value, 4)}" for key, value in values.items())
        alt = f"{metric} by round 0 to {rounds[-1]['round']:.0f}; round {row['round']:.0f}: {values_text}"
        figures.append((charts.learning_curve(rounds, metric, row["round"]), alt))
    if evaluation:
        figures += _test_curves(evaluation)
    columns = st.columns(2)
    for index, (figure, alt) in enumerate(figures):
        with columns[index % 2]:
            charts.draw(figure, alt, height=HEIGHT)


def _test_curves(evaluation: Evaluation) -> list[tuple[Figure, str]]:
    from core.ui import charts

    drawn, values = evaluation["curves"], evaluation["metrics"]
    if "roc" not in drawn or "precision_recall" not in drawn:
        return []
    roc = charts.curve(drawn["roc"], "ROC", "false alarms", "found (recall)", diagonal=True)
    precision = charts.curve(
        drawn["precision_recall"], "Precision and recall", "found (recall)", "right (precision)"
    )
    return [
        (roc, f"ROC curve, area {values['auc']:.3f}"),
        (precision, f"Precision by recall, area {values['aucpr']:.3f}"),
    ]
