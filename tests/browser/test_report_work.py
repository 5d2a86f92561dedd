"""The Report page where it has work to do: warnings fixed by one more job, and 500 columns."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from tests.browser.rig import settled
from tests.browser.test_journey import choose, completed
from tests.browser.test_report import TABS, jobs, open_report, show, some_flights
from tests.conftest import run_cli


@pytest.fixture
def tab(blank):
    """Each test opens its report itself, by a link."""
    return blank


def test_several_warnings_are_fixed_by_one_job_however_hurried_the_clicks(app, tab, tmp_path):
    first = run_cli(app.workspace, "eda", some_flights(tmp_path), "--target", "late").data["job"]
    open_report(app, tab, job=first)
    show(tab, "Warnings")
    for change in ("Apply: drop arr_delay", "Apply: split by time"):
        tab.get_by_text(change).click()
        settled(tab)
    expect(tab.get_by_text(f"As {first}, but: drop arr_delay; split by time")).to_be_visible()
    before = len(jobs(app))
    tab.get_by_role("button", name="Run EDA with 2 changes").dblclick(delay=40)
    expect(tab).to_have_url(re.compile(r"/EDA\?job=eda-some"))
    completed(tab)
    assert len(jobs(app)) == before + 1
    config = LocalBackend(app.workspace).jobs(JobKind.processing)[0].request["config"]
    assert (config["drop"], config["split"]) == (["arr_delay"], "time")


@pytest.mark.slow
def test_five_hundred_columns_stay_usable(app, tab, tmp_path):
    rng = np.random.default_rng(7)
    rows, names = 120, [f"c{i:03d}" for i in range(499)]
    table = pd.DataFrame(rng.normal(size=(rows, len(names))), columns=names).round(3)
    for place, name in enumerate(names):
        if place % 5 != 2:  # a histogram costs the job more than a column of words does
            table[name] = rng.choice(list("abcdef"), rows)
    for name in names[::4]:
        table.loc[rng.random(rows) < 0.7, name] = np.nan
    table = table.assign(y=rng.integers(0, 2, rows))
    wide = tmp_path / "wide.csv"
    table.to_csv(wide, index=False)
    job = run_cli(app.workspace, "eda", wide, "--target", "y").data["job"]

    open_report(app, tab, job=job)
    expect(tab.get_by_text("500 columns. Select")).to_be_visible()
    tab.get_by_label("Find a column").fill("c49")
    expect(tab.get_by_text("9 of 500 columns")).to_be_visible()
    choose(tab, "Column in detail", "c497")
    expect(tab.get_by_label(re.compile("^Histogram of c497"))).to_be_visible()
    for name in TABS:
        show(tab, name)
        assert tab.locator(".js-plotly-plot").count() <= 4
        assert tab.get_by_test_id("stCheckbox").count() <= 12
        assert tab.get_by_test_id("stImage").count() <= 9
    show(tab, "Warnings")
    choose(tab, "Of which kind", next(iter(_codes(tab))))
    press_all = tab.get_by_role("button", name=re.compile("Choose all"))
    press_all.click()
    settled(tab)
    many = int(re.search(r"\d+", press_all.inner_text())[0])
    assert many > 50
    expect(tab.get_by_role("button", name=f"Run EDA with {many} changes")).to_be_visible()
    show(tab, "Correlations")
    expect(tab.locator(".js-plotly-plot")).to_have_count(1)


def _codes(tab) -> list[str]:
    """The options that tell of blanks."""
    tab.get_by_role("combobox", name="Of which kind").click()
    found = [text for text in tab.get_by_role("option").all_inner_texts() if text.startswith("missing")]
    tab.keyboard.press("Escape")
    return found
