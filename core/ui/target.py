"""What to predict and how, on the Configuration page: the choices, and whether they are saved."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.backends.base import Backend
from core.configuration import Configuration
from core.datasets import Dataset
from core.eda.config import PROBLEMS, SPLITS, TREATMENTS
from core.errors import SenderoError
from core.ui import dataset_form, page, state
from core.verbs import datasets

LOOKED_AT = 2000  # rows in which the classes of a target are looked for


@st.fragment
def choose(backend: Backend, dataset: Dataset) -> None:
    """The choices for one data set. They are widgets of their own, not a form: so the page knows what is not saved.

    Only this part is drawn again after a choice: the data above it stays.
    """
    saved = datasets.saved_configuration(backend)
    before = saved if saved and saved.dataset == dataset.name else None
    wanted = _Fields(dataset, before or Configuration("", dataset=dataset.name)).draw(backend)
    if st.button(
        "Save",
        type="primary",
        icon=":material/save:",
        disabled=not wanted.target,
        help=None if wanted.target else "First choose the column to predict.",
    ):
        with page.errors_shown():  # what was typed stays
            plan = datasets.checked_configuration(backend, _plan(wanted, before, dataset), dataset)
            datasets.save_configuration(backend, plan)
            before = datasets.saved_configuration(backend)
            st.toast("Saved", icon=":material/check:")
    if wanted.target:
        _whether_saved(wanted, before, dataset)


def _whether_saved(wanted: _Wanted, saved: Configuration | None, dataset: Dataset) -> None:
    """Say whether what is wanted is saved: what an EDA job would start from."""
    told = saved and f"predict {page.plain(saved.target)} from {page.plain(dataset.name)}"
    try:
        same = saved is not None and _plan(wanted, saved, dataset) == saved
    except SenderoError:  # not what could be saved
        same = False
    if same:
        st.success(f"Saved: {told}.", icon=":material/check:")
        page.go("EDA", "Go to EDA")
    else:
        rest = f" Saved is what was there before: {told}." if saved else ""
        st.info(f"Not saved yet.{rest}", icon=":material/edit:")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The fields of a configuration as the widgets hold them: `derive` and `treat` as typed."""

    target: str
    problem: str
    positive: str | None
    split: str
    split_column: str | None
    drop: tuple[str, ...]
    derive: str
    treat: str
    keep_text: tuple[str, ...]
    seed: int
    drop_rare: bool


def _plan(wanted: _Wanted, before: Configuration | None, dataset: Dataset) -> Configuration:
    """Return what is wanted as a configuration; what this page does not show stays as it was. Raises SenderoError."""
    return replace(
        before or Configuration("", dataset=dataset.name),
        target=wanted.target,
        problem=wanted.problem,
        positive=wanted.positive,
        split=wanted.split,
        split_column=wanted.split_column,
        drop=wanted.drop,
        derive=dataset_form.derived(wanted.derive),
        treat=dataset_form.treated(wanted.treat),
        keep_text=wanted.keep_text,
        seed=wanted.seed,
        drop_rare=wanted.drop_rare,
    )


class _Fields:
    """The widgets. Each has a key of its own: without one it would be another widget once its default changes, and
    what was typed into it would be lost at every second save."""

    def __init__(self, dataset: Dataset, plan: Configuration) -> None:
        self.dataset, self.plan = dataset, plan
        self.columns = [column["name"] for column in dataset.columns]

    def key(self, name: str, value: object) -> str:
        """The key of a widget, which begins with `value` and then keeps what is typed."""
        entry = state.plan_field(name, self.dataset.name)
        entry.start(value)
        return entry.key

    def known(self, columns: tuple[str, ...], target: str | None) -> list[str]:
        return [name for name in columns if name in self.columns and name != target]

    def draw(self, backend: Backend) -> _Wanted:
        """Draw all and return what they hold."""
        plan, columns = self.plan, self.columns
        target = st.selectbox(
            "Column to predict",
            columns,
            index=None,
            placeholder="Choose the column to predict",
            key=self.key("target", plan.target if plan.target in columns else None),
        )
        others = [name for name in columns if name != target]
        left, right = st.container(border=True).columns(2)
        problem = left.selectbox(
            "Problem type",
            PROBLEMS,
            format_func=dataset_form.PROBLEM_WORDS.__getitem__,
            key=self.key("problem", plan.problem),
        )
        with left:
            positive = self.positive(backend, target, problem)
        split = right.selectbox(
            "Split",
            SPLITS,
            format_func=dataset_form.SPLIT_WORDS.__getitem__,
            key=self.key("split", plan.split),
        )
        drop = left.multiselect(
            "Columns to drop",
            others,
            key=self.key("drop", self.known(plan.drop, target)),
            help="Columns that are not known when the prediction is needed, or that should not decide.",
        )
        split_column = right.selectbox(
            "Split column (for time and group)",
            columns,
            index=None,
            placeholder="Only for a split by time or group",
            key=self.key("split-column", plan.split_column if plan.split_column in columns else None),
        )
        derive = left.text_area(
            "Derived columns, one NAME = EXPRESSION a line",
            placeholder="avg_color = (R+G+B)/3",
            key=self.key("derive", "\n".join(f"{name} = {text}" for name, text in plan.derive.items())),
        )
        treat = right.text_area(
            "Columns to take for another kind, one COLUMN = KIND a line",
            placeholder=f"flight = {TREATMENTS[0]}",
            help=f"Kinds: {', '.join(TREATMENTS)}.",
            key=self.key("treat", "\n".join(f"{name} = {kind}" for name, kind in plan.treat.items())),
        )
        keep_text = left.multiselect(
            "Columns in which NA, None and - are values",
            columns,
            key=self.key("keep-text", self.known(plan.keep_text, None)),
            help="Elsewhere words that spell missing are blank cells.",
        )
        seed = right.number_input("Seed of the split", min_value=0, step=1, key=self.key("seed", plan.seed))
        drop_rare = right.checkbox(
            "Leave out rare classes",
            key=self.key("drop-rare", plan.drop_rare),
            help="The rows of a class with too few of them to be in each split.",
        )
        return _Wanted(
            target=target or "",
            problem=problem,
            positive=positive,
            split=split,
            split_column=split_column if split != "random" else None,
            drop=tuple(drop),
            derive=derive,
            treat=treat,
            keep_text=tuple(keep_text),
            seed=int(seed),
            drop_rare=drop_rare,
        )

    def positive(self, backend: Backend, target: str | None, problem: str) -> str | None:
        """The class to be told of two, where there are two."""
        if target is None or problem in ("multiclass", "regression"):
            return None
        asked = self.plan.positive if target == self.plan.target else None
        classes = _classes(backend, self.dataset.name, self.dataset.sha256, target)
        if problem == "auto" and asked is None and len(classes) != 2:
            return None
        return st.selectbox(
            "Positive class",
            list(dict.fromkeys([*classes, *([asked] if asked else [])])),
            index=None,
            placeholder="Decide from the words",
            accept_new_options=True,
            key=self.key(f"positive-{target}", asked),
            help="The class whose probability is told, such as the one that is looked for.",
        )


@st.cache_data(show_spinner=False, max_entries=20)
def _classes(_backend: Backend, dataset: str, sha256: str, target: str) -> list[str]:
    """The values of a target that has few, as the first rows have them."""
    cells = datasets.preview(_backend, dataset, LOOKED_AT)[target].dropna().astype(str).str.strip()
    values = cells[cells != ""].value_counts()
    return list(values.index) if len(values) <= 20 else []
