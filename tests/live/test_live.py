"""What docs/aws.md offers, walked on your own AWS account. It costs money, says how much first, and cleans up.

    SENDERO_BUCKET=my-bucket SENDERO_ROLE=MyRole SENDERO_LIVE=yes pytest -m live -s

docs/aws.md, section 6, names the parts, what each wants, and the instance types.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.live.journey import Journey
from tests.live.parts import FRESH, choose

pytestmark = pytest.mark.live

# The smallest that a new account has a quota for; only transform has none there.
TYPES = {
    "processing": "ml.t3.medium",
    "training": "ml.m5.large",
    "instance": "ml.t2.medium",
    "transform": "ml.m5.large",
    "spark": "ml.t3.large",
}


def journey_of(folder: Path, say) -> Journey:
    """The journey that the environment asks for. Raises ValueError."""
    asked = os.environ.get("SENDERO_LIVE_PARTS", ",".join(FRESH)).split(",")
    types = {kind: os.environ.get(f"SENDERO_LIVE_{kind.upper()}", usual) for kind, usual in TYPES.items()}
    return Journey(folder, say, choose(asked, dict(os.environ)), types, dict(os.environ))


def test_what_is_offered_on_aws(tmp_path, capsys):
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    try:
        journey = journey_of(tmp_path, say)
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)
    estimates = journey.estimates()
    told = [f"{step}: {estimate.text}" for step, estimate in estimates]
    most = [estimate.high for _, estimate in estimates]
    told.append("A price is not known." if None in most else f"At the very most {sum(most):.2f} USD in all.")
    told += [f"{part.name} wants {part.wants}." for part in journey.parts if part.wants]
    say("\n".join(["", f"Below {journey.settings.bucket}/{journey.settings.prefix}:", *told]))
    if os.environ.get("SENDERO_LIVE") != "yes":
        pytest.fail("Nothing was started. To go on and pay for it, set SENDERO_LIVE=yes.", pytrace=False)
    with journey.cleaned():
        done = journey.run()
    assert set(done) == {part.name for part in journey.parts}
