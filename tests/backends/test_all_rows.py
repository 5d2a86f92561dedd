"""Training on all rows on every backend: both splits in one channel, rounds that grow with them, the decision kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core import keys
from core.container.lean_xgboost import xgb
from core.errors import BadSetting
from core.judging import decision_file
from core.judging.decision import OTHERS, Amounts, Counts, Told
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.numbers import count
from core.verbs import all_rows, decide, endpoints, jobs, ordering
from core.verbs.decide import Decided
from core.verbs.eda import report_of
from core.verbs.judged import decision_of
from core.verbs.runs import title
from core.verbs.training import evaluation_of


def trained_directly(place, job) -> float:
    """The training loss of XGBoost itself on both splits, one below the other."""
    tables = []
    for split in ("train", "validation"):
        text = place.backend.storage.read_text(
            f"processing/{job.request['processing_job']}/output/{split}/{split}.csv"
        )
        tables.append(np.genfromtxt(text.splitlines(), delimiter=","))
    table = np.concatenate(tables)
    matrix, result = xgb.DMatrix(table[:, 1:], table[:, 0]), {}
    values = {name: value for name, value in job.hyperparameters.items() if name != "num_round"}
    values["eval_metric"] = values["eval_metric"].split(",")
    rounds = int(job.hyperparameters["num_round"])
    xgb.train(values, matrix, rounds, evals=[(matrix, "train")], evals_result=result, verbose_eval=False)
    return result["train"]["mlogloss"][-1]


def test_all_rows_are_trained_on_for_more_rounds_and_judged_by_the_same_test(place, eda, model):
    cost = Interval(0.0)
    first = Decision(0.3, "threshold", Amounts(), None, None, cost, dict.fromkeys(OTHERS, cost))
    decision_file.write(place.backend.storage, keys.decision(model.name), first, seen=0)
    decided = place.backend.storage.read_bytes(keys.decision(model.name))
    wanted = all_rows.offer(place.backend, model.name)
    sizes = report_of(place.backend, eda.name)["splits"]["sizes"]
    train, validation = sizes["train"]["rows"], sizes["validation"]["rows"]
    assert (wanted.train, wanted.validation, wanted.kept) == (train, validation, 4)
    assert wanted.rounds == round(4 * (train + validation) / train) == 5
    assert count(wanted.rounds, "round", "rounds") in wanted.sentence

    assert ordering.usual(place.backend, model.name) == wanted, "it is what deploying begins with"
    ordered = ordering.order(place.backend, model.name, expires_in="1h", token="20261130-1200-0abc")
    job = place.end(ordered.job.name)
    assert job.status == "Completed" and not job.unjudged, job
    assert job.request["all_rows_of"] == model.name and title(job).startswith("all rows")
    judged, before = (evaluation_of(place.backend, name) for name in (job.name, model.name))
    assert judged["rounds"] == 5 and judged["rows"] == before["rows"]
    assert judged["metrics"] != before["metrics"]
    rows = place.backend.metrics(job.name)
    assert len(rows) == 5 and not any("validation" in name for row in rows for name in row)
    assert rows[-1]["train-mlogloss"] == pytest.approx(trained_directly(place, job), abs=2e-5)
    assert place.backend.storage.read_bytes(keys.decision(job.name)) == decided
    assert {file.state for file in jobs.verify(place.backend, job.name)} == {"ok"}

    # Who decides anew on the one decides on the other.
    told = Told(Counts(0, 0, 0, 0), cost, {}, {}, Counts(0, 0, 0, 0))
    decide.decide(
        place.backend, model.name, Decided(replace(first, threshold=0.4), told.counts, told, 0.0, None)
    )
    assert decision_of(place.backend, job.name) == decision_of(place.backend, model.name)
    assert decision_of(place.backend, job.name).threshold == 0.4

    # The endpoint that was ordered is found by whoever looks, and made once.
    (order,) = ordering.orders(place.backend)
    assert (order.of, order.ready, order.fresh) == (model.name, True, True)
    endpoint = ordering.carry_out(place.backend, order)
    assert endpoint.training_job == job.name and not ordering.orders(place.backend)
    assert ordering.carry_out(place.backend, order) is None
    place.in_service(endpoint.name)
    endpoints.delete(place.backend, endpoint.name)

    assert all_rows.launch(place.backend, model.name).name == job.name  # once is enough
    assert all_rows.offer(place.backend, job.name) is None
    with pytest.raises(BadSetting, match="trained on all rows already"):
        all_rows.launch(place.backend, job.name)
