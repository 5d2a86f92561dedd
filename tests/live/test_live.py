"""The whole journey on your own AWS account. It costs money, says how much first, and cleans up after itself.

    SENDERO_BUCKET=my-bucket SENDERO_ROLE=MyRole SENDERO_LIVE=yes pytest -m live -s

docs/aws.md says what has to be there before. SENDERO_LIVE_PROCESSING, SENDERO_LIVE_TRAINING and
SENDERO_LIVE_ENDPOINTS name other instance types than the smallest.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.live.journey import Journey

pytestmark = pytest.mark.live


def journey_of(folder: Path, say) -> Journey:
    """The journey that the environment asks for."""
    named = os.environ.get("SENDERO_LIVE_ENDPOINTS", "serverless,ml.t2.medium")
    return Journey(
        folder=folder,
        say=say,
        instances={
            "processing": os.environ.get("SENDERO_LIVE_PROCESSING", "ml.t3.medium"),
            "training": os.environ.get("SENDERO_LIVE_TRAINING", "ml.m5.large"),
        },
        endpoints=tuple(name.strip() for name in named.split(",")),
    )


def test_from_a_csv_to_a_deleted_endpoint(tmp_path, capsys):
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    journey = journey_of(tmp_path, say)
    estimates = journey.estimates()
    told = [f"{step}: {estimate.text}" for step, estimate in estimates]
    most = [estimate.high for _, estimate in estimates]
    told.append("A price is not known." if None in most else f"At the very most {sum(most):.2f} USD in all.")
    say("\n".join(["", f"Below {journey.settings.bucket}/{journey.settings.prefix}:", *told]))
    if os.environ.get("SENDERO_LIVE") != "yes":
        pytest.fail("Nothing was started. To go on and pay for it, set SENDERO_LIVE=yes.", pytrace=False)
    with journey.cleaned():
        done = journey.run()
    for name in journey._names():
        assert done[name]["rejected"] == 0 and done[name]["rows"] > 0
        assert f"endpoint {name}" in done[name]["deleted"]
