"""Sendero's pages against a hello app, in the same browser: first paint and page switch.

Drawn means what a person would call it: the page's heading is there, and the script has run to its end.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.benchmarks.measure import BASELINES, ROOT, Plan, Row, plain_environment, taking_turns

SAMPLE = ROOT / "core" / "samples" / "flights_late.csv"
HELLO = "a Streamlit app of two pages with a title each"
# Title in the navigation -> heading.
OURS = {
    "Home": "Sendero",
    "Configuration": "Configuration",
    "EDA": "EDA",
    "Report": "Report",
    "Training": "Training",
    "Inference": "Inference",
}
THEIRS = {"Hello": "Hello", "World": "World"}
QUICK = ("Home", "Configuration")


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return three rows: the first visit to a server that has just started, a later visit, and a page switch."""
    from playwright.sync_api import sync_playwright

    from tests.browser.rig import CHROMIUM, FLAGS

    if CHROMIUM is None:
        raise RuntimeError("chromium is not installed (Debian: apt-get install chromium).")
    workspace, ours = scratch / "workspace", OURS
    if plan.quick:  # an empty workspace, and a switch to and fro
        workspace.mkdir()
        ours = {page: OURS[page] for page in QUICK}
    else:
        _fill(workspace)
    times = plan.times(full=5, quick=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        ways = {
            "hello": lambda: _visit(browser, workspace, scratch, BASELINES / "hello.py", THEIRS),
            "sendero": lambda: _visit(browser, workspace, scratch, ROOT / "Home.py", ours),
        }
        runs = taking_turns(ways, times, not plan.quick)
        browser.close()

    compared = []
    for what, name in (
        ("first", "first paint after the server's start"),
        ("again", "first paint, a later visitor"),
        ("switch", "page switch, mean over the pages"),
    ):
        each = {side: [visit[what] for visit in visits] for side, visits in runs.items()}
        details: dict[str, Any] = {side: [round(value) for value in values] for side, values in each.items()}
        if what == "switch":
            details["pages"] = {
                page: round(statistics.median(visit["pages"][page] for visit in runs["sendero"]))
                for page in ours
            }
        compared.append(
            Row(
                group="pages",
                name=name,
                against=HELLO,
                unit="ms",
                ours=statistics.median(each["sendero"]),
                baseline=statistics.median(each["hello"]),
                repetitions=times,
                details=details,
            )
        )
    return compared


def _visit(browser, workspace: Path, scratch: Path, script: Path, pages: dict[str, str]) -> dict:
    """Start a server, visit it twice as two strangers, and go through its pages twice; milliseconds."""
    from tests.browser.rig import App, free_port

    app = App(workspace, free_port(), scratch / "server.log", script=script)
    app.start()
    try:
        first_heading = next(iter(pages.values()))
        result = {}
        for what in ("first", "again"):
            context = browser.new_context()
            page = context.new_page()
            start = time.perf_counter()
            page.goto(app.url, wait_until="commit")
            _drawn(page, first_heading)
            result[what] = 1000 * (time.perf_counter() - start)
            if what == "first":
                context.close()
        switches = {name: [] for name in pages}
        for name in [*list(pages)[1:], *pages, next(iter(pages))]:
            link = page.get_by_test_id("stTopNavLink").filter(has_text=name)
            page.wait_for_timeout(500)  # charts of the page before, which draw themselves after the script
            start = time.perf_counter()
            link.click()
            _drawn(page, pages[name])
            switches[name].append(1000 * (time.perf_counter() - start))
        context.close()
        # The second time: the first one imports what a page needs, once in a server's life.
        result["pages"] = {name: values[-1] for name, values in switches.items()}
        result["switch"] = statistics.mean(result["pages"].values())
        return result
    finally:
        app.kill()


def _drawn(page, heading: str) -> None:
    page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")


def _fill(workspace: Path) -> None:
    """Make an EDA job and a Training Job of the sample, as someone who uses the app has."""
    run = [sys.executable, str(ROOT / "scripts" / "pipeline.py")]
    where = ["--workspace", str(workspace), "--backend", "local"]
    drop = ["--drop", "arr_delay", "dep_delay"]
    eda = subprocess.run(
        [*run, "eda", str(SAMPLE), "--target", "late", *drop, *where, "--json"],
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    job = json.loads(eda.stdout)["job"]
    subprocess.run(
        [*run, "train", "--eda", job, *where], env=plain_environment(), capture_output=True, check=True
    )
