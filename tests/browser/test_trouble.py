"""What can go wrong while a person looks on: the page says the truth and what to do, and nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from tests.browser.conftest import lent
from tests.browser.rig import go, settled
from tests.browser.test_journey import JOB_TIME, choose, completed, configured, press, switch
from tests.conftest import FLIGHTS, end_everything, run_cli


def kill_runner(name: str) -> None:
    """kill -9 to the runner of a job or an endpoint: its command line names the runtime folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if "core.backends.local.runner" in command and any(part.endswith(f"/{name}") for part in command):
            os.kill(int(process.name), signal.SIGKILL)
            return
    raise AssertionError(f"no runner of {name} is running")


@contextmanager
def served(trained: Path, folder: Path) -> Iterator[Path]:
    """A copy of the trained workspace with an endpoint in service."""
    shutil.copytree(trained, folder, symlinks=True)
    training = next(job for job in LocalBackend(folder).jobs() if job.kind == "training")
    run_cli(folder, "deploy", "--training", training.name, "--name", "flights")
    yield folder
    end_everything(folder)


class TestWhenItsEndpointGoes:
    @pytest.fixture
    def workspace(self, trained, tmp_path):
        with served(trained, tmp_path / "workspace") as folder:
            yield folder

    def test_a_killed_endpoint_is_said_to_be(self, app, tab):
        ready = tab.get_by_role("link", name="ready, ends in")
        expect(ready).to_be_visible()
        kill_runner("flights")
        go(tab, "Inference")
        expect(tab.get_by_text("was killed").first).to_be_visible()
        expect(tab.get_by_role("button", name="Deploy again")).to_be_visible()
        expect(ready).to_have_count(0)

    def test_an_endpoint_deleted_elsewhere_is_gone_here(self, app, tab):
        go(tab, "Inference")
        expect(tab.get_by_role("button", name="Predict", exact=True)).to_be_visible()
        run_cli(app.workspace, "delete", "flights")
        press(tab, "Predict")
        expect(tab.get_by_role("button", name="Deploy", exact=True)).to_be_visible()


@pytest.fixture(scope="class")
def shared_app(server, trained, tmp_path_factory):
    with served(trained, tmp_path_factory.mktemp("served") / "workspace") as folder:
        yield lent(server, folder)


class TestWithAnEndpoint:
    @pytest.fixture
    def app(self, app_once):
        return app_once

    @pytest.mark.parametrize("pause", [40, 160, 400])
    def test_hurried_clicks_deploy_one_endpoint(self, app, tab, pause):
        backend = app.backend()
        before = {endpoint.name for endpoint in backend.endpoints()}
        go(tab, "Inference")
        press(tab, "More")
        press(tab, "Deploy another model")
        box = tab.get_by_role("button", name="Deploy", exact=True).bounding_box()
        for wait in (pause, 0):  # where the button was, be it still there or not
            tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            tab.wait_for_timeout(wait)
        tab.wait_for_timeout(2_000)
        # The first of these endpoints waits for its model of all rows.
        expect(tab.get_by_text("the endpoint follows")).to_have_count(0, timeout=JOB_TIME)
        settled(tab)
        (made,) = {endpoint.name for endpoint in backend.endpoints()} - before
        backend.delete_endpoint(made)  # an equal one would be answered with it

    def test_rows_without_a_column_are_refused_by_name(self, app, tab, tmp_path):
        go(tab, "Inference")
        switch(tab, "A file")
        rows = tmp_path / "rows.csv"
        rows.write_text("carrier,flight\nUA,1\n")
        tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(rows)
        press(tab, "Predict all rows")
        expect(tab.get_by_text("The rows lack columns").first).to_contain_text("scheduled")
        lines = FLIGHTS.read_text().splitlines()[:21]
        cells = lines[3].split(",")
        lines[3] = ",".join([*cells[:6], "far", *cells[7:]])  # its distance
        better = tmp_path / "better.csv"
        better.write_text("\n".join(lines) + "\n")
        tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(better)
        expect(tab.get_by_text("better.csv")).to_be_visible()
        settled(tab)
        press(tab, "Predict all rows")
        expect(tab.get_by_text("No prediction for 1 of 20 rows")).to_be_visible(timeout=JOB_TIME)
        expect(tab.get_by_text("line 4: distance")).to_be_visible()
        expect(tab.get_by_role("button", name="Download predictions")).to_be_visible()

    def test_a_click_elsewhere_a_reload_and_a_closed_tab_do_not_end_a_prediction(self, app, tab, tmp_path):
        go(tab, "Inference")
        switch(tab, "A file")
        rows = tmp_path / "many.csv"
        shutil.copyfile(FLIGHTS, rows)  # seconds of work
        tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(rows)
        expect(tab.get_by_text("many.csv")).to_be_visible()
        tab.get_by_role("button", name="Predict all rows", exact=True).click()
        tab.wait_for_timeout(400)
        tab.get_by_text("Leave formulas as they are").click()
        expect(tab.get_by_role("button", name="Download predictions")).to_be_visible(timeout=JOB_TIME)
        expect(tab.get_by_text("12,000", exact=True)).to_be_visible()

        large = (
            tmp_path / "large.csv"
        )  # as many rows, and larger than what is answered while one waits: a job
        header, *lines = FLIGHTS.read_text().splitlines()
        large.write_text("\n".join([f"{header},told", *(f"{line},{'x' * 650}" for line in lines)]) + "\n")
        other = tab.context.new_page()
        other.goto(f"{app.url}/Inference?way=a-file")
        settled(other)
        other.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(large)
        expect(other.get_by_text("large.csv")).to_be_visible()
        settled(other)
        other.get_by_role("button", name="Predict all rows", exact=True).click()
        expect(other).to_have_url(re.compile("file=predict-"))
        address = other.url
        other.close()
        (job,) = app.backend().jobs(JobKind.prediction)
        assert job.status.active and job.name in address
        tab.goto(address)
        tab.reload()
        expect(tab.get_by_role("link", name="Download predictions")).to_be_visible(timeout=JOB_TIME)
        expect(tab.get_by_text("12,000", exact=True)).to_be_visible()
        assert app.backend().job(job.name).status == "Completed"

    def test_what_the_form_cannot_read_is_said_and_stays_typed(self, app, tab):
        go(tab, "Inference")
        departure = tab.get_by_role("textbox", name="scheduled_departure")
        expect(departure).not_to_have_value("")  # the typical row stands there
        departure.fill("some day")
        distance = tab.get_by_role("textbox", name="distance")
        distance.press("Control+a")
        distance.press_sequentially(
            "1.234,5"
        )  # as half of the world writes it, whatever the browser's language
        distance.press("Enter")
        expect(tab.get_by_text("Nothing was sent. Please correct: scheduled_departure.")).to_be_visible()
        expect(tab.get_by_text("This is not a date.")).to_be_visible()
        expect(tab.get_by_text("Read as 1234.5.")).to_be_visible()
        expect(departure).to_have_value("some day")
        expect(distance).to_have_value("1.234,5")
        go(tab, "Training")  # and outlives another page
        go(tab, "Inference")
        expect(departure).to_have_value("some day")
        press(tab, "Clear")
        expect(departure).to_have_value("")
        press(tab, "Predict")
        expect(tab.get_by_text("No prediction: every value is blank")).to_be_visible()


def test_a_killed_runner_is_a_failed_job_with_its_reason_and_the_next_one_can_be_stopped(app, tab):
    configured(app)
    go(tab, "EDA")
    press(tab, "Run the EDA")
    kill_runner(LocalBackend(app.workspace).jobs()[0].name)
    expect(tab.get_by_test_id("stMain").get_by_text("error failed")).to_be_visible()
    expect(tab.get_by_text("the runner was killed")).to_be_visible()
    press(tab, "Change the configuration")
    expect(tab.get_by_text("check saved", exact=True)).to_be_visible()
    expect(tab.get_by_text("the runner was killed")).to_be_visible()
    go(tab, "EDA")
    press(tab, "Run the EDA")
    tab.get_by_role("button", name="Stop", exact=True).click()
    tab.get_by_role("button", name="Stop the job").click()
    expect(tab.get_by_text("stop_circle stopped").filter(visible=True)).to_have_count(1, timeout=JOB_TIME)


def test_a_data_set_that_vanishes_is_said_to_be_gone(app, tab):
    configured(app)
    go(tab, "EDA")
    shutil.rmtree(app.workspace / "datasets")
    press(tab, "Run the EDA")
    expect(tab.get_by_text("There is no data set named").first).to_be_visible()


def test_a_semicolon_file_of_ones_own_goes_through_eda(app, tab, tmp_path):
    own = tmp_path / "Kunden 2026 (neu).csv"
    rows = [
        f"{i % 50};{'rot' if i % 3 else 'blau'};{'gold' if i % 7 > 3 else 'silber' if i % 7 else 'basis'}"
        for i in range(900)
    ]
    own.write_text("\n".join(["alter;farbe;stufe", *rows]) + "\n", encoding="utf-8")
    go(tab, "Configuration")
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(own)
    expect(tab.get_by_text("900 rows, 3 columns")).to_be_visible()
    choose(tab, "Predict", "stufe")
    press(tab, "Run the EDA")
    completed(tab)
    press(tab, "Read the report")
    expect(tab.get_by_text("607 of 900 rows repeat an earlier one")).to_be_visible()


def test_text_from_a_file_is_never_markup(app, tab, tmp_path):
    """Names and values that a careless page would take for HTML, Markdown or a directive."""
    own = tmp_path / "own.csv"
    header = "<img src=x onerror=alert(1)>,**bold**,:red[x],:material/anchor: http://x www.x.y,y"
    rows = [
        f"{i % 40},{'<b>a</b>' if i % 2 else '[b](http://x)'},{i % 3},{i % 11},{'<i>p</i>' if i % 5 < 2 else 'q'}"
        for i in range(400)
    ]
    own.write_text("\n".join([header, *rows]) + "\n")
    eda = run_cli(app.workspace, "eda", own, "--target", "y").data["job"]
    training = run_cli(app.workspace, "train", "--eda", eda, "--set", "num_round=5").data["job"]
    run_cli(app.workspace, "deploy", "--training", training, "--name", "own")
    tab.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    for name in ("Configuration", "EDA", "Report", "Training", "Inference"):
        go(tab, name)
        tab.wait_for_timeout(700)
        assert tab.locator("img[src='x']").count() == 0
        assert tab.get_by_test_id("stMain").locator("a[href^='http:']").count() == 0
        assert tab.get_by_test_id("stIconMaterial").get_by_text("anchor").count() == 0
    expect(tab.get_by_text("**bold**", exact=True)).to_be_visible()
    expect(tab.get_by_text(":material/anchor: http://x www.x.y", exact=True)).to_be_visible()
    press(tab, "Predict")
    expect(tab.get_by_text("probability").first).to_be_visible()
