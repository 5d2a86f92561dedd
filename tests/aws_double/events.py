"""EventBridge's rules: moto keeps them, and this hands what SageMaker tells of a status to the topics that they name.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

from moto.backends import get_backend

from .account import ACCOUNT, REGION, Account

PUBLISHER = "events.amazonaws.com"


class Events:
    """Hands events to topics; `mails` are those that a topic's policy has let it publish, `missed` of the account's
    access the others.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.mails: list[tuple[str, str]] = []
        account.tell = self.tell

    def tell(self, kind: str, arns: list[str], detail: dict[str, Any]) -> None:
        """Send an event of SageMaker's to the rules whose pattern it fits."""
        event = {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": kind,
            "source": "aws.sagemaker",
            "account": ACCOUNT,
            "time": f"{self.account.now():%Y-%m-%dT%H:%M:%SZ}",
            "region": REGION,
            "resources": arns,
            "detail": detail,
        }
        for rule in list(get_backend("events")[ACCOUNT][REGION].event_buses["default"].rules.values()):
            if rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
                for target in rule.targets:
                    self._publish(target, event)

    def _publish(self, target: dict[str, Any], event: dict[str, Any]) -> None:
        topic = get_backend("sns")[ACCOUNT][REGION].topics[target["Arn"]]
        if any(map(_lets, json.loads(topic.policy)["Statement"])):
            self.mails.append((topic.arn, _text(target["InputTransformer"], event)))
        else:
            self.account.access.missed.append(f"{PUBLISHER}: sns:Publish on {topic.arn}")


def _lets(statement: dict[str, Any]) -> bool:
    """Does a statement of a topic's policy let EventBridge publish? It fulfils no condition, AWS says."""
    principal = statement["Principal"]
    return (
        statement["Effect"] == "Allow"
        and isinstance(principal, dict)
        and principal.get("Service") == PUBLISHER
        and "sns:publish" in str(statement["Action"]).lower()
        and "Condition" not in statement
    )


def _text(transformer: dict[str, Any], event: dict[str, Any]) -> str:
    """The text that a rule makes of an event; what is not in the event is left out."""
    found = {name: _at(path, event) for name, path in transformer["InputPathsMap"].items()}
    return json.loads(re.sub(r"<(\w+)>", lambda m: found[m[1]], transformer["InputTemplate"]))


def _at(path: str, event: Any) -> str:
    """What stands at a path such as $.detail.name or $.resources[0]."""
    for name, index in re.findall(r"\.([\w-]+)(?:\[(\d+)\])?", path):
        event = event.get(name, "") if isinstance(event, dict) else ""
        event = event[int(index)] if index and event else event
    return str(event)
