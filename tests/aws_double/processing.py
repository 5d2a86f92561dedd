"""Processing Jobs: inputs arrive below /opt/ml, the request's own command runs, its outputs go to S3."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path

from .answers import invalid
from .containers import OPT_ML, Container
from .jobs import JobFailed, Jobs, JobStopped
from .quotas import Claim, instances
from .tables import Facts
from .transfer import check_objects, download, upload

DAY = 86400


class ProcessingJobs(Jobs):
    """CreateProcessingJob and the operations of its kind."""

    noun, kind = "ProcessingJob", "processing-job"

    def check(self, asked: Facts) -> None:
        self.account.check_role(asked["RoleArn"])
        for each in asked.get("ProcessingInputs", ()):
            check_objects(self.account, each["S3Input"]["S3Uri"], asked["RoleArn"])
        _check_places(asked)

    def claims(self, asked: Facts) -> Iterable[Claim]:
        cluster = asked["ProcessingResources"]["ClusterConfig"]
        return instances(cluster["InstanceType"], "processing job usage", cluster["InstanceCount"])

    def work(self, name: str, facts: Facts, stop: threading.Event) -> None:
        room = self.account.folder / "processing" / name
        ml = room / "ml"
        self.phase(name, "Starting", stop)
        stream = f"{name}/algo-1-{int(self.account.now().timestamp())}"
        container = Container(self.account, ml, "/aws/sagemaker/ProcessingJobs", stream, facts["RoleArn"])
        self._lay_out(container, name, facts)
        self.phase(name, "Processing", stop)
        self.table.update(name, ProcessingStartTime=self.account.now())
        application = facts["AppSpecification"]
        container.start(
            [*application.get("ContainerEntrypoint", ()), *application.get("ContainerArguments", ())],
            facts.get("Environment"),
            isolated=facts.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        )
        code, why = container.wait(stop, facts.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY))
        message = _read(ml / "output" / "message")
        told = {"ExitMessage": message[:1024]} if message else {}
        self.table.update(name, ProcessingEndTime=self.account.now(), **told)
        if why:
            raise JobStopped
        if code:
            raise JobFailed(
                f"AlgorithmError: {message.strip()[:900]}, exit code: {code if code > 0 else 128 - code}"
            )
        for each in facts.get("ProcessingOutputConfig", {}).get("Outputs", ()):
            if target := each.get("S3Output"):
                key = facts["ProcessingOutputConfig"].get("KmsKeyId", "")
                folder = container.path(target["LocalPath"])
                upload(self.account, folder, target["S3Uri"], facts["RoleArn"], key)

    def _lay_out(self, container: Container, name: str, facts: Facts) -> None:
        for each in facts.get("ProcessingInputs", ()):
            source = each["S3Input"]
            download(self.account, source["S3Uri"], container.path(source["LocalPath"]), facts["RoleArn"])
        outputs = facts.get("ProcessingOutputConfig", {}).get("Outputs", ())
        folders = [each["S3Output"]["LocalPath"] for each in outputs if "S3Output" in each]
        for folder in (*folders, f"{OPT_ML}/output", f"{OPT_ML}/config"):
            container.path(folder).mkdir(parents=True, exist_ok=True)
        resources = {"current_host": "algo-1", "hosts": ["algo-1"]}
        configuration = {"ProcessingJobName": name, "ProcessingJobArn": self.table.arn(name)}
        configuration |= {
            key: facts[key] for key in ("ProcessingInputs", "AppSpecification", "Environment") if key in facts
        }
        for file, content in (("resourceconfig", resources), ("processingjobconfig", configuration)):
            container.path(f"{OPT_ML}/config/{file}.json").write_text(json.dumps(content))


def _check_places(asked: Facts) -> None:
    """Each input has a folder of its own, and no output goes where an input comes from.

    https://github.com/aws/sagemaker-python-sdk/issues/4939 and 1950; the wording is ours.
    """
    inputs = [each["S3Input"] for each in asked.get("ProcessingInputs", ())]
    folders = [each["LocalPath"] for each in inputs]
    if len(set(folders)) < len(folders):
        raise invalid("Each ProcessingInput must have a LocalPath of its own.")
    outputs = asked.get("ProcessingOutputConfig", {}).get("Outputs", ())
    written = {each["S3Output"]["S3Uri"].rstrip("/") for each in outputs if "S3Output" in each}
    if both := written & {each["S3Uri"].rstrip("/") for each in inputs}:
        raise invalid(f"ProcessingInput and ProcessingOutput must not have the same S3Uri: {both.pop()}")


def _read(file: Path) -> str:
    return file.read_text(errors="replace") if file.is_file() else ""
