"""Each tab of a run with a million test rows, as one opens it: how long that takes, and how much memory the app takes.

Two runs stand in the workspace, so that there is something to compare. Each round has a server of its own, and opens
every tab twice: the first time reads what the tab shows and imports what draws it, the second has it at hand. What a
run of few rows takes is measured as well: of the memory it is the part that comes with any run.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmarks.eda import write_flights
from scripts.benchmarks.measure import Plan, Row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from core.backends.base import Backend

COPIES, QUICK_ROWS = 4, 600  # of the flights of a year
FRACTIONS = (0.12, 0.1, 0.78)  # of the split: 1,021,000 test rows
LEAKS = ("arr_delay", "dep_delay", "arr_time")
SECONDS, MEGABYTES = 1.5, 200.0
PANEL = "[role=tabpanel]:visible [data-testid=stElementContainer]"
CLOCK = 100  # ticks a second in /proc, on every Linux


@dataclass(slots=True)
class Visit:
    """What one round has measured: by tab the seconds of its first and of its second opening, and the server's
    processor seconds of the first; how much memory the server took at most, above what the home page takes.
    """

    first: dict[str, float] = field(default_factory=dict[str, float])
    again: dict[str, float] = field(default_factory=dict[str, float])
    cpu: dict[str, float] = field(default_factory=dict[str, float])
    megabytes: float | None = None  # where there is no /proc


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return a row a tab, and of the memory one for many and one for few rows, where the system tells it."""
    from playwright.sync_api import sync_playwright

    from core.backends import get_backend
    from core.settings import Settings
    from tests.browser.rig import CHROMIUM, FLAGS

    if CHROMIUM is None:
        raise RuntimeError("chromium is not installed (Debian: apt-get install chromium).")
    judged: dict[str, int] = {}
    for size in ("few",) if plan.quick else ("many", "few"):
        backend = get_backend(Settings.load(backend="local", workspace=scratch / size))
        rows_of_flights = (COPIES, None) if size == "many" else (1, QUICK_ROWS)
        depths = ("6",) if plan.quick else ("6", "3")
        judged[size] = _fill(backend, scratch / "flights.csv", rows_of_flights, depths)
    times = plan.times(full=3, quick=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = 2 if plan.quick else None
        rounds = {
            size: [_visit(browser, scratch / size, scratch, opened) for _ in range(times)] for size in judged
        }
        browser.close()
    first, visits = next(iter(rounds.items()))

    def row(name: str, unit: str, most: float, ours: list[float], details: dict[str, object]) -> Row:
        return Row(
            group="tabs",
            name=name,
            against=f"the most that it may be: {SECONDS} s to open a tab, {MEGABYTES:.0f} MB for all of them",
            unit=unit,
            ours=statistics.median(ours),
            baseline=most,
            repetitions=times,
            target=None if plan.quick else 1.0,
            details=details | {"ours": [round(value, 3) for value in ours]},
        )

    found = [
        row(
            f"tab {tab}, {judged[first]:,} test rows",
            "s",
            SECONDS,
            [visit.first[tab] for visit in visits],
            {
                "again": statistics.median(visit.again[tab] for visit in visits),
                "cpu_seconds": statistics.median(visit.cpu[tab] for visit in visits),
            },
        )
        for tab in visits[0].first
    ]
    for size, seen in rounds.items():
        if grown := [visit.megabytes for visit in seen if visit.megabytes is not None]:
            name = f"memory of all tabs above the home page's, {judged[size]:,} test rows"
            found.append(row(name, "MB", MEGABYTES, grown, {}))
    return found


def _fill(backend: Backend, file: Path, flights: tuple[int, int | None], depths: Sequence[str]) -> int:
    """Make a run a depth on one EDA job of `flights`, (copies of a year's, at most so many rows of them); return the
    number of its test rows.
    """
    from core import datasets
    from core.configuration import Configuration
    from core.verbs import training
    from core.verbs.eda import launch_eda, report_of
    from core.verbs.waiting import wait

    write_flights(file, *flights)
    name = datasets.add(backend.storage, file).name
    file.unlink()
    plan = Configuration("late", dataset=name, drop=LEAKS, fractions=FRACTIONS)

    def ended(job: str) -> str:
        if failure := wait(backend, job, lambda text: None).failure:
            raise RuntimeError(f"{job} failed: {failure}")
        return job

    eda = ended(launch_eda(backend, plan).name)
    for depth in depths:
        given = {"max_depth": depth, "num_round": "50"}
        ended(training.launch_training(backend, eda, "balanced", given).name)
    return report_of(backend, eda)["splits"]["sizes"]["test"]["rows"]


def _visit(browser: Browser, workspace: Path, scratch: Path, tabs: int | None) -> Visit:
    """Start a server, and open every tab of its best run twice, or so many at most."""
    from tests.browser.rig import App, free_port, go, settled

    visit = Visit()
    app = App(workspace, free_port(), scratch / "server.log")
    app.start()
    assert app.process is not None, "it has started"
    process = Path("/proc") / str(app.process.pid)
    try:
        page = browser.new_page()
        page.goto(app.url)
        settled(page)
        before = _memory(process, "VmRSS")
        if before is not None:  # from now on the peak is that of what follows
            (process / "clear_refs").write_text("5")
        go(page, "Training")
        names = page.get_by_role("tablist").first.get_by_role("tab").all_inner_texts()
        _open(page, names[-1])  # the page has opened the first one, which is to be opened as well
        for found in (visit.first, visit.again):
            for name in names[:tabs]:
                started = _processor(process)
                found[name] = _open(page, name)
                if found is visit.first:
                    visit.cpu[name] = round(_processor(process) - started, 2)
        page.close()
        most = _memory(process, "VmHWM")
        if before is not None and most is not None:
            visit.megabytes = most - before
    finally:
        app.kill()
    if "Traceback" in (log := app.log.read_text()):
        raise RuntimeError(f"The app failed:\n{log[-3000:]}")
    return visit


def _open(page: Page, name: str) -> float:
    """Open a tab; return the seconds until it is drawn."""
    start = time.perf_counter()
    page.get_by_role("tab", name=name, exact=True).click()
    page.get_by_role("tab", name=name, exact=True, selected=True).wait_for()
    page.locator(PANEL).first.wait_for()
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")
    return time.perf_counter() - start


def _memory(process: Path, name: str) -> float | None:
    """Return a figure of a process's memory in MB: what it holds (VmRSS), or held at most (VmHWM)."""
    if sys.platform != "linux":
        return None
    lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(lines[name].split()[0]) * 1024 / 1e6


def _processor(process: Path) -> float:
    """Return the processor seconds of a process up to now, 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK
