"""How good a model is: its result on the test split."""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal

import pandas as pd
import streamlit as st

from core import evaluation_file, metric_words
from core.evaluation_file import Curve, Evaluation, Figure
from core.numbers import count, integer, number, percent, share
from core.report import pictures, svg
from core.report.wording import short
from core.ui import figures, page, state
from core.ui.words import explain, words

HEIGHT = 175  # of a picture
FEW = 4  # rows of a table that is no higher
CARD = 134  # the width of a metric: five stand beside each other
LONGEST = 12  # characters of a column's name in one
CURVES = ("ROC", "Precision and recall")
FALSE_ALARMS, FOUND = 0.2, 0.5  # the points of the curves that are told


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
        elif evaluation["curves"]:
            _curves(evaluation)


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
        words[0] += f" on {integer(evaluation['rows'])} rows; in truth {ends[0]} to {ends[1]}, 19 times of 20"
    if best and (alone := best["metrics"].get(name, {}).get("value")) is not None:
        words.append(f"{best['column']} alone reaches {metric_words.cut(name, alone, figure)}")
        low, high = figure["low"], figure["high"]
        if low is not None and high is not None and low <= alone <= high:
            words.append("so far the model is no better than that column")
    st.markdown(page.plain(f"{'; '.join(words)}."))


def _metrics(evaluation: Evaluation) -> None:
    figures = evaluation["metrics"]
    known = [name for name, figure in figures.items() if figure["value"] is not None]
    shown = metric_words.headline(evaluation["problem"], evaluation_file.values(evaluation))
    with st.container(horizontal=True, gap="xsmall"):  # beside each other, on a phone by twos
        for name, value in shown.items():
            if others := _others(name, evaluation):
                with st.container(width=CARD, gap="xxsmall"):
                    _metric(name, value, evaluation, "stretch")
                    st.caption("  \n".join(page.plain(other) for other in others))
            else:  # a block more takes the browser as long as the metric
                _metric(name, value, evaluation, CARD)
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
            " · ".join([*told, count(evaluation["rounds"], "round", "rounds"), *_on_validation(evaluation)])
        ),
        help="  \n".join(
            page.plain(f"{metric_words.label(name)}: {_meaning(name, evaluation)}") for name in others
        )
        or None,
    )


def _metric(name: str, value: float, evaluation: Evaluation, width: int | Literal["stretch"]) -> None:
    figure = evaluation["metrics"][name]
    st.metric(
        metric_words.label(name),
        metric_words.cut(name, value, figure),
        delta=_interval(name, figure) or None,
        delta_color="off",
        delta_arrow="off",
        help=_tooltip(name, evaluation),
        width=width,
    )


def _interval(name: str, figure: Figure) -> str:
    if figure["low"] is None or figure["high"] is None:
        return ""
    low, high = (metric_words.cut(name, end, figure) for end in (figure["low"], figure["high"]))
    return f"{low} to {high}"


def _others(name: str, evaluation: Evaluation) -> list[str]:
    """Return what guessing and the best single column reach by a metric."""
    figure, base = evaluation["metrics"][name], evaluation["baseline"].get(name)
    best, words = evaluation.get("best_column"), []
    if base is not None:
        words.append(f"guessing {metric_words.cut(name, base, figure)}")
    if best and (alone := best["metrics"].get(name, {}).get("value")) is not None:
        words.append(f"{short(best['column'], LONGEST)} {metric_words.cut(name, alone, figure)}")
    return words


def _on_validation(evaluation: Evaluation) -> list[str]:
    """Return the first figure on the split that runs are chosen by, where it was measured."""
    found = evaluation.get("validation")
    known = metric_words.headline(evaluation["problem"], found["metrics"]) if found else {}
    return [
        f"{metric_words.label(name)} {metric_words.cut(name, value, evaluation['metrics'][name])} on validation"
        for name, value in list(known.items())[:1]
    ]


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
        pd.DataFrame(rows),
        hide_index=True,
        height=_high(len(rows)),
        column_config={"Rows": figures.counts()},
        alt="Each class against the rest, with intervals",
    )
    confusions = evaluation.get("confusions", [])[:3]
    if confusions:
        told = [
            f"{integer(each['rows'])} {each['truth']} taken for {each['said']}"
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
        pd.DataFrame(rows),
        hide_index=True,
        height=HEIGHT,
        column_config={"Rows": figures.counts()},
        alt="Tenths of the rows by their prediction",
    )
    if "range" in evaluation:
        found = evaluation["range"]
        covered = metric_words.with_interval("accuracy", found["covered"])
        st.caption(
            page.plain(
                f"A prediction ± {number(found['half_width'], 4)} holds {percent(found['level'])} of rows, as the"
                f" errors on validation say; of the test split it held {covered}."
            )
        )


def _high(rows: int) -> int | Literal["content"]:
    """Return the height of a table: a long one scrolls in itself."""
    return "content" if rows <= FEW else HEIGHT


def _stretch(low: float, high: float) -> str:
    """Return a stretch of predictions."""
    return f"{number(low, 4)} to {number(high, 4)}"


def _meaning(name: str, evaluation: Evaluation) -> str:
    classes = evaluation["classes"]
    positive = classes[1] if len(classes) > 1 else ""
    return metric_words.meaning(name, positive, evaluation["intervals_by"]) or name


def _tooltip(name: str, evaluation: Evaluation) -> str:
    """Return what a metric says as Markdown, with the words of the page Words where it has some."""
    word = metric_words.label(name)
    meaning = page.plain(_meaning(name, evaluation))
    return f"{meaning}  \n{explain(word)}" if word in words() else meaning


def _mistakes(evaluation: Evaluation) -> None:
    if "scatter" in evaluation:
        from core.ui import charts  # late: a page without a chart is drawn without Plotly

        st.markdown("**What it said, by what is true**")
        charts.draw(charts.scatter(evaluation["scatter"]), "Predicted against actual values", height=HEIGHT)
        off = metric_words.with_interval("mae", evaluation["metrics"]["mae"])
        st.caption(page.plain(f"A point is a row; on average it is off by {off}."))
        return
    st.markdown("**What it said, by what is true**")
    classes, confusion = evaluation["classes"], evaluation.get("confusion", [])
    alt = "Rows of the test split by their true class and by the class that the model said"
    right = [share(row[index] / max(sum(row), 1)) for index, row in enumerate(confusion)]
    if len(classes) <= FEW:  # a grid takes the browser longer than all else of the tab
        rows = [
            {"In truth": page.plain(name)}
            | {page.plain(f"said {said}"): integer(rows) for said, rows in zip(classes, row, strict=True)}
            | {"Right": found}
            for name, row, found in zip(classes, confusion, right, strict=True)
        ]
        st.table(rows, hide_index=True, border="horizontal", alt=alt)
    else:
        cells: dict[str, list[object]] = {"truth": list(classes)}
        for index in range(len(classes)):
            cells[f"said {index}"] = [integer(row[index]) for row in confusion]
        columns = {
            f"said {index}": st.column_config.TextColumn(f"said {name}", alignment="right")
            for index, name in enumerate(classes)
        }
        st.dataframe(
            pd.DataFrame(cells | {"right": right}),
            hide_index=True,
            height=HEIGHT,
            column_config={
                "truth": st.column_config.TextColumn("In truth", pinned=True),
                **columns,
                "right": st.column_config.TextColumn("Right", alignment="right", width=70),
            },
            alt=alt,
        )
    if len(classes) == 2:
        (_, false), (missed, hits) = confusion
        st.caption(
            page.plain(
                f"It finds {integer(hits)} of the {integer(hits + missed)} rows that are {classes[1]}."
                f" Of the {integer(hits + false)} that it takes for {classes[1]}, {integer(hits)} are."
            )
        )


def _curves(evaluation: Evaluation) -> None:
    """Draw the ROC curve or the one of precision by recall, with a point of it as a sentence."""
    kind = st.radio(
        "Curve",
        CURVES,
        horizontal=True,
        key=state.QUALITY_CURVE.key,
        label_visibility="collapsed",
    )
    drawn = evaluation["curves"]
    if kind == CURVES[0] and "roc" in drawn:
        words = f"With {percent(FALSE_ALARMS)} false alarms it finds {percent(height_at(drawn['roc'], FALSE_ALARMS))}."
        picture = _picture(drawn["roc"], words, "false alarms", "found (recall)", diagonal=True)
    elif "precision_recall" in drawn:
        right = height_at(drawn["precision_recall"], FOUND)
        words = f"Where it finds {percent(FOUND)}, {percent(right)} of what it marks is right."
        picture = _picture(drawn["precision_recall"], words, "found (recall)", "right (precision)")
    else:
        return
    st.image(svg.image(picture, st.context.theme.type), alt=words)
    st.caption(page.plain(words))


def _picture(points: Curve, words: str, across: str, up: str, diagonal: bool = False) -> pictures.Curve:
    """Return a curve as a picture: Plotly, which the tab Decide has, takes the browser longer than all of this tab."""
    rows = tuple(zip(points["x"], points["y"], strict=True))
    return pictures.Curve(
        title="",
        alt=words,
        header=(across, up),
        rows=rows,
        x=tuple(points["x"]),
        y=tuple(points["y"]),
        across=across,
        up=up,
        diagonal=diagonal,
    )


def height_at(curve: Curve, x: float) -> float:
    """Return how high a curve is at `x`, between its two points around it."""
    after = min(bisect_left(curve["x"], x), len(curve["x"]) - 1)
    before = max(after - 1, 0)
    (left, right), (low, high) = ((each[before], each[after]) for each in (curve["x"], curve["y"]))
    return high if right <= left else low + (high - low) * (min(x, right) - left) / (right - left)
