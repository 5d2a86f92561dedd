"""The Report page in a real browser: find, select, compare, take away; with names that would be markup."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from tests.browser.conftest import serving
from tests.browser.rig import settled
from tests.browser.test_accessibility import violations
from tests.browser.test_journey import choose, press
from tests.conftest import FLIGHTS, run_cli

TABS = ("Columns", "Warnings", "Target", "Correlations", "Missing cells", "Histograms", "Compare", "Export")
NAMES = ["<img src=x onerror=alert(1)>", "$x$ and $y$", "[a](http://x)", ":red[x]", "🙂 **ü**", "n" * 200]


def some_flights(folder: Path) -> Path:
    file = folder / "some.csv"
    file.write_text("\n".join(FLIGHTS.read_text().splitlines()[:2400]) + "\n")
    return file


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> Path:
    """A workspace with reports of some flights, with and without their leaks, and of a hostile file. Read only."""
    folder = tmp_path_factory.mktemp("reported") / "workspace"
    folder.mkdir()
    some = some_flights(folder.parent)
    run_cli(folder, "eda", some, "--target", "late")
    run_cli(folder, "eda", some, "--target", "late", "--drop", "arr_delay", "--derive", "miles=distance*2")
    rng = np.random.default_rng(3)
    table = pd.DataFrame({name: rng.normal(size=300) for name in NAMES})
    table[NAMES[2]] = rng.choice(["<b>a</b>", "[b](http://x)"], 300)
    table.loc[:60, NAMES[:2]] = np.nan
    table["y"] = rng.choice(["<i>p</i>", "q"], 300)
    hostile = folder.parent / "hostile.csv"
    table.to_csv(hostile, index=False)
    run_cli(folder, "eda", hostile, "--target", "y")
    return folder


@pytest.fixture(scope="module")
def shared_app(reported):
    with serving(reported, reported.with_name("server.log")) as server:
        yield server


@pytest.fixture
def app(app_once):
    return app_once


@pytest.fixture
def tab(blank):
    """Each test opens its report itself, by a link."""
    return blank


def jobs(app) -> list[str]:
    """The EDA jobs' names, the first one first."""
    return [job.name for job in LocalBackend(app.workspace).jobs(JobKind.processing)][::-1]


def open_report(app, tab, **query: str) -> None:
    tab.goto(f"{app.url}/Report?" + "&".join(f"{key}={value}" for key, value in query.items()))
    tab.get_by_role("heading", name="Report", level=1).wait_for()
    settled(tab)


def cell(tab, text: str):
    """The first cell of a table with this text: the table that stands behind a data grid's canvas."""
    return tab.locator("td[role=gridcell]", has_text=re.compile(f"^{re.escape(text)}$")).first


def show(tab, name: str) -> None:
    tab.get_by_role("tab", name=name).click()
    settled(tab)
    tab.wait_for_timeout(500)  # charts draw themselves after the script


def test_a_column_is_found_filtered_and_selected_in_the_url(app, tab):
    open_report(app, tab, job=jobs(app)[0])
    tab.get_by_label("Find a column").fill("DELAY")
    expect(tab.get_by_text("2 of 19 columns")).to_be_visible()
    tab.get_by_label("Find a column").fill("no such column")
    expect(tab.get_by_text("No column passes the filter")).to_be_visible()
    tab.get_by_label("Find a column").fill("")
    tab.get_by_text("With blanks", exact=True).click()
    expect(tab.get_by_text(re.compile(r"\d of 19 columns"))).to_be_visible()
    tab.get_by_text("With blanks", exact=True).click()
    expect(tab.get_by_text("19 columns. Select")).to_be_visible()

    settled(tab)
    canvas = tab.get_by_test_id("data-grid-canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    tab.mouse.click(box["x"] + 18, box["y"] + 35 * 2.5)  # the check box of the second row
    expect(tab).to_have_url(re.compile("column=carrier"))
    expect(tab.get_by_role("combobox", name="Column in detail")).to_have_value("carrier")
    choose(tab, "Column in detail", "distance")
    expect(tab).to_have_url(re.compile("column=distance"))
    expect(tab.get_by_label(re.compile("^Histogram of distance in 40 bins"))).to_be_visible()
    tab.reload()
    settled(tab)
    expect(tab.get_by_role("combobox", name="Column in detail")).to_have_value("distance")
    choose(tab, "Sort", "Most predictive first")
    expect(cell(tab, "arr_delay")).to_have_attribute("data-testid", "glide-cell-1-0")


def test_two_jobs_stand_side_by_side(app, tab):
    first, second, _ = jobs(app)
    open_report(app, tab, job=second, **{"with": first})
    show(tab, "Compare")
    expect(tab.get_by_text("Added: miles")).to_be_visible()
    expect(tab.get_by_text("Warnings that are gone")).to_be_visible()
    expect(tab.get_by_role("combobox", name="Compare with")).to_have_value(first)
    expect(tab.get_by_role("combobox", name="Column side by side")).to_have_value("arr_delay")
    expect(tab.get_by_label(re.compile("^Histogram of arr_delay"))).to_have_count(2)


def test_everything_can_be_taken_away(app, tab, tmp_path):
    job = jobs(app)[0]
    open_report(app, tab, job=job)
    show(tab, "Export")

    def names(button: str) -> set[str]:
        with tab.expect_download() as waiting:
            tab.get_by_role("button", name=re.compile(button)).click()
        with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
            assert archive.testzip() is None
            return {name.removeprefix(f"{job}/") for name in archive.namelist()}

    little = names("All in one zip")
    assert {"job.json", "report/report.html", "report/report.json", "contract/contract.json"} <= little
    assert not any(name.startswith(("train/", "test")) for name in little)
    tab.get_by_text("With the splits", exact=True).click()
    settled(tab)
    assert names("All in one zip") - little == {
        *("train/train.csv", "validation/validation.csv", "test/test.csv", "test_raw/test_raw.csv")
    }


def test_hostile_names_are_shown_as_they_are_on_every_tab_and_in_the_export(app, tab, complaints, tmp_path):
    tab.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    open_report(app, tab, job=jobs(app)[2])
    for name in TABS:
        show(tab, name)
        assert tab.locator("img[src='x']").count() == 0
        assert tab.locator("a[href='http://x'], .katex").count() == 0
        if name == "Correlations":
            for mark in (NAMES[0], NAMES[1]):
                expect(tab.locator(".js-plotly-plot").get_by_text(mark[:11]).first).to_be_visible()
    show(tab, "Columns")
    for name in NAMES:
        expect(cell(tab, name)).to_be_attached()
        choose(tab, "Column in detail", name)
        expect(tab.get_by_text(f"Becomes {name}", exact=True)).to_be_visible()
    show(tab, "Export")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Report, HTML").click()
    saved = tmp_path / "saved.html"
    waiting.value.save_as(saved)
    alone = tab.context.new_page()  # the console's complaints count: a refused style or request would be one
    alone.goto(saved.as_uri())
    for name in NAMES:
        expect(alone.get_by_role("heading", name=name, exact=True)).to_be_visible()
    assert alone.locator("img, script, link").count() == 0
    complaints.texts = [
        said for said in complaints.texts if saved.as_uri() not in said or "request" not in said
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_and_the_export_are_accessible(app, tab, scheme, complaints):
    tab.emulate_media(color_scheme=scheme)
    open_report(app, tab, job=jobs(app)[0])
    found = {}

    def judge(page, name: str) -> None:
        found.update({f"{name} {problem}": nodes for problem, nodes in violations(page, scheme).items()})

    for name in TABS:
        show(tab, name)
        # In sight: what the tab before had shown may still be leaving the page.
        numbers = tab.get_by_text("Its numbers").filter(visible=True)
        if numbers.count():
            numbers.first.click()
            settled(tab)
        judge(tab, name)
    report = app.workspace / f"processing/{jobs(app)[0]}/output/report/report.html"
    alone = tab.context.new_page()
    alone.emulate_media(color_scheme=scheme)
    alone.set_content(report.read_text().replace('http-equiv="Content-Security-Policy"', 'name="policy"'))
    judge(alone, "report.html")
    assert found == {}


def test_the_numbers_of_a_picture_are_a_table(app, tab):
    open_report(app, tab, job=jobs(app)[0], column="distance")
    numbers = tab.get_by_label(re.compile("^The numbers. Histogram of distance"))
    assert numbers.count() == 0
    tab.get_by_text("Its numbers").first.click()
    settled(tab)
    expect(numbers.locator("td[role=gridcell]", has_text=re.compile("^80$")).first).to_be_attached()
    press(tab, "Train a model")
    expect(tab).to_have_url(re.compile("/Training"))


SMALL_SHARES = """
from core.report.pictures import Bars
from core.ui import charts
from core.ui.report import draw
what = {"title": "Shares", "alt": "Shares", "header": (), "rows": (), "labels": ("a", "b")}
draw.show(Bars(**what, values=(0.011, 0.021), unit="share"), key="shares")
charts.draw(charts.importance([{"feature": "a", "share": 0.012}]), "importance")
"""


def test_no_axis_says_one_thing_twice(chromium, tmp_path):
    """Small shares too, which used to read 0%, 1%, 1%, 2%, 2%."""
    script = tmp_path / "shares.py"
    script.write_text(SMALL_SHARES)
    with serving(tmp_path, tmp_path / "server.log", script=script) as server:
        page = chromium.new_page()
        page.goto(server.url)
        for plot in (page.locator(".js-plotly-plot").nth(i) for i in range(2)):
            expect(plot.locator(".xtick").first).to_be_visible()
            ticks = plot.locator(".xtick text").all_text_contents()
            assert ticks[:3] in (["0%", "0.5%", "1%"], ["0%", "0.2%", "0.4%"])
            assert len(set(ticks)) == len(ticks)
        page.close()
