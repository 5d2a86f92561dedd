"""The page Pipelines by AppTest: saved from the menu of a run, refused, run, stopped, deleted."""

from __future__ import annotations

import json

import pytest

from core.backends.local import LocalBackend
from core.errors import PipelineChanged
from core.pipelines import rules
from core.ui import page
from core.verbs import pipeline_saving, pipelines, training
from tests.backends.place import until
from tests.page_rig import button, field, open_page, texts


@pytest.mark.slow(4)
def test_a_run_is_saved_from_its_menu_run_with_other_values_stopped_and_deleted(full):
    backend = LocalBackend(full)
    (job,) = training.deployable(backend)
    at = open_page("Training")
    at.session_state[f"more-{job.name}"] = True
    at.session_state[f"pipeline-of-{job.name}"] = True
    at.run()
    field(at, "text_input", "Name").set_value("week *1*")
    button(at, "Save the pipeline").click().run()
    assert "cannot be used as the name of this pipeline" in texts(at)
    field(at, "text_input", "Name").set_value("weekly")
    field(at, "text_input", "Threshold").set_value("0.6")
    button(at, "Save the pipeline").click().run()
    assert not at.exception and not at.error
    assert "interval of AUC is at least 0\\.6" in texts(at), "it says what a model has to reach"
    assert "It has not run yet" in texts(at)
    # As a hurried second click comes: from the old page, with the address of the new one.
    at.switch_page(page.file("Training")).query_params["pipeline"] = "weekly"
    assert "It has not run yet" in texts(at.run()), "and goes where the first one led"
    (saved,) = pipelines.pipelines(backend)
    rules.check(saved.definition)

    at = open_page("Training")
    at.session_state[f"more-{job.name}"] = True
    at.session_state[f"pipeline-of-{job.name}"] = True
    at.run()
    field(at, "text_input", "Name").set_value("weekly")
    field(at, "text_input", "Threshold").set_value("0.65")
    button(at, "Save the pipeline").click().run()
    assert "it is another one" in texts(at) and not at.error
    assert "Threshold: 0.6, now 0.65" in [each.value for each in at.text]
    elsewhere = pipeline_saving.draft(backend, "weekly", job.name, "auc", 0.7)
    pipeline_saving.save(backend, elsewhere, replacing=True)
    button(at, "Replace it").click().run()
    assert "Threshold: 0.7, now 0.65" in [each.value for each in at.text], "asked again: it has changed since"
    assert pipelines.bar(backend.pipeline("weekly")).endswith("0.7.")
    with pytest.raises(PipelineChanged):
        pipeline_saving.save(backend, elsewhere, replacing=True)
    button(at, "Replace it").click().run()
    assert "is at least 0\\.65" in texts(at)

    at = open_page("Pipelines")
    field(at, "text_input", "Threshold").set_value("high").run()
    assert "'high' is not a number" in texts(at) and button(at, "Run it").disabled
    field(at, "text_input", "Threshold").set_value("0.7").run()
    field(at, "text_input", "max_depth").set_value("3").run()
    button(at, "Run it").click().run()
    assert not at.exception and not at.error
    (execution,) = pipelines.executions(backend)
    assert pipelines.given_to(execution) == {"Dataset": "flights-late", "Threshold": "0.7", "max_depth": "3"}
    assert at.query_params["run"] in (execution.id, [execution.id])
    until(lambda: pipelines.steps(backend, execution)[0].job)
    button(at, "Stop the run").click().run()
    until(lambda: not backend.execution("weekly", execution.id).status.active)
    at.run()
    assert not at.exception and not at.error
    assert "max\\_depth 3" in texts(at) and "stopped" in str(at.main)
    steps = [label for each in at.expander if ": " in (label := each.label.replace("\\", ""))]
    assert [each.partition(",")[0] for each in steps] == [
        "EDA: stopped", "Training: not done", "Evaluation: not done", "Condition: not done", "Register: not done",
        "Refuse: not done",
    ]  # fmt: skip
    at.text_input(key="pipeline-confirm-weekly").set_value("weekly")
    button(at, "Delete").click().run()
    assert f"Deleted: pipeline weekly, run {execution.id}" in texts(at).replace("\\", "")
    assert (
        json.loads((full / "audit").glob("*").__next__().read_text().splitlines()[-1])["action"] == "deleted"
    )
