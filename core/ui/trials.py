"""What a tuning job has tried, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core import metric_words
from core.backends.base import Backend, Job
from core.ui import page
from core.verbs import runs, tuning


def show(backend: Backend, job: Job, titles: Mapping[str, str]) -> None:
    """Draw what a tuning job has tried, the best first."""
    result = tuning.result_of(backend, job.name)
    if not result:
        st.caption("The first trial has not ended yet.")
        return
    watched = str(job.request.get("objective", "")).removeprefix("validation:")
    metric = metric_words.METRICS.get(watched)
    label = f"{metric_words.label(watched)} of validation"
    sign = 1 if metric and metric.less_is_better else -1
    request = job.request
    given = request["training"]["hyperparameters"] if "max_jobs" in request else {}
    names = list(request["ranges"]) if "max_jobs" in request else []
    rows = []
    for trial in sorted(
        result["trials"], key=lambda trial: (trial["objective"] is None, sign * (trial["objective"] or 0.0))
    ):
        values = {**given, **trial["values"]}
        title, _, _ = titles.get(trial["training_job"], trial["training_job"]).partition(", ")
        rows.append(
            {"Trial": title, label: trial["objective"]}
            | {name: runs.short_number(values.get(name, "")) for name in names}
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            label: st.column_config.NumberColumn(format="%.4f", help=metric.meaning if metric else None)
        },
        alt="Trials with their values and what they reached, the best first",
    )
    if result["best"]:
        name = result["best"]["training_job"]
        so_far = "Best so far: {}" if job.status.active else "Best: {}"
        st.caption(page.plain(so_far.format(titles.get(name, name))))
