"""A person's way through the real app: sample, EDA, report, training, endpoint, predictions, deletion."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from core import configuration, datasets
from core.backends.aws.setup import policies
from core.backends.base import JobStatus
from core.backends.pipelines import ExecutionStatus
from core.backends.requests import JobKind
from core.configuration import Configuration
from core.ui.language import COOKIE
from core.verbs import audit, retraining, schedules
from tests.aws.enforced import enforce, fresh_settings
from tests.browser.rig import Said, go, settled
from tests.conftest import FLIGHTS, run_cli

# The double of AWS (tests/aws_double) runs the jobs really; nothing else differs between the two.
# What the pages do with two clicks and two tabs they do alike on both, and tests/backends asks of both that one launch
# is one job, and that a job is known without the server that launched it.
RIG = pytest.param("aws", marks=pytest.mark.aws(100))
on_both = pytest.mark.parametrize("settings", ["local", RIG], indirect=True)
DISTANCE = 6  # its place in a row of the sample
JOB_TIME = 90_000  # ms that a job may take on a busy machine


@pytest.fixture
def settings(request) -> dict[str, str]:
    if getattr(request, "param", "local") == "local":
        return {}
    rig = request.getfixturevalue("aws")
    new = fresh_settings(rig, "sendero")
    enforce(rig, new)
    told = {
        "backend": "aws",
        "bucket": rig.bucket,
        "role": rig.role,
        "poll_seconds": "4",  # two seconds between two looks of a page: more of them cost more than the jobs
        "prefix": new.prefix,
    }
    return told | {"spot": str(new.spot)}


def choose(page, label: str, option: str) -> None:
    """Pick an option of a selectbox or a multiselect."""
    page.get_by_role("combobox", name=re.compile(f"^{re.escape(label)}")).click()
    page.keyboard.type(option)  # long lists draw only what is in view
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def switch(page, name: str) -> None:
    """Open a tab."""
    page.get_by_role("tab", name=name, exact=True).click()
    settled(page)


def configured(app) -> None:
    """The sample with a plan, without the page: for tests of what comes after."""
    storage = app.backend().storage
    dataset = datasets.add(storage, FLIGHTS).name
    plan = Configuration("late", drop=("dep_delay", "arr_delay"), dataset=dataset)
    configuration.save(storage, plan)


def completed(page, said=str) -> None:
    done = page.get_by_test_id("stMain").get_by_text(f"check_circle {said('done')}")
    expect(done.first).to_be_visible(timeout=JOB_TIME)
    settled(page)


def press_in_sight(page, name: str) -> int:
    """Press a button that is in sight as the page stands, without scrolling; return the clicks it took: one."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_in_viewport(ratio=1.0)
    button.click()
    settled(page)
    return 1


@on_both
def test_the_whole_path(app, tab, complaints, tmp_path, request):
    """From an empty workspace to a prediction in at most ten clicks at 1280 x 800, and all that stands beside them.

    At home it is walked in Spanish, on the double of AWS in English.
    """
    said = Said("en" if app.settings else "es")
    request.addfinalizer(lambda: tab.context.clear_cookies(name=COOKIE))
    tab.context.add_cookies([{"name": COOKIE, "value": said.language, "url": app.url}])
    tab.reload()
    settled(tab)
    tab.set_viewport_size({"width": 1280, "height": 800})
    expect(tab.get_by_role("heading", name="Sendero", level=1)).to_be_visible()
    clicks = press_in_sight(tab, said("Use the sample"))
    expect(
        tab.get_by_text(f"{said.count(12_000, 'row', 'rows')}, {said.count(19, 'column', 'columns')}")
    ).to_be_visible()
    expect(tab.get_by_role("combobox", name=said("Predict"))).to_have_value("late")
    if app.settings:  # what is billed is said first, where the machine is chosen
        clicks += press_in_sight(tab, said("Go to EDA"))
    clicks += press_in_sight(tab, said("Run the EDA"))
    expect(tab.get_by_role("heading", name=said("EDA"), level=1)).to_be_visible()
    completed(tab, said)

    clicks += press_in_sight(tab, said("Read the report"))
    expect(
        tab.get_by_text(
            said("Tick what to change: EDA then runs again with it, and this report stays as it is.")
        )
    ).to_be_visible()
    tab.get_by_role("tab", name=said("Files")).click()
    tab.get_by_text(said.like("{histograms} as PNG files")).click()
    expect(tab.get_by_role("img", name=said("Histogram of {name}", name="distance"))).to_be_visible()
    tab.get_by_text(said("Check every file against its checksum")).click()
    expect(tab.get_by_text(said.like("{files}: each is as the job wrote it, byte for byte."))).to_be_visible()

    tab.get_by_role("heading", name=said("Report"), level=1).scroll_into_view_if_needed()  # up from the files
    train = tab.get_by_role("button", name=said("Train a model"), exact=True)
    expect(train).to_be_in_viewport(ratio=1.0)
    train.dblclick(delay=60)  # in haste: one is enough
    clicks += 1
    expect(tab.get_by_text(said.like("**What it said, by what is true**"))).to_be_visible(timeout=JOB_TIME)
    settled(tab)
    assert len(app.backend().jobs(JobKind.training)) == 1

    clicks += press_in_sight(tab, said("Deploy this model"))
    clicks += press_in_sight(tab, said("Deploy"))  # the model of all rows, which is trained first
    expect(tab.get_by_text(said.like("**Training on all rows; the endpoint follows**"))).to_be_visible()
    if app.settings:  # its server is its own
        app.kill()
        app.start()
    tab.reload()  # in the middle: what was ordered is found again
    expect(
        tab.get_by_role("link", name=said("{status}, ends in {time}", status=said("ready"), time="1 h"))
    ).to_be_visible(timeout=JOB_TIME)
    if app.settings:
        complaints.texts.clear()  # the browser may have said that its server was away
    press(tab, said("2 more hours"))
    expect(
        tab.get_by_role("link", name=said("{status}, ends in {time}", status=said("ready"), time="3 h"))
    ).to_be_visible()

    expect(tab.get_by_label("scheduled_departure", exact=True)).not_to_have_value("")  # the typical row
    clicks += press_in_sight(tab, said("Predict"))
    assert clicks <= 10
    expect(tab.get_by_text(said.like("probability of {level}: {share}", level="yes"))).to_be_visible()
    expect(
        tab.get_by_text(said.like("Of the rows that tested the model, {share} are {level}.", level="yes"))
    ).to_be_visible()
    expect(tab.get_by_text(re.compile(r"late = yes: .+ \d+[.,]\d\s?%"))).to_be_visible()

    backend = app.backend()
    endpoint = backend.endpoints()[0].name
    eda = backend.jobs(JobKind.processing)[0].name
    rows = tmp_path / "rows.csv"
    rows.write_bytes(backend.storage.read_bytes(f"processing/{eda}/output/test_raw/test_raw.csv"))
    switch(tab, said("A file"))
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(rows)
    press(tab, said("Predict all rows"))
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=said("Download predictions")).click()
    by_page = tmp_path / "by_page.csv"
    waiting.value.save_as(by_page)
    predict = ("predict", endpoint, rows, "--output", tmp_path / "by_cli.csv")
    run_cli(app.workspace, *predict, env=app.environment)
    assert by_page.read_bytes() == (tmp_path / "by_cli.csv").read_bytes()
    assert len(by_page.read_text().splitlines()) == len(rows.read_text().splitlines())

    press(tab, said("More"))
    press(tab, said("Delete this endpoint"))
    tab.get_by_label(said("Type its name to confirm")).fill("something else")
    press(tab, said("Delete"))
    expect(tab.get_by_text(said("That is not its name: nothing was deleted."))).to_be_visible()
    assert backend.endpoints()
    tab.get_by_label(said("Type its name to confirm")).fill(endpoint)
    tab.keyboard.press("Tab")
    settled(tab)
    press(tab, said("Delete"))
    expect(tab.get_by_text(said.like("Deleted and checked: {deleted}."))).to_be_visible()
    assert backend.endpoints() == []
    walked_again(app, tab, aws_of(request), tmp_path, said)


def aws_of(request):
    """The double of AWS, where the journey is on it."""
    return request.getfixturevalue("aws") if request.getfixturevalue("settings") else None


def walked_again(app, tab, aws, tmp_path, said: Said) -> None:
    """What was walked becomes a pipeline; a run of it is stopped, the model of another one is rejected, approved,
    deployed by its version, and replaced by one that is trained anew.
    """
    backend = app.backend()
    first = backend.jobs(JobKind.training)[-1].name
    heading, *lines = FLIGHTS.read_text().splitlines()
    few, new = tmp_path / "few.csv", tmp_path / "new.csv"
    few.write_text("\n".join([heading, *lines[:3_000]]) + "\n")
    # What came true goes by the distance now: the new model is sure to be better than the one that serves.
    cells = [line.split(",") for line in lines[3_000:6_500]]
    told = [",".join([*row[:-1], "yes" if int(row[DISTANCE]) < 450 else "no"]) for row in cells]
    new.write_text("\n".join([heading, *told]) + "\n")
    datasets.add(backend.storage, few)

    tab.goto(f"{app.url}/Training?job={first}")
    settled(tab)
    press(tab, said("More"))
    tab.get_by_text(said("Save as a pipeline")).click()
    settled(tab)
    tab.get_by_label(said("Threshold"), exact=True).fill("0.3")
    tab.get_by_role("button", name=said("Save the pipeline"), exact=True).dblclick(delay=60)
    expect(tab.get_by_text(said("It has not run yet."))).to_be_visible()
    settled(tab)
    (pipeline,) = backend.pipelines()

    tab.goto(f"{app.url}/Pipelines")  # what the second click has set going is over
    settled(tab)
    tab.get_by_text(said("Parameters of the next run")).click()
    expect(tab.get_by_label("num_round", exact=True)).to_be_visible()
    settled(tab)  # a menu that opens while the page is drawn is closed by it
    choose(tab, "Dataset", "few")
    tab.get_by_label("num_round", exact=True).fill("5")
    tab.keyboard.press("Tab")
    settled(tab)
    press(tab, said("Run it"))
    expect(tab.get_by_text(f"EDA: {said('running')}")).to_be_visible(timeout=JOB_TIME)
    settled(tab)  # as above
    press(tab, said("Stop"))
    press(tab, said("Stop the run"))
    expect(tab.get_by_text(f"EDA: {said('stopped')}")).to_be_visible()
    settled(tab)
    tab.get_by_role("button", name=said("Run it"), exact=True).dblclick(delay=60)  # in haste: one is enough
    expect(tab.get_by_text(f"EDA: {said('running')}")).to_be_visible()
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.reload()  # in the middle
    expect(tab.get_by_text(f"Register: {said('done')}")).to_be_visible(timeout=JOB_TIME)
    settled(tab)
    expect(
        tab.get_by_role(
            "figure", name=re.compile(f"^EDA: {said('done')}; {said('Training')}: {said('done')};")
        )
    ).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390, "a phone scrolls down alone"
    ended = [each.status for each in backend.executions(pipeline.name)]
    assert ended == [ExecutionStatus.succeeded, ExecutionStatus.stopped]
    trained = backend.jobs(JobKind.training)[0].name

    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(f"{app.url}/Training?job={trained}")
    settled(tab)
    press(tab, said("More"))
    tab.get_by_text(said("Version {number}", number=1), exact=True).click()
    tab.get_by_label(said("Why"), exact=True).fill("seen by nobody")
    press(tab, said("Reject"))
    if aws:  # who trains does not approve, nor reject
        expect(tab.get_by_text(re.compile("UpdateModelPackage")).first).to_be_visible()
        printed = policies.approver(policies.facts_of(backend.session))
        aws.enforce({"user": [policies.document(printed)]})
        press(tab, said("Reject"))
    expect(
        tab.get_by_text(
            said.like(
                "{version} is {approved} by {who}: {why}", approved=said("rejected"), why="seen by nobody"
            )
        ).first
    ).to_be_visible()
    tab.get_by_label(said("Why"), exact=True).fill("as good as before")
    tab.get_by_role("button", name=said("Approve"), exact=True).dblclick(delay=60)
    expect(tab.get_by_text(said("version {version}", version=f"1 {said('approved')}")).first).to_be_visible()
    if aws:
        enforce(aws, backend.settings)

    tab.goto(f"{app.url}/Inference?training={trained}")
    settled(tab)
    tab.get_by_label(said("Endpoint name"), exact=True).fill("by-version")
    tab.get_by_role("button", name=said("Deploy"), exact=True).dblclick(delay=60)
    expect(tab.get_by_role("link", name=re.compile(f"^{said('ready')}"))).to_be_visible(timeout=JOB_TIME)
    (served,) = backend.endpoints()
    (deployed,) = audit.audit(backend, about="by-version").events
    assert served.training_job == trained and deployed.facts["version"].endswith("/1")

    switch(tab, said("Watch"))
    tab.get_by_text(said("Retrain with a file")).click()
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(new)
    settled(tab)
    tab.get_by_role("button", name=said("Retrain"), exact=True).dblclick(delay=60)
    expect(tab.get_by_role("link", name=said("The new model"))).to_be_visible(timeout=JOB_TIME)
    expect(
        tab.get_by_text(
            said.like(
                "Both answered {rows} of the new file's test split.", rows=said.count(350, "row", "rows")
            )
        )
    ).to_be_visible()
    made = retraining.look(backend, "by-version").training.name
    press(tab, said("Replace the model"))
    expect(
        tab.get_by_text(said.like("Who sends encoded rows has to code these columns otherwise: {columns}."))
    ).to_be_visible()
    tab.get_by_text(said("Replace it all the same: callers know of it")).click()
    settled(tab)
    tab.get_by_role("button", name=said("Replace"), exact=True).dblclick(delay=60)
    expect(
        tab.get_by_text(
            said(
                "{endpoint} answers by {after}, in the place of {before}.",
                endpoint="by-version",
                after=made,
                before=trained,
            )
        )
    ).to_be_visible()
    assert [each.training_job for each in backend.endpoints()] == [made]

    tab.goto(f"{app.url}/Pipelines?view=schedules")
    settled(tab)
    choose(tab, said("What"), said("Run a pipeline"))
    tab.get_by_label(said("Name"), exact=True).fill("mondays")
    tab.get_by_role("button", name=said("Schedule"), exact=True).dblclick(delay=60)
    expect(tab.get_by_text(said.like("Scheduled. {when}, {name} {does}.", name="mondays"))).to_be_visible()
    assert [each.name for each in schedules.schedules(backend)] == ["mondays"]
    switch(tab, said("Where it comes from"))
    expect(
        tab.get_by_role(
            "figure", name=re.compile(f"^{said('data set')} new, .* {said('endpoint')} by-version")
        )
    ).to_be_visible()
    backend.delete_endpoint("by-version")


def test_two_hurried_clicks_and_a_second_tab_launch_one_job_which_outlives_reload_and_restart(
    own_server, app, tab, complaints
):
    configured(app)
    second = tab.context.new_page()
    second.goto(f"{app.url}/EDA")
    settled(second)
    go(tab, "EDA")
    tab.get_by_role("button", name="Run the EDA", exact=True).dblclick(delay=40)
    second.get_by_role("button", name="Run the EDA", exact=True).click()
    expect(second).to_have_url(re.compile("job="))
    (job,) = app.backend().jobs()
    for each in (tab, second):
        expect(each).to_have_url(re.compile(f"job={job.name}"))
    tab.reload()
    settled(tab)
    expect(tab.get_by_role("combobox", name="Run")).to_have_value(re.compile("^flights"))
    app.kill()
    app.start()
    tab.goto(f"{app.url}/EDA?job={job.name}")  # a cold deep link too
    completed(tab)
    completed(second)  # which has found the server again by itself
    complaints.texts.clear()  # the browser may have said that its server was away
    expect(tab.get_by_role("heading", name="EDA", level=1)).to_be_visible()
    assert [(one.name, one.status) for one in app.backend().jobs()] == [(job.name, JobStatus.completed)]
