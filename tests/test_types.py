"""Types, as pyright checks them: standard over the product, strict over the rooms that pyproject.toml names."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytest.importorskip("basedpyright", reason="checks the types: pip install -r requirements-dev.txt")


@pytest.mark.slow  # 45 seconds of a processor: it reads the libraries too
@pytest.mark.types
def test_the_type_checker_finds_no_error():
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    report = json.loads(done.stdout)
    errors = [
        f"{item['file'].removeprefix(f'{ROOT}/')}:{item['range']['start']['line'] + 1}: {item['message']}"
        for item in report["generalDiagnostics"]
        if item["severity"] == "error"
    ]
    assert errors == []
    assert report["summary"]["filesAnalyzed"] > 200
