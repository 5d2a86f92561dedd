"""Broken files and choices on the verbs that read data: refused with what, why and next, and nothing lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli import data
from tests.cli.conftest import leftovers, names
from tests.conftest import FLIGHTS, ROOT

pytestmark = pytest.mark.slow(0.3)

BROKEN = {
    "empty": b"",
    "blank lines": b"\n \n\n",
    "header only": b"a,b,side\n",
    "header without newline": b"a,b,side",
    "prose": (ROOT / "core" / "README.md").read_bytes(),
    "a sentence": b"This is no table, it is a sentence\nand another one.\n",
    "binary": bytes(range(256)) * 40,
    "a zip": b"PK\x03\x04" + bytes(2000),
    "one column": b"side\n" + b"head\ntail\n" * 20,
    "html": b"<!doctype html>\n<html><body>\n<p>404, not found</p>\n</body></html>\n",
    "json": b'{"rows": [\n  {"a": 1, "side": "head"},\n  {"a": 2, "side": "tail"}\n]}\n',
}


@pytest.fixture(params=sorted(BROKEN))
def broken(request, tmp_path):
    file = tmp_path / "broken.csv"
    file.write_bytes(BROKEN[request.param])
    return file


def test_eda_refuses_a_file_that_is_no_table(workspace, call, broken):
    for verb in ("eda", "run"):
        error = call(workspace, verb, broken, "--target", "side", code=1).data["error"]
        assert error["kind"] in ("DataNotReadable", "NoSuchColumn")
        assert "broken.csv" in error["what"]
    assert call(workspace, "jobs").data == {"jobs": []}
    assert leftovers(workspace) == [] and not (workspace / "configuration.json").exists()


def test_predict_refuses_a_file_that_is_no_table(served, call, broken, tmp_path):
    workspace, endpoint = served
    error = call(workspace, "predict", endpoint, broken, "--output", tmp_path / "out.csv", code=1).data[
        "error"
    ]
    assert error["kind"] in ("DataNotReadable", "MissingColumns")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("what", ["nothing", "a folder", "a pipe", "a broken link", "no permission"])
def test_a_path_that_is_no_file(served, call, tmp_path, what):
    """On `eda` and on `predict`: the path was typed, so it is what the message is about."""
    path = tmp_path / "data.csv"
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a broken link":
        path.symlink_to(tmp_path / "gone.csv")
    elif what == "no permission":
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        data.coins(path).chmod(0)
    workspace, endpoint = served
    for args in (
        ["eda", path, "--target", "x"],
        ["predict", endpoint, path, "--output", tmp_path / "out.csv"],
    ):
        error = call(workspace, *args, code=1).data["error"]
        assert error["kind"] == "DataNotReadable" and "data.csv" in error["what"]


def test_a_file_that_vanishes_while_it_is_read(workspace, call, tmp_path, monkeypatch):
    """Between the sniffing and the copy: no data set is left behind."""
    from core import datasets

    file = data.coins(tmp_path / "coins.csv")
    describe = datasets.describe

    def vanish(*args):
        found = describe(*args)
        file.unlink()
        return found

    monkeypatch.setattr(datasets, "describe", vanish)
    error = call(workspace, "eda", file, "--target", "side", code=1).data["error"]
    assert "coins.csv" in error["what"]
    assert list(workspace.rglob("*.csv")) == [] and leftovers(workspace) == []


CHOICES = {
    "no such target": (["--target", "sied"], "NoSuchColumn", "sied"),
    "no such column to drop": (["--target", "side", "--drop", "weigth"], "NoSuchColumn", "weigth"),
    "target among the dropped": (["--target", "side", "--drop", "batch", "side"], "BadTarget", "drop"),
    "time without a column": (["--target", "side", "--split", "time"], "BadSplit", "needs the column"),
    "group without a column": (["--target", "side", "--split", "group"], "BadSplit", "needs the column"),
    "a column without a split": (["--target", "side", "--split-column", "batch"], "BadSplit", "random"),
    "split by the target": (
        ["--target", "side", "--split", "group", "--split-column", "side"], "BadSplit", "target",
    ),
    "no such split column": (
        ["--target", "side", "--split", "time", "--split-column", "when"], "NoSuchColumn", "when",
    ),
    "derive with a syntax error": (["--target", "side", "--derive", "x=(weight"], "BadExpression", "read"),
    "derive nothing": (["--target", "side", "--derive", "x="], "BadExpression", "read"),
    "derive from no column": (["--target", "side", "--derive", "x=wieght+1"], "BadExpression", "weight"),
    "derive with code": (["--target", "side", "--derive", "x=open('f')"], "BadExpression", "open"),
    "treat a column that is not there": (["--target", "side", "--treat", "wieght=text"], "NoSuchColumn", "wieght"),
    "treat as no kind": (["--target", "side", "--treat", "weight=fish"], "BadSetting", "fish"),
    "treat twice": (
        ["--target", "side", "--treat", "weight=text", "--treat", "weight=numeric"], "BadSetting", "twice",
    ),
    "treat the target": (["--target", "side", "--treat", "side=text"], "BadSetting", "target"),
    "keep the text of no column": (["--target", "side", "--keep-text", "wieght"], "NoSuchColumn", "wieght"),
    "a positive number": (
        ["--target", "side", "--problem", "regression", "--positive", "1"], "BadTarget", "binary",
    ),
    "derive a name that is taken": (["--target", "side", "--derive", "weight=batch"], "BadExpression", "already"),
    "derive one name twice": (
        ["--target", "side", "--derive", "x=batch", "--derive", "x=weight"], "BadExpression", "twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES)
def test_choices_that_cannot_be_are_refused_before_a_job(workspace, call, tmp_path, choice):
    flags, kind, word = CHOICES[choice]
    error = call(workspace, "eda", data.coins(tmp_path / "coins.csv"), *flags, code=1).data["error"]
    assert error["kind"] == kind
    assert word in error["why"] + error["what"]
    assert call(workspace, "jobs").data == {"jobs": []}


def test_a_choice_that_only_the_job_can_judge_fails_with_its_words(workspace, call, tmp_path):
    """One class, and text where regression needs numbers: the job fails, and its reason is the verb's."""
    file = tmp_path / "same.csv"
    file.write_text("x,word,side\n" + "".join(f"{i},w{i % 3},head\n" for i in range(60)))
    error = call(workspace, "eda", file, "--target", "side", code=1).data["error"]
    assert error["kind"] == "BadTarget" and "same value in every row" in error["why"]
    error = call(workspace, "eda", file, "--target", "word", "--problem", "regression", code=1).data["error"]
    assert error["kind"] == "BadTarget" and "regression predicts a number" in error["why"]
    assert {job["status"] for job in call(workspace, "jobs").data["jobs"]} == {"Failed"}
    assert not list(workspace.glob("processing/*/output")) and leftovers(workspace) == []


HYPERPARAMETERS = {
    "unknown": (["--set", "depth=3"], "depth"),
    "no number": (["--set", "max_depth=deep"], "max_depth"),
    "out of range": (["--set", "eta=7"], "eta"),
    "taken out": (["--set", "num_round="], "num_round"),
    "an objective for regression": (["--set", "objective=reg:squarederror"], "binary"),
    "an objective for many classes": (["--set", "objective=multi:softmax", "--set", "num_class=3"], "binary"),
    "no objective": (["--set", "objective="], "binary"),
    "no such objective": (["--set", "objective=magic"], "magic"),
    "a metric for many classes": (["--set", "eval_metric=mlogloss"], "mlogloss"),
    "no such metric": (["--set", "eval_metric=beauty"], "beauty"),
}


@pytest.mark.parametrize("case", HYPERPARAMETERS)
def test_hyperparameters_are_refused_before_a_job(trained, call, case):
    flags, word = HYPERPARAMETERS[case]
    eda, before = names(trained, "processing")[0], names(trained, "training")
    for verb in (["train"], ["tune", "--max-jobs", 2]):
        error = call(trained, *verb, "--eda", eda, *flags, code=1).data["error"]
        assert error["kind"] == "BadHyperparameter" and word in error["why"]
    assert names(trained, "training") == before and not (trained / "tuning").exists()


@pytest.mark.parametrize("given", ["speed=1:2", "eta=0.3:0.1", "eta=0.1:9", "max_depth=nan:3"])
def test_ranges_are_refused_before_a_job(trained, call, given):
    eda = names(trained, "processing")[0]
    error = call(trained, "tune", "--eda", eda, "--max-jobs", 2, "--range", given, code=1).data["error"]
    assert error["kind"] == "BadHyperparameter"


@pytest.mark.parametrize("verb", ["train", "report", "log", "stop", "verify", "deploy", "delete", "predict"])
@pytest.mark.parametrize("name", ["nothing", "../../etc", "a/b", ".", "-", "x" * 300, "é"])
def test_names_of_nothing_are_not_found_and_never_become_paths(trained, call, tmp_path, verb, name):
    args = {
        "train": ["train", f"--eda={name}"],
        "deploy": ["deploy", f"--training={name}"],
        "predict": ["predict", name, FLIGHTS, "--output", tmp_path / "out.csv"],
    }.get(verb, [verb, name])
    error = call(trained, *args, code=1).data["error"]
    assert error["kind"] == "NotFound"


def test_jobs_of_the_wrong_kind_are_told_apart(trained, call):
    eda, training = names(trained, "processing")[0], names(trained, "training")[0]
    for args, kind in (
        (["train", "--eda", training], "a training job"),
        (["report", training], "a training job"),
        (["tune", "--eda", training, "--max-jobs", 2], "a training job"),
        (["deploy", "--training", eda], "a processing job"),
    ):
        error = call(trained, *args, code=1).data["error"]
        assert error["kind"] == "NotFound" and kind in error["remedy"], args


@pytest.mark.parametrize("name", ["../x", "a b", "-a", "x" * 64, "a_b"])
def test_endpoint_names_follow_the_rule(trained, call, name):
    training = names(trained, "training")[0]
    error = call(trained, "deploy", "--training", training, f"--name={name}", code=1).data["error"]
    assert error["kind"] == "BadName"


@pytest.mark.parametrize("text", ["soon", "5", "0s", "2 weeks", "1e9h", "999999999999d", "-2h", ""])
def test_expiries_that_are_no_duration(trained, call, text):
    training = names(trained, "training")[0]
    for args in (["deploy", "--training", training], ["run", FLIGHTS, "--target", "late"]):
        error = call(trained, *args, f"--expires-in={text}", code=1).data["error"]
        assert error["kind"] == "BadSetting"
    assert len(names(trained, "processing")) == 1, "run refuses it before it spends a job"


def doubtful(path: Path) -> Path:
    lines = [
        f"0{i % 9 + 1}/0{i % 7 + 1}/2013;{i % 9 + 1}.{i % 7}00;{'yes' if i % 2 else 'no'}" for i in range(90)
    ]
    path.write_text("\n".join(["when;n;y", *lines]))
    return path


def test_what_was_sniffed_is_overruled_by_flags(workspace, call, tmp_path):
    file = doubtful(tmp_path / "doubt.csv")
    done = call(workspace, "eda", file, "--target", "y")
    assert "The month could come first as well" in done.err
    assert {"date_order", "number_format"} <= {warning["code"] for warning in done.data["warnings"]}
    told = ["--decimal", ".", "--date-format", "mm/dd/yyyy", "--delimiter", "semicolon", "--encoding", "utf8"]
    again = call(workspace, "eda", file, "--target", "y", *told)
    assert not {"date_order", "number_format"} & {warning["code"] for warning in again.data["warnings"]}
    reading = call(workspace, "report", again.data["job"]).data["reading"]
    assert reading["formats"] == {"when": "%m/%d/%Y"}
    assert set(reading["dialect"]["overruled"]) == {"delimiter", "encoding", "decimal", "date_format"}


@pytest.mark.parametrize(
    "flags",
    [
        ["--delimiter", "ab"],
        ["--encoding", "klingon"],
        ["--decimal", ";"],
        ["--date-format", "soon"],
        ["--skip-lines", "-1"],
    ],
)
def test_what_cannot_overrule_is_a_bad_setting(workspace, call, tmp_path, flags):
    error = call(workspace, "eda", doubtful(tmp_path / "doubt.csv"), "--target", "y", *flags, code=1).data[
        "error"
    ]
    assert error["kind"] == "BadSetting" and flags[0].strip("-") in error["what"]
    assert call(workspace, "jobs").data == {"jobs": []}
