"""Prediction Jobs with real processes: whatever ends one, what was answered is kept, and only the rest is asked."""

from __future__ import annotations

import csv
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from core import keys
from core.backends.base import Job
from core.backends.local import LocalBackend
from core.encoding.contract import Column, Contract, Label
from core.errors import OtherModel
from core.predictions import UNASKED
from core.ui import downloads
from core.verbs import deletion, jobs, prediction
from tests.local.local_rig import PROGRAMS, Rig, until

pytestmark = pytest.mark.slow

NAMES = "abcdefgh"
CONTRACT = Contract(
    Label("y", "regression"), tuple(Column(name, "numeric", features={name: "value"}) for name in NAMES)
)
ROWS, BAD = 50_000, 7  # each BAD-th row is no row that can be sent


@dataclass
class Desk:
    """An endpoint that answers each row by its first cell, and a file that takes several requests."""

    rig: Rig
    folder: Path  # of the endpoint's notes
    rows: Path

    def asked(self) -> list[float]:
        """The first cell of each request, in the order in which they came."""
        file = self.folder / "asked"
        return [float(line) for line in file.read_text().split()] if file.exists() else []

    def close(self, cell: float = 0) -> None:
        """Leave requests from `cell` on without an answer, until it opens."""
        (self.folder / "closed").write_text(str(cell))

    def open(self) -> None:
        (self.folder / "closed").unlink()

    def launch(self, token: str = "t") -> Job:
        return prediction.launch_prediction(self.rig.backend, "e", self.rows, token)

    def kept(self, job: str) -> list[int]:
        """Where the rows begin that were answered, among those that are sent."""
        journal = self.rig.backend.desk.path(keys.prediction_answers(job)) / "answered.jsonl"
        lines = journal.read_text().splitlines() if journal.exists() else []
        return [int(line[1:].partition(",")[0]) for line in lines]

    def written(self, file: Path) -> list[dict[str, str]]:
        with file.open(newline="") as text:
            return list(csv.DictReader(text))


@pytest.fixture
def desk(rig: Rig, tmp_path: Path) -> Desk:
    folder, rows = tmp_path / "notes", tmp_path / "rows.csv"
    folder.mkdir()
    with rows.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*NAMES, "own"])
        for row in range(ROWS):
            cell = "no number" if row % BAD == 0 else row + 0.123456789
            writer.writerow([row, cell, *(1 / (row + more) for more in range(3, 9)), f"row {row}"])
    rig.backend.storage.write_json("processing/eda/output/contract/contract.json", CONTRACT.to_json())
    assert rig.run(rig.training(behaviour=f"counts:{folder}")).status == "Completed"
    rig.deploy()
    rig.endpoint_with("InService")
    return Desk(rig, folder, rows)


def right(table: list[dict[str, str]], unasked: Collection[int] = ()) -> bool:
    """Whether each row stands in its place, with its own cells and its own answer or the reason for none."""
    assert len(table) == ROWS
    for row, cells in enumerate(table):
        assert (cells["a"], cells["own"]) == (str(row), f"row {row}")
        if row % BAD == 0:
            assert cells["prediction"] == "" and cells["flags"].startswith("rejected: b")
        elif row in unasked:
            assert (cells["prediction"], cells["flags"]) == ("", UNASKED)
        else:
            assert (float(cells["prediction"]), cells["flags"]) == (row, "")
    return True


@contextmanager
def downloading() -> Iterator[Callable[..., tuple[int, bytes, Message]]]:
    """Serve what the page links to; yield what fetches the predictions of a job, or a range of their bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(Starlette(routes=[downloads.ROUTE]), lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()

        def download(job: str, part: str = "") -> tuple[int, bytes, Message]:
            connection = HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=30)
            connection.request("GET", f"/{downloads.address(job)}", headers={"Range": part} if part else {})
            answer = connection.getresponse()
            with closing(connection):
                return answer.status, answer.read(), answer.headers

        yield download
        server.should_exit = True
        thread.join()


def test_killed_it_goes_on_with_what_was_not_answered(desk, tmp_path, monkeypatch):
    """Also where the app is another one by then."""
    desk.close(20_000)
    job = desk.launch()
    until(
        lambda: len(desk.kept(job.name)) >= 2 and max(desk.asked()) >= 20_000, "answers and an open request"
    )
    os.kill(desk.rig.runner("prediction", job.name), signal.SIGKILL)
    lost = desk.rig.end(job.name)
    assert (lost.status, lost.failure and lost.failure.kind) == ("Failed", "RunnerKilled")
    kept, before = desk.kept(job.name), desk.asked()
    desk.open()
    again = LocalBackend(desk.rig.workspace, PROGRAMS)
    assert prediction.resume(again, job.name).name == job.name
    done = desk.rig.end(job.name)
    assert (done.status, done.progress) == ("Completed", 1.0), done.failure
    sent = desk.asked()[len(before) :]
    first = dict(zip(sorted({*before, *sent}), range(100), strict=False))
    assert len(sent) == len(first) - len(kept) and len(set(sent)) == len(sent)
    told = prediction.collect(again, job.name, tmp_path / "out.csv")
    assert (told.rows, told.rejected, told.unanswered) == (ROWS, len(range(0, ROWS, BAD)), 0)
    assert right(desk.written(tmp_path / "out.csv"))
    assert {file.state for file in jobs.verify(again, job.name)} == {"ok"}
    assert desk.rig.log(job.name).count("runner ") == 2, "the log goes on"
    monkeypatch.setenv("SENDERO_WORKSPACE", str(desk.rig.workspace))
    with downloading() as download:
        status, sent, headers = download(job.name)
        assert (status, headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert 'filename="rows_predictions.csv"' in headers["content-disposition"]
        assert sent == (tmp_path / "out.csv").read_bytes()
        assert download(job.name, "bytes=9-19")[:2] == (206, sent[9:20]), "one that broke off goes on"
        receipt = deletion.delete(again, job.name)
        for name in (job.name, "%2e%2e", "no-such-job"):
            status, words, _ = download(name)
            assert (status, sent[:20] in words) == (404, False)
    assert receipt.deleted == (f"prediction job {job.name}",)
    assert not again.storage.exists(keys.job("prediction", job.name))


def test_stopped_it_keeps_what_is_there(desk, tmp_path):
    desk.close(20_000)
    job = desk.launch()
    assert desk.launch().name == job.name, "the second click is the first one's job"
    waits = desk.launch("second")
    until(
        lambda: len(desk.kept(job.name)) >= 2 and max(desk.asked()) >= 20_000, "answers and an open request"
    )
    assert until(lambda: desk.rig.backend.job(waits.name).phase == "Waiting") and not desk.kept(waits.name)
    assert "rows a second" not in desk.rig.backend.job(job.name).message
    desk.rig.backend.stop(job.name)
    assert desk.rig.backend.job(job.name).status == "Stopping"
    until(lambda: "Asked to stop" in desk.rig.log(job.name))
    desk.rig.backend.stop(waits.name)
    desk.open()
    stopped = desk.rig.end(job.name)
    assert stopped.status == "Stopped" and "rows answered, which are kept" in stopped.message
    told = prediction.collect(desk.rig.backend, job.name, tmp_path / "part.csv")
    table = desk.written(tmp_path / "part.csv")
    unasked = {row for row, cells in enumerate(table) if cells["flags"] == UNASKED}
    assert right(table, unasked) and 0 < told.unanswered == len(unasked)
    assert desk.rig.end(waits.name).status == "Stopped" and not desk.kept(waits.name)
    asked = len(desk.asked())
    prediction.resume(desk.rig.backend, job.name)
    assert desk.rig.end(job.name).status == "Completed"
    assert right(desk.written(desk.rig.backend.desk.path(keys.predicted_rows(job.name))))
    assert len(set(desk.asked())) == len(desk.asked()) > asked, "nothing was asked twice"


def test_another_model_behind_the_endpoint_finishes_nothing(desk):
    desk.close()
    job = desk.launch()
    until(desk.asked, "the first request")
    os.kill(desk.rig.runner("prediction", job.name), signal.SIGKILL)
    desk.rig.end(job.name)
    desk.open()
    backend = desk.rig.backend
    backend.delete_endpoint("e")
    failed = desk.rig.backend.job(job.name)
    assert failed.status == "Failed"
    assert desk.rig.run(desk.rig.training("other", behaviour=f"counts:{desk.folder}")).status == "Completed"
    desk.rig.deploy(training_job="other")
    desk.rig.endpoint_with("InService")
    prediction.resume(backend, job.name)
    failure = desk.rig.end(job.name).failure
    assert failure and failure.kind == OtherModel.__name__ and "other" in failure.why
