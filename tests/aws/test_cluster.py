"""EDA on several instances: what is asked of SageMaker, and our entry under spark-submit as that image runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from core import datasets
from core.backends.aws.jobs import processing
from core.backends.aws.resources import code
from core.backends.requests import ProcessingRequest
from core.configuration import Configuration
from core.verbs import resources
from core.verbs.eda import launch_eda
from tests.backends.place import aws_settings
from tests.cli.data import penguins


@pytest.mark.aws
def test_a_cluster_gets_sparks_image_its_packages_and_a_network(aws, tmp_path, monkeypatch):
    from core.backends import get_backend

    backend = get_backend(aws_settings(aws, "cluster", kms_key="11111111-2222-3333-4444-555555555555"))
    asked = []
    monkeypatch.setattr(
        code, "wheels_for", lambda packages: asked.append(packages) or []
    )  # 150 MB that no test needs
    dataset = datasets.add(backend.storage, penguins(tmp_path / "penguins.csv"))
    plan = Configuration("species", dataset=dataset.name, engine="spark")
    cluster = resources.cluster_of(backend, resources.engine_for(backend, plan).engine)
    request = ProcessingRequest(
        "eda", "eda_script.py", plan.job_config(), {"input": dataset.folder}, {}, cluster
    )
    sent = processing.create_request(backend.storage, request)
    model = get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob")
    assert not ParamValidator().validate(sent, model.input_shape).has_errors()
    app, where = sent["AppSpecification"], sent["ProcessingResources"]["ClusterConfig"]
    assert "sagemaker-spark-processing:3.5-cpu-py312" in app["ImageUri"]
    assert app["ContainerEntrypoint"][0] == "smspark-submit"
    assert not any(" " in argument for argument in app["ContainerArguments"])  # it joins them in a shell
    assert app["ContainerArguments"][-2:] == ["--engine", "spark"]
    assert where["InstanceCount"] == 3 and where["VolumeKmsKeyId"] == "11111111-2222-3333-4444-555555555555"
    assert sent["NetworkConfig"]["EnableNetworkIsolation"] is False
    assert {"duckdb", "narwhals", "pandas", "matplotlib"} <= set(asked[0])
    dear, cheap = (
        backend.estimate("processing", {"instance_count": count}, dataset.bytes).high for count in ("3", "1")
    )
    assert resources.estimate_eda(backend, plan).high == dear == pytest.approx(3 * cheap)


@pytest.mark.aws
def test_size_decides_and_the_record_says_what_was_asked(aws, tmp_path):
    from core.backends import get_backend

    backend = get_backend(aws_settings(aws, "small"))
    dataset = datasets.add(backend.storage, penguins(tmp_path / "penguins.csv"))
    plan = Configuration("species", dataset=dataset.name)
    small, large = (resources.engine_for(backend, plan, size) for size in (10**6, 60 * 10**9))
    assert (small.engine, large.engine) == ("duckdb", "spark")
    assert "60.0 GB" in large.reason
    job = launch_eda(backend, plan)
    assert job.request["config"]["engine"] == "auto" and job.request["cluster"] is None


@pytest.mark.spark
@pytest.mark.slow
def test_our_entry_runs_under_spark_submit(tmp_path):
    """smspark-submit hands its arguments to spark-submit, whose session our script must find through the entry."""
    parts = tmp_path / "ml" / "processing"
    for name in ("code/wheels", "input", "config"):
        (parts / name).mkdir(parents=True)
    (parts / "code" / "project.zip").write_bytes(code.project())
    shutil.copy(Path(code.__file__).with_name(code.ENTRY), parts / "code")
    rows = [f"{'yes' if row % 3 else 'no'},{row * 7 % 11}" for row in range(90)]
    (parts / "input" / "coins.csv").write_text("\n".join(["side,weight", *rows]))
    (parts / "config" / "config.json").write_text(json.dumps({"target": "side", "engine": "spark"}))
    program = [
        *(
            "--prefix",
            tmp_path / "ml",
            "--manifest",
            "scripts/eda_script.py",
            "--input-data",
            parts / "input",
        ),
        *("--output-data", parts / "output", "--config", parts / "config" / "config.json"),
    ]
    local = ("spark.ui.enabled=false", "spark.driver.host=127.0.0.1", "spark.sql.shuffle.partitions=2")
    submit = Path(sys.executable).with_name("spark-submit")
    command = [submit, "--master", "local[2]", *(part for conf in local for part in ("--conf", conf))]
    done = subprocess.run(
        [str(part) for part in (*command, parts / "code" / code.ENTRY, *program)],
        capture_output=True,
        text=True,
        env={key: os.environ[key] for key in ("PATH", "OMP_NUM_THREADS", "JDK_JAVA_OPTIONS")}
        | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Engine spark" in done.stdout
    manifest = json.loads((parts / "manifest" / "manifest.json").read_text())
    assert {"train/part-00000.csv", "contract/contract.json", "report/report.json"} <= set(manifest)
