"""Sendero's pages against a hello app, in the same browser: first paint, page switch, and a row that is asked in the
form; and with 300 jobs against 3.

Drawn means what a person would call it: the page's heading is there, and the script has run to its end.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
# The hello app reads the project's config.toml as well; what Sendero does otherwise for the pace is not its.
AS_STREAMLIT_DOES = ("--runner.postScriptGC", "true")
QUICK = ("Home", "Configuration")
ASKED = 5  # rows that are asked in one visit
# The script has run to its end, and has drawn an answer that was not there before.
ANSWERED = """before => {
    const text = document.querySelector("[data-testid='stMain']").innerText
    const app = document.querySelector("[data-testid='stApp']")
    return app.dataset.testScriptState === "notRunning" && text !== before && text.includes("Answered in")
}"""
SMALL, MANY = 3, 300  # jobs of a small workspace, and of one in use


@dataclass(frozen=True, slots=True)
class Measure:
    """One row: its name, the most that its ratio should be, and its milliseconds in a visit."""

    name: str
    target: float
    of: Callable[[dict[str, Any]], float]


def _mean(visit: dict[str, Any]) -> float:
    return statistics.mean(visit["pages"].values())


MEASURES = (
    Measure("first paint after the server's start", 1.3, lambda visit: visit["first"]),
    Measure("first paint, a later visitor", 1.2, lambda visit: visit["again"]),
    Measure("page switch, mean over the pages", 2, _mean),
)


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return the rows of `MEASURES`, of the slowest page's switch, of the switch with many jobs, and of the form."""
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
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        ways: dict[str, Callable[[], Any]] = {
            "hello": lambda: _visit(
                browser, workspace, scratch, BASELINES / "hello.py", THEIRS, AS_STREAMLIT_DOES
            ),
            "sendero": lambda: _visit(browser, workspace, scratch, ROOT / "Home.py", ours),
        }
        if not plan.quick:
            crowded = scratch / "crowded"
            _multiply(workspace, crowded)
            ways["many"] = lambda: _visit(browser, crowded, scratch, ROOT / "Home.py", ours)
            desk = scratch / "desk"
            shutil.copytree(workspace, desk)
            stack.enter_context(_deployed(desk))
            ways["form"] = lambda: _ask(browser, desk, scratch)
        runs = taking_turns(ways, times, not plan.quick)
        browser.close()

    def row(name: str, ours: list[float], theirs: list[float], target: float, against: str = HELLO) -> Row:
        return Row(
            group="pages",
            name=name,
            against=against,
            unit="ms",
            ours=statistics.median(ours),
            baseline=statistics.median(theirs),
            repetitions=times,
            target=None if plan.quick else target,
            details={
                "ours": [round(value) for value in ours],
                "baseline": [round(value) for value in theirs],
            },
        )

    def each(side: str, of: Callable[[dict[str, Any]], float]) -> list[float]:
        return [of(visit) for visit in runs[side]]

    compared = [row(m.name, each("sendero", m.of), each("hello", m.of), m.target) for m in MEASURES]
    hello = each("hello", _mean)
    pages = {page: each("sendero", lambda visit, page=page: visit["pages"][page]) for page in ours}
    slowest = max(pages, key=lambda page: statistics.median(pages[page]))
    compared.append(row(f"page switch, the slowest ({slowest})", pages[slowest], hello, 3))
    if "form" in runs:
        compared.append(row("form: click to answer with reasons", runs["form"], hello, 3))
    if "many" in runs:
        few = f"the same with {SMALL} jobs"
        compared.append(
            row(f"page switch, {MANY} jobs", each("many", _mean), each("sendero", _mean), 1.2, few)
        )
    return compared


def _visit(
    browser,
    workspace: Path,
    scratch: Path,
    script: Path,
    pages: dict[str, str],
    options: tuple[str, ...] = (),
) -> dict:
    """Start a server, visit it twice as two strangers, and go through its pages twice; milliseconds."""
    from tests.browser.rig import App, free_port

    app = App(workspace, free_port(), scratch / "server.log", script=script, options=options)
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
        return result
    finally:
        app.kill()


def _ask(browser, workspace: Path, scratch: Path) -> float:
    """Start a server, ask one row after the other in the form of its endpoint; return the median of milliseconds."""
    from tests.browser.rig import App, free_port

    app = App(workspace, free_port(), scratch / "server.log", script=ROOT / "Home.py")
    app.start()
    try:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{app.url}/Inference?way=one-row")
        page.get_by_role("button", name="Predict", exact=True).wait_for()
        taken = []
        for _ in range(1 + ASKED):  # the first one imports what draws an answer
            page.get_by_role("button", name="Another example row").click()
            page.wait_for_timeout(500)
            _drawn(page, "Inference")
            before = page.get_by_test_id("stMain").inner_text()
            start = time.perf_counter()
            page.get_by_role("button", name="Predict", exact=True).click()
            page.wait_for_function(ANSWERED, arg=before)
            taken.append(1000 * (time.perf_counter() - start))
        context.close()
        return statistics.median(taken[1:])
    finally:
        app.kill()


@contextmanager
def _deployed(workspace: Path) -> Iterator[None]:
    """Serve a model of a workspace while the block runs."""
    model = sorted((workspace / "training").iterdir())[-1].name
    endpoint = _pipeline(workspace, "deploy", "--training", model)["endpoint"]
    try:
        yield
    finally:
        _pipeline(workspace, "delete", endpoint)


def _drawn(page, heading: str) -> None:
    page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")


def _fill(workspace: Path) -> None:
    """Make an EDA job and two Training Jobs of the sample, as someone who uses the app has."""
    drop = ["--drop", "arr_delay", "dep_delay"]
    job = _pipeline(workspace, "eda", str(SAMPLE), "--target", "late", *drop)["job"]
    for depth in ("6", "3"):
        _pipeline(workspace, "train", "--eda", job, "--set", f"max_depth={depth}")


def _pipeline(workspace: Path, *words: str) -> dict[str, Any]:
    """Run a command to its end; return its answer. Raises CalledProcessError."""
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "scripts" / "pipeline.py"),
            *words,
            "--workspace",
            str(workspace),
            "--backend",
            "local",
            "--json",
        ],
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def _multiply(workspace: Path, crowded: Path) -> None:
    """Copy a workspace, and a Training Job of it under further names until it has `MANY` jobs."""
    shutil.copytree(workspace, crowded)
    model = sorted((crowded / "training").iterdir())[-1]
    record = (model / "job.json").read_text()
    for number in range(MANY - SMALL):
        copy = model.with_name(f"{model.name}-{number:03d}")
        shutil.copytree(model, copy)
        (copy / "job.json").write_text(record.replace(model.name, copy.name))
