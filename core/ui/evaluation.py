"""How good a model is: its result on the test split."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import evaluation_file, metric_words
from core.evaluation_file import Evaluation
from core.numbers import number
from core.ui import page

HEIGHT = 250  # of a chart: two rows of them are in sight at once


# --- the result -----------------------------------------------------------------------------------------


def result(evaluation: Evaluation | None, unjudged: str = "") -> None:
    """Draw the evaluation on the test split: how sure its metrics are, and what they come from.

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
    _told(evaluation)
    _metrics(evaluation)
    left, right = st.columns(2)
    with left:
        _mistakes(evaluation)
    with right:
        if "by_class" in evaluation:
            _by_class(evaluation)
        elif "deciles" in evaluation:
            _by_size(evaluation)
        else:
            _what_decides(evaluation)


def _told(evaluation: Evaluation) -> None:
    """Say in a sentence how sure the first figure is, and what it has to beat."""
    name = next(iter(metric_words.headline(evaluation["problem"], evaluation_file.values(evaluation))), "")
    if not name:
        return
    figure, best = evaluation["metrics"][name], evaluation.get("best_column")
    value = metric_words.cut(name, figure["value"] or 0.0, figure)
    words = [f"{metric_words.label(name)} is {value}"]
    if figure["low"] is not None and figure["high"] is not None:
        ends = [metric_words.cut(name, end, figure) for end in (figure["low"], figure["high"])]
        words[0] += f" on {evaluation['rows']:,} rows; in truth {ends[0]} to {ends[1]}, 19 times of 20"
    if best and (alone := best["metrics"].get(name, {}).get("value")) is not None:
        words.append(f"{best['column']} alone reaches {metric_words.cut(name, alone, figure)}")
        low, high = figure["low"], figure["high"]
        if low is not None and high is not None and low <= alone <= high:
            words.append("so far the model is no better than that column")
    st.markdown(page.plain(f"{'; '.join(words)}."))


def _beside(name: str, evaluation: Evaluation) -> str:
    """Return what stands beside a metric: its interval, and what guessing and the best single column reach."""
    figure, base = evaluation["metrics"][name], evaluation["baseline"].get(name)
    best, words = evaluation.get("best_column"), []
    if figure["low"] is not None and figure["high"] is not None:
        low, high = (metric_words.cut(name, end, figure) for end in (figure["low"], figure["high"]))
        words.append(f"{low} to {high}")
    if base is not None:
        words.append(f"{metric_words.cut(name, base, figure)} by guessing")
    if best and (alone := best["metrics"].get(name, {}).get("value")) is not None:
        words.append(f"{metric_words.cut(name, alone, figure)} by {best['column']}")
    return ", ".join(words)


def _metrics(evaluation: Evaluation) -> None:
    figures = evaluation["metrics"]
    known = [name for name, figure in figures.items() if figure["value"] is not None]
    shown = metric_words.headline(evaluation["problem"], evaluation_file.values(evaluation))
    with st.container(horizontal=True, gap="large"):  # beside each other, on a phone by twos
        for name, value in shown.items():
            st.metric(
                metric_words.label(name),
                metric_words.cut(name, value, figures[name]),
                delta=_beside(name, evaluation) or None,
                delta_color="off",
                delta_arrow="off",
                help=page.plain(_meaning(name, evaluation)),
                width="content",
            )
    others = [name for name in known if name not in shown]
    told = [
        f"{metric_words.label(name)} {metric_words.with_interval(name, figures[name])}" for name in others
    ]
    told += [
        f"right among the {k} likeliest {metric_words.with_interval('accuracy', figure)}"
        for k, figure in evaluation.get("top_k", {}).items()
    ]
    st.caption(
        page.plain(
            " · ".join([f"{evaluation['rows']:,} rows that training has not seen", *told,
                        f"{evaluation['rounds']} rounds"])
        ),
        help="  \n".join(
            page.plain(f"{metric_words.label(name)}: {_meaning(name, evaluation)}") for name in others
        )
        or None,
    )  # fmt: skip


def _by_class(evaluation: Evaluation) -> None:
    """Draw each class against all others, and which class is taken for which."""
    st.markdown("**Each class against the rest**")
    names = {"AUC": "auc", "Finds": "recall", "Right": "precision"}
    rows = [
        {"Class": each["name"], "Rows": each["rows"]}
        | {head: metric_words.with_interval(name, each[name]) for head, name in names.items()}
        for each in evaluation.get("by_class", [])
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height=HEIGHT, alt="Each class against the rest, with intervals"
    )
    confusions = evaluation.get("confusions", [])[:3]
    if confusions:
        told = [
            f"{each['rows']:,} {each['truth']} taken for {each['said']}"
            f" ({metric_words.with_interval('accuracy', each['share'])} of its rows)"
            for each in confusions
        ]
        st.caption(page.plain(f"Mistaken most often: {'; '.join(told)}."))


def _by_size(evaluation: Evaluation) -> None:
    """Draw how far off a regression is by the size of its prediction, and the range that holds most of its errors."""
    st.markdown("**How far off, by what it said**")
    rows = [
        {
            "Said": _stretch(each["low"], each["high"]),
            "Rows": each["rows"],
            "Off by": metric_words.with_interval("mae", each["error"]),
            "Too high by": metric_words.with_interval("mae", each["bias"]),
        }
        for each in evaluation.get("deciles", [])
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height=HEIGHT, alt="Tenths of the rows by their prediction"
    )
    if "range" in evaluation:
        found = evaluation["range"]
        covered = metric_words.with_interval("accuracy", found["covered"])
        st.caption(
            page.plain(
                f"A prediction ± {number(found['half_width'], 4)} holds {found['level']:.0%} of rows, as the errors on"
                f" validation say; of the test split it held {covered}."
            )
        )


def _stretch(low: float, high: float) -> str:
    """Return a stretch of predictions."""
    return f"{number(low, 4)} to {number(high, 4)}"


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
