"""What `predict` tells a person: how many rows were rejected, and why the first ones were."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli import predict as commands
from core.verbs import predict


def test_the_first_reasons_stand_in_text_and_json(monkeypatch, tmp_path):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    reasons = tuple((row, f"x is not a number: {row}") for row in range(1, 6))
    done = predict.Prediction(9, 7, {}, {}, (), Path("out.csv"), reasons)
    monkeypatch.setattr(predict, "predict_file", lambda *_, **__: done)
    monkeypatch.setattr(commands, "backend_of", lambda _: None)
    args = Namespace(
        endpoint="e", rows=tmp_path / "rows.csv", output=Path("out.csv"), keep_formulas=False, columns=None
    )
    answer = commands.predict(args)
    assert answer.data["rejected"] == 7
    assert answer.data["reasons"][4] == {"row": 5, "reason": "x is not a number: 5"}
    assert "\n  row 1 rejected: x is not a number: 1\n" in answer.text
    assert answer.text.endswith("and 2 more: see its column flags")
