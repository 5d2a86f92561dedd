"""What is predicted: which problem it is, which rows have a label, and which class is the positive one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.eda.config import EdaConfig
from core.eda.split.positive import positive_of
from core.eda.split.target import label_of, problem_of, written_apart
from core.encoding.contract import Column, Contract
from core.errors import BadTarget, RareClass
from tests.eda.conftest import run_script

rng = np.random.default_rng(8)
ROWS = 120
NUMBER, TEXT = Column("y", "numeric", "DOUBLE"), Column("y", "categorical", "VARCHAR")
COUNTRIES = """Yes/No yes/no YES/NO Y/N True/False True./False. t/f 1/0 1/-1 +/- positive/negative pos/neg on/off
    Sí/No SI/NO s/n Verdadero/Falso V/F oui/non O/N VRAI/FAUX ja/nein J/N wahr/falsch sim/não Sim/Nao si/no vero/falso
    ja/nee tak/nie да/нет evet/hayır हाँ/नहीं 是/否 はい/いいえ true/no"""


@pytest.mark.parametrize("pair", COUNTRIES.split())
def test_yes_is_the_positive_class_in_the_languages_and_codings_that_people_use(pair):
    yes, no = pair.split("/")
    assert positive_of(yes, no) == positive_of(no, yes) == yes
    column = NUMBER if yes == "1" else TEXT
    counts = [(float(word) if column is NUMBER else word, rows) for word, rows in ((yes, 80), (no, 40))]
    label = label_of(column, "binary", counts)
    assert (label.positive, label.classes) == (yes, (no, yes)) and "convention" in label.rule


@pytest.mark.parametrize("pair", ["good/bad", "m/f", "a/b", "0/-1", "yes/YES", "S/F", "2/1"])
def test_without_a_convention_the_rarer_class_is_positive(pair):
    first, second = pair.split("/")
    assert positive_of(first, second) is None
    assert label_of(TEXT, "binary", [(first, 80), (second, 40)]).positive == second


def test_the_positive_class_can_be_chosen_and_must_be_there():
    words = [("yes", 80), ("no", 40)]
    label = label_of(TEXT, "binary", words, "no")
    assert (label.positive, label.classes, "asked" in label.rule) == ("no", ("yes", "no"), True)
    assert label_of(NUMBER, "binary", [(0.0, 5), (1.0, 5)], "0.0").positive == "0"
    with pytest.raises(BadTarget, match="no class 'maybe' to be positive: it has the classes yes, no"):
        label_of(TEXT, "binary", words, "maybe")
    with pytest.raises(BadTarget, match="its problem is multiclass: it has the classes yes, no, so so"):
        label_of(TEXT, "multiclass", [*words, ("so so", 9)], "yes")
    with pytest.raises(BadTarget, match="regression"):
        label_of(NUMBER, "regression", [], "1")
    with pytest.raises(BadTarget, match="binary"):
        EdaConfig("y", problem="multiclass", positive="a")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([0.0, 1.0, 2.0], "multiclass"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "multiclass"),
        ([0.5, 1.5], "binary"),
        ([1.0, 1.5, 2.0], "regression"),
        (range(20), "multiclass"),
        (range(21), "regression"),
    ],
)
def test_whole_numbers_are_classes_however_they_are_written(values, problem):
    counts = [(value, 9) for value in values]
    assert problem_of(NUMBER, len(counts), counts, "auto") == problem
    assert label_of(NUMBER, "regression", [(value, 1) for value in values]).classes == ()


def table_of(classes: list[str]) -> pd.DataFrame:
    y = np.array(classes)[rng.integers(0, len(classes), ROWS)]
    return pd.DataFrame({"x": rng.normal(size=ROWS).round(3), "y": y})


def test_blanks_around_a_class_are_no_part_of_it_and_case_is_told(tmp_path):
    run = run_script(tmp_path, table_of(["churn", "churn ", " stay", "stay", "Stay"]), target="y")
    assert run.code == 0, run.err
    target = run.report["target"]
    assert [found["class"] for found in target["classes"]] == ["Stay", "churn", "stay"]
    told = {w["severity"]: w["message"] for w in run.report["warnings"] if w["code"] == "spelling"}
    assert "'Stay' and 'stay'" in told["high"] and "'churn '" in told["low"] and "' stay'" in told["low"]
    labels = np.concatenate([run.split(name)[:, 0] for name in ("train", "validation", "test")])
    assert len(labels) == ROWS and np.bincount(labels.astype(int)).tolist() == [
        found["rows"] for found in target["classes"]
    ]


def test_what_is_written_apart_is_told_and_what_is_another_word_is_not():
    words = ["Yes", "yes", "Sí", "Si", "no", "NO.", "año", "ano", "schon", "schön", "two  words", "Two words"]
    assert written_apart(words) == [["Yes", "yes"], ["Sí", "Si"], ["no", "NO."], ["two  words", "Two words"]]
    with pytest.raises(RareClass, match="may be written in several ways: Yes, yes"):
        label_of(TEXT, "multiclass", [("Yes", 60), ("No", 59), ("yes", 1)])


def test_a_rare_class_stops_it_with_a_way_on_which_leaves_its_rows_out(tmp_path):
    table = table_of(["yes", "no"])
    table.loc[[3, 90], "y"] = "unclear"
    run = run_script(tmp_path / "stopped", table, target="y")
    assert run.code == 1 and "'unclear' has 2" in run.err and "--drop-rare" in run.err
    run = run_script(tmp_path / "left-out", table, target="y", drop_rare=True, positive="no")
    assert run.code == 0, run.err
    target = run.report["target"]
    assert (target["problem"], target["positive"]) == ("binary", "no")
    assert target["left_out"] == [{"class": "unclear", "rows": 2}]
    warnings = {warning["code"]: warning["message"] for warning in run.report["warnings"]}
    assert "left out: 'unclear' (2)." in warnings["rare_class"] and "left_out_rows" not in warnings
    contract = Contract.read(run.output / "contract" / "contract.json")
    assert sum(contract.split[name] for name in ("train", "validation", "test")) == ROWS - 2
    table["y"] = ["a", *["b"] * (ROWS - 1)]
    run = run_script(tmp_path / "one-left", table, target="y", drop_rare=True)
    assert run.code == 1 and "same value in every row" in run.err
