"""What `predict` tells a person: how many rows were rejected, and why the first ones were."""

from __future__ import annotations

from pathlib import Path

from core.cli.predict import predictions
from core.encoding.encoded_rows import RejectedRow
from core.verbs.predict import Prediction


def test_the_first_reasons_stand_in_text_and_json():
    reasons = tuple(RejectedRow(row, f"x is not a number: {row}", row + 3) for row in range(1, 6))
    answer = predictions(Prediction(9, 7, {}, {}, (), Path("out.csv"), reasons))
    assert answer.data["rejected"] == 7
    assert answer.data["reasons"][4] == {"row": 5, "reason": "x is not a number: 5", "line": 8}
    assert "\n  line 4 rejected: x is not a number: 1\n" in answer.text
    assert answer.text.endswith("and 2 more: see its column flags")
