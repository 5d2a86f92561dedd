"""What all kinds of jobs share: a thread that takes one through its statuses, and how it is stopped."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from botocore import xform_name

from .account import ACCOUNT, REGION, Account
from .answers import AwsError, invalid
from .quotas import Claim
from .tables import Facts, Kind, check_tags
from .transfer import TransferFailed

ENDED = ("Completed", "Failed", "Stopped")
TOLD = {"HyperParameterTuningJob": "HyperParameter Tuning Job"}  # as events call it


class JobFailed(Exception):
    """The job has failed; the text is its FailureReason."""


class JobStopped(Exception):
    """The job was asked to stop, or its time was up, and it has."""


class Jobs(Kind):
    """Jobs of one kind. Subclasses say what is refused, what a job uses of the account's quotas, and what it does.

    Its status is InProgress until that has been done.
    """

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.operations[f"stop_{xform_name(self.noun)}"] = self.stop
        self.quotas = account.quotas
        self._stops: dict[str, threading.Event] = {}

    def missing(self, name: str, arn: str) -> AwsError:
        return invalid(f"Could not find requested job with name: {name}")

    def taken(self, name: str, arn: str) -> AwsError:
        article = "a" if self.words[0] not in "aeiou" else "an"
        return AwsError(
            "ResourceInUse",
            f"Job name must be unique within an AWS account and region, and {article} {self.words} with this name "
            f"already exists ({arn})",
        )

    @property
    def status_field(self) -> str:
        return f"{self.noun}Status"

    # --- the life of a job ------------------------------------------------------------------------------

    def create(self, asked: Facts) -> Facts:
        """Keep the job and start it; it holds its claims until it ends. Raises ResourceInUse, ResourceLimitExceeded."""
        name, tags = self.name_in(asked), asked.get("Tags", [])
        self.table.check_free(name)
        self.check(asked)
        facts, claims = self.facts_in(asked), self.claims(asked)
        check_tags(tags)
        with self.account.lock:
            self.quotas.hold(self.table.arn(name), claims)
            self.table.add(name, facts | {self.status_field: "InProgress"}, tags)
            self._stops[name] = threading.Event()
        self.account.start(lambda: self._live(name), f"{self.kind}/{name}")
        return {f"{self.noun}Arn": self.table.arn(name)}

    def _live(self, name: str) -> None:
        stop = self._stops[name]
        try:
            facts = self.table.get(name)
            if "RoleArn" in facts and (why := self.account.access.prepare(facts["RoleArn"], facts)):
                raise JobFailed(why)
            self.work(name, facts, stop)
            self.end(name, "Completed")
        except JobStopped:
            self.end(name, "Stopped")
        except (JobFailed, TransferFailed) as failure:
            self.end(name, "Failed", FailureReason=str(failure)[:1024])
        except Exception:
            self.end(
                name,
                "Failed",
                FailureReason="InternalServerError: We encountered an internal error.  Please try again.",
            )
            raise

    @abstractmethod
    def check(self, asked: Facts) -> None:
        """Refuse what SageMaker refuses. Raises AwsError."""

    @abstractmethod
    def claims(self, asked: Facts) -> Iterable[Claim]:
        """What a job uses of the account's quotas while it runs."""

    @abstractmethod
    def work(self, name: str, facts: Facts, stop: threading.Event) -> None:
        """Do what the job is for. Raises JobFailed, JobStopped."""

    def end(self, name: str, status: str, **facts: Any) -> None:
        self.quotas.free(self.table.arn(name))
        self.table.update(name, **{self.status_field: status}, **facts)
        told = TOLD.get(self.noun, f"{self.noun.removesuffix('Job')} Job")
        arn, row = self.table.arn(name), self.table.get(name)
        detail = {f"{self.noun}Name": name, self.status_field: status, "Tags": self.account.tags_of(arn)}
        if "TuningJobArn" in row:
            detail["TuningJobArn"] = row["TuningJobArn"]
        self.account.tell(f"SageMaker {told} State Change", [arn], detail)

    def phase(self, name: str, phase: str, stop: threading.Event) -> None:
        """Enter a phase, unless the job has been stopped meanwhile."""
        self.account.pass_gate(name, phase, stop)
        if stop.is_set() or self.account.closing.is_set():
            raise JobStopped

    def stop(self, asked: Facts) -> Facts:
        name = self.name_in(asked)
        facts = self.table.get(name)
        with self.account.lock:
            if facts[self.status_field] in ENDED:
                raise invalid(
                    f"The request was rejected because the {self.words} is in status {facts[self.status_field]}."
                )
            self.table.update(name, **{self.status_field: "Stopping"})
            self.turn(name, "Stopping")
        self._stops[name].set()
        return {}

    def turn(self, name: str, status: str) -> None:
        """A kind that tells of phases keeps the time of each."""
        self.table.update(name)


def console_log(group: str) -> str:
    """Where SageMaker's messages send a reader who wants the log."""
    host = f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
    return f"See {host}#logEventViewer:group={group} in account {ACCOUNT} for more information."
