"""The connection to AWS: who we are, in which region, and every request that is sent.

Credentials are the SDK's own default chain's business (environment, profile, SSO, instance role): none is read,
kept or shown here. `AWS_ENDPOINT_URL`, also the SDK's own, sends everything elsewhere: tests use it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError
from botocore.loaders import Loader, create_loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserError

from core.backends.aws.session.codes import MISSING, refused_as
from core.backends.aws.session.errors import explain
from core.backends.versions import sendero_version
from core.errors import SenderoError
from core.settings import Settings

# Throttled and failed requests are sent again, ever more slowly, by the SDK (docs/design.md, section 6).
RETRIES = {"mode": "adaptive", "max_attempts": 8}
CONNECT, READ = 5, 60  # seconds; a serverless endpoint that wakes up may take as long as READ to answer
HOMES = {"pricing": "us-east-1"}  # services that are not in every region, and where they are
# Who sends many requests to an endpoint waits by itself (core/verbs/asking.py), and is heard when it is told to stop.
FEW = {"mode": "standard", "total_max_attempts": 3}
# Nothing depends on a price list, and nothing goes on without an identity: neither is waited for.
HURRIED, HURRY = ("pricing", "sts"), 3
AGAIN = 10  # seconds for which a refused identity answers for every request
# What the SDK raises. The last stands apart from its others: a proxy has answered in AWS's stead.
SDK_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
# A boto3 client or session has methods that are made at run time from the service's model: no checker knows them.
Client = Any
# What AWS answers, as boto3 hands it on. Its shape is the operation's: the fields are in AWS's API reference.
Answer = dict[str, Any]
Parameters = dict[str, Any]  # of a request: likewise
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId")


class Session:
    """One identity in one region. Every request goes through `call`, which raises SenderoErrors only."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        """Read the credentials anew at the next request, and the identity with them."""
        with self._lock:
            self._boto: Client = None
            self._clients: dict[str, Client] = {}
            self._identity: Answer = {}
            self._key = ""
            self._refused: tuple[float, SenderoError] | None = None

    def call(self, service: str, operation: str, /, **params: object) -> Answer:
        """Send one request, e.g. `call("sagemaker", "stop_training_job", TrainingJobName=name)`.

        Raises what `errors.explain` makes of the answer.
        """
        self.identity()
        return self._send(service, operation, params)

    def identity(self) -> Answer:
        """Return {"Account", "Arn"} of the caller: requested once, before anything else, with a short timeout.

        Without credentials or a network every other request would wait, be repeated, and wait again; so all of them
        raise the same error for a while.
        """
        with self._lock:
            if self._refused and time.monotonic() - self._refused[0] < AGAIN:
                refused = self._refused[1]
                raise type(refused)(**refused.facts)
            if not self._identity:
                try:
                    self._identity = self._send("sts", "get_caller_identity", {})
                except SenderoError as error:
                    self.forget()
                    self._refused = time.monotonic(), error
                    raise
            return self._identity

    def _send(self, service: str, operation: str, params: dict[str, object]) -> Answer:
        try:
            return getattr(self.client(service), operation)(**params)
        except SDK_ERRORS as error:
            self.forget_if_expired(error)
            raise explain(error, service, operation, params) from error

    def find(self, service: str, operation: str, /, **params: object) -> Answer | None:
        """Send one request as `call` does; return None where AWS has no such resource."""
        try:
            return self.call(service, operation, **params)
        except SenderoError as error:
            if refused_as(error, MISSING):
                return None
            raise

    def client(self, service: str) -> Client:
        """Return the SDK's client, for its transfer helpers. Clients may be shared by threads; making them may not."""
        with self._lock:
            if service not in self._clients:
                try:
                    client = self._session().client(
                        service, region_name=HOMES.get(service), config=_config(service)
                    )
                except BotoCoreError as error:
                    raise explain(error, service, "connect", {}) from error
                if service == "s3":
                    client.meta.events.register("provide-client-params.s3", self._expect_owner)
                self._clients[service] = client
            return self._clients[service]

    @property
    def region(self) -> str:
        """Return the region of the settings, else the profile's. Raises NoRegion."""
        with self._lock:
            region = self._session().region_name
        if not region:
            raise explain(NoRegionError(), "sts", "connect", {})
        return region

    @property
    def account(self) -> str:
        """Return the twelve digits of the caller's account."""
        return self.identity()["Account"]

    @property
    def key(self) -> str:
        """Return the KMS key of the settings as most requests take it, by id or ARN: an alias is asked for, once."""
        named = self.settings.kms_key
        if "alias/" not in named:
            return named
        with self._lock:
            if not self._key:
                self._key = self.call("kms", "describe_key", KeyId=named)["KeyMetadata"]["Arn"]
            return self._key

    @property
    def partition(self) -> str:
        """Return aws, aws-cn or aws-us-gov."""
        with self._lock:
            return self._session().get_partition_for_region(self.region)

    def forget_if_expired(self, error: Exception) -> None:
        """Drop credentials that AWS calls expired, so that the next request reads renewed ones (`aws sso login`)."""
        code = error.response["Error"].get("Code") if isinstance(error, ClientError) else ""
        if code in EXPIRED:
            self.forget()

    def _session(self) -> Client:
        if self._boto is None:
            try:
                self._boto = boto3.Session(
                    profile_name=self.settings.profile or None,
                    region_name=self.settings.region or None,
                    botocore_session=_botocore_session(self.settings.profile or None),
                )
            except BotoCoreError as error:
                raise explain(error, "sts", "connect", {}) from error
        return self._boto

    def _expect_owner(self, params: Parameters, model: Client, **_: object) -> None:
        """Demand that our bucket is this account's: one of that name in another's hands gets none of our data.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        """
        if params.get("Bucket") != self.settings.bucket or model.name == "CreateBucket":
            return
        for name in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
            source = params.get("CopySource", {}) if "Source" in name else params
            if name in model.input_shape.members and source.get("Bucket") == self.settings.bucket:
                params.setdefault(name, self.account)


@contextmanager
def closing_body(body: Client) -> Iterator[Client]:
    """Close an answer's body at the end. Raises a SenderoError where the connection breaks while it is read."""
    try:
        yield body
    except BotoCoreError as error:
        raise explain(error, "s3", "get_object", {}) from error
    finally:
        body.close()


def _config(service: str) -> Config:
    patient = service not in HURRIED
    return Config(
        retries=RETRIES if patient and service != "sagemaker-runtime" else FEW,
        connect_timeout=CONNECT if patient else HURRY,
        read_timeout=READ if patient else HURRY,
        user_agent_extra=f"sendero/{sendero_version()}",
        max_pool_connections=20,
    )


@cache
def _loader(data_path: str | None) -> Loader:
    """Return the reader of the SDK's service models. To read them is most of what a client costs."""
    return create_loader(data_path)


def _botocore_session(profile: str | None) -> botocore.session.Session:
    """Return a session of the SDK that shares the service models with this process's other ones."""
    session = botocore.session.Session(profile=profile)
    loader = _loader(session.get_config_variable("data_path"))
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # each boto3 session adds its own path anew
    session.register_component("data_loader", loader)
    return session


@cache
def service_model(service: str) -> ServiceModel:
    """Return the SDK's model of a service: its operations and shapes."""
    return _botocore_session(None).get_service_model(service)


_sessions: dict[str, Session] = {}


def session_for(settings: Settings) -> Session:
    """Return this process's session for `settings`: pages want one on every run, and clients are slow to make."""
    return _sessions.setdefault(settings.model_dump_json(), Session(settings))
