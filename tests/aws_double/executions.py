"""One execution of a pipeline: its steps one after another, each with its real job, as the pipeline's role.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html. Which attributes decide whether a step is run again:
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

import json
import re
import secrets
import string
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from .account import ACCOUNT, REGION, Account, key_as
from .answers import AwsError
from .expressions import Undefined, Values, references
from .request import Request
from .tables import Facts
from .transfer import split_uri
from .validation import validate

CALLER = f"arn:aws:iam::{ACCOUNT}:user/tester"
DONE = ("Succeeded", "Failed", "Stopped")
ENDED = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}
EVERY = 0.1
TOLD = "SageMaker Model Building Pipeline Execution Status Change"  # as its events are called
SIGNS = string.ascii_lowercase + string.digits
LONGEST_PREFIX = 36  # of a job's name, so that what follows it fits
CACHED_BY = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "Environment",
        "HyperParameters", "InputDataConfig",
    ),
}  # fmt: skip
DURATION = re.compile(r"P?(?:(\d+)y)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?)?", re.IGNORECASE)


class StepFailed(Exception):
    """A step has failed; the text is its FailureReason."""


class StepStopped(Exception):
    """The execution was asked to stop, and the step's job has ended."""


@dataclass(frozen=True)
class Reuse:
    """What a step that succeeded may be taken for again."""

    step: str
    arn: str  # of the pipeline
    key: str
    ended: datetime
    execution: str  # an ARN
    properties: Facts
    metadata: Facts


class Execution:
    """One execution. `find` answers who does one of SageMaker's operations."""

    def __init__(
        self,
        account: Account,
        find: Callable[[str], Callable[[Facts], Facts] | None],
        pipeline: Facts,
        definition: Facts,
        parameters: Mapping[str, Any],
        reuse: list[Reuse],
    ) -> None:
        self.account, self._find, self._reuse = account, find, reuse
        self.pipeline, self.text = pipeline["PipelineName"], pipeline["PipelineDefinition"]
        self._definition, self._row = definition, pipeline
        self.id = "".join(secrets.choice(SIGNS) for _ in range(12))
        self.arn = f"{pipeline['PipelineArn']}/execution/{self.id}"
        self.created = self.changed = account.now()
        self.status, self.reason = "Executing", ""
        self.told: Facts = {}
        self._steps: list[Facts] = []
        self._stop = threading.Event()
        names = {
            "PipelineName": self.pipeline,
            "PipelineArn": pipeline["PipelineArn"],
            "PipelineExecutionId": self.id,
            "PipelineExecutionArn": self.arn,
            "StartDateTime": self.created.isoformat(),
            "CurrentDateTime": self.created.isoformat(),
        }
        self.values = Values(parameters, names, self._read)

    # --- as it is told ----------------------------------------------------------------------------------

    def summary(self) -> Facts:
        """What ListPipelineExecutions says of it."""
        reason = {"PipelineExecutionFailureReason": self.reason} if self.reason else {}
        return {
            "PipelineExecutionArn": self.arn,
            "StartTime": self.created,
            "PipelineExecutionStatus": self.status,
            **self.told,
            **reason,
        }

    def describe(self) -> Facts:
        """What DescribePipelineExecution says of it."""
        with self.account.lock:
            return {
                "PipelineArn": self._row["PipelineArn"],
                "PipelineExecutionArn": self.arn,
                "PipelineExecutionStatus": self.status,
                "CreationTime": self.created,
                "LastModifiedTime": self.changed,
                "CreatedBy": {"IamIdentity": {"Arn": CALLER}},
                **self.told,
                **({"FailureReason": self.reason} if self.reason else {}),
            }

    def rows(self) -> list[Facts]:
        """Its steps as far as they have begun, in that order."""
        with self.account.lock:
            return [dict(step) for step in self._steps]

    def stop(self) -> None:
        """Ask it to stop: its step's job is stopped, and no other one begins."""
        with self.account.lock:
            self._turn("Stopping")
        self._stop.set()

    # --- its life ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Walk the steps to the end, whatever that is."""
        try:
            self._walk(self._definition["Steps"])
            self._turn("Succeeded")
        except StepStopped:
            self._turn("Stopped")
        except StepFailed:
            self._turn("Failed", "Step failure: One or multiple steps failed.")
        except Exception:
            self._turn("Failed", "InternalServerError: We encountered an internal error.  Please try again.")
            raise

    def _turn(self, status: str, reason: str = "") -> None:
        with self.account.lock:
            before, self.status, self.reason = self.status, status, reason
            self.changed = self.account.now()
            detail = {
                "currentPipelineExecutionStatus": status,
                "previousPipelineExecutionStatus": before,
                "pipelineArn": self._row["PipelineArn"],
                "pipelineExecutionArn": self.arn,
            }
            self.account.tell(TOLD, [self._row["PipelineArn"], self.arn], detail)

    def _walk(self, steps: list[Facts]) -> None:
        """Do steps in an order in which each finds done what it refers to, those of the chosen branch among them."""
        waiting = list(steps)
        while waiting:
            ready = next(
                (step for step in waiting if not _needs(step) & {each["Name"] for each in waiting}), None
            )
            if ready is None:
                raise StepFailed("The steps wait for each other.")
            waiting.remove(ready)
            waiting += self._do(ready)

    def _do(self, step: Facts) -> list[Facts]:
        """Do one step; answers those that it lets begin. Raises StepFailed, StepStopped."""
        name = step["Name"]
        self.account.pass_gate(f"{self.pipeline}/{name}", "Begin", self._stop)
        if self._stop.is_set() or self.account.closing.is_set():
            raise StepStopped
        row: Facts = {
            "StepName": name, "StartTime": self.account.now(), "StepStatus": "Executing", "AttemptCount": 1,
        }  # fmt: skip
        if "DisplayName" in step:
            row["StepDisplayName"] = step["DisplayName"]
        with self.account.lock:
            self._steps.append(row)
        self.values.files[name] = {each["PropertyFileName"]: each for each in step.get("PropertyFiles", ())}
        try:
            next_steps = self._perform(step, row)
            self._end(row, "Succeeded")
            return next_steps
        except StepStopped:
            self._end(row, "Stopped")
            raise
        except (StepFailed, Undefined) as failure:
            self._end(row, "Failed", FailureReason=str(failure)[:1024])
            raise StepFailed(str(failure)) from failure
        except Exception:
            self._end(row, "Failed", FailureReason="InternalServerError: We encountered an internal error.")
            raise

    def _end(self, row: Facts, status: str, **more: object) -> None:
        with self.account.lock:
            row.update(more, StepStatus=status, EndTime=self.account.now())

    def _perform(self, step: Facts, row: Facts) -> list[Facts]:
        kind, arguments = step["Type"], step["Arguments"]
        if kind == "Condition":
            holds = all(self.values.holds(each) for each in arguments["Conditions"])
            row["Metadata"] = {"Condition": {"Outcome": str(holds)}}
            self.values.steps[step["Name"]] = {"Outcome": holds}
            return arguments.get("IfSteps" if holds else "ElseSteps", [])
        asked = self.values.resolve(arguments)
        if kind == "Fail":
            row["Metadata"] = {"Fail": {"ErrorMessage": asked["ErrorMessage"]}}
            raise StepFailed(asked["ErrorMessage"])
        if kind == "RegisterModel":
            arn = self._call("CreateModelPackage", asked)["ModelPackageArn"]
            row["Metadata"] = {"RegisterModel": {"Arn": arn}}
            self.values.steps[step["Name"]] = {"ModelPackageArn": arn}
            return []
        self._run_job(step, kind, asked, row)
        return []

    # --- jobs -------------------------------------------------------------------------------------------

    def _run_job(self, step: Facts, kind: str, asked: Facts, row: Facts) -> None:
        name, noun = step["Name"], f"{kind}Job"
        key = json.dumps({each: asked.get(each) for each in CACHED_BY[kind]}, sort_keys=True)
        if found := self._cached(step, key):
            row.update(
                Metadata=found.metadata, CacheHitResult={"SourcePipelineExecutionArn": found.execution}
            )
            self.values.steps[name] = found.properties
            return
        job = self._job_name(name, asked.pop(f"{noun}Name", ""))
        self.account.hold_alike(job, f"{self.pipeline}/{name}")
        made = {"Key": "sagemaker:pipeline-execution-arn", "Value": self.arn}
        tags = {"Tags": [*asked.get("Tags", []), made]}
        arn = self._call(f"Create{noun}", asked | tags | {f"{noun}Name": job})[f"{noun}Arn"]
        metadata = {noun: {"Arn": arn}}
        with self.account.lock:
            row["Metadata"] = metadata
        described = self._until_ended(noun, job)
        ended = ENDED[described[f"{noun}Status"]]
        if ended == "Failed":
            raise StepFailed(f"ClientError: {described.get('FailureReason', '')}")
        if self._stop.is_set() or self.account.closing.is_set():
            raise StepStopped
        if ended == "Stopped":
            raise StepFailed("ClientError: The job was stopped.")
        self.values.steps[name] = described
        if step.get("CacheConfig", {}).get("Enabled"):
            self._reuse.append(
                Reuse(
                    name,
                    self._row["PipelineArn"],
                    key,
                    self.account.now(),
                    self.arn,
                    described,
                    metadata,
                )
            )

    def _until_ended(self, noun: str, job: str) -> Facts:
        told = False
        while True:
            described = self._call(f"Describe{noun}", {f"{noun}Name": job})
            if described[f"{noun}Status"] in ENDED or self.account.closing.is_set():
                return described
            if self._stop.wait(EVERY) and not told:
                told = True
                self._call(f"Stop{noun}", {f"{noun}Name": job})
            if told:
                self.account.closing.wait(EVERY)

    def _job_name(self, step: str, prefix: str) -> str:
        token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(10))
        if prefix:
            return f"{prefix[:LONGEST_PREFIX]}-{self.id}-{token}-0"
        return f"pipelines-{self.id}-{step}-{token}"[:63].rstrip("-")

    def _cached(self, step: Facts, key: str) -> Reuse | None:
        caching = step.get("CacheConfig", {})
        if not caching.get("Enabled"):
            return None
        since = self.account.now() - _duration(caching.get("ExpireAfter", ""))
        return next(
            (
                each
                for each in reversed(self._reuse)
                if (each.step, each.arn, each.key) == (step["Name"], self._row["PipelineArn"], key)
                and each.ended >= since
            ),
            None,
        )

    # --- as the pipeline's role -------------------------------------------------------------------------

    def _call(self, operation: str, asked: Facts) -> Facts:
        """One of SageMaker's operations, if the role may. Raises StepFailed."""
        request = Request("sagemaker", operation, REGION, key_as(self._row["RoleArn"]), asked)
        try:
            self.account.access.check(request)
            validate("sagemaker", operation, asked)
            return self._find(xform_name(operation))(asked) or {}
        except AwsError as error:
            told = f"Failed to invoke sagemaker:{operation}. Error Details: {error.message}"
            raise StepFailed(f"ClientError: {told}") from error

    def _read(self, uri: str) -> bytes:
        bucket, key = split_uri(uri)
        try:
            s3 = self.account.client("s3", self._row["RoleArn"])
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise Undefined(f"Received an error while reading file {uri} from S3: {error}") from error


def _needs(step: Facts) -> set[str]:
    """The steps that must be done before one: those that it names, and those that it refers to."""
    named = set(step.get("DependsOn", ()))
    return named | set(_steps_in(step["Arguments"]))


def _steps_in(value: Any) -> Iterator[str]:
    yield from (path.split(".")[1] for path in references(value) if path.startswith("Steps."))


def _duration(text: str) -> timedelta:
    """A length of time as CacheConfig has it: P30D, 30d, T16m, 30dT5h; without one a cache never expires."""
    found = DURATION.fullmatch(text)
    years, days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    given = timedelta(days=365 * years + days, hours=hours, minutes=minutes)
    return given or timedelta(days=365)
