"""How good a model is: its result on the test split."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import metric_words
from core.evaluation_file import Evaluation
from core.ui import page

HEIGHT = 250  # of a chart: two rows of them are in sight at once


# --- the result -----------------------------------------------------------------------------------------


def result(evaluation: Evaluation | None, unjudged: str = "") -> None:
    """Draw the evaluation on the test split: its metrics, each above what guessing gives, and what they come from.

    `unjudged`: why the last judging came to nothing.
    """
    if unjudged:
        st.warning(page.plain(f"Not judged, because: {unjudged}"), icon=":material/rule:")
    if evaluation is None:
        if not unjudged:
            st.warning(
                "This model is not judged yet. Judge it under More.",
                icon=":material/rule:",
            )
        return
    _metrics(evaluation)
    left, right = st.columns(2)
    with left:
        _mistakes(evaluation)
    with right:
        _what_decides(evaluation)


def _metrics(evaluation: Evaluation) -> None:
    values, rows = evaluation["metrics"], evaluation["rows"]
    known = {name: value for name, value in values.items() if value is not None}
    shown = metric_words.headline(evaluation["problem"], values)
    with st.container(horizontal=True, gap="large"):  # beside each other, on a phone by twos
        for name in shown:
            base = evaluation["baseline"].get(name)
            st.metric(
                metric_words.label(name),
                metric_words.written(name, known[name], rows),
                delta=None if base is None else f"{metric_words.written(name, base, rows)} by guessing",
                delta_color="off",
                delta_arrow="off",
                help=page.plain(_meaning(name, evaluation)),
                width="content",
            )
    others = [name for name in known if name not in shown]
    figures = [
        f"{metric_words.label(name)} {metric_words.written(name, known[name], rows)}" for name in others
    ]
    st.caption(
        page.plain(
            " · ".join(
                [f"{rows:,} rows that training has not seen", *figures, f"{evaluation['rounds']} rounds"]
            )
        ),
        help="  \n".join(
            page.plain(f"{metric_words.label(name)}: {_meaning(name, evaluation)}") for name in others
        )
        or None,
    )


def _meaning(name: str, evaluation: Evaluation) -> str:
    classes = evaluation["classes"]
    meaning = metric_words.METRICS[name].meaning if name in metric_words.METRICS else name
    return meaning.format(positive=classes[1] if len(classes) > 1 else "")


def _mistakes(evaluation: Evaluation) -> None:
    if "scatter" in evaluation:
        from core.ui import charts  # late: a page without a chart is drawn without Plotly

        st.markdown("**What it said, by what is true**")
        charts.draw(charts.scatter(evaluation["scatter"]), "Predicted against actual values", height=HEIGHT)
        return
    st.markdown("**What it said, by what is true**")
    classes, confusion = evaluation["classes"], evaluation.get("confusion", [])
    cells: dict[str, list[object]] = {"truth": list(classes)}
    for index in range(len(classes)):
        cells[f"said {index}"] = [f"{row[index]:,}" for row in confusion]
    cells["right"] = [100 * row[index] / max(sum(row), 1) for index, row in enumerate(confusion)]
    columns = {
        f"said {index}": st.column_config.TextColumn(f"said {name}", alignment="right")
        for index, name in enumerate(classes)
    }
    st.dataframe(
        pd.DataFrame(cells),
        hide_index=True,
        column_config={
            "truth": st.column_config.TextColumn("In truth", pinned=True),
            **columns,
            "right": st.column_config.ProgressColumn("Right", min_value=0, max_value=100, format="%.0f%%"),
        },
        alt="Rows of the test split by their true class and by the class that the model said",
    )
    if len(classes) == 2:
        (_, false), (missed, hits) = confusion
        st.caption(
            page.plain(
                f"It finds {hits:,} of the {hits + missed:,} rows that are {classes[1]}."
                f" Of the {hits + false:,} that it takes for {classes[1]}, {hits:,} are."
            )
        )


def _what_decides(evaluation: Evaluation) -> None:
    by_gain = evaluation.get("importance_by", "gain") == "gain"
    st.markdown(
        "**What decides**",
        help="The share of each feature in what the model gains by its questions to the rows (total gain)."
        if by_gain
        else "The share of each feature in what is added up to the answers.",
    )
    used = [item for item in evaluation["importance"] if item["share"] > 0]
    most = max((item["share"] for item in used), default=1.0)
    st.dataframe(
        pd.DataFrame(
            {
                "Feature": [item["feature"] for item in used],
                "Share": [100 * item["share"] for item in used],
            }
        ),
        hide_index=True,
        height=HEIGHT + 32,
        column_config={
            "Share": st.column_config.ProgressColumn(min_value=0, max_value=100 * most, format="%.0f%%")
        },
        alt="Features by their share in what the model answers, the largest first",
    )
