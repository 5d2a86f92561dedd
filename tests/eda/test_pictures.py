"""What pictures tell apart: every class is drawn, and no axis says one thing twice."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import numbers
from core.report import column_pictures, svg, table_pictures, wording
from core.report.pictures import Bars, Curve, Histogram, Matrix


def report_of(classes: int) -> tuple[dict, dict]:
    """A column and a report of as many classes, the first the most frequent."""
    names = [f"class {i}" for i in range(classes)]
    total = sum(range(1, classes + 1))
    shares = {name: (classes - i) / total for i, name in enumerate(names)}
    told = [{"class": name, "rows": round(1000 * share), "share": share} for name, share in shares.items()]
    best = dict(list(shares.items())[:10])  # as target_by tells them
    bins = [{"value": letter, "rows": 9, "share": 0.5, "shares": best} for letter in "ab"]
    return {"name": "x", "target_by": bins}, {"target": {"name": "y", "classes": told}}


@pytest.mark.parametrize("classes", [3, 6, 7, 10, 11, 40])
def test_every_class_is_drawn_or_among_the_others(classes):
    picture = column_pictures.by_target(*report_of(classes))
    assert len(picture.parts) == min(classes, 10)
    for i in range(2):
        assert sum(values[i] for values in picture.parts.values()) == pytest.approx(1)
    styles = set(re.findall(r'class="(p\d+)"', svg.svg(picture)))
    assert len(styles) == len(picture.parts)
    assert all(f".{style}{{fill:var(--{style})}}" in svg.style() for style in styles)
    if classes > 10:
        assert list(picture.parts)[-1] == f"{classes - 9} other classes"


def test_an_image_is_a_file_of_its_own_in_which_data_stays_text():
    names = ("<b>a</b>", "&amp;")
    matrix = Matrix(title="", alt="", header=(), rows=(), down=names, across=names, signed=True,
                    values=((1.0, -0.75), (None, 0.2)))  # fmt: skip
    root = ElementTree.fromstring(svg.image(matrix))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert set(names) <= set(texts) and {"1.00", "-0.75", "0.20"} <= set(texts)


@pytest.mark.parametrize(
    "theme, told", [("dark", "all"), ("light", "not all"), (None, "(prefers-color-scheme:dark)")]
)
def test_an_image_has_the_colours_of_the_page_whatever_the_system_is_set_to(theme, told):
    bars = Bars(title="", alt="", header=(), rows=(), labels=("a",), values=(0.1,), unit="PSI")
    (asked,) = re.findall(r"@media ?([^{]*){:root", svg.image(bars, theme))
    assert asked == told


def test_a_curve_goes_from_corner_to_corner_as_chance_does():
    points = (0.0, 0.25, 1.0), (0.0, 0.5, 1.0)
    curve = Curve(title="", alt="", header=(), rows=(), x=points[0], y=points[1],
                  across="<i>alarms", up="found", diagonal=True)  # fmt: skip
    root = ElementTree.fromstring(svg.image(curve))
    (drawn,), (chance,) = ([e for e in root.iter() if e.get("class") == name] for name in ("curve", "guess"))
    at = [[float(each) for each in pair.split()] for pair in drawn.get("d")[1:].split("L")]
    ends = [[float(each) for each in pair.split()] for pair in chance.get("d")[1:].split("L")]
    assert [at[0], at[-1]] == ends
    (left, bottom), middle, (right, top) = at
    assert middle == pytest.approx([left + (right - left) / 4, (top + bottom) / 2], abs=0.1)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"<i>alarms", "found", "0%", "25%", "100%"} <= set(texts)


def test_a_value_stands_behind_its_mark():
    bars = Bars(title="", alt="", header=(), rows=(), labels=("a",), values=(0.1,), unit="PSI", marks=(0.4,))
    root = ElementTree.fromstring(svg.image(bars))
    (mark,) = (e for e in root.iter() if e.get("class") == "mark")
    (value,) = (e for e in root.iter() if e.text == "0.100")
    assert float(value.get("x")) > float(mark.get("x")) + 2


@pytest.mark.parametrize("bins", [1, 24, 25, 40, 100])
def test_a_distribution_in_a_cell_has_few_bars_and_all_rows(bins):
    column = {"histogram": {"counts": list(range(bins)), "edges": list(range(bins + 1))}}
    bars = column_pictures.shape(column)
    assert len(bars) <= 24 and sum(bars) == sum(range(bins))


def test_a_date_is_written_as_in_the_data():
    assert numbers.bound("2013-02-01T00:00:00", form="%d/%m/%Y") == "01/02/2013"
    assert numbers.bound("2013-02-01T05:15:00", form="%d.%m.%Y %H:%M") == "01.02.2013 05:15"
    for iso in ("", "%d %b %Y", "%d/%m/%Y|%Y-%m-%d"):
        assert numbers.bound("2013-02-01T05:15:00", form=iso) == "2013-02-01 05:15"


def test_amounts_are_written_with_their_nouns():
    assert [numbers.count(n, "column", "columns") for n in (0, 1, 1204)] == [
        "0 columns",
        "1 column",
        "1,204 columns",
    ]
    assert numbers.count(2, "entry", "entries") == "2 entries"


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e6), st.sampled_from(["linear", "log"]))
@settings(max_examples=60, deadline=None)
def test_no_tick_of_a_histogram_is_told_twice(low, width, scale):
    low = abs(low) + 1 if scale == "log" else low
    edges = tuple(low + width * i / 20 for i in range(21))
    marks = Histogram(
        title="x", alt="", header=(), rows=(), edges=edges, counts=(1,) * 20, scale=scale
    ).marks()
    assert len({text for _, text in marks}) == len(marks)


def test_bins_that_are_close_to_each_other_are_told_apart():
    edges = [40.7127761, 40.7127762, 40.7127764, 40.7127768]
    bins = [
        {"from": low, "to": high, "rows": 9, "share": 0.3, "mean": 1.0, "low": 0.5, "high": 1.5}
        for low, high in pairwise(edges)
    ]
    found = {"target": {"name": "y", "classes": []}, "columns": [{"name": "y", "mean": 1.0}]}
    labels = column_pictures.by_target({"name": "x", "target_by": bins}, found).labels
    assert labels[0] == "40.7127761 to 40.7127762" and len(set(labels)) == 3


def test_periods_within_a_day_are_told_apart():
    periods = [
        {"from": f"2026-01-01T{hour:02}:30:00", "to": f"2026-01-01T{hour + 1:02}:00:00", "rows": 5}
        | {"value": 0.5, "low": 0.4, "high": 0.6}
        for hour in range(4)
    ]
    target = {"name": "y", "positive": "a", "classes": [{"class": "a", "rows": 10, "share": 0.5}]}
    picture = table_pictures.over_time({"over_time": {"column": "t", "periods": periods}, "target": target})
    assert picture.ticks[:2] == ("2026-01-01 00:30", "2026-01-01 01:30")


@given(st.lists(st.text("ab ", min_size=1, max_size=60), min_size=1, max_size=8, unique=True))
@settings(max_examples=60, deadline=None)
def test_labels_that_are_cut_stay_different(labels):
    labels = tuple(dict.fromkeys(" ".join(label.split()) for label in labels))
    assert len(set(wording.cut(labels, 16))) == len(labels)
