"""docs/aws.md in step with the code: its verbs, its links, its settings, and every price that it multiplies, as
docs/mlops.md does.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.backends.schedules import A_MONTH
from core.cli import parser
from core.settings import Settings
from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "aws.md"
TABLE = ROOT / "core" / "backends" / "aws" / "money" / "prices.json"


@pytest.fixture(scope="module")
def text() -> str:
    return GUIDE.read_text()


def test_every_command_in_it_is_one(text):
    verbs = parser.build()._subparsers._group_actions[0].choices
    commands = re.findall(r"scripts/pipeline\.py (\w+)([^\n`]*)", text)
    assert len(commands) > 8
    for verb, rest in commands:
        assert verb in verbs
        parsers = [verbs[verb], *_actions(verbs[verb]).values()]
        known = {flag for each in parsers for action in each._actions for flag in action.option_strings}
        assert set(re.findall(r"--[a-z-]+", rest.split("#")[0])) <= known


def _actions(verb) -> dict:
    """What may follow a verb, such as `pipeline run`."""
    return verb._subparsers._group_actions[0].choices if verb._subparsers else {}


def test_every_setting_in_it_is_one_and_no_link_is_dead(text):
    named = set(re.findall(r"SENDERO_([A-Z_]+)", text))
    own = {name for name in named if name == "LIVE" or name.startswith("LIVE_")}  # the live suite's
    assert named - own <= {name.upper() for name in Settings.model_fields}
    targets = re.findall(r"\]\(([^)#]+?)\)", text)
    assert [
        target for target in targets if "://" not in target and not (GUIDE.parent / target).exists()
    ] == []


def test_its_prices_are_the_tables_and_rightly_multiplied(text):
    prices = json.loads(Path(TABLE).read_text())["hourly"]["us-east-1"]
    rows = {
        "EDA on `ml.m5.large`": ("Processing", "ml.m5.large"),
        "EDA on `ml.t3.medium`": ("Processing", "ml.t3.medium"),
        "training on `ml.m5.large`": ("Training", "ml.m5.large"),
        "endpoint on `ml.t2.medium`": ("Hosting", "ml.t2.medium"),
        "endpoint on `ml.m5.large`": ("Hosting", "ml.m5.large"),
    }
    for label, (component, instance) in rows.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {label} |")]
        hourly = prices[component][instance][0]
        _, _, hour, most, month, _ = line.split("|")
        assert hour.strip() == f"{hourly:g} USD"
        assert most.strip().startswith(f"{2 * hourly:.2f} USD")  # two hours are the settings' longest
        assert month.strip() == (f"{730 * hourly:.2f} USD" if component == "Hosting" else "")
    assert (Settings.model_fields["max_runtime"].default, Settings.model_fields["expires_in"].default) == (
        "2h",
        "2h",
    )


def test_what_a_pipeline_by_the_clock_costs_is_the_tables_prices_multiplied():
    prices = json.loads(Path(TABLE).read_text())["hourly"]["us-east-1"]
    judged = prices["Processing"]["ml.t3.medium"][0]
    run = 2 * (judged + prices["Training"]["ml.m5.large"][0] + judged)  # two hours, as above
    guide = (ROOT / "docs" / "mlops.md").read_text()
    for every, times in A_MONTH.items():
        assert f"\n| every {every} | {times:.1f} | {run * times:.2f} |\n" in guide
    assert f"\n| once, by hand | 1 | {run:.2f} |\n" in guide
    assert f"at most {2 * judged:.2f} USD, {2 * judged * A_MONTH['day']:.2f} a month every day" in guide
