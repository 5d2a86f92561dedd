"""report.html with a data set that would be markup, and pictures on scales that are not linear."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from core.report.pictures import Histogram
from tests.eda.conftest import run_script

NAMES = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "$x$",
    "[a](javascript:alert(1))",
    "& &amp; &lt;b&gt;",
    "🙂 𝒳 ümläut",
    "n" * 200,
]
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "h1", "h2", "h3", "p", "span", "div"),
    *("a", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("figure", "figcaption", "svg", "g", "path", "rect", "circle", "text", "title"),
}  # fmt: skip


class Reader(HTMLParser):
    """The tags, the attributes and the text of a page, as a browser takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    rng = np.random.default_rng(5)
    rows = 300
    table = pd.DataFrame({name: rng.normal(size=rows) for name in NAMES})
    table[NAMES[0]] = rng.choice(['<b onclick="x">a</b>', "</td></table>"], rows)
    table["y"] = rng.choice(["<i>yes</i>", "no&nbsp;"], rows)
    table.loc[:40, NAMES[1:3]] = np.nan
    run = run_script(tmp_path_factory.mktemp("hostile"), table, target="y")
    assert run.code == 0, run.err
    reader = Reader()
    reader.feed((run.output / "report" / "report.html").read_text())
    return reader


def test_nothing_of_the_data_becomes_markup(hostile):
    assert hostile.tags <= TAGS
    assert not {name for name in hostile.attributes if name.startswith("on") or name == "style"}
    assert all(re.fullmatch(r"#[a-z0-9-]+", link) for link in hostile.links)


def test_every_name_and_value_is_shown_as_it_is(hostile):
    text = set(hostile.text)
    for name in NAMES:
        assert name in text
    assert {'<b onclick="x">a</b>', "</td></table>", "<i>yes</i>", "no&nbsp;"} <= text


def test_only_the_pages_own_style_sheet_may_load(hostile, flights_run):
    page = (flights_run.output / "report" / "report.html").read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and hostile.attributes.isdisjoint({"srcset", "background", "action"})


def histogram(edges: list[float], scale: str) -> Histogram:
    counts = tuple([1] * (len(edges) - 1))
    return Histogram(title="", alt="", header=(), rows=(), edges=tuple(edges), counts=counts, scale=scale)


def test_a_value_stands_within_its_bin_on_any_scale():
    log = histogram([1, 10, 100, 1000], "log")
    assert [log.place(value) for value in (1, 10, 55, 1000)] == [0, 1, 1.5, 3]
    assert log.ticks() == [1, 10, 100, 1000]
    linear = histogram([0, 25, 50, 75, 100], "linear")
    assert linear.ticks() == [0, 20, 40, 60, 80, 100]


def test_ticks_around_zero_stand_apart_and_within_the_edges():
    edges = [*(-(10.0**k) for k in (3, 2, 1, 0)), 0.0, *(10.0**k for k in range(6))]
    picture = histogram(edges, "symlog")
    ticks = picture.ticks()
    places = [picture.place(tick) for tick in ticks]
    assert 0 in ticks and ticks == sorted(ticks)
    assert min(np.diff(places)) >= len(picture.counts) / 7
    assert edges[0] <= ticks[0] and ticks[-1] <= edges[-1]
