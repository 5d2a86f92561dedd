"""Hyperparameters on the Training page: the form of a new run, the ranges of a tuning, and the settings of a run."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import pandas as pd
import streamlit as st

from core.backends.base import Job
from core.encoding.contract import Contract
from core.hyperparameters import (
    DEFAULT_PRESET,
    DEFAULT_RANGES,
    FIRST,
    NUMBERS,
    PRESETS,
    Description,
    directions_in,
    range_words,
    resolve,
    schema,
)
from core.language import joined, tr, trn
from core.numbers import integer
from core.ui import directions, number_field, page, state
from core.ui.number_field import Entered
from core.verbs import runs

COLUMNS = 4
MONOTONE = "monotone_constraints"
BY_CLASSES = "num_class"  # set by the target, and refused otherwise


def preset(form: str, first: str = DEFAULT_PRESET) -> str:
    """Draw the choice of a preset, of which `first` is chosen to begin with; return its name."""
    return st.radio(
        tr("Start from"),
        list(PRESETS),
        index=list(PRESETS).index(first),
        format_func=runs.preset_words,
        captions=[tr(preset.purpose) for preset in PRESETS.values()],
        horizontal=True,
        key=f"{form}-preset",
    )


def fields(
    form: str, preset: str, contract: Contract, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Draw a field for each hyperparameter that matters most, all others and the directions folded, and above them how
    they differ from `preset`; return what was changed on top of it, {name: text}, empty for XGBoost's own default.

    `before`: changes that the form begins with, until it is reset.
    """
    label = contract.label
    values, number = resolve(preset, label.problem, len(label.classes)), state.form_number(form)
    key = f"{form}-{preset}-{label.problem}-{number.start(0)}"
    begun = {} if number.get() else before or {}
    head = st.container(horizontal=True, vertical_alignment="center")
    given = _grid(key, preset, values, FIRST, begun)
    directed = directions.offered(contract)
    given |= others(key, preset, values, (*FIRST, *[MONOTONE] * bool(directed)), begun)
    signs = directions_in(contract, begun.get(MONOTONE, ""))
    if directed and (constraints := directions.draw(key, contract, directed, signs)):
        given[MONOTONE] = constraints
    with head:
        _difference(preset, values, given, number)
    return given


def _difference(
    preset: str, values: Mapping[str, str], given: Mapping[str, str], number: state.Entry[int]
) -> None:
    word = runs.preset_words(preset)
    if not given:
        st.caption(page.plain(tr("No change from “{preset}”.", preset=word)), width="stretch")
        return
    changes = ", ".join(runs.changes({**values, **given}, values))
    st.markdown(
        page.plain(
            trn(
                "{number} change from “{preset}”: {changes}",
                "{number} changes from “{preset}”: {changes}",
                len(given),
                number=integer(len(given)),
                preset=word,
                changes=changes,
            )
        ),
        width="stretch",
    )
    st.button(
        tr("Reset"),
        icon=":material/undo:",
        help=tr("Back to the preset."),
        key=f"reset-{number.key}",
        on_click=lambda: number.set((number.get() or 0) + 1),
    )


def _grid(
    key: str, preset: str, values: Mapping[str, str], names: Sequence[str], begun: Mapping[str, str]
) -> dict[str, str]:
    """Draw a field for each of `names`, which begins as in `begun`; return those that differ from `values`."""
    described, given = {item.name: item for item in schema()}, {}
    for first in range(0, len(names), COLUMNS):  # by row: so they stand on a phone, and so Tab goes
        for column, name in zip(st.columns(COLUMNS), names[first : first + COLUMNS], strict=False):
            usual = values.get(name, "")
            with column:
                text = _field(f"{key}-{name}", described[name], begun.get(name, usual))
                was = page.plain(f"{preset}: {usual or tr('none')}.")
                mark = "" if text == usual else f":material/edit: **{was}** "
                st.caption(mark + page.plain(tr(described[name].does)))
            if text != usual:
                given[name] = text
    return given


def _field(key: str, item: Description, value: str) -> str:
    """Draw the field of a hyperparameter; return what is in it as text."""
    hint = page.plain(
        tr(
            "{when} Takes {taken}. Empty: {usual}.",
            when=tr(item.when),
            taken=range_words(item),
            usual=tr(item.usual),
        )
    )
    if item.kind == "Integer":
        whole = st.number_input(
            item.name,
            value=int(value) if value else None,
            step=1,
            format="%d",
            placeholder=item.usual,
            help=hint,
            key=key,
        )
        return "" if whole is None else str(whole)
    if item.kind in NUMBERS:
        entered = number_field.draw(
            item.name, float(value) if value else None, key, placeholder=item.usual, help=hint
        )
        number_field.tell(entered)
        if entered.wrong:
            return f"'{entered.text}'"  # in quotes it is a number for nobody, and refused
        return "" if entered.value is None else f"{entered.value:.12g}"
    if item.kind == "Categorical":
        index = item.choices.index(value) if value in item.choices else None
        return st.selectbox(item.name, item.choices, index, placeholder=item.usual, help=hint, key=key) or ""
    return st.text_input(item.name, value, placeholder=item.usual, help=hint, key=key).strip()


def others(
    key: str,
    preset: str,
    values: Mapping[str, str],
    shown: Container[str],
    begun: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Draw, folded, a choice of all hyperparameters but those `shown` elsewhere, and a field for each that is chosen;
    return what was changed of `values`. `begun`: changes that it begins with.
    """
    first = {**values, **(begun or {})}
    names = [item.name for item in schema() if item.name not in shown and item.name != BY_CLASSES]
    chosen = [name for name in names if name in values]
    with st.expander(tr("All other hyperparameters"), icon=":material/list:"):
        picked = st.multiselect(
            tr("Set here"),
            names,
            default=[name for name in names if first.get(name)],
            help=tr(
                "One that is not here has XGBoost's own default. `sendero hyperparameters` tells of each."
            ),
            key=f"{key}-others",
        )
        given = _grid(key, preset, values, picked, first)
    return given | {name: "" for name in chosen if name not in picked}


def ranges(form: str) -> tuple[dict[str, tuple[float, float]], bool]:
    """Draw what the trials of a tuning vary; return {name: (lowest, highest)}, and whether all of it can be used."""
    items = {item.name: item for item in schema() if item.tunable}
    tunable = {item.name: item.tunable for item in schema() if item.tunable}
    names = st.multiselect(
        tr("What they vary"), list(tunable), default=list(DEFAULT_RANGES), key=f"{form}-names"
    )
    chosen, ends = {}, list[Entered]()
    for first in range(0, len(names), 2):
        columns = st.columns(4)
        for index, name in enumerate(names[first : first + 2]):
            low, high = DEFAULT_RANGES.get(name, tunable[name])
            hint = page.plain(joined([tr(items[name].does), tr(items[name].when)]))
            with columns[2 * index]:
                least = _end(tr("{name} from", name=name), low, f"{form}-low-{name}", hint)
            with columns[2 * index + 1]:
                highest = _end(tr("{name} to", name=name), high, f"{form}-high-{name}")
            ends += [least, highest]
            chosen[name] = tuple(
                usual if end.value is None else end.value for end, usual in ((least, low), (highest, high))
            )
    return chosen, not any(end.wrong for end in ends)


def _end(label: str, value: float, key: str, hint: str | None = None) -> Entered:
    """Draw the field for an end of a range; where it is empty, the usual `value` stands behind it."""
    entered = number_field.draw(label, value, key, placeholder=f"{value:g}", help=hint)
    number_field.tell(entered)
    return entered


def settings(job: Job) -> None:
    """Draw what a run was given: first where it differs from the nearest preset, below it everything."""
    request = job.request
    given = request["training"]["hyperparameters"] if "max_jobs" in request else job.hyperparameters
    nearest = runs.nearest_preset(given)
    usual = PRESETS[nearest].values
    differs = [
        {
            tr("Setting"): name,
            tr("This run"): given.get(name, tr("not set")),
            tr("Preset"): usual.get(name, tr("not set")),
        }
        for name in dict.fromkeys([*given, *usual])
        if name not in runs.BY_PROBLEM and given.get(name) != usual.get(name)
    ]
    word = runs.preset_words(nearest)
    if "max_jobs" in request:
        tried = [
            {tr("Setting"): name, tr("From"): low, tr("To"): high}
            for name, (low, high) in request["ranges"].items()
        ]
        st.markdown(tr("**What its trials vary**"))
        st.dataframe(
            pd.DataFrame(tried), hide_index=True, alt=tr("Hyperparameters with the ranges that were tried")
        )
    if differs:
        st.markdown(tr("**Where it differs from the preset: {preset}**", preset=word))
        st.dataframe(pd.DataFrame(differs), hide_index=True, alt=tr("Settings that differ from the preset"))
    else:
        st.markdown(tr("**As the preset: {preset}**", preset=word))
    st.markdown(tr("**All settings**"))
    rows = [{tr("Setting"): name, tr("Value"): value} for name, value in {**given, **job.resources}.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt=tr("All settings of the run"))
