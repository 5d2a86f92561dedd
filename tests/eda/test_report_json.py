"""report.json is read whole whichever version wrote it, and written as it was read."""

from __future__ import annotations

import json
import math

import pytest

from core.report.report_json import is_earlier, read_report, write_report
from core.report.schema import Report

OF_FORMAT_1 = {
    "format": 1,
    "overview": {"rows": 9, "columns": 2},
    "target": {"name": "y", "classes": []},
    "columns": [{"name": "x", "kind": "numeric", "histogram": {"edges": [0, 1], "counts": [9]}}],
    "warnings": [
        {"code": "leakage", "column": "x", "severity": "high", "message": "It leaks.", "action": "Drop it."},
        {"code": "time", "column": None, "severity": "low", "message": "It has dates.", "action": "Look."},
    ],
}


def test_what_format_1_lacks_is_there_and_empty():
    report = read_report(json.dumps(OF_FORMAT_1).encode())
    assert is_earlier(report)
    assert set(Report.__annotations__) - set(report) == {
        "dataset",
        "splits",
        "versions",
    }  # both formats have them
    assert report["correlations"]["strongest"] == report["missing"]["together"] == report["accuracy"] == []
    assert report["columns"][0]["signal"] is None
    leak, time = report["warnings"]
    assert (leak["columns"], leak["fix"], leak["reason"]) == (["x"], {"drop": ["x"]}, "")
    assert (time["columns"], time["fix"]) == ([], None)


def test_a_report_of_this_version_is_read_and_written_byte_for_byte(flights_run, tmp_path):
    stored = (flights_run.output / "report" / "report.json").read_bytes()
    report = read_report(stored)
    assert not is_earlier(report)
    write_report(report, tmp_path / "report.json")
    assert (tmp_path / "report.json").read_bytes() == stored


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff", "It is not text"),
        (b"{", "It is not JSON"),
        (b"[" * 100_000, "It is not JSON"),
        (b"[]", "It is JSON, but no object."),
        (b'{"overview": {}}', "It lacks warnings."),
        (b'{"overview": {}, "warnings": [1]}', "It is no report"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(data, why):
    with pytest.raises(ValueError, match=why):
        read_report(data)


def test_a_number_that_is_not_finite_is_not_written(tmp_path):
    report = read_report(b'{"overview": {}, "warnings": []}')
    report["overview"]["missing_share"] = math.nan
    with pytest.raises(ValueError):
        write_report(report, tmp_path / "report.json")
