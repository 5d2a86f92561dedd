"""Runs beside each other: their metrics, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core import metric_words
from core.verbs.leaderboard import Run


def show(compared: Sequence[Run], titles: Mapping[str, str]) -> None:
    """Draw the metrics of two or more runs beside each other, and the settings in which they differ."""
    if len(compared) < 2:
        st.caption("Tick two runs in the list: here is how they differ.")
        return
    st.dataframe(
        pd.DataFrame([*_metric_rows(compared, titles), *_setting_rows(compared, titles)]),
        hide_index=True,
        alt="Metrics and settings of the ticked runs",
    )


def _metric_rows(compared: Sequence[Run], titles: Mapping[str, str]) -> list[dict[str, str]]:
    rows = []
    for name, metric in metric_words.METRICS.items():
        values = {run.job.name: run.scores.metrics.get(name) for run in compared}
        known = {job: value for job, value in values.items() if value is not None}
        if not known:
            continue
        best = (min if metric.less_is_better else max)(known.values())
        winners = [titles[job] for job, value in known.items() if value == best]
        row = {"": metric.label}
        for run in compared:
            value = values[run.job.name]
            text = "" if value is None else metric_words.written(name, value, run.scores.rows)
            row[titles[run.job.name]] = text
        rows.append(row | {"Better": winners[0] if len(winners) == 1 else "alike"})
    return rows


def _setting_rows(compared: Sequence[Run], titles: Mapping[str, str]) -> list[dict[str, str]]:
    settings = {run.job.name: run.job.hyperparameters for run in compared}
    names = dict.fromkeys(name for given in settings.values() for name in given)
    return [
        {"": name} | {titles[job]: given.get(name, "") for job, given in settings.items()} | {"Better": ""}
        for name in names
        if len({given.get(name) for given in settings.values()}) > 1
    ]
