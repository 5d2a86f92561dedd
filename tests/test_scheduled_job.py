"""What a schedule's own job refuses: an endpoint that has ended, or that serves another model by now."""

from __future__ import annotations

import argparse
import json

import pytest

from core import scheduled_job

EARLIER, LATER = "2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("record", "kind", "words"),
    [
        (None, "EndpointGone", "It was deleted."),
        ({"training_job": "first", "expires": EARLIER}, "EndpointGone", "at its expiry"),
        ({"training_job": "second", "expires": LATER}, "ServesAnother", "now serves that of second"),
    ],
)
def test_it_predicts_by_the_model_that_the_endpoint_serves_or_says_why_not(tmp_path, record, kind, words):
    if record:
        (tmp_path / "endpoint").mkdir()
        (tmp_path / "endpoint" / "endpoint.json").write_text(json.dumps(record))
    asked = {"task": "predict", "place": tmp_path, "schedule": "nightly", "run": "a1", "target": "live"}
    model = {"endpoint": "live", "training_job": "first", "objective": "", "half_width": None}
    told = scheduled_job.run(argparse.Namespace(**asked, **model))
    assert (told["status"], told["failure"]["kind"]) == ("Failed", kind) and words in told["message"]
