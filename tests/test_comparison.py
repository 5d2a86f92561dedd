"""Two reports side by side: what is told as changed, what as alike, and how far distributions moved."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import scipy

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.report.comparison import compare, distance
from tests.conftest import FLIGHTS, run_cli

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out


@pytest.fixture(scope="module")
def reports(trained, tmp_path_factory):
    """The flights without their delays, and another EDA of them: a derived column, one dropped less."""
    folder = tmp_path_factory.mktemp("compare") / "workspace"
    folder.mkdir()
    asked = ("--target", "late", "--drop", "arr_delay", "--derive", "miles=distance*2")
    second = run_cli(folder, "eda", FLIGHTS, *asked).data["job"]
    first = LocalBackend(trained).jobs(JobKind.processing)[0].name
    outputs = (trained / "processing" / first, folder / "processing" / second)
    return [json.loads((output / "output/report/report.json").read_text()) for output in outputs]


def test_a_report_is_like_itself(reports):
    same = compare(reports[0], copy.deepcopy(reports[0]))
    assert (same.added, same.removed, same.moved, same.configuration) == ((), (), (), {})
    assert (same.warnings_gone, same.warnings_new) == ((), ())
    assert same.alike == len(reports[0]["columns"])
    assert all(old == new for old, new in same.numbers.values())


def test_what_is_new_and_what_is_gone_is_named_from_both_sides(reports):
    there, back = compare(*reports), compare(*reversed(reports))
    assert there.added == back.removed == ("miles",)
    assert there.removed == back.added == ()
    assert [w["column"] for w in there.warnings_new if w["code"] == "leakage"] == ["dep_delay"]
    assert [w["column"] for w in back.warnings_gone if w["code"] == "leakage"] == ["dep_delay"]
    assert there.numbers["features"] == tuple(reversed(back.numbers["features"]))
    assert [moved.name for moved in there.moved] == [
        "dep_delay"
    ]  # it is a feature again, and so has a signal
    assert there.moved[0].signal[0] is None and there.moved[0].signal[1] > 0.8


def test_a_kind_that_changed_comes_first_and_a_last_digit_is_no_change(reports):
    after = copy.deepcopy(reports[0])
    columns = {column["name"]: column for column in after["columns"]}
    columns["flight"]["kind"] = "categorical"
    columns["distance"]["mean"] *= 1 + 1e-13
    columns["seats"]["mean"] *= 1.01
    columns["temp"]["missing"] += 600
    moved = compare(reports[0], after).moved
    assert moved[0].name == "flight" and moved[0].kinds == ("numeric", "categorical")
    assert {one.name for one in moved} == {"flight", "seats", "temp"}


def column(values: np.ndarray, edges: np.ndarray) -> dict:
    counts, edges = np.histogram(values, edges)
    return {"histogram": {"edges": edges.tolist(), "counts": counts.tolist()}}


def test_the_distance_of_numbers_is_that_of_kolmogorov_and_smirnov_whatever_the_bins():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=20_000), rng.normal(0.7, 1.3, size=10_000)
    exact = scipy.stats.ks_2samp(one, other).statistic
    found = distance(
        column(one, np.linspace(one.min(), one.max(), 41)),
        column(other, np.linspace(other.min(), other.max(), 29)),
    )
    assert found == pytest.approx(exact, abs=0.01)
    apart = distance(column(one, np.linspace(-6, 6, 41)), column(one + 50, np.linspace(44, 56, 41)))
    assert apart == pytest.approx(1.0)


def test_the_distance_of_texts_is_the_total_variation():
    def top(**shares):
        return {"top": [{"value": name, "rows": 1, "share": share} for name, share in shares.items()]}

    assert distance(top(a=0.5, b=0.5), top(a=0.5, b=0.5)) == 0
    assert distance(top(a=0.5, b=0.5), top(c=1.0)) == 1
    assert distance(top(a=0.7, b=0.3), top(a=0.4, b=0.6)) == pytest.approx(0.3)
    assert distance(top(a=0.7), top(a=0.4)) == pytest.approx(0.3)  # the rest is neither's
    assert distance(top(a=1.0), column(np.arange(9.0), np.arange(4.0))) is None
