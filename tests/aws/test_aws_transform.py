"""What Batch Transform asks of SageMaker, and that it leaves no model behind, however it ends."""

from __future__ import annotations

import pytest

from core.archive import pack_model
from core.backends import get_backend
from core.backends.requests import TransformRequest
from core.errors import SenderoError
from tests.backends.place import aws_settings, until
from tests.conftest import ROOT

ROWS = "transform/lines/input/rows.csv"
BODY = ",".join(str(value) for value in range(1, 31)).encode() + b"\n"
REQUEST = TransformRequest("lines", "t", ROWS)

pytestmark = pytest.mark.aws


@pytest.fixture
def backend(aws, tmp_path):
    """A backend with a model and rows in its bucket."""
    found = get_backend(aws_settings(aws, "batch"))
    (tmp_path / "model").mkdir()
    golden = ROOT / "tests/golden/models/3.2-0/ok_binary_logistic.json"
    (tmp_path / "model/xgboost-model").write_bytes(golden.read_bytes())
    with found.storage.writing("training/t/output/model.tar.gz") as archive:
        pack_model(tmp_path / "model", archive)
    found.storage.write_bytes(ROWS, BODY * 20)
    found.storage.write_bytes("transform/lines/input/raw.csv", b"not for SageMaker\n")
    return found


def ended(backend, name: str = "lines"):
    def look():
        job = backend.job(name)
        return None if job.status.active else job

    return until(look, name)


def models(aws) -> list[str]:
    return [model["ModelName"] for model in aws.client("sagemaker").list_models()["Models"]]


def test_the_request_names_one_object_by_lines_and_the_answers_are_one_a_row(aws, backend):
    backend.launch(REQUEST)
    assert models(aws) == ["lines"]
    assert ended(backend).status == "Completed"
    (sent,) = aws.recorder.of("CreateTransformJob")
    assert sent["TransformInput"] == {
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{aws.bucket}/batch/{ROWS}"},
        },
        "ContentType": "text/csv",
        "SplitType": "Line",
    }
    assert (sent["BatchStrategy"], sent["MaxPayloadInMB"]) == ("MultiRecord", 6)
    assert sent["TransformOutput"]["AssembleWith"] == "Line"
    assert backend.storage.files("transform/lines/output") == ["transform/lines/output/rows.csv.out"]
    answers = backend.storage.read_bytes("transform/lines/output/rows.csv.out").split()
    assert len(answers) == 20 and 0 < float(answers[0]) < 1
    assert models(aws) == []


def test_nothing_about_time_is_offered_that_sagemaker_would_not_hold(backend):
    assert [choice.name for choice in backend.choices("transform")] == ["instance_type"]


@pytest.mark.parametrize("end", ["Failed", "Stopped"])
def test_the_model_goes_when_the_job_did_not_end_well(aws, backend, end):
    if end == "Failed":
        backend.storage.write_bytes(ROWS, b"no,numbers\n")
    release = aws.hold("lines", "Transforming")
    backend.launch(REQUEST)
    if end == "Stopped":
        until(lambda: backend.job("lines").phase == "Transforming", "the work")
        backend.stop("lines")
    release()
    job = ended(backend)
    assert job.status == end
    assert models(aws) == [] and not backend.storage.exists("transform/lines/output")
    if end == "Failed":
        assert job.failure.remedy
        until(lambda: "Bad HTTP status received from algorithm" in backend.log("lines").text, "its log")


def test_a_launch_that_is_refused_leaves_neither_record_nor_model(aws, backend):
    aws.quotas.values["ml.m5.large for transform job usage"] = 0
    with pytest.raises(SenderoError) as refused:
        backend.launch(REQUEST)
    assert "transform job usage" in str(refused.value)
    assert models(aws) == [] and backend.storage.files("transform") == []
    assert backend.jobs() == []
