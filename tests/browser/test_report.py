"""The Report page in a real browser: find, select, fix, take away; with names that would be markup.

What each part says is asked of AppTest in tests/test_pages_report.py; here is what only a browser does.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from tests.browser.conftest import lent, serving
from tests.browser.rig import App, press_slowly, settled
from tests.browser.test_accessibility import violations
from tests.browser.test_journey import choose
from tests.conftest import FLIGHTS, run_cli

PARTS = ("Findings", "Columns", "Relations", "Files")
NAMES = ["<img src=x onerror=alert(1)>", "$x$ and $y$", "[a](http://x)", ":red[x]", "🙂 **ü**", "n" * 200]


@dataclass
class Reported:
    """A workspace with reports of some flights with their leaks, and of a hostile file."""

    workspace: Path
    flights: str
    hostile: str


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> Reported:
    folder = tmp_path_factory.mktemp("reported") / "workspace"
    folder.mkdir()
    some = folder.parent / "some.csv"
    some.write_text("\n".join(FLIGHTS.read_text().splitlines()[:2400]) + "\n")
    flights = run_cli(folder, "eda", some, "--target", "late").data["job"]
    rng = np.random.default_rng(3)
    table = pd.DataFrame({name: rng.normal(size=300) for name in NAMES})
    table[NAMES[2]] = rng.choice(["<b>a</b>", "[b](http://x)"], 300)
    table.loc[:60, NAMES[:2]] = np.nan
    table["y"] = rng.choice(["<i>p</i>", "q"], 300)
    file = folder.parent / "hostile.csv"
    table.to_csv(file, index=False)
    return Reported(folder, flights, run_cli(folder, "eda", file, "--target", "y").data["job"])


@pytest.fixture(scope="module")
def shared_app(server, reported):
    return lent(server, reported.workspace)


@pytest.fixture
def app(app_once):
    return app_once


@pytest.fixture
def tab(blank):
    """Each test opens its report itself, by a link."""
    return blank


def open_report(app: App, tab, **query: str) -> None:
    tab.goto(f"{app.url}/Report?" + "&".join(f"{key}={value}" for key, value in query.items()))
    tab.get_by_role("tab", name="Findings").wait_for()
    settled(tab)


def cell(tab, text: str):
    """The first cell of a table with this text: the table that stands behind a data grid's canvas."""
    return tab.locator("td[role=gridcell]", has_text=re.compile(f"^{re.escape(text)}$")).first


def show(tab, name: str) -> None:
    tab.get_by_role("tab", name=name).click()
    settled(tab)
    expect(tab.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    tab.wait_for_timeout(300)  # tables draw themselves after the script


def test_a_column_is_found_selected_and_in_the_url(app, tab, reported):
    open_report(app, tab, job=reported.flights, part="columns")
    column = tab.get_by_role("combobox", name="Column", exact=True)
    expect(column).to_have_value("late")
    expect(tab.get_by_text("19 columns. A click")).to_be_visible()
    assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900

    canvas = tab.get_by_test_id("data-grid-canvas").first
    box = canvas.bounding_box()
    tab.mouse.click(box["x"] + 200, box["y"] + 35 * 3.5)  # anywhere in the third row; the target is the first
    expect(tab).to_have_url(re.compile("column=carrier"))
    expect(column).to_have_value("carrier")
    tab.mouse.click(box["x"] + 18, box["y"] + 35 * 2.5)  # the check box of the second
    expect(column).to_have_value("scheduled_departure")
    tab.go_back()
    expect(column).to_have_value("carrier")
    settled(tab)
    choose(tab, "Column", "distance")
    expect(tab).to_have_url(re.compile("column=distance"))
    picture = tab.get_by_role("img", name=re.compile("^Histogram of distance in 40 bins"))
    expect(picture).to_be_visible()
    tab.reload()
    expect(picture).to_be_visible()
    settled(tab)
    tab.get_by_label("Find a column").fill("DELAY")
    expect(tab.get_by_text("2 of 19 columns")).to_be_visible()
    tab.get_by_label("Find a column").fill("no such column")
    expect(tab.get_by_text("No column passes the filter")).to_be_visible()
    tab.get_by_label("Find a column").fill("")
    tab.get_by_role("button", name="Filter and sort").click()
    tab.get_by_text("With blanks", exact=True).click()
    expect(tab.get_by_text(re.compile(r"\d of 19 columns"))).to_be_visible()
    tab.get_by_text("With blanks", exact=True).click()
    choose(tab, "Sort", "Most predictive first")
    expect(cell(tab, "arr_delay")).to_have_attribute("data-testid", "glide-cell-1-0")


def test_hostile_names_are_shown_as_they_are_in_every_part_and_in_the_export(
    app, tab, reported, complaints, tmp_path
):
    tab.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    open_report(app, tab, job=reported.hostile)
    for name in PARTS:
        show(tab, name)
        assert tab.locator("img[src='x']").count() == 0
        assert tab.locator("a[href='http://x'], .katex").count() == 0
    show(tab, "Columns")
    for name in NAMES:
        expect(cell(tab, name)).to_be_attached()
        choose(tab, "Column", name)
        expect(tab.get_by_text(f"Feature: {name}")).to_be_visible()

    show(tab, "Files")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Report, HTML").click()
    saved = tmp_path / "saved.html"
    waiting.value.save_as(saved)
    little = names_in_zip(tab, reported.hostile)
    assert {"job.json", "report/report.html", "report/report.json", "contract/contract.json"} <= little
    assert not any(name.startswith(("train/", "test")) for name in little)
    tab.get_by_text("With the splits", exact=True).click()
    settled(tab)
    assert names_in_zip(tab, reported.hostile) - little == {
        *("train/train.csv", "validation/validation.csv", "test/test.csv"),
        *("test_raw/test_raw.csv", "test_raw/all_raw.csv"),  # of few rows all, for cross-validation
    }

    alone = tab.context.new_page()  # the console's complaints count: a refused style or request would be one
    alone.goto(saved.as_uri())
    for name in NAMES:
        expect(alone.get_by_role("heading", name=name, exact=True)).to_be_visible()
    assert alone.locator("img, script, link").count() == 0
    complaints.texts = [
        said for said in complaints.texts if saved.as_uri() not in said or "request" not in said
    ]


def names_in_zip(tab, job: str) -> set[str]:
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=re.compile("All in one zip")).click()
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        assert archive.testzip() is None
        return {name.removeprefix(f"{job}/") for name in archive.namelist()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_and_the_export_are_accessible(app, tab, reported, scheme):
    tab.emulate_media(color_scheme=scheme)
    open_report(app, tab, job=reported.flights)
    found = {}

    def judge(page, name: str) -> None:
        found.update({f"{name} {problem}": nodes for problem, nodes in violations(page, scheme).items()})

    for name in PARTS:
        show(tab, name)
        # In sight: what the part before had shown may still be leaving the page.
        numbers = tab.get_by_text(re.compile("^Numbers of ")).filter(visible=True)
        if numbers.count():
            numbers.first.click()
            settled(tab)
        judge(tab, name)
    report = app.workspace / f"processing/{reported.flights}/output/report/report.html"
    alone = tab.context.new_page()
    alone.emulate_media(color_scheme=scheme)
    alone.set_content(report.read_text().replace('http-equiv="Content-Security-Policy"', 'name="policy"'))
    judge(alone, "report.html")
    assert found == {}


def test_several_findings_are_fixed_by_one_job_however_the_clicks_come(app, tab, reported):
    open_report(app, tab, job=reported.flights)
    for change in ("Fix: drop arr_delay", "Fix: split by time"):
        press_slowly(tab, tab.get_by_text(change))
        settled(tab)
    expect(tab.get_by_text("drop arr_delay; split by time")).to_be_in_viewport()
    show(tab, "Columns")
    backend = LocalBackend(app.workspace)
    before = len(backend.jobs(JobKind.processing))
    tab.get_by_role("button", name="Run EDA again").dblclick(delay=40)
    expect(tab).to_have_url(re.compile(r"/EDA\?job=eda-some"))
    expect(tab.get_by_role("heading", name="EDA", level=1)).to_be_visible()
    settled(tab)
    assert len(backend.jobs(JobKind.processing)) == before + 1
    config = backend.jobs(JobKind.processing)[0].request["config"]
    assert (config["drop"], config["split"]) == (["arr_delay"], "time")


SMALL_SHARES = """
from core.ui import charts
figure = charts.curves({"model": {"x": [0, 0.012], "y": [0, 0.012]}}, "curve", "x", "y")
figure.update_xaxes(tickformat=charts.PERCENT)
charts.draw(figure, "curve")
"""


def test_no_axis_says_one_thing_twice(chromium, tmp_path):
    """Small shares too, which used to read 0%, 1%, 1%, 2%, 2%."""
    script = tmp_path / "shares.py"
    script.write_text(SMALL_SHARES)
    with serving(tmp_path, tmp_path / "server.log", script=script) as server:
        page = chromium.new_page()
        page.goto(server.url)
        expect(page.locator(".xtick").first).to_be_visible()
        ticks = page.locator(".xtick text").all_text_contents()
        assert ticks[:3] in (["0%", "0.5%", "1%"], ["0%", "0.2%", "0.4%"])
        assert len(set(ticks)) == len(ticks)
        page.close()


def test_numbers_are_written_as_the_browser_writes_them(app, reported, chromium):
    with chromium.new_context(locale="de-DE") as context:
        page = context.new_page()
        page.goto(f"{app.url}/Report?job={reported.flights}")
        rows = page.get_by_test_id("stMetric").filter(has_text="Rows").first
        expect(rows).to_contain_text("2.399")
        expect(page.get_by_test_id("stMetric").filter(has_text="Blank cells")).to_contain_text(
            re.compile(r"\d,\d\s%")
        )
