"""The Training page's form: a preset, the hyperparameters that matter most, and all the others."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.hyperparameters import DEFAULT_RANGES, PRESETS, resolve, schema

MAIN = (
    "num_round", "early_stopping_rounds", "eta", "max_depth", "min_child_weight",
    "subsample", "colsample_bytree", "gamma",
)  # fmt: skip


def choose(problem: str, classes: int) -> tuple[str, dict[str, str]]:
    """(preset, what was changed on top of it). Nothing is checked here: `resolve` does it, in one place."""
    preset = st.radio("Preset", list(PRESETS), horizontal=True, key="preset")
    st.caption(PRESETS[preset].purpose)
    values = resolve(preset, problem, classes)
    ranges = {item.name: item.range_text for item in schema()}
    given: dict[str, str] = {}
    columns = st.columns(4)
    for index, name in enumerate(MAIN):
        text = columns[index % 4].text_input(
            name,
            value=values.get(name, ""),
            help=f"Range {ranges[name]}; empty leaves it to XGBoost.",
            key=f"{preset}-{problem}-{name}",
        )
        if text.strip() != values.get(name, ""):
            given[name] = text.strip()
    with st.expander("All hyperparameters", icon=":material/list:"):
        given |= _others(values, f"{preset}-{problem}")
    return preset, given


def _others(values: dict[str, str], key: str) -> dict[str, str]:
    """Every other hyperparameter of the container's schema in one table; only the value can be edited."""
    rows = [
        {"Hyperparameter": item.name, "Value": values.get(item.name, ""), "Range": item.range_text}
        for item in schema()
        if item.name not in MAIN
    ]
    edited = st.data_editor(
        pd.DataFrame(rows),
        hide_index=True,
        disabled=["Hyperparameter", "Range"],
        key=f"all-{key}",
        alt="Every other hyperparameter with its value and range",
    )
    texts = {row["Hyperparameter"]: str(row["Value"] or "").strip() for row in edited.to_dict("records")}
    return {name: text for name, text in texts.items() if text != values.get(name, "")}


def ranges() -> tuple[int, dict[str, tuple[float, float]]]:
    """(how many trials, the ranges that they are drawn from)."""
    tunable = {item.name: item.tunable for item in schema() if item.tunable}
    most = st.number_input("Training Jobs at most", min_value=1, max_value=100, value=8, step=1)
    names = st.multiselect("Hyperparameters to tune", list(tunable), default=list(DEFAULT_RANGES))
    chosen = {}
    columns = st.columns(2)
    for name in names:
        low, high = DEFAULT_RANGES.get(name, tunable[name])
        first = columns[0].number_input(f"{name} from", value=float(low), format="%g", key=f"low-{name}")
        last = columns[1].number_input(f"{name} to", value=float(high), format="%g", key=f"high-{name}")
        chosen[name] = (first, last)
    return int(most), chosen
