"""What every backend promises of Batch Transform: an endpoint's bytes, whole or absent, and nothing left behind."""

from __future__ import annotations

import pytest

from core.backends.requests import JobKind
from core.encoding.rows_reading import RowsReading
from core.errors import NotFound, SenderoError
from core.verbs import endpoints, jobs, outcomes, predict, transform, watching
from tests.cli.data import penguins


@pytest.fixture
def rows(tmp_path):
    """The penguins with their rings' numbers, an island that training never saw, a bill that is no number, and a row
    of too many cells."""
    file = penguins(tmp_path / "odd.csv")
    table = [line.split(",") for line in file.read_text().splitlines()]
    for place, cells in enumerate(table):
        cells.append(f"bird {place}" if place else "ring")
    table[3][1], table[5][2] = "Utopia", "long"
    table[8] += ["one", "more"]
    file.write_text("\n".join(map(",".join, table)) + "\n")
    return file


def test_the_rows_come_back_as_an_endpoint_answers_them(place, model, rows, tmp_path):
    # In this file the column island is called otherwise, which is said of it.
    rows.write_text(rows.read_text().replace("island", "isle", 1))
    reading = RowsReading(renames={"isle": "island"})
    endpoint = endpoints.deploy(place.backend, model.name).name
    place.in_service(endpoint)
    asked = predict.predict_file(place.backend, endpoint, rows, tmp_path / "asked.csv", reading=reading)
    launched = transform.launch_transform(place.backend, model.name, rows, token="odd", reading=reading)
    job = place.end(launched.name)
    assert (job.status, job.kind) == ("Completed", JobKind.transform), job.failure
    assert {status for status, _ in place.seen[job.name]} == {"InProgress", "Completed"}
    # Each file that is predicted counts, whichever way it went.
    transformed, predicted = watching.watch(place.backend, endpoint).files
    assert (transformed.file, transformed.rows, transformed.quality) == ("odd.csv", 344, None)
    assert transformed.columns == predicted.columns and predicted.quality and len(predicted.columns) > 4
    # What came true later finds the rows of both, and stays when the predictions are written again.
    transform.collect(place.backend, job.name, tmp_path / "got.csv")
    later = tmp_path / "later.csv"
    later.write_text("ring,was\n" + "".join(f"bird {number},Chinstrap\n" for number in range(1, 101)))
    done = outcomes.join(place.backend, endpoint, later, "ring", "was")
    assert [(each.rows, each.known) for each in done.joined] == [(98, 342)] * 2
    transformed, predicted = watching.watch(place.backend, endpoint).files
    assert transformed.measured and transformed.measured == predicted.measured == done.joined[0].quality
    endpoints.delete(place.backend, endpoint)
    got = transform.collect(place.backend, job.name, tmp_path / "got.csv")
    assert watching.drift_of_job(place.backend, job.name) == transformed
    assert got.quality and got.quality["metrics"] != transformed.measured["metrics"]
    kept = place.backend.storage.files(f"transform/{job.name}/predicted")
    assert kept == [watching.rows_kept(endpoint, transformed)]
    assert (tmp_path / "got.csv").read_bytes() == (tmp_path / "asked.csv").read_bytes()
    assert (got.rows, got.rejected, got.unseen) == (344, 2, {"island": 1})
    assert (got.unseen, got.out_of_range, got.reasons) == (asked.unseen, asked.out_of_range, asked.reasons)
    # The image writes several numbers a row as Python's list when it works for Batch Transform.
    assert place.backend.storage.read_bytes(f"transform/{job.name}/output/rows.csv.out").startswith(b"[")
    assert [file.state for file in jobs.verify(place.backend, job.name)] == ["ok"]
    assert "Utopia" in (tmp_path / "got.csv").read_text().splitlines()[3]


def test_the_second_click_is_the_first_job_and_all_is_told_from_storage(place, model, rows):
    first = transform.launch_transform(place.backend, model.name, rows, token="twice")
    assert transform.launch_transform(place.backend, model.name, rows, token="twice").name == first.name
    told = transform.launch_summary(place.backend, first.name)
    assert (told.rows, told.rejected, told.reasons[0][0]) == (344, 2, 5)
    assert place.end(first.name).status == "Completed"
    assert [job.name for job in place.backend.jobs(JobKind.transform)].count(first.name) == 1
    assert place.whole_log(first.name)


def test_a_model_that_cannot_be_served_fails_the_job_and_leaves_no_answers(place, model, rows):
    backend, name = place.backend, "train-broken"
    for file in ("job.json", "output/contract.json"):
        with backend.storage.local(f"training/{model.name}/{file}") as source:
            backend.storage.write_bytes(f"training/{name}/{file}", source.read_bytes())
    record = backend.storage.read_json(f"training/{name}/job.json")
    backend.storage.write_bytes(f"training/{name}/output/model.tar.gz", b"no archive at all")
    key = f"training/{name}/output/model.tar.gz"
    own = {"output/model.tar.gz": {"bytes": 17, "sha256": backend.storage.sha256(key)}}
    backend.storage.write_json(
        f"training/{name}/job.json", record | {"name": name, "manifest": record["manifest"] | own}
    )
    job = place.end(transform.launch_transform(backend, name, rows).name)
    assert job.status == "Failed" and job.failure.remedy
    assert not backend.storage.exists(f"transform/{job.name}/output")
    with pytest.raises(SenderoError):
        transform.collect(backend, job.name, rows.with_name("never.csv"))


def test_rows_are_refused_before_anything_is_stored(place, model, tmp_path):
    lacks = tmp_path / "lacks.csv"
    lacks.write_text("island,sex\nBiscoe,male\n")
    before = place.backend.storage.folders("transform")
    with pytest.raises(SenderoError):
        transform.launch_transform(place.backend, model.name, lacks)
    with pytest.raises(NotFound):
        transform.launch_transform(place.backend, "train-never", lacks)
    assert place.backend.storage.folders("transform") == before
