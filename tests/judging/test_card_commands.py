"""The commands of a model card: the command line reads from them what the model was made with."""

from __future__ import annotations

import shlex
from typing import cast

from core.card.again import Training, commands
from core.cli.parser import parse
from core.judging import decision_file
from core.judging.calibration import Calibration
from core.judging.decision import Amounts, Capacity
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import Referral
from core.report.schema import Report

CONFIGURATION = {
    "problem": "binary", "split": "time", "split_column": "at", "weight": "how much", "drop": ["a b", "c"],
    "derive": {"d": "a + 1"}, "treat": {"zip": "categorical"}, "keep_text": ["state"], "seed": 3,
}  # fmt: skip


def _report(dialect: dict[str, object] | None = None) -> Report:
    report = {"dataset": {"file": "my file.csv"}, "target": {"name": "late"}, "configuration": CONFIGURATION}
    return cast("Report", report | {"reading": {"dialect": dialect or {}}})


def _parsed(*args: object):
    return [parse(shlex.split(command)[1:]) for command in commands(*args)]


def test_the_eda_command_says_what_was_asked_and_how_the_file_is_read():
    said = {"delimiter": "\t", "date_format": "%d/%m/%Y", "sheet": "Q 1", "skip": 4, "decimal": ","}
    [eda, _] = _parsed(
        _report(said | {"overruled": ["delimiter", "date_format", "sheet", "header"]}), Training("seed"), None
    )
    assert (eda.weight, eda.split, eda.split_column, eda.seed) == ("how much", "time", "at", 3)
    assert (eda.drop, eda.keep_text) == (["a b", "c"], ["state"])
    assert (dict(eda.derive), dict(eda.treat)) == ({"d": "a + 1"}, {"zip": "categorical"})
    assert (eda.delimiter, eda.date_format, eda.sheet, eda.header) == ("tab", "%d/%m/%Y", "Q 1", 5)
    assert (eda.decimal, eda.skip_lines) == ("", None)  # those the sniffing found


def test_values_taken_out_of_the_preset_stay_out_and_all_rows_follow_the_first_model():
    given = {"early_stopping_rounds": "", "subsample": "", "eta": "0.3"}
    made = Training("balanced", given, instances=2, then="all-rows")
    [_, train, last] = _parsed(_report(), made, None)
    assert (train.preset, dict(train.given)) == ("balanced", given)
    assert train.resource_instance_count == "2"
    assert (last.verb, last.training_job) == ("all-rows", "TRAINING_JOB")


def _decided(**changes) -> dict:
    nothing = Interval(0.0)
    decision = Decision(
        **{
            "threshold": 0.1875, "chosen_by": "cost", "amounts": Amounts(5, 1.5, "price"), "capacity": None,
            "calibration": None, "cost_per_1000": nothing, "against": {}, **changes,
        }
    )  # fmt: skip
    return decision_file.as_json(decision)


def test_a_decision_is_decided_again_before_all_rows_are_trained_on():
    made = Training("balanced", then="all-rows")
    [*_, decide, last] = _parsed(_report(), made, _decided(calibration=Calibration((0.1,), (0.2,))))
    assert (decide.miss, decide.false_alarm, decide.miss_column) == (5, 1.5, "price")
    assert decide.calibrate and decide.threshold is None and last.verb == "all-rows"

    by_rows = _decided(chosen_by="capacity", capacity=Capacity(200, 1500), out_of_fold=344)
    [*_, folds, decide] = _parsed(_report(), Training("balanced"), by_rows)
    assert folds.verb == "cross-validate" and (decide.capacity, decide.of) == (200, 1500)

    asked = _decided(chosen_by="threshold", amounts=Amounts(), referral=Referral(0.1, 0.3, unseen=True))
    [*_, decide] = _parsed(_report(), Training("balanced"), asked)
    assert (decide.threshold, decide.miss, decide.ask, decide.ask_unseen) == (0.1875, None, (0.1, 0.3), True)
    assert not decide.ask_out_of_range
