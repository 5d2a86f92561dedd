"""Batch Transform in the browser: two hurried clicks are one job, and any tab collects it."""

from __future__ import annotations

import shutil

import pytest

from core.backends.requests import JobKind
from core.verbs.training import deployable
from tests.browser.rig import go, settled
from tests.browser.test_journey import completed, press, switch
from tests.conftest import run_cli


@pytest.fixture
def workspace(trained, tmp_path):
    folder = tmp_path / "workspace"
    shutil.copytree(trained, folder, symlinks=True)
    return folder


def test_a_large_file_is_one_job_and_a_new_tab_collects_it(app, tab, tmp_path):
    backend = app.backend()
    (training,) = [job.name for job in deployable(backend)]
    eda = backend.jobs(JobKind.processing)[0].name
    rows = tmp_path / "rows.csv"
    rows.write_bytes(backend.storage.read_bytes(f"processing/{eda}/output/test_raw/test_raw.csv"))
    go(tab, "Inference")
    switch(tab, "Batch")
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(rows)
    settled(tab)
    tab.get_by_role("button", name="Launch Batch Transform").dblclick(delay=100)
    completed(tab)
    (job,) = app.backend().jobs(JobKind.transform)
    assert job.request["training_job"] == training

    fresh = tab.context.new_page()
    fresh.goto(f"{app.url}/Inference?job={job.name}")
    settled(fresh)
    press(fresh, "Prepare the download")
    with fresh.expect_download() as waiting:
        fresh.get_by_role("link", name="Download the predictions").click()
    by_page, by_cli = tmp_path / "by_page.csv", tmp_path / "by_cli.csv"
    waiting.value.save_as(by_page)
    run_cli(app.workspace, "collect", job.name, "--output", by_cli)
    assert by_page.read_bytes() == by_cli.read_bytes()
    assert len(by_page.read_text().splitlines()) == len(rows.read_text().splitlines())
