"""The account that the rig plays: its region, clock, rooms for running things, and clients of its own."""

from __future__ import annotations

import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .answers import invalid
from .image import Image

ACCOUNT = "123456789012"
REGION = "us-east-1"
OWN_KEY = "AKIAOFTHERIGITSELF00"  # its requests are neither recorded nor disturbed
TRUSTED = "sagemaker.amazonaws.com"


_LOCK = threading.Lock()


def client(url: str, service: str, key: str) -> Any:
    """A client without retries, kept for the accounts to come: to make one costs more than most tests do."""
    with _LOCK:
        return _made(url, service, key)


@cache
def _made(url: str, service: str, key: str) -> Any:
    quick = Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
    return _session(key).client(service, endpoint_url=url, config=quick)


@cache
def _session(key: str) -> boto3.session.Session:
    return boto3.session.Session(key, "not-a-secret", region_name=REGION)


class Account:
    """What is shared by all that runs in the account. `defects` are errors of the rig itself."""

    def __init__(self, url: str, image: Image | None, quotas: Any) -> None:
        self.url, self.image, self.quotas = url, image, quotas
        self.lock = threading.RLock()
        self.folder = Path(tempfile.mkdtemp(prefix="aws-rig-"))
        self.defects: list[str] = []
        self.denied: set[str] = set()
        self.ahead = timedelta(0)
        self.closing = threading.Event()
        self._held: dict[tuple[str, str], threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def arn(self, kind: str, name: str, service: str = "sagemaker") -> str:
        """Names in ARNs of jobs and endpoints are in small letters, as SageMaker writes them."""
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{name.lower()}"

    def client(self, service: str) -> Any:
        """A client that the rig uses itself, over HTTP as everybody does."""
        return client(self.url, service, OWN_KEY)

    def denies(self, action: str) -> bool:
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self.denied)

    def check_role(self, arn: str) -> None:
        """Refuse a role that does not exist or does not trust SageMaker, in SageMaker's words."""
        iam = self.client("iam")
        try:
            policy = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            policy = {}
        if TRUSTED not in str(policy):
            raise invalid(
                f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
                f"'{TRUSTED}' to assume the role."
            )

    # --- threads and phases -----------------------------------------------------------------------------

    def start(self, work: Callable[[], None], name: str) -> None:
        """Run `work` beside the server; an error that escapes is a defect of the rig."""

        def guarded() -> None:
            try:
                work()
            except Exception:
                if not self.closing.is_set():
                    self.defects.append(traceback.format_exc())

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def hold(self, name: str, phase: str) -> Callable[[], None]:
        """Keep a job or endpoint from getting beyond the beginning of `phase`; answers what lets it go on."""
        event = self._held.setdefault((name, phase), threading.Event())
        return event.set

    def pass_gate(self, name: str, phase: str, stopped: threading.Event) -> None:
        gate = self._held.get((name, phase))
        while gate and not gate.wait(0.02) and not stopped.is_set() and not self.closing.is_set():
            pass

    def close(self) -> None:
        """End every thread, and with it the process that it looks after."""
        self.closing.set()
        for thread in self._threads:
            thread.join(10)
        shutil.rmtree(self.folder, ignore_errors=True)
