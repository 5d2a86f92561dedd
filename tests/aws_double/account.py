"""The account that the rig plays: its region, clock, rooms for running things, and clients of its own."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader
from moto.backends import get_backend

from .answers import invalid
from .image import Image

ACCOUNT = "123456789012"
REGION = "us-east-1"
# Access keys that begin so are the rig's: their requests are neither recorded nor disturbed. One acts as nobody and
# may do everything; each of the others acts as a role.
OWN = "AKIAOFTHERIG"
OWN_KEY = f"{OWN}ITSELF00"
TRUSTED = "sagemaker.amazonaws.com"


_LOCK = threading.Lock()
_LOADER = create_loader()  # of service models, for all sessions: to read them is most of what a client costs


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
    session = botocore.session.Session()
    session.register_component("data_loader", _LOADER)
    return boto3.session.Session(key, "not-a-secret", region_name=REGION, botocore_session=session)


_ROLES: dict[str, str] = {}  # access key -> name of the role that it acts as


def key_as(role_arn: str) -> str:
    """An access key of the rig's that acts as a role."""
    name = role_arn.rpartition("/")[2]
    key = OWN + hashlib.sha256(name.encode()).hexdigest()[:8].upper()
    _ROLES[key] = name
    return key


def role_of(key: str) -> str:
    """The name of the role that a key of the rig's acts as."""
    return _ROLES[key]


class Account:
    """What is shared by all that runs in the account. `defects` are errors of the rig itself."""

    def __init__(self, url: str, image: Image | None, quotas: Any) -> None:
        self.url, self.image, self.quotas = url, image, quotas
        self.lock = threading.RLock()
        self.folder = Path(tempfile.mkdtemp(prefix="aws-rig-"))
        self.defects: list[str] = []
        self.access: Any = None  # who may do what: the rig sets it
        self.tags_of: Callable[[str], dict[str, str]] = lambda arn: {}
        self.tell: Callable[
            [str, list[str], dict[str, Any]], None
        ]  # EventBridge of a status: the rig sets it
        self.ahead = timedelta(0)
        self.closing = threading.Event()
        self._held: dict[tuple[str, str], threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def arn(self, kind: str, name: str, service: str = "sagemaker") -> str:
        """Names in ARNs of jobs and endpoints are in small letters, as SageMaker writes them."""
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{name.lower()}"

    def client(self, service: str, role: str = "") -> Any:
        """A client that the rig uses itself, over HTTP as everybody does, or as SageMaker acting as a role (an ARN)."""
        return client(self.url, service, key_as(role) if role else OWN_KEY)

    def key(self, key: str) -> tuple[str, list[str]]:
        """The ARN of a KMS key that is named by id, ARN or alias, and its aliases."""
        kept = get_backend("kms")[ACCOUNT][REGION]
        alias = key if key.startswith("alias/") else f"alias/{key.partition(':alias/')[2]}"
        name = kept.get_key_id_from_alias(alias) if "alias/" in key else key.rpartition("/")[2]
        aliases = kept.keys[name].aliases if name in kept.keys else ()
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}", list(aliases)

    def trusts(self, role: str, service: str) -> bool:
        """Is there such a role (an ARN), and may a service act as it?"""
        iam = self.client("iam")
        try:
            policy = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            return False
        return service in str(policy)

    def check_role(self, arn: str) -> None:
        """Refuse a role that does not exist or does not trust SageMaker, in SageMaker's words."""
        if not self.trusts(arn, TRUSTED):
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

    def hold_alike(self, name: str, like: str) -> None:
        """Keep a job where one that is called `like` is to be kept: a pipeline's step, whose job has no name yet."""
        for (held, phase), event in list(self._held.items()):
            if held == like:
                self._held[(name, phase)] = event

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
