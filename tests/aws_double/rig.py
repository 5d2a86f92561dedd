"""An AWS account on this machine, over real HTTP: moto's server, with a SageMaker that really runs what is created.

In process: `with AwsRig() as rig: rig.client("sagemaker")`. For another process: `rig.environment()`. On its own:
`python -m aws_double.rig` prints the environment as JSON and ends when its standard input is closed; without an image
only Processing Jobs run there, which bring their own program.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from moto.backends import get_backend, list_of_moto_modules
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from .access import CALLER, Access
from .account import ACCOUNT, REGION, TRUSTED, Account, client
from .door import Door
from .endpoints import Endpoints
from .events import Events
from .extras import Identities, PriceList
from .faults import Faults
from .image import Image
from .invocations import Invocations
from .models import EndpointConfigs, Models
from .pipelines import Pipelines
from .processing import ProcessingJobs
from .quotas import Quotas
from .recorder import Recorder
from .registry import ModelPackageGroups, ModelPackages
from .schedules import Schedules
from .tables import Tags
from .training import TrainingJobs
from .transform import TransformJobs
from .tuning import TuningJobs

KEY = "AKIATESTER0000000000"
OWN_SERVICES = {"s3", "iam", "logs", "scheduler"}  # emptied at each reset, besides what a test has asked for


class _Quiet(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        if type == "error":
            super().log(type, message, *args)


class AwsRig:
    """One account with an empty bucket and an execution role that trusts SageMaker."""

    region, account_id = REGION, ACCOUNT

    def __init__(
        self, image: Image | None = None, bucket: str = "the-bucket", role: str = "ExecutionRole"
    ) -> None:
        self.image, self.bucket, self.role_name = image, bucket, role
        self.role = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        self.recorder, self.faults = Recorder(), Faults()
        self._door = Door(self.recorder, self.faults)
        self._server = make_server("127.0.0.1", 0, self._door, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="aws-rig")
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.key = KEY
        self.lent = False  # to a whole module
        atexit.register(self.close)
        self._open()

    def _open(self) -> None:
        self.quotas = Quotas()
        account = self.account = Account(self.url, self.image, self.quotas)
        self.processing, self.training = ProcessingJobs(account), TrainingJobs(account)
        self.tuning, models = TuningJobs(self.training), Models(account)
        configs = EndpointConfigs(models)
        self.endpoints, self.transform = Endpoints(configs), TransformJobs(models)
        groups = ModelPackageGroups(account)
        parts = [self.processing, self.training, self.tuning, models, configs, self.endpoints, self.transform]
        self.pipelines = Pipelines(account, lambda operation: self._door.find("sagemaker", operation))
        parts += [groups, ModelPackages(groups), self.pipelines]
        tags, identities = Tags(part.table for part in parts), Identities(account)
        account.tags_of, account.access = tags.of, Access(account)
        self._door.services = {
            "sagemaker": [*parts, tags],
            "iam": [identities],
            "sts": [identities],
            "service-quotas": [self.quotas],
            "pricing": [PriceList()],
        }
        self.events = Events(account)
        self.invocations = self._door.invocations = Invocations(self.endpoints)
        self._door.account = account
        self.schedules = Schedules(account, lambda operation: self._door.find("sagemaker", operation))
        account.client("s3").create_bucket(Bucket=self.bucket)
        trust = {"Effect": "Allow", "Principal": {"Service": TRUSTED}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        account.client("iam").create_role(RoleName=self.role_name, AssumeRolePolicyDocument=policy)
        self.recorder.requests.clear()
        self.faults.clear()

    def reset(self) -> None:
        """End all that runs and begin with an empty account, at the same address."""
        self._shut()
        self._open()

    def _shut(self) -> None:
        self.account.close()
        asked = {request.service for request in self.recorder.requests}
        for service in (OWN_SERVICES | asked) & set(list_of_moto_modules()):
            for backends in get_backend(service).values():
                for backend in backends.values():
                    backend.reset()

    def close(self) -> None:
        """End all that runs, and the server."""
        atexit.unregister(self.close)
        self._shut()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> AwsRig:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # --- for tests --------------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to take this for AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """A plain boto3 client on the rig, without retries."""
        return client(self.url, service, self.key)

    def deny(self, *actions: str) -> None:
        """From now on these actions (`sagemaker:CreateTrainingJob`, `s3:*`) are not allowed, and simulate so."""
        self.account.access.denied.update(actions)

    def enforce(self, policies: Mapping[str, Sequence[str]]) -> None:
        """From now on what no policy allows is refused, to the user and to the roles that services act as.

        `policies`: `user`, or a role's name -> the documents (JSON) of its managed policies. A role must be there.
        """
        iam = self.account.client("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_user(UserName=CALLER)
        for owner, documents in policies.items():
            for document in documents:
                made = iam.create_policy(PolicyName=f"{owner}-{uuid4().hex}", PolicyDocument=document)
                arn = made["Policy"]["Arn"]
                if owner == "user":
                    iam.attach_user_policy(UserName=CALLER, PolicyArn=arn)
                else:
                    iam.attach_role_policy(RoleName=owner, PolicyArn=arn)
        self.account.access.enforced = True

    def trust(self, role: str, policy: str) -> None:
        """Make a role whose trust policy (JSON) this is, or give it to one that is there."""
        iam = self.account.client("iam")
        try:
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy)
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy)

    @property
    def missed(self) -> list[str]:
        """What services were refused while they acted as a role: a log, a metric or a file that is not there."""
        return self.account.access.missed

    def hold(self, name: str, phase: str) -> Callable[[], None]:
        """Keep a job or endpoint at the beginning of a phase until what this answers is called."""
        return self.account.hold(name, phase)

    def expire_credentials(self) -> str:
        """The credentials of `environment()` are expired; from now on it names others, whose key is answered."""
        self.faults.expire(self.key)
        self.key = f"AKIA{uuid4().hex[:16].upper()}"
        return self.key

    def advance(self, seconds: float) -> None:
        """Let the account's clock jump ahead; schedules that are due by then are carried out."""
        self.account.ahead += timedelta(seconds=seconds)
        self.schedules.fire()

    def check_defects(self) -> None:
        """Fail when the rig itself met an error that it does not know."""
        assert not self.account.defects, "\n".join(self.account.defects)


if __name__ == "__main__":
    with AwsRig() as running:
        more = {"bucket": running.bucket, "role": running.role, "folder": str(running.account.folder)}
        print(json.dumps(running.environment() | more), flush=True)
        sys.stdin.read()
