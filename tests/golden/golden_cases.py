"""The recordings of the real container, and what it means to agree with one.

`manifest.json` says how they were made and how they are compared; the functions here are its `compare_rules`.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import xgboost as xgb

HERE = Path(__file__).parent
IMAGE = "3.2-0"
TRAINING = sorted(path.stem for path in (HERE / "train").glob("*.json"))
# Recorded cases (training case, or group-request) that differ on purpose: case -> row in core/container/README.md.
# There are none; what the README lists is outside the recordings.
EXPECTED_DIFFERENCES: dict[str, str] = {}
GROUPS = sorted(path.stem for path in (HERE / "serve").glob("*.json"))

# "[<time>] /build/src/data/data.cc:1196: text" -> "text": where XGBoost was built is no contract.
_SOURCE = re.compile(r"\[(?:<time>|[\d:]+)\] \S+:\d+: ")
_METRIC_LINE = re.compile(r"\[\d+\]\t")
_BY_STATUS_ONLY = {404, 405, 413, 500, 502}
_METRIC_TOLERANCE = 2e-5


def load(kind: str, name: str) -> dict[str, Any]:
    """One recording: kind `train` or `serve`."""
    return json.loads((HERE / kind / f"{name}.json").read_text())


def requests() -> list[tuple[str, str]]:
    """Every recorded request as (group, id)."""
    return [(group, request["id"]) for group in GROUPS for request in load("serve", group)["requests"]]


def lay_out_training(case: dict[str, Any], prefix: Path) -> None:
    """Put a case's configuration and data where the container looks for them."""
    configuration = prefix / "input/config"
    configuration.mkdir(parents=True)
    for name in ("hyperparameters", "inputdataconfig", "resourceconfig", "checkpointconfig"):
        if name in case:
            (configuration / f"{name}.json").write_text(json.dumps(case[name]))
    for source in case["inputs"]:
        target = prefix / source["container_path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        if "file" in source:
            shutil.copy(HERE / source["file"], target)
        else:
            target.write_text(source["text"])
    for folder in case.get("empty_dirs", []):
        (prefix / folder).mkdir(parents=True, exist_ok=True)


def lay_out_model(group: dict[str, Any], prefix: Path) -> None:
    """Put a group's model folder in place; `text:` is literal, anything else the model of a training case."""
    for name, source in group["model_dir"].items():
        file = prefix / "model" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if source.startswith("text:"):
            file.write_text(source.removeprefix("text:"))
            continue
        model = xgb.Booster()
        model.load_model(HERE / "models" / IMAGE / f"{source.removeprefix('json:')}.json")
        file.write_bytes(bytes(model.save_raw("json" if source.startswith("json:") else "ubj")))


def body_of(request: dict[str, Any]) -> bytes | None:
    """The bytes to send."""
    body = request["body"]
    if body is None or isinstance(body, str):
        return body if body is None else body.encode()
    if "b64" in body:
        return base64.b64decode(body["b64"])
    row = body["repeat"].encode()
    whole = row * (body["size"] // len(row))
    return whole + b"\n" * (body["size"] - len(whole))


def metric_lines(stdout: str) -> list[str]:
    """The metric lines of a training job's output."""
    return [line for line in stdout.splitlines() if _METRIC_LINE.match(line)]


def parse_metrics(line: str) -> tuple[str, dict[str, float]]:
    """`[0]\\ttrain-auc:0.5` -> (`[0]`, {`train-auc`: 0.5})."""
    number, *pairs = line.split("\t")
    return number, {name: float(value) for name, _, value in (pair.rpartition(":") for pair in pairs)}


def same_number(actual: float, expected: float, tolerance: float = _METRIC_TOLERANCE) -> bool:
    """Within tolerance, nan equal to nan."""
    return abs(actual - expected) <= tolerance or (actual != actual and expected != expected)


def message(text: str) -> str:
    """A message without times and source positions."""
    return _SOURCE.sub("", text)


def compare_answer(expected: dict, request: dict, status: int, content_type: str | None, body: bytes) -> None:
    """Assert that an answer agrees with the recorded one."""
    assert status in request.get("accept_status", [expected["status"]]), body[:300]
    if expected["status"] in _BY_STATUS_ONLY:
        return
    if expected["status"] < 300:
        assert content_type == expected["headers"].get("Content-Type")
    if "body_b64" in expected:
        assert body == base64.b64decode(expected["body_b64"])
        return
    text = body.decode()
    if "body_info" in expected:
        assert len(body) == expected["body_info"]["bytes"]
        assert text.split("\n", 1)[0] == expected["body_info"]["first_line"]
        assert text.count("\n") == expected["body_info"]["lines"]
    elif request["path"] == "/execution-parameters":
        actual, recorded = json.loads(text), json.loads(expected["body"])
        assert isinstance(actual.pop("MaxConcurrentTransforms"), int)
        recorded.pop("MaxConcurrentTransforms")
        assert actual == recorded
    elif expected["status"] < 300 and (content_type or "").startswith("application/json"):
        # Read as Python, so that NaN equals NaN.
        assert repr(_sorted(text)) == repr(_sorted(expected["body"]))
    else:
        assert message(text) == message(expected["body"])


def _sorted(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: sorted(pairs))
    except json.JSONDecodeError:
        # Batch transform answers lines of numbers, whatever it calls them.
        return text
