"""Endpoints: Creating while the model is fetched and started, InService once it answers its ping, or Failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

from .account import ACCOUNT
from .answers import AwsError, invalid
from .jobs import console_log
from .models import EndpointConfigs
from .quotas import SERVERLESS_CONCURRENCY, SERVERLESS_MEMORY, Claim, instances
from .serving import NotServing, Server
from .tables import Facts, Kind, check_tags

GROUP = "/aws/sagemaker/Endpoints"


class Endpoints(Kind):
    """CreateEndpoint and the operations of its kind."""

    noun, kind = "Endpoint", "endpoint"

    def __init__(self, configs: EndpointConfigs) -> None:
        super().__init__(configs.account)
        self.configs, self.models = configs, configs.models
        self.operations |= {"update_endpoint": self.update, "delete_endpoint": self.delete}
        self._servers: dict[str, Server] = {}
        self._ends: dict[str, threading.Event] = {}

    def create(self, asked: Facts) -> Facts:
        name = asked["EndpointName"]
        self.table.check_free(name)
        config = self.configs.table.get(asked["EndpointConfigName"])
        check_tags(asked.get("Tags", []))
        self.account.quotas.hold(self.table.arn(name), _claims(config))
        facts = {"EndpointConfigName": asked["EndpointConfigName"], "EndpointStatus": "Creating"}
        self.table.add(name, facts | {"_id": uuid4().hex}, asked.get("Tags", []))
        self._launch(name, config)
        return {"EndpointArn": self.table.arn(name)}

    def update(self, asked: Facts) -> Facts:
        name = asked["EndpointName"]
        self._check_settled(name)
        config = self.configs.table.get(asked["EndpointConfigName"])
        self.account.quotas.hold(self.table.arn(name), _claims(config))
        self.table.update(name, EndpointStatus="Updating", EndpointConfigName=asked["EndpointConfigName"])
        self._launch(name, config)
        return {"EndpointArn": self.table.arn(name)}

    def delete(self, asked: Facts) -> Facts:
        name = asked["EndpointName"]
        if self.table.get(name)["EndpointStatus"] != "Deleting":
            self._check_settled(name)
        self.table.update(name, EndpointStatus="Deleting")
        if ended := self._ends.pop(name, None):  # a second request finds the first one's work going on
            ended.set()
        return {}

    def _check_settled(self, name: str) -> None:
        """One that is being created or updated is neither updated nor deleted, in SageMaker's one wording for both."""
        if self.table.get(name)["EndpointStatus"] not in ("InService", "Failed"):
            raise invalid(f'Cannot update in-progress endpoint "{self.table.arn(name)}".')

    def server(self, name: str) -> tuple[Server, Facts]:
        """Who answers for an endpoint, and its variant. Raises ValidationError."""
        row = self.table.find(name)
        if row is None or name not in self._servers or row["EndpointStatus"] not in ("InService", "Updating"):
            raise AwsError("ValidationError", f"Endpoint {name} of account {ACCOUNT} not found.")
        return self._servers[name], row["ProductionVariants"][0]

    # --- the life of one --------------------------------------------------------------------------------

    def _launch(self, name: str, config: Facts) -> None:
        variant = config["ProductionVariants"][0]
        model = self.models.table.get(variant["ModelName"])
        ended = threading.Event()
        before, self._ends[name] = self._ends.get(name), ended
        token = uuid4().hex
        room = self.account.folder / "endpoints" / f"{name}-{token}"
        server = Server(self.account, room, model, f"{GROUP}/{name}", f"{variant['VariantName']}/{token}")
        self.account.start(lambda: self._live(name, variant, server, ended, before), f"endpoint/{name}")

    def _live(
        self,
        name: str,
        variant: Facts,
        server: Server,
        ended: threading.Event,
        before: threading.Event | None,
    ) -> None:
        mine = self.table.get(name)["_id"]
        try:
            self.account.pass_gate(name, "Creating", ended)
            server.start()
            with self.account.lock:
                if not ended.is_set():
                    self._servers[name] = server
                    self.table.update(name, EndpointStatus="InService", ProductionVariants=[_told(variant)])
            if before:
                before.set()
            server.run_until(ended)
        except NotServing as failure:
            server.kill()
            if not ended.is_set():
                self.table.update(
                    name, EndpointStatus="Failed", FailureReason=_reason(name, variant, failure)
                )
            while not ended.wait(0.05) and not self.account.closing.is_set():
                pass
        finally:
            server.kill()
            # An update puts another server in this one's place; only a deletion takes the name away.
            with self.account.lock:
                row = self.table.find(name)
                if row and row["_id"] == mine and row["EndpointStatus"] == "Deleting":
                    self._servers.pop(name, None)
                    self.table.remove(name)
                    self.account.quotas.free(self.table.arn(name))


def _claims(config: Facts) -> Iterator[Claim]:
    for variant in config["ProductionVariants"]:
        if serverless := variant.get("ServerlessConfig"):
            yield Claim(SERVERLESS_MEMORY, serverless["MemorySizeInMB"], "MBs", each=True)
            yield Claim(SERVERLESS_CONCURRENCY, serverless["MaxConcurrency"], "")
        else:
            yield from instances(variant["InstanceType"], "endpoint usage", variant["InitialInstanceCount"])


def _told(variant: Facts) -> Facts:
    """A variant as DescribeEndpoint tells of it."""
    told = {"VariantName": variant["VariantName"], "CurrentWeight": variant.get("InitialVariantWeight", 1.0)}
    if "ServerlessConfig" in variant:
        return told | {"CurrentServerlessConfig": variant["ServerlessConfig"]}
    count = variant["InitialInstanceCount"]
    return told | {
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        "DesiredWeight": told["CurrentWeight"],
    }


def _reason(name: str, variant: Facts, failure: NotServing) -> str:
    if str(failure) != "ping":
        return str(failure)
    return (
        f"The primary container for production variant {variant['VariantName']} did not pass the ping health check. "
        f"Please check CloudWatch logs for this endpoint. {console_log(f'{GROUP}/{name}')}"
    )
