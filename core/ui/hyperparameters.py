"""Hyperparameters on the Training page: the form of a new run, the ranges of a tuning, and the settings of a run."""

from __future__ import annotations

from collections.abc import Container, Mapping

import pandas as pd
import streamlit as st

from core.backends.base import Job
from core.hyperparameters import DEFAULT_RANGES, FIRST, PRESETS, Description, range_words, resolve, schema
from core.ui import page
from core.verbs import runs

COLUMNS = 4


def preset(form: str) -> str:
    """Draw the choice of a preset; return its name."""
    return st.radio(
        "Start from",
        list(PRESETS),
        format_func=lambda name: runs.PRESETS.get(name, name),
        captions=[preset.purpose for preset in PRESETS.values()],
        horizontal=True,
        key=f"{form}-preset",
    )


def fields(form: str, preset: str, problem: str, classes: int) -> dict[str, str]:
    """Draw a field for each hyperparameter that matters most, and a table of all others; return what was changed on
    top of `preset`, {name: text}, empty for XGBoost's own default.
    """
    values, described = resolve(preset, problem, classes), {item.name: item for item in schema()}
    given: dict[str, str] = {}
    for first in range(0, len(FIRST), COLUMNS):  # by row: so they stand on a phone, and so Tab goes
        for column, name in zip(st.columns(COLUMNS), FIRST[first : first + COLUMNS], strict=False):
            with column:
                text = _field(form, preset, described[name], values.get(name, ""))
            if text != values.get(name, ""):
                given[name] = text
    return given | others(f"{form}-{preset}-{problem}", values, FIRST)


def _field(form: str, preset: str, item: Description, value: str) -> str:
    number = int if item.kind == "Integer" else float
    entered = st.number_input(
        item.name,
        value=number(value) if value else None,
        step=1 if number is int else 0.05 if item.high == 1 else 0.5,
        format="%d" if number is int else "%g",
        placeholder=item.usual,
        help=page.plain(f"{item.when} Takes {range_words(item)}. Empty: {item.usual}."),
        key=f"{form}-{preset}-{item.name}",
    )
    st.caption(item.does)
    return "" if entered is None else f"{entered:.12g}"


def others(key: str, values: Mapping[str, str], shown: Container[str]) -> dict[str, str]:
    """Draw a folded table of all hyperparameters but those `shown` elsewhere, to edit their values; return what was
    changed of `values`.
    """
    rows = [
        {"Hyperparameter": item.name, "Value": values.get(item.name, ""), "Takes": range_words(item)}
        for item in schema()
        if item.name not in shown
    ]
    with st.expander("All other hyperparameters", icon=":material/list:"):
        edited = st.data_editor(
            pd.DataFrame(rows),
            hide_index=True,
            height=280,
            disabled=["Hyperparameter", "Takes"],
            key=f"others-{key}",
            alt="Every other hyperparameter with its value and what it takes",
        )
    texts = {row["Hyperparameter"]: str(row["Value"] or "").strip() for row in edited.to_dict("records")}
    return {name: text for name, text in texts.items() if text != values.get(name, "")}


def ranges(form: str) -> tuple[int, dict[str, tuple[float, float]]]:
    """Draw how many trials there are and what they vary; return (trials, {name: (lowest, highest)})."""
    items = {item.name: item for item in schema() if item.tunable}
    tunable = {item.name: item.tunable for item in schema() if item.tunable}
    left, right = st.columns([1, 3])
    most = left.number_input("Trials", min_value=1, max_value=100, value=8, step=1, key=f"{form}-trials")
    names = right.multiselect(
        "What they vary", list(tunable), default=list(DEFAULT_RANGES), key=f"{form}-names"
    )
    chosen = {}
    for first in range(0, len(names), 2):
        columns = st.columns(4)
        for index, name in enumerate(names[first : first + 2]):
            low, high = DEFAULT_RANGES.get(name, tunable[name])
            least = columns[2 * index].number_input(
                f"{name} from",
                value=float(low),
                format="%g",
                help=page.plain(f"{items[name].does} {items[name].when}"),
                key=f"{form}-low-{name}",
            )
            highest = columns[2 * index + 1].number_input(
                f"{name} to", value=float(high), format="%g", key=f"{form}-high-{name}"
            )
            chosen[name] = (least, highest)
    return int(most), chosen


def settings(job: Job) -> None:
    """Draw what a run was given: first where it differs from the nearest preset, below it everything."""
    request = job.request
    given = request["training"]["hyperparameters"] if "max_jobs" in request else job.hyperparameters
    nearest = runs.nearest_preset(given)
    usual = PRESETS[nearest].values
    differs = [
        {"Setting": name, "This run": given.get(name, "not set"), "Preset": usual.get(name, "not set")}
        for name in dict.fromkeys([*given, *usual])
        if name not in runs.BY_PROBLEM and given.get(name) != usual.get(name)
    ]
    word = runs.PRESETS.get(nearest, nearest)
    if "max_jobs" in request:
        tried = [
            {"Setting": name, "From": low, "To": high} for name, (low, high) in request["ranges"].items()
        ]
        st.markdown("**What its trials vary**")
        st.dataframe(
            pd.DataFrame(tried), hide_index=True, alt="Hyperparameters with the ranges that were tried"
        )
    if differs:
        st.markdown(f"**Where it differs from the preset: {word}**")
        st.dataframe(pd.DataFrame(differs), hide_index=True, alt="Settings that differ from the preset")
    else:
        st.markdown(f"**As the preset: {word}**")
    st.markdown("**All settings**")
    rows = [{"Setting": name, "Value": value} for name, value in {**given, **job.resources}.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="All settings of the run")
