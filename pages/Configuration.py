"""Configuration: the data set, the target, and how to treat the other columns."""

import streamlit as st

from core import configuration, datasets
from core.configuration import Configuration
from core.eda.config import PROBLEMS, SPLITS, TREATMENTS
from core.settings import Settings
from core.ui import data, page, place

backend = page.open("Configuration", "Choose where jobs run, the data, and the target.", first=place.show)
saved = configuration.load(backend.storage)

st.subheader("2. Data", anchor=False)
data.add(backend.storage)
names = [item.name for item in datasets.list_datasets(backend.storage)]
if not names:
    st.info("Add a data set to go on: the sample is one click away.", icon=":material/signpost:")
    st.stop()
chosen = page.pick("Data set", names, key="dataset", default=saved.dataset if saved else names[-1])
dataset = datasets.load(backend.storage, chosen)
data.show(backend.storage, dataset)

st.subheader("3. Target", anchor=False)
columns = [column["name"] for column in dataset.columns]
plan = saved if saved and saved.dataset == chosen else Configuration("", dataset=chosen)
target = st.selectbox(
    "Column to predict",
    columns,
    index=columns.index(plan.target) if plan.target in columns else None,
    placeholder="Choose the column to predict",
    key=f"target-{chosen}",
)
with st.form("configuration", border=True):
    left, right = st.columns(2)
    problem = left.selectbox(
        "Problem type", PROBLEMS, index=PROBLEMS.index(plan.problem), format_func=data.PROBLEM_WORDS.get
    )
    split = right.selectbox("Split", SPLITS, index=SPLITS.index(plan.split), format_func=data.SPLIT_WORDS.get)
    drop = left.multiselect(
        "Columns to drop",
        [name for name in columns if name != target],
        default=[name for name in plan.drop if name in columns and name != target],
        help="Columns that are not known when the prediction is needed, or that should not decide.",
    )
    split_column = right.selectbox(
        "Split column (for time and group)",
        columns,
        index=columns.index(plan.split_column) if plan.split_column in columns else None,
        placeholder="Only for a split by time or group",
    )
    derived = left.text_area(
        "Derived columns, one NAME = EXPRESSION a line",
        value="\n".join(f"{name} = {expression}" for name, expression in plan.derive.items()),
        placeholder="avg_color = (R+G+B)/3",
    )
    treated = right.text_area(
        "Columns to take for another kind, one COLUMN = KIND a line",
        value="\n".join(f"{name} = {kind}" for name, kind in plan.treat.items()),
        placeholder=f"flight = {TREATMENTS[0]}",
        help=f"Kinds: {', '.join(TREATMENTS)}.",
    )
    seed = right.number_input("Seed of the split", min_value=0, value=plan.seed, step=1)
    save = st.form_submit_button(
        "Save",
        type="primary",
        icon=":material/save:",
        disabled=target is None,
        help="First choose the column to predict." if target is None else None,
    )

if save:
    with page.errors_shown():  # what was typed stays in the form
        wanted = Configuration(
            dataset=chosen,
            target=target,
            problem=problem,
            split=split,
            split_column=split_column if split != "random" else None,
            drop=tuple(drop),
            derive=data.derived(derived),
            treat=data.treated(treated),
            seed=int(seed),
        ).checked(dataset)
        configuration.save(backend.storage, wanted)
        st.toast("Saved", icon=":material/check:")
    saved = configuration.load(backend.storage)
if saved and saved.dataset == chosen:
    st.success(
        f"Saved: predict {page.plain(saved.target)} from {page.plain(chosen)}.", icon=":material/check:"
    )
    page.go("EDA", "Go to EDA")

with st.expander("Settings, and where they come from", icon=":material/settings:"):
    data.settings_table(Settings.load())
