"""Two runs held against each other: row by row on one test split, else by both intervals, else not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import keys
from core.backends.local import LocalBackend
from core.encoding.contract import Column, Contract, Label
from core.errors import CannotCompare
from core.judging import predictions_file
from core.judging.comparison import Verdict
from core.judging.predictions_file import Facts, Split
from core.verbs import comparison, leaderboard
from core.verbs.leaderboard import Target
from tests.page_rig import texts
from tests.test_leaderboard import record

ROWS = 400
LABEL = np.arange(ROWS) % 2 * 1.0
POOR = np.random.default_rng(1).random(ROWS).astype(np.float32)
GOOD = (0.7 * POOR + 0.3 * LABEL).astype(np.float32)
AGE, DAY = (
    Column("age", "numeric", features={"age": "value"}),
    Column("day", "datetime", features={"day_hour": "hour"}),
)


@pytest.fixture
def backend(tmp_path) -> LocalBackend:
    """Three EDA jobs: `two` drops a column and has the same test rows as `one`; `other` has another seed."""
    local = LocalBackend(tmp_path / "workspace")
    for name, config, rows in (
        ("one", {}, "aa"),
        ("two", {"drop": ["day"]}, "aa"),
        ("other", {"seed": 3}, "bb"),
    ):
        request = {"config": {"target": "late", **config}, "inputs": {"input": "datasets/flights"}}
        record(local, "processing", f"eda-{name}", request)
        key = keys.job_record("processing", f"eda-{name}")
        manifest = {"output/test_raw/test_raw.csv": {"bytes": 9, "sha256": rows}}
        local.storage.write_json(key, local.storage.read_json(key) | {"manifest": manifest})
    return local


def judged(
    backend,
    name: str,
    score: np.ndarray | None,
    eda="eda-one",
    columns=(AGE, DAY),
    auc=0.7,
    sure=False,
    **given,
) -> None:
    """A Training Job with its contract and its evaluation, and what it said of each row unless `score` is None."""
    record(backend, "training", name, {"hyperparameters": given, "processing_job": eda})
    label = Label("late", "binary", ("no", "yes"), positive="yes")
    contract = Contract(label, columns, split={"test": ROWS})
    figures = {"version": 2, "metrics": {"auc": {"value": auc, "low": auc - 0.02, "high": auc + 0.02}}}
    evaluation = {"problem": "binary", "rows": ROWS, "classes": ["no", "yes"], "metrics": {"auc": auc}}
    evaluation |= figures if sure else {}
    curves = {"roc": {"x": [0.0, 1.0], "y": [0.0, 1.0]}}
    for key, value in (
        (keys.model_contract(name), contract.to_json()),
        (
            keys.evaluation(name),
            evaluation | {"baseline": {}, "curves": curves, "importance": [], "rounds": 1},
        ),
        (keys.model(name), {}),
    ):
        backend.storage.write_bytes(key, json.dumps(value).encode())
    if score is not None:
        facts = Facts("binary", ("no", "yes"), contract.features, "binary:logistic")
        splits = [Split(split, LABEL, score) for split in predictions_file.SPLITS]
        predictions_file.write(backend.storage.path(keys.predictions(name)), facts, splits)


def test_of_models_that_were_cross_validated_all_rows_are_compared(backend):
    for name, score in (("train-a", POOR), ("train-b", GOOD)):
        judged(backend, name, POOR)
        facts = Facts("binary", ("no", "yes"), ("age", "day_hour"), "binary:logistic")
        everything = Split("test", np.tile(LABEL, 3), np.tile(score, 3))
        predictions_file.write(backend.storage.path(keys.out_of_fold(name)), facts, [everything])
    found = comparison.compare(backend, "train-a", "train-b")
    assert (found.rows, found.main.verdict, found.out_of_fold) == (3 * ROWS, Verdict.better, True)
    assert comparison.sentence(found, "a", "b").endswith("Both are judged on 1,200 rows out of fold.")
    backend.storage.delete(keys.out_of_fold("train-b"))
    found = comparison.compare(backend, "train-a", "train-b")
    assert (found.rows, found.main.verdict, found.out_of_fold) == (ROWS, Verdict.same, False)


def test_one_test_split_compares_row_by_row_whatever_was_dropped(backend):
    judged(backend, "poor", POOR, eta="0.3", _ours="1")
    judged(backend, "good", GOOD, "eda-two", (AGE,), eta="0.1", max_depth="3", _ours="2")
    found = comparison.compare(backend, "poor", "good")
    assert found.unpaired == "" and found.main.metric == "auc" and found.main.verdict == Verdict.better
    assert found.rows == ROWS and comparison.compare(backend, "good", "poor").main.verdict == Verdict.worse
    assert [(each.name, each.first, each.second) for each in found.settings] == [
        ("eta", "0.3", "0.1"),
        ("max_depth", "", "3"),
    ]
    assert [(each.name, each.first, each.second) for each in found.data] == [("drop", "", "day")]
    assert (found.contract.added, found.contract.gone, found.contract.retyped) == ((), ("day",), ())
    data = comparison.as_dict(found)
    assert json.loads(json.dumps(data))["metrics"]["auc"]["difference"] == data["difference"]
    assert "good is better than poor in AUC: 0.8" in comparison.sentence(found, "poor", "good")


@pytest.mark.parametrize(
    ("eda", "score", "why"),
    [("eda-other", GOOD, "different test rows"), ("eda-two", None, "evaluate second")],
)
def test_else_both_intervals_are_put_together_and_it_says_why(backend, eda, score, why):
    judged(backend, "first", POOR, sure=True)
    judged(backend, "second", score, eda, auc=0.75, sure=True)
    found = comparison.compare(backend, "first", "second")
    assert why in found.unpaired and not comparison.as_dict(found)["paired"]
    assert found.main.value == pytest.approx(0.05)
    assert (found.main.low, found.main.high) == pytest.approx((0.05 - 0.02 * 2**0.5, 0.05 + 0.02 * 2**0.5))


def test_what_cannot_be_compared_is_refused_with_what_to_do(backend):
    judged(backend, "first", POOR)
    judged(backend, "unjudged", None)
    backend.storage.delete(keys.evaluation("unjudged"))
    with pytest.raises(CannotCompare, match="evaluate unjudged"):
        comparison.compare(backend, "first", "unjudged")
    judged(backend, "elsewhere", GOOD)
    contract = Contract(Label("origin", "binary", ("no", "yes")), (AGE,))
    backend.storage.write_bytes(keys.model_contract("elsewhere"), json.dumps(contract.to_json()).encode())
    with pytest.raises(CannotCompare, match="the same column: late, and origin"):
        comparison.compare(backend, "first", "elsewhere")


def test_looks_are_the_models_that_one_test_split_has_judged(backend):
    for name, eda in (("first", "eda-one"), ("second", "eda-two"), ("third", "eda-other")):
        judged(backend, name, None, eda)
    fold = {"hyperparameters": {}, "processing_job": "eda-one", "fold_of": "first", "fold": 1}
    record(backend, "training", "fold", fold)  # judged on rows of its own
    figures = backend.storage.read_json(keys.evaluation("first"))
    backend.storage.write_json(keys.evaluation("fold"), figures)
    record(backend, "training", "failed", {"hyperparameters": {}, "processing_job": "eda-one"}, "Failed")
    board = leaderboard.read(backend, backend.jobs(), Target("late", "flights"))
    assert {run.job.name: leaderboard.looks(backend, board, run) for run in board.runs} == {
        "first": 2, "second": 2, "third": 1, "failed": 2
    }  # fmt: skip


def test_the_tab_holds_the_open_run_against_another_one(backend):
    def script(workspace: str, chosen: list[str]):
        from core.backends.local import LocalBackend
        from core.ui import comparison
        from core.verbs import leaderboard
        from core.verbs.leaderboard import Target

        backend = LocalBackend(workspace)
        board = leaderboard.read(backend, backend.jobs(), Target("late", "flights"))
        titles = {run.job.name: f"{run.job.name} <b>" for run in board.runs}
        comparison.show(backend, board, board.find("good"), titles, chosen)

    judged(backend, "poor", POOR)
    judged(backend, "good", GOOD, auc=0.8, eta="0.1")
    judged(backend, "same", GOOD)
    arguments = {"workspace": str(backend.storage.root), "chosen": ["same"]}
    at = AppTest.from_function(script, kwargs=arguments, default_timeout=30).run()
    assert not at.exception and not at.error
    assert "good \\<b\\> and same \\<b\\> are the same within noise" in texts(at)
    assert "have judged 3 models" in texts(at)
    assert "With 20% false alarms this run finds 20%, the other one 20%" in texts(at)
    at.selectbox[0].set_value("poor").run()
    assert "good \\<b\\> is better than poor \\<b\\> in AUC" in texts(at)
    metrics, differences = (each.value for each in at.dataframe)
    assert set(metrics["This run is"]) == {"better"} and list(differences[""]) == ["eta"]
