"""What every backend promises of endpoints: they answer as the model does, and are gone when they are deleted."""

from __future__ import annotations

import io
import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xgboost as xgb

from core import keys
from core.backends.aws.session.ownership import tagged
from core.backends.base import EndpointStatus
from core.backends.records import timestamp
from core.errors import (
    BadSetting,
    CallersBreak,
    CannotReplace,
    CannotRetrain,
    EndpointGone,
    EndpointRefused,
    JobNotReady,
    MissingColumns,
    NameTaken,
    NoSuchColumn,
    NotFound,
    NothingJoined,
    ServesAnotherFile,
    StillInUse,
)
from core.ui import state
from core.verbs import (
    deletion,
    endpoints,
    explaining,
    model_description,
    outcomes,
    outside,
    predict,
    replacing,
    retraining,
    skew,
    watching,
)
from core.verbs.asked_row import ask_row
from core.verbs.audit import audit
from tests.backends.place import gone, until
from tests.cli.data import penguins
from tests.page_rig import app_at, button, field, texts


@pytest.fixture(scope="module")
def endpoint(place, model):
    """An endpoint in service."""
    created = endpoints.deploy(place.backend, model.name, name="penguins", expires_in="1h")
    assert created.status in (EndpointStatus.creating, EndpointStatus.in_service)
    return place.in_service("penguins")


def test_an_endpoint_is_in_service_with_its_expiry(place, model, endpoint):
    assert endpoint.training_job == model.name
    assert timedelta(minutes=55) < endpoint.expires - datetime.now(UTC) <= timedelta(hours=1)
    assert [found.name for found in place.backend.endpoints()] == ["penguins"]
    with pytest.raises(StillInUse, match="delete penguins"):
        deletion.delete(place.backend, model.name)
    record = place.backend.storage.read_json("endpoints/penguins/endpoint.json")
    assert record["training_job"] == model.name


def test_it_answers_the_raw_test_split_as_the_model_itself_does(place, endpoint, tmp_path):
    proof = skew.predict_test_split(place.backend, "penguins", tmp_path / "out.csv")
    assert proof.agreement == 1.0 and proof.rejected == 0 and proof.compared == proof.rows > 20


def test_it_answers_a_file_of_raw_rows_in_their_order(place, endpoint, tmp_path):
    rows = penguins(tmp_path / "rows.csv")
    told = predict.predict_file(place.backend, "penguins", rows, tmp_path / "out.csv")
    assert told.rows == 344 and told.rejected == 0
    answers = (tmp_path / "out.csv").read_text().splitlines()
    assert len(answers) == 345
    header, first = rows.read_text().splitlines()[:2]
    row = dict(zip(header.split(","), first.split(","), strict=True))
    blank = dict.fromkeys(row)
    again = predict.predict_records(place.backend, "penguins", [blank, row, blank | {"sex": " "}])
    assert again[1]["prediction"] in ("Adelie", "Chinstrap", "Gentoo")
    for refused in (again[0], again[2]):
        assert refused == {"prediction": None, "flags": predict.NOTHING_GIVEN}
    # The form asks for its row alone, though it is encoded beside others.
    for asked, answer in zip((blank, row), again, strict=False):
        assert ask_row(place.backend, "penguins", asked, "bill_length")[0] == answer


def test_what_arrives_is_held_against_training_by_what_the_model_goes_by(place, model, endpoint, tmp_path):
    rows, output = penguins(tmp_path / "rows.csv"), tmp_path / "out.csv"
    predict.predict_file(place.backend, "penguins", rows, output)
    seen = watching.watch(place.backend, "penguins")
    assert seen.sentence.startswith("What arrives is as in training") and seen.files[0].rows == 344
    assert not any(each.moved for each in seen.files[0].columns) and len(seen.files[0].columns) > 4

    header, *lines = rows.read_text().splitlines()
    place_of = {name: place for place, name in enumerate(header.split(","))}
    swollen = [line.split(",") for line in lines]
    for cells in swollen:
        cells[place_of["bill_length"]] = "99.5"
    (tmp_path / "new.csv").write_text("\n".join([header, *(",".join(cells) for cells in swollen)]) + "\n")
    predict.predict_file(place.backend, "penguins", tmp_path / "new.csv", output)
    seen = watching.watch(place.backend, "penguins")
    assert seen.sentence == "What arrives has changed in 1 column that matters: bill_length."
    assert [file.file for file in seen.files[:2]] == ["new.csv", "rows.csv"]
    first = seen.files[0].columns[0]
    assert first.matters and first.psi > first.noise and first.importance > 0.05
    assert seen.traffic.requests >= 2 and seen.traffic.latency_ms["p50"] > 0
    if place.backend.name == "local":  # the double counts no errors
        errors = seen.traffic.errors
        with pytest.raises(EndpointRefused):
            place.backend.invoke("penguins", b"not,numbers\n")
        assert watching.watch(place.backend, "penguins").traffic.errors == errors + 1


def test_outcomes_that_come_later_tell_how_good_the_predictions_were(place, model, endpoint, tmp_path):
    """In two parts, by a key that the model does not know; nothing but digests and scores is kept of the rows."""
    header, *lines = penguins(tmp_path / "rows.csv").read_text().splitlines()
    target = header.split(",").index("species")

    def cells(line: str, number: object) -> tuple[str, str]:
        row = line.split(",")
        truth = row.pop(target)
        return ",".join([str(number), *row]), truth

    asked, truth = zip(*(cells(line, f"bird {place}") for place, line in enumerate(lines)), strict=True)
    (tmp_path / "asked.csv").write_text("\n".join([cells(header, "score")[0], *asked]) + "\n")
    told = predict.predict_file(place.backend, "penguins", tmp_path / "asked.csv", tmp_path / "out.csv")
    assert told.quality["basis"] == "estimated" and told.quality["metrics"]["accuracy"]["value"] > 0.8

    later = tmp_path / "later.csv"
    rows = [f"bird {place},{each}" for place, each in enumerate(truth)]
    for part in (rows[:100], [*rows[100:], "bird 3,Gentoo", "bird 3,Adelie", "nobody,Adelie", "bird 9,Owl"]):
        later.write_text("\n".join(["score,was", *part]) + "\n")
        done = outcomes.join(place.backend, "penguins", later, "score", "was")
    assert (done.rows, done.unreadable, done.several) == (len(rows) - 100 + 4, 1, 1)
    assert (done.joined[0].rows, done.joined[0].known) == (244, 344)
    (newest, *_) = watching.watch(place.backend, "penguins").files
    written = pd.read_csv(tmp_path / "out.csv")["prediction"]
    assert newest.file == "asked.csv" and newest.measured["rows"] == 344
    assert newest.measured["metrics"]["accuracy"]["value"] == pytest.approx(np.mean(written == list(truth)))
    kept = place.backend.storage.read_bytes(keys.watched_rows("penguins", newest.id))
    assert pq.read_schema(io.BytesIO(kept)).names == ["key0", "score", "label"]
    with pytest.raises(NoSuchColumn, match="'is'"):
        outcomes.join(place.backend, "penguins", later, "score", "is")
    with pytest.raises(NothingJoined, match="Those are: score"):
        outcomes.join(place.backend, "penguins", later, "was")


def test_the_model_is_trained_anew_and_offered_where_it_is_better(place, model, endpoint, tmp_path):
    """With birds that are called otherwise: what the running model says of them is wrong."""
    old = penguins(tmp_path / "old.csv")
    with pytest.raises(CannotRetrain, match="the file that this model was trained on"):
        retraining.start(place.backend, "penguins", old)
    header, *lines = old.read_text().splitlines()
    names = header.split(",")
    target, dropped = names.index("species"), names.index("bill_length")
    turned = {"Adelie": "Gentoo", "Gentoo": "Chinstrap", "Chinstrap": "Adelie"}
    rows = [
        [turned.get(cell, cell) if at == target else cell for at, cell in enumerate(line.split(","))]
        for line in lines
    ]
    lacks = tmp_path / "lacks.csv"
    lacks.write_text("\n".join(",".join(row[:dropped] + row[dropped + 1 :]) for row in [names, *rows]) + "\n")
    with pytest.raises(MissingColumns, match="bill_length"):
        retraining.start(place.backend, "penguins", lacks)
    new = tmp_path / "new birds.csv"
    new.write_text("\n".join(",".join([*row, str(at)]) for at, row in enumerate([[*names], *rows])) + "\n")
    text = new.read_text().replace(f"{header},0", f"{header},ring", 1)
    new.write_text(text)

    first = retraining.start(place.backend, "penguins", new)
    assert first.left_out == ("ring",) and "ring" in first.schema and not first.ended
    now = first
    while not now.ended:
        time.sleep(place.backend.capabilities.poll_seconds)
        now = retraining.advance(place.backend, "penguins")
    assert now.is_offered and now.training, now.verdict
    assert now.compared.main.first < 0.2 < 0.5 < now.compared.main.second
    assert now.compared.rows > 20 and "It can take over" in now.verdict
    assert now.training.hyperparameters == model.hyperparameters
    assert retraining.look(place.backend, "penguins") == now
    assert not replacing.plan(place.backend, "penguins", now.training.name).contract.any
    assert place.backend.endpoint("penguins").training_job == model.name


def test_what_the_container_refuses_is_told_in_its_words(place, endpoint):
    with pytest.raises(EndpointRefused) as refused:
        place.backend.invoke("penguins", b"not,numbers\n")
    assert refused.value.failure.why and refused.value.failure.remedy
    with pytest.raises(EndpointRefused):
        place.backend.invoke("penguins", b"1,2\n", content_type="application/x-unknown")


def test_a_name_is_one_endpoint(place, eda, model, endpoint):
    again = endpoints.deploy(place.backend, model.name, name="penguins", expires_in="1h")
    assert again.name == "penguins" and again.created == endpoint.created
    other = place.end(place.backend.launch(place.training_request(eda.name, "other")).name)
    with pytest.raises(NameTaken):
        endpoints.deploy(place.backend, other.name, name="penguins", expires_in="1h")
    with ThreadPoolExecutor(
        2
    ) as tabs:  # nobody chose a name: of two who deploy at once both get one endpoint
        made = tabs.map(
            lambda token: endpoints.deploy(place.backend, model.name, token=token), ("one", "two")
        )
    (name,) = {each.name for each in made}
    place.in_service(name)
    place.backend.set_expiry(name, datetime.now(UTC) + timedelta(seconds=1))
    until(lambda: place.backend.endpoint(name).status == EndpointStatus.expired, "its new expiry")
    with pytest.raises(EndpointGone):
        endpoints.prolong(place.backend, name)
    outside.gather(place.backend)
    ended = [act.sentence for act in audit(place.backend, about=name).events if act.action == "ended"]
    assert ended == ([f"its expiry ended endpoint {name}"] if place.backend.capabilities.others_act else [])
    endpoints.delete(place.backend, name)


def test_only_a_model_that_is_there_is_deployed(place, eda, model):
    place.backend.launch(place.training_request(eda.name, "without-model", num_round="0"))
    place.end("without-model")
    with pytest.raises(JobNotReady):
        endpoints.deploy(place.backend, "without-model")
    with pytest.raises(NotFound):
        endpoints.deploy(place.backend, "nothing")


def test_another_model_takes_over_without_a_request_refused_and_goes_back(place, model):
    """Requests are sent all the while, on connections that stay open: each is answered, by one model or the other."""
    other = remade(place, model, "fewer", rounds=2)
    endpoints.deploy(place.backend, model.name, name="swapped", expires_in="1h")
    place.in_service("swapped")
    line = encoded_row(place, model)
    answers, over = [], threading.Event()

    def ask() -> bytes:
        return place.backend.invoke("swapped", line)

    def keep_asking() -> None:
        while not over.wait(0.01):
            answers.append(ask())

    old = ask()
    with ThreadPoolExecutor(2) as callers:
        asked = [callers.submit(keep_asking) for _ in range(2)]
        try:
            done = replacing.replace(place.backend, "swapped", other)
            new = ask()
        finally:
            over.set()
    for each in asked:
        each.result()  # a request that was refused raises here
    assert (done.before, done.after, done.breaks) == (model.name, other, ())
    assert done.answered == done.rows > 20
    assert old != new and old in answers and set(answers) <= {old, new}
    now = place.backend.endpoint("swapped")
    assert (now.training_job, now.previous, now.status) == (other, model.name, EndpointStatus.in_service)
    assert now.model_sha256 == place.backend.storage.sha256(keys.model(other))
    record = place.backend.storage.read_json("endpoints/swapped/endpoint.json")
    assert (record["training_job"], record["previous"]) == (other, model.name)
    with pytest.raises(CannotReplace):
        replacing.replace(place.backend, "swapped", other)
    replacing.replace(place.backend, "swapped", replacing.previous(place.backend, "swapped"))
    assert ask() == old
    remade(place, model, "recoded", rounds=4, recode=True)
    with pytest.raises(CallersBreak, match="code these columns otherwise: island"):
        replacing.replace(place.backend, "swapped", "recoded")
    assert place.backend.endpoint("swapped").training_job == model.name
    endpoints.delete(place.backend, "swapped")
    assert gone(place.backend, "swapped")


def remade(place, model, name: str, rounds: int, recode: bool = False) -> str:
    """The training job `name`: the same model of so many rounds, which is another one and need not be trained.

    With `recode` its contract gives two categories each other's number.
    """
    storage = place.backend.storage
    contract = storage.read_json(f"training/{model.name}/output/contract.json")
    if recode:
        levels = next(column for column in contract["columns"] if column["name"] == "island")["levels"]
        levels[0], levels[1] = levels[1], levels[0]
    storage.write_json(f"training/{name}/output/contract.json", contract)
    with model_description.unpacked_model(place.backend, model.name) as folder:
        xgb.Booster(model_file=folder / "xgboost-model")[:rounds].save_model(folder / "fewer.ubj")
        data = (folder / "fewer.ubj").read_bytes()
    archive, member = io.BytesIO(), tarfile.TarInfo("xgboost-model")
    member.size = len(data)
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.addfile(member, io.BytesIO(data))
    storage.write_bytes(f"training/{name}/output/model.tar.gz", archive.getvalue())
    record = storage.read_json(f"training/{model.name}/job.json")
    storage.write_json(f"training/{name}/job.json", {**record, "name": name, "manifest": None})
    return name


def encoded_row(place, model) -> bytes:
    """A row of the test split as the endpoint takes it."""
    split = place.backend.storage.read_bytes(
        f"processing/{model.request['processing_job']}/output/test/test.csv"
    )
    return split.split(b"\n")[0].partition(b",")[2] + b"\n"


def test_a_form_wakes_an_endpoint_that_sleeps_before_a_row_is_timed(place, model, endpoint, monkeypatch):
    for name, value in place.environment().items():
        monkeypatch.setenv(name, value)
    before = watching.watch(place.backend, "penguins").traffic
    at = app_at("Inference", way="one-row").run(timeout=60)
    assert not at.exception
    if endpoint.sleeps:
        until(lambda: "Woken in" in texts(at.run(timeout=60)), "a word on its waking")
    assert ("billed like any other" in texts(at)) is endpoint.sleeps is (place.settings.backend == "aws")
    now = watching.watch(place.backend, "penguins").traffic
    assert now.requests - before.requests == endpoint.sleeps
    assert now.wakings == endpoint.sleeps and bool(now.waking_ms) is endpoint.sleeps
    typed = at.session_state[state.typed_row(model.name).key]
    blank = field(at, "multiselect", "Leave blank")
    filled = blank.options[0]
    blank.set_value([filled])
    button(at, "Predict").click().run(timeout=60)
    assert "Answered in" in texts(at) and "Blank:" in texts(at)
    asked = at.session_state[state.asked_row(model.name).key]
    assert asked.record[filled] is None and asked.record == typed | {filled: None}
    assert "What if this were another" in [each.label for each in at.selectbox] and not at.exception
    other = remade(place, model, "fewer", rounds=2)
    if other in [job.name for job in place.backend.jobs()]:  # SageMaker lists no job that it did not train
        at.run(timeout=60)
        field(at, "selectbox", "Beside another model").set_value(other).run(timeout=60)
        assert not at.exception and not at.error
        first, second = [each.value for each in at.text if "The probability of" in each.value]
        assert first != second, "each is the answer of another model"
    # Another file than the one that is served has other reasons, which are told of no answer.
    kept = keys.model(model.name)
    assert place.backend.endpoint("penguins").model_sha256 == place.backend.storage.sha256(kept)
    with pytest.raises(ServesAnotherFile):
        explaining.load(place.backend, model.name, "of another file")


def test_a_prolonged_endpoint_ends_later_and_deleting_is_proved_by_a_receipt(place, model):
    endpoints.deploy(place.backend, model.name, name="brief", expires_in="1h")
    before = place.in_service("brief")
    longer = endpoints.prolong(place.backend, "brief", "30m")
    assert longer.expires == before.expires + timedelta(minutes=30)
    assert place.backend.endpoint("brief").expires == longer.expires
    if place.settings.backend == "aws":  # what the account shows of it says the same
        session = place.backend.session
        arn = session.call("sagemaker", "describe_endpoint", EndpointName="brief")["EndpointArn"]
        assert tagged(session, arn, {"Key": "sendero:expires", "Value": timestamp(longer.expires)})
    for too_long in ("366d", "soon"):
        with pytest.raises(BadSetting):
            endpoints.prolong(place.backend, "brief", too_long)
    until(lambda: place.whole_log("brief"), "the first lines of its log")
    place.backend.invoke("brief", encoded_row(place, model))
    receipt = endpoints.delete(place.backend, "brief")
    billed = place.backend.capabilities.costs_money
    assert (receipt.cost or 0) >= 0 and bool(receipt.cost) is bool(receipt.per_thousand) is billed
    assert {"endpoint", "endpoint config", "model"} <= {part.rpartition(" ")[0] for part in receipt.deleted}
    assert gone(place.backend, "brief")
    assert not place.backend.storage.exists("endpoints/brief/endpoint.json")
    with pytest.raises(NotFound):
        place.backend.invoke("brief", b"1\n")
    with pytest.raises(NotFound):
        endpoints.delete(place.backend, "brief")
