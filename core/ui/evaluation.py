"""How good a model is: its result on the test split."""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal

import pandas as pd
import streamlit as st

from core import evaluation_file, metric_words
from core.evaluation_file import Curve, Evaluation, Figure
from core.language import mark, tr
from core.numbers import count, integer, number, percent, share
from core.report import pictures, svg
from core.report.wording import short
from core.ui import figures, page, state
from core.ui.words import explain, words

HEIGHT = 175  # of a picture
FEW = 4  # rows of a table that is no higher
CARD = 134  # the width of a metric: five stand beside each other
LONGEST = 12  # characters of a column's name in one
CURVES = (mark("ROC"), mark("Precision and recall"))
FALSE_ALARMS, FOUND = 0.2, 0.5  # the points of the curves that are told


# --- the result -----------------------------------------------------------------------------------------


def result(evaluation: Evaluation | None, unjudged: str = "") -> None:
    """Draw the evaluation on the test split: how sure its metrics are, and what they come from.

    `unjudged`: why the last judging came to nothing.
    """
    if unjudged:
        st.warning(page.plain(tr("Not judged, because: {reason}", reason=unjudged)), icon=":material/rule:")
    if evaluation is None:
        if not unjudged:
            st.warning(
                tr("This model is not judged yet. Judge it under More."),
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
    label = metric_words.label(name)
    if figure["low"] is not None and figure["high"] is not None:
        ends = [metric_words.cut(name, end, figure) for end in (figure["low"], figure["high"])]
        words = [
            tr(
                "{metric} is {value} on {rows} rows; in truth {low} to {high}, 19 times of 20",
                metric=label,
                value=value,
                rows=integer(evaluation["rows"]),
                low=ends[0],
                high=ends[1],
            )
        ]
    else:
        words = [tr("{metric} is {value}", metric=label, value=value)]
    if best and (alone := best["metrics"].get(name, {}).get("value")) is not None:
        words.append(
            tr(
                "{column} alone reaches {value}",
                column=best["column"],
                value=metric_words.cut(name, alone, figure),
            )
        )
        low, high = figure["low"], figure["high"]
        if low is not None and high is not None and low <= alone <= high:
            words.append(tr("so far the model is no better than that column"))
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
        tr(
            "right among the {places} likeliest {share}",
            places=k,
            share=metric_words.with_interval("accuracy", figure),
        )
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
    return tr("{low} to {high}", low=low, high=high)


def _others(name: str, evaluation: Evaluation) -> list[str]:
    """Return what guessing and the best single column reach by a metric."""
    figure, base = evaluation["metrics"][name], evaluation["baseline"].get(name)
    best, words = evaluation.get("best_column"), []
    if base is not None:
        words.append(tr("guessing {value}", value=metric_words.cut(name, base, figure)))
    if best and (alone := best["metrics"].get(name, {}).get("value")) is not None:
        words.append(f"{short(best['column'], LONGEST)} {metric_words.cut(name, alone, figure)}")
    return words


def _on_validation(evaluation: Evaluation) -> list[str]:
    """Return the first figure on the split that runs are chosen by, where it was measured."""
    found = evaluation.get("validation")
    known = metric_words.headline(evaluation["problem"], found["metrics"]) if found else {}
    return [
        tr(
            "{metric} {value} on validation",
            metric=metric_words.label(name),
            value=metric_words.cut(name, value, evaluation["metrics"][name]),
        )
        for name, value in list(known.items())[:1]
    ]


def _by_class(evaluation: Evaluation) -> None:
    """Draw each class against all others, and which class is taken for which."""
    st.markdown(tr("**Each class against the rest**"))
    names = {tr("AUC"): "auc", tr("Finds"): "recall", tr("Right"): "precision"}
    rows = [
        {tr("Class"): each["name"], tr("Rows"): each["rows"]}
        | {head: metric_words.with_interval(name, each[name]) for head, name in names.items()}
        for each in evaluation.get("by_class", [])
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=_high(len(rows)),
        column_config={tr("Rows"): figures.counts()},
        alt=tr("Each class against the rest, with intervals"),
    )
    confusions = evaluation.get("confusions", [])[:3]
    if confusions:
        told = [
            tr(
                "{rows} {truth} taken for {said} ({share} of its rows)",
                rows=integer(each["rows"]),
                truth=each["truth"],
                said=each["said"],
                share=metric_words.with_interval("accuracy", each["share"]),
            )
            for each in confusions
        ]
        st.caption(page.plain(tr("Mistaken most often: {classes}.", classes="; ".join(told))))


def _by_size(evaluation: Evaluation) -> None:
    """Draw how far off a regression is by the size of its prediction, and the range that holds most of its errors."""
    st.markdown(tr("**How far off, by what it said**"))
    rows = [
        {
            tr("It said"): _stretch(each["low"], each["high"]),
            tr("Rows"): each["rows"],
            tr("Off by"): metric_words.with_interval("mae", each["error"]),
            tr("Too high by"): metric_words.with_interval("mae", each["bias"]),
        }
        for each in evaluation.get("deciles", [])
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=HEIGHT,
        column_config={tr("Rows"): figures.counts()},
        alt=tr("Tenths of the rows by their prediction"),
    )
    if "range" in evaluation:
        found = evaluation["range"]
        covered = metric_words.with_interval("accuracy", found["covered"])
        st.caption(
            page.plain(
                tr(
                    "A prediction ± {error} holds {level} of rows, as the errors on validation say; of "
                    "the test split it held {covered}.",
                    error=number(found["half_width"], 4),
                    level=percent(found["level"]),
                    covered=covered,
                )
            )
        )


def _high(rows: int) -> int | Literal["content"]:
    """Return the height of a table: a long one scrolls in itself."""
    return "content" if rows <= FEW else HEIGHT


def _stretch(low: float, high: float) -> str:
    """Return a stretch of predictions."""
    return tr("{low} to {high}", low=number(low, 4), high=number(high, 4))


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

        st.markdown(tr("**What it said, by what is true**"))
        charts.draw(
            charts.scatter(evaluation["scatter"]), tr("Predicted against actual values"), height=HEIGHT
        )
        off = metric_words.with_interval("mae", evaluation["metrics"]["mae"])
        st.caption(page.plain(tr("A point is a row; on average it is off by {error}.", error=off)))
        return
    st.markdown(tr("**What it said, by what is true**"))
    classes, confusion = evaluation["classes"], evaluation.get("confusion", [])
    alt = tr("Rows of the test split by their true class and by the class that the model said")
    right = [share(row[index] / max(sum(row), 1)) for index, row in enumerate(confusion)]
    if len(classes) <= FEW:  # a grid takes the browser longer than all else of the tab
        rows = [
            {tr("In truth"): page.plain(name)}
            | {
                page.plain(tr("said {name}", name=said)): integer(rows)
                for said, rows in zip(classes, row, strict=True)
            }
            | {tr("Right"): found}
            for name, row, found in zip(classes, confusion, right, strict=True)
        ]
        st.table(rows, hide_index=True, border="horizontal", alt=alt)
    else:
        cells: dict[str, list[object]] = {"truth": list(classes)}
        for index in range(len(classes)):
            cells[f"said {index}"] = [integer(row[index]) for row in confusion]
        columns = {
            f"said {index}": st.column_config.TextColumn(tr("said {name}", name=name), alignment="right")
            for index, name in enumerate(classes)
        }
        st.dataframe(
            pd.DataFrame(cells | {"right": right}),
            hide_index=True,
            height=HEIGHT,
            column_config={
                "truth": st.column_config.TextColumn(tr("In truth"), pinned=True),
                **columns,
                "right": st.column_config.TextColumn(tr("Right"), alignment="right", width=70),
            },
            alt=alt,
        )
    if len(classes) == 2:
        (_, false), (missed, hits) = confusion
        st.caption(
            page.plain(
                tr(
                    "It finds {hits} of the {actual} rows that are {name}. Of the {marked} that it takes "
                    "for {name}, {hits} are.",
                    hits=integer(hits),
                    actual=integer(hits + missed),
                    name=classes[1],
                    marked=integer(hits + false),
                )
            )
        )


def _curves(evaluation: Evaluation) -> None:
    """Draw the ROC curve or the one of precision by recall, with a point of it as a sentence."""
    kind = st.radio(
        tr("Curve"),
        CURVES,
        format_func=tr,
        horizontal=True,
        key=state.QUALITY_CURVE.key,
        label_visibility="collapsed",
    )
    drawn = evaluation["curves"]
    if kind == CURVES[0] and "roc" in drawn:
        words = tr(
            "With {share} false alarms it finds {found}.",
            share=percent(FALSE_ALARMS),
            found=percent(height_at(drawn["roc"], FALSE_ALARMS)),
        )
        picture = _picture(drawn["roc"], words, tr("false alarms"), tr("found (recall)"), diagonal=True)
    elif "precision_recall" in drawn:
        right = height_at(drawn["precision_recall"], FOUND)
        words = tr(
            "Where it finds {found}, {right} of what it marks is right.",
            found=percent(FOUND),
            right=percent(right),
        )
        picture = _picture(drawn["precision_recall"], words, tr("found (recall)"), tr("right (precision)"))
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
