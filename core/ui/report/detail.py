"""One column in detail: what it is, its distribution, the target by it, all its numbers, and its findings."""

from __future__ import annotations

import streamlit as st

from core import numbers
from core.language import tr
from core.report import column_pictures, wording
from core.report.column_schema import ColumnEntry
from core.report.schema import Report
from core.ui import page
from core.ui.report import draw, findings


def show(report: Report, column: ColumnEntry) -> None:
    """The detail of one column of a report."""
    name = column["name"]
    st.markdown(_head(report, column))
    for item in findings.warnings_by_column(report).get(name, []):
        findings.line(item)
    pictures = (
        column_pictures.distribution(column),
        column_pictures.weekdays(column),
        column_pictures.by_target(column, report),
    )
    others = [picture for picture in pictures[1:] if picture is not None]
    if len(others) > 1:  # of a date: below each other they would not be in sight
        for slot, picture in zip(st.columns(2), pictures, strict=False):
            with slot:
                draw.show(picture)
    left, right = st.columns(2 if len(others) > 1 else [5, 3])
    with left:
        if len(others) < 2:
            draw.show(pictures[0], empty=tr("There is no distribution to draw for this column."))
        for picture in others[-1:]:
            draw.show(picture)
    with right:
        form = report["reading"]["formats"].get(name, "")
        draw.facts([*wording.facts(column, form), *_days(column)])
    draw.numbers(pictures, key=name)


def _head(report: Report, column: ColumnEntry) -> str:
    """What it is and as what it is used, as Markdown."""
    kind = f":blue-badge[{page.plain(wording.said(wording.KINDS, column['kind']))}]"
    if column["name"] == report["target"]["name"]:
        problem = wording.said(wording.PROBLEMS, report["target"]["problem"])
        return f"{kind} :green-badge[:material/target: {tr('to predict: {problem}', problem=problem)}]"
    alone = wording.alone(column)
    power = f" :violet-badge[{tr('{metric} by itself', metric=alone)}]" if alone else ""
    return f"{kind}{power} {page.plain(wording.used(column))}"


def _days(column: ColumnEntry) -> list[tuple[str, str]]:
    timeline = column.get("timeline")
    if not timeline or "days" not in timeline:  # of a long span only the years are counted
        return []
    gaps = [
        tr("{days} after {date}", days=numbers.count(gap["days"], "day", "days"), date=gap["after"])
        for gap in timeline.get("gaps", [])
    ]
    return [
        (tr("Distinct days"), numbers.integer(timeline["days"])),
        (tr("Longest gaps"), "; ".join(gaps) or tr("none")),
    ]
