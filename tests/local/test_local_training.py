"""A Training Job: the container's files, the rounds, the model in storage, its evaluation."""

from __future__ import annotations

import json
import shutil
import tarfile

from local_rig import until

from core.backends.base import JobStatus


def test_the_container_gets_the_files_that_sagemaker_writes(rig, tmp_path):
    gate = tmp_path / "gate"
    rig.backend.launch(rig.training(eta=0.5, gate=gate))
    until(lambda: rig.backend.metrics("t"))
    ml = rig.workspace / ".runtime/training/t/ml"
    config = {path.stem: json.loads(path.read_text()) for path in (ml / "input/config").iterdir()}
    assert config["hyperparameters"] == {"num_round": "3", "eta": "0.5", "gate": str(gate)}
    assert config["inputdataconfig"]["validation"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert config["resourceconfig"]["hosts"] == [config["resourceconfig"]["current_host"]] == ["algo-1"]
    assert (ml / "input/data/train/train.csv").read_text() == "0,1,2\n1,3,4\n"
    gate.touch()
    rig.end("t")
    assert not (ml / "input/data").exists()  # a link would keep a deleted data set on the disk


def test_rounds_become_metrics_and_progress(rig, tmp_path):
    gate = tmp_path / "gate"
    rig.backend.launch(rig.training(gate=gate))
    job = until(lambda: (found := rig.backend.job("t")).progress and found)
    assert (job.phase, job.progress, job.message) == ("Training", 1 / 3, "round 1 of 3")
    gate.touch()
    assert rig.backend.metrics("t")[0] == {"round": 0, "train-logloss": 0.3, "validation-logloss": 0.31}
    rig.end("t")
    assert [row["round"] for row in rig.backend.metrics("t")] == [0, 1, 2]


def test_model_contract_and_evaluation_arrive(rig):
    job = rig.run(rig.training(test=True))
    assert job.status == JobStatus.completed and not job.message
    storage = rig.backend.storage
    with tarfile.open(storage.path("training/t/output/model.tar.gz")) as archive:
        assert archive.getnames() == ["xgboost-model"]
    assert storage.read_json("training/t/output/contract.json") == {"version": 1}
    assert storage.read_json("training/t/output/evaluation.json")["rows"] == 2
    phases = [line.split()[2] for line in rig.log("t").splitlines() if line.startswith("-- ")]
    order = ["Downloading", "Training", "Uploading", "Evaluating", "Completed"]
    assert [phase for phase in phases if phase in order] == order
    manifest = storage.read_json("training/t/job.json")["manifest"]
    files = ("contract.json", "evaluation.json", "model.tar.gz", "predictions.parquet")
    assert sorted(manifest) == [f"output/{file}" for file in files]


def test_the_same_model_packs_to_the_same_bytes(rig):
    def packed(name: str) -> bytes:
        rig.run(rig.training(name))
        return rig.backend.storage.read_bytes(f"training/{name}/output/model.tar.gz")

    assert packed("one") == packed("two")
    assert packed("three")[4:8] == bytes(4)  # gzip's header has no time, which changes every second


def test_without_a_test_split_nothing_is_evaluated(rig):
    rig.run(rig.training())
    assert not rig.backend.storage.exists("training/t/output/evaluation.json")
    assert "Evaluating" not in rig.log("t")


def test_a_failed_evaluation_keeps_the_model_and_says_so(rig):
    rig.backend.storage.write_json("processing/eda/output/contract/contract.json", {"fail": True})
    job = rig.run(rig.training(test=True))
    assert job.status == JobStatus.completed
    assert "evaluating it failed" in job.message and "no such class" in job.message
    assert rig.backend.storage.exists("training/t/output/model.tar.gz")
    assert rig.backend.storage.read_json("training/t/job.json")["message"] == job.message


def test_failure_tells_what_the_container_wrote(rig):
    job = rig.run(rig.training(behaviour="fail"))
    assert job.status == JobStatus.failed and "Customer Error: eta is out of range" in job.failure.why
    assert not rig.backend.storage.exists("training/t/output")


def test_a_missing_channel_fails_by_name(rig):
    shutil.rmtree(rig.backend.storage.path("processing/eda/output/validation"))
    job = rig.run(rig.training())
    assert job.status == JobStatus.failed and "processing/eda/output/validation" in job.failure.what


def test_a_missing_contract_fails_without_half_an_output(rig):
    rig.backend.storage.path("processing/eda/output/contract/contract.json").unlink()
    job = rig.run(rig.training())
    assert job.status == JobStatus.failed and "contract" in job.failure.why
    assert not rig.backend.storage.exists("training/t/output")
