"""Every page in light and dark through axe: nothing serious that a person with a screen reader would meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from core import keys
from core.backends.local import LocalBackend
from core.judging import decision_file
from core.judging.decision import OTHERS, Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import Referral
from core.language import MARKS, PSEUDO
from core.storage import DiskStorage
from core.ui import language
from core.ui.page import PAGES
from core.verbs import pipeline_saving, pipelines
from tests.backends.place import until
from tests.browser.conftest import lent
from tests.browser.rig import go, settled
from tests.browser.test_choices import twin
from tests.browser.test_journey import press
from tests.browser.test_trouble import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

RUN_TABS = (
    "Progress",
    "Decide",
    "Where it fails",
    "Why",
    "Card",
    "Settings",
    "Compare",
)  # Quality is open at first
PIPELINE_TABS = ("Schedules", "Who did what", "Where it comes from")  # Runs is open at first
ENDPOINT_TABS = ("Paste", "A file", "Batch", "Watch", "Code")  # One row is open at first
HIGHEST = 900  # pixels of a page with a finished run, at 1280 x 800
# A page, and the buttons that open something on it, one after the other.
OPENED = (
    ("Configuration", "This machine"),
    ("Configuration", "More"),
    ("Configuration", "Derive a column"),
    ("Configuration", "Delete"),
    ("EDA", "Log"),
    ("Training", "New run"),
    ("Training", "Tune"),
    ("Training", "More", "Delete this run"),
    ("Pipelines", "More"),
    ("Inference", "More", "Replace the model"),
    ("Inference", "More", "Endpoint log"),
    ("Inference", "More", "Delete this endpoint"),
)
# Streamlit's own markup, not ours to change (1.67): each with what it is.
STREAMLITS_OWN = {
    "scrollable-region-focusable",  # its data grid's scroller takes focus through the canvas instead
}
# A slider's value is in the theme's first colour, which in dark cannot be light enough on the page and dark enough
# below the white words of a button: 4.1 to 1 where 4.5 belong. The colours of code are Streamlit's: 3.8 to 1.
LEFT_OUT = {"exclude": [["[data-testid='stSliderThumbValue']"], ["[data-testid='stCode'] .token"]]}


def violations(tab, scheme: str) -> dict[str, list[str]]:
    """What axe finds serious, by its rule; in dark by the rule on colours, for they are all that a scheme changes."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not tab.evaluate("'axe' in window"):  # half a megabyte, which a document reads once
        tab.evaluate(AXE_SCRIPT)
    rules = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    options = {"resultTypes": ["violations"], **rules}
    found = tab.evaluate(
        "([context, options]) => axe.run(context, options).then(answer => answer.violations)",
        [LEFT_OUT, options],
    )
    return {
        violation["id"]: [f"{node['html'][:200]} {node['failureSummary']}" for node in violation["nodes"][:5]]
        for violation in found
        if violation["impact"] in ("serious", "critical") and violation["id"] not in STREAMLITS_OWN
    }


@pytest.fixture(scope="module")
def shared_app(server, trained, tmp_path_factory):
    """Every page has something to show: two models to compare, decisions on both, and an endpoint that one answers."""
    folder = tmp_path_factory.mktemp("accessibility")
    with served(trained, folder / "workspace") as workspace:
        (training,) = (workspace / "training").iterdir()
        cost = Interval(640.0, 580.0, 710.0)
        amounts, against = Amounts(5.0, 1.0), dict.fromkeys(OTHERS, cost)
        asked = Referral(0.1, 0.3, unseen=True, asked=cost, cost=cost)
        decided = Decision(0.19, "cost", amounts, None, None, cost, against, referral=asked)
        decision_file.write(DiskStorage(workspace), keys.decision(training.name), decided, seen=0)
        twin(training, "job.json", "train-flights-again")
        backend = LocalBackend(workspace)
        pipeline_saving.save(backend, pipeline_saving.draft(backend, "weekly", training.name))
        execution = pipelines.run(backend, "weekly")
        pipelines.stop(backend, "weekly")  # its steps are drawn all the same
        until(lambda: not backend.execution("weekly", execution.id).status.active)
        yield lent(server, workspace)


@pytest.fixture
def app(app_once):
    return app_once


@dataclass
class Look:
    """What is wrong with what a tab has shown, state by state."""

    tab: Page
    scheme: str
    found: dict[str, list[str]] = field(default_factory=dict)
    tall: dict[str, int] = field(default_factory=dict)
    unmarked: dict[str, set[str]] = field(default_factory=dict)

    def at(self, state: str) -> None:
        settled(self.tab)
        self.tab.wait_for_function(
            "!document.querySelector('[data-stale=true]')"
        )  # what is drawn anew is pale
        self.tab.wait_for_timeout(300)  # tables and charts draw themselves after the script
        self.found |= {
            f"{state} {problem}": nodes for problem, nodes in violations(self.tab, self.scheme).items()
        }
        height = self.tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        if height > HIGHEST and self.scheme == "light":  # marks make texts longer
            self.tall[state] = height
        if self.scheme == "dark" and (texts := unmarked(self.tab)):
            self.unmarked[state] = texts

    def tabs(self, page: str, names: Iterable[str]) -> None:
        for name in names:
            self.tab.get_by_role("tab", name=name, exact=True).click()
            self.at(f"{page}, {name}")


# What stands between the marks of the pseudo-language went through a catalogue. Code, logs and data did not, and have
# none of these words.
ENGLISH = re.compile(
    r"\b(the|of|is|are|and|or|to|for|with|in|on|by|what|which|that|it|its|this|from|not|has|have|how|an|as|be|"
    r"run|runs|rows|columns|model|file|new|save|delete|open|show|hide|more|done|ready|failed)\b",
    re.IGNORECASE,
)
TEXTS = """() => [...document.querySelectorAll("[data-testid=stApp] *")]
  .filter(part => !part.closest("pre, code, style, script, strong, em, [data-testid=stIconMaterial]"))
  .filter(part => !part.closest("[data-testid=stFileUploader]"))
  .flatMap(part => [...part.childNodes].filter(node => node.nodeType == 3).length ? [part.textContent] : [])"""


def unmarked(tab) -> set[str]:
    """The texts on a page in the pseudo-language that went through no catalogue."""
    found = set()
    for text in tab.evaluate(TEXTS):
        left = text
        while (shorter := re.sub(f"{MARKS[0]}[^{''.join(MARKS)}]*{MARKS[1]}", " ", left)) != left:
            left = shorter
        if ENGLISH.search(left) and left.strip() != "Skip to main content":  # Streamlit's own
            found.add(left.strip())
    return found


@pytest.fixture
def pseudo(app, blank):
    """Names as the pseudo-language marks them, which the visit speaks meanwhile."""
    blank.context.add_cookies([{"name": language.COOKIE, "value": PSEUDO, "url": app.url}])
    yield lambda name: name.join(MARKS)
    blank.context.clear_cookies(name=language.COOKIE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(app, blank, scheme, request):
    """In dark they speak the pseudo-language: what is not between its marks would stay English for everybody."""
    said = request.getfixturevalue("pseudo") if scheme == "dark" else str
    blank.emulate_media(color_scheme=scheme)
    blank.set_viewport_size({"width": 1280, "height": 800})
    blank.goto(app.url)
    settled(blank)
    look = Look(blank, scheme)
    for name, shown in PAGES.items():
        if name != "Overview":
            go(blank, said(shown["title"]))
        look.at(name)
        if name == "Training":
            look.tabs(name, map(said, RUN_TABS))
        if name == "Pipelines":
            look.tabs(name, map(said, PIPELINE_TABS))
        if name == "Inference":
            press(blank, said("Predict"))
            look.at("Inference, the answer")
            look.tabs(name, map(said, ENDPOINT_TABS))
    assert look.found == {}
    assert look.unmarked == {}
    assert {state: height for state, height in look.tall.items() if state.startswith("Training")} == {}


def test_what_a_click_opens_is_accessible_and_in_sight(app, blank):
    """Menus, drawers and dialogs: at 1280 x 800 each stands where it is seen, and axe has nothing serious to say."""
    blank.set_viewport_size({"width": 1280, "height": 800})
    look, outside = Look(blank, "light"), []
    for where, *clicks in OPENED:
        blank.goto(f"{app.url}/{where}")
        settled(blank)
        for name in clicks:
            press(blank, name)
        look.at(" > ".join((where, *clicks)))
        dialog = blank.get_by_role("dialog")
        if dialog.count() and dialog.bounding_box()["y"] < 0:
            outside.append((where, *clicks))
    assert look.found == {}
    assert outside == []
