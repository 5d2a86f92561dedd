"""Training Jobs: channels and configuration as the image finds them, `core.container train`, the model to S3."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from .answers import AwsError, invalid
from .archive import pack
from .containers import Container
from .jobs import JobFailed, Jobs, JobStopped
from .quotas import Claim, instances
from .tables import Facts
from .transfer import check_objects, download, download_manifest, upload

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
METRIC = re.compile(r"\t((?:train|validation)-[^\t:]+):([-+]?(?:[0-9.]+(?:[eE][-+]?[0-9]+)?|nan|inf))")
USER_ERROR = re.compile(r"^(?:\w+\.)*UserError: ", re.M)  # as sagemaker-containers writes the class
SPOT_SHARE = 0.3  # of the time that a managed spot job is billed for


class TrainingJobs(Jobs):
    """CreateTrainingJob and the operations of its kind."""

    noun, kind = "TrainingJob", "training-job"

    def missing(self, name: str, arn: str) -> AwsError:
        return invalid("Requested resource not found.")

    def taken(self, name: str, arn: str) -> AwsError:
        return AwsError(
            "ResourceInUse",
            "Training job names must be unique within an AWS account and region, and a training job with this name "
            f"already exists ({arn})",
        )

    def facts_in(self, asked: Facts) -> Facts:
        return super().facts_in(asked) | {"SecondaryStatus": "Starting", "SecondaryStatusTransitions": []}

    def claims(self, asked: Facts) -> Iterable[Claim]:
        resources = asked["ResourceConfig"]
        return instances(resources["InstanceType"], usage(asked), resources["InstanceCount"])

    def check(self, asked: Facts) -> None:
        """What a training job, or a trial of a tuning job, is refused for. Raises AwsError."""
        self.account.check_role(asked["RoleArn"])
        if asked["AlgorithmSpecification"].get("MetricDefinitions"):
            raise invalid(
                "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
                "without specifying metric definitions."
            )
        for channel in asked.get("InputDataConfig", ()):
            check_objects(self.account, channel["DataSource"]["S3DataSource"]["S3Uri"], asked["RoleArn"])
        stopping = asked.get("StoppingCondition", {})
        longest, wait = stopping.get("MaxRuntimeInSeconds", 0), stopping.get("MaxWaitTimeInSeconds", 0)
        if asked.get("EnableManagedSpotTraining") and wait < longest:
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
            )

    # --- the life of one --------------------------------------------------------------------------------

    def work(self, name: str, facts: Facts, stop: threading.Event) -> None:
        ml = self.account.folder / "training" / name / "ml"
        role = facts["RoleArn"]
        self.turn(name, "Starting")
        self.phase(name, "Starting", stop)
        started = self.account.now()
        self.table.update(name, TrainingStartTime=started)
        self.turn(name, "Downloading")
        self._lay_out(ml, facts)
        self.phase(name, "Downloading", stop)
        self.turn(name, "Training")
        self.phase(name, "Training", stop)
        stream = f"{name}/algo-1-{int(self.account.now().timestamp())}"
        container = Container(self.account, ml, "/aws/sagemaker/TrainingJobs", stream, role)
        image = self.account.image
        container.start(
            image.command(image.train, ml=ml),
            {"TRAINING_JOB_NAME": name} | facts.get("Environment", {}),
            cwd=image.folder,
            isolated=facts.get("EnableNetworkIsolation", False),
        )
        code, why = container.wait(stop, facts["StoppingCondition"].get("MaxRuntimeInSeconds", 86400))
        if metrics := _final_metrics(container.lines, self.account.now()):
            self.table.update(name, FinalMetricDataList=metrics)
        if code and not why:
            self._bill(name, started)
            raise JobFailed(failure_reason(ml / "output" / "failure", code))
        if not why:
            self.phase(name, "Uploading", stop)
            self.turn(name, "Uploading")
        self._upload(name, facts, ml)
        self._bill(name, started)
        if why == "time":
            self.turn(name, "MaxRuntimeExceeded")
        if why:
            raise JobStopped

    def turn(self, name: str, status: str) -> None:
        """The next SecondaryStatus; the one before gets its end time."""
        with self.account.lock:
            now = self.account.now()
            past = self.table.get(name)["SecondaryStatusTransitions"]
            past = [*past[:-1], past[-1] | {"EndTime": now}] if past else []
            turned = {"Status": status, "StartTime": now, "StatusMessage": MESSAGES[status]}
            self.table.update(name, SecondaryStatus=status, SecondaryStatusTransitions=[*past, turned])

    def end(self, name: str, status: str, **facts: object) -> None:
        with self.account.lock:
            if self.table.get(name)["SecondaryStatus"] != "MaxRuntimeExceeded":
                self.turn(name, status)
            done = self.table.get(name)["SecondaryStatusTransitions"]
            now = self.account.now()
            self.table.update(
                name,
                TrainingEndTime=now,
                SecondaryStatusTransitions=[*done[:-1], done[-1] | {"EndTime": now}],
            )
        super().end(name, status, **facts)

    def _lay_out(self, ml: Path, facts: Facts) -> None:
        configuration = ml / "input" / "config"
        for folder in (configuration, ml / "model", ml / "output" / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        kind = facts["ResourceConfig"]["InstanceType"]
        # One host, however many were asked for: the stand-in trains on one, with all the data.
        group = {"instance_group_name": "homogeneousCluster", "instance_type": kind, "hosts": ["algo-1"]}
        resources = {
            "current_host": "algo-1",
            "current_instance_type": kind,
            "current_group_name": "homogeneousCluster",
            "hosts": ["algo-1"],
            "instance_groups": [group],
            "network_interface_name": "eth0",
        }
        channels = {}
        for channel in facts.get("InputDataConfig", ()):
            source = channel["DataSource"]["S3DataSource"]
            channels[channel["ChannelName"]] = {
                key: value
                for key, value in {
                    "ContentType": channel.get("ContentType"),
                    "TrainingInputMode": channel.get("InputMode", "File"),
                    "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
                    "RecordWrapperType": channel.get("RecordWrapperType", "None"),
                }.items()
                if value is not None
            }
            target = ml / "input" / "data" / channel["ChannelName"]
            carry = download_manifest if source["S3DataType"] == "ManifestFile" else download
            carry(self.account, source["S3Uri"], target, facts["RoleArn"])
        files = {
            "hyperparameters": facts.get("HyperParameters", {}),
            "inputdataconfig": channels,
            "resourceconfig": resources,
        }
        if checkpoints := facts.get("CheckpointConfig"):
            uri = f"{checkpoints['S3Uri'].rstrip('/')}/"
            download(self.account, uri, ml / "checkpoints", facts["RoleArn"])
            files["checkpointconfig"] = {"LocalPath": "/opt/ml/checkpoints"}
        for name, content in files.items():
            (configuration / f"{name}.json").write_text(json.dumps(content))

    def _upload(self, name: str, facts: Facts, ml: Path) -> None:
        """What the container left in its model folder and of checkpoints, also when it was stopped."""
        role, key = facts["RoleArn"], facts["OutputDataConfig"].get("KmsKeyId", "")
        if checkpoints := facts.get("CheckpointConfig"):
            upload(self.account, ml / "checkpoints", checkpoints["S3Uri"], role)
        if not any(path.is_file() for path in (ml / "model").rglob("*")):
            return
        archive = ml.parent / "model.tar.gz"
        pack(ml / "model", archive)
        target = f"{facts['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{name}/output/model.tar.gz"
        try:
            upload(self.account, archive, target, role, key)
        finally:
            self.table.update(name, ModelArtifacts={"S3ModelArtifacts": target})

    def _bill(self, name: str, started: datetime) -> None:
        seconds = max(1, math.ceil((self.account.now() - started).total_seconds()))
        spot = self.table.get(name).get("EnableManagedSpotTraining")
        billed = max(1, math.ceil(seconds * SPOT_SHARE)) if spot else seconds
        self.table.update(name, TrainingTimeInSeconds=seconds, BillableTimeInSeconds=billed)


def usage(asked: Facts) -> str:
    """As the quota is named that a training job, or a trial of a tuning job, counts against."""
    return "spot training job usage" if asked.get("EnableManagedSpotTraining") else "training job usage"


def failure_reason(file: Path, code: int) -> str:
    """The FailureReason that SageMaker makes of `output/failure`: whose fault it was, the text, the exit code."""
    text = file.read_text(errors="replace").strip() if file.is_file() else ""
    whose = "ClientError" if USER_ERROR.search(text) else "AlgorithmError"
    return f"{whose}: {text[:900]}, exit code: {code if code > 0 else 128 - code}"


def _final_metrics(lines: list[str], now: datetime) -> list[Facts]:
    last: dict[str, float] = {}
    for line in lines:
        last.update({name.replace("-", ":", 1): float(value) for name, value in METRIC.findall(line)})
    return [
        {"MetricName": name, "Value": value, "Timestamp": now}
        for name, value in last.items()
        if value == value
    ]
