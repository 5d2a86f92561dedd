"""EventBridge Scheduler's schedules: moto keeps them, and this carries out those for one time when that has come."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from botocore import xform_name
from moto.backends import get_backend

from .account import ACCOUNT, REGION, Account, key_as
from .answers import AwsError
from .request import Request

AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
TARGET = re.compile(r"arn:aws:scheduler:::aws-sdk:sagemaker:(\w+)")
EVERY = 0.2


class Schedules:
    """Carries out `at(...)` schedules whose target is one of SageMaker's operations. `fired` names those that were."""

    def __init__(
        self, account: Account, find: Callable[[str], Callable[[dict[str, Any]], Any] | None]
    ) -> None:
        self.account, self._find = account, find
        self.fired: list[str] = []
        account.start(self._watch, "schedules")

    def _watch(self) -> None:
        while not self.account.closing.wait(EVERY):
            self.fire()

    def fire(self) -> None:
        """Carry out what is due by the account's clock."""
        for group in get_backend("scheduler")[ACCOUNT][REGION].schedule_groups.values():
            for schedule in list(group.schedules.values()):
                due = _due(schedule.schedule_expression, schedule.schedule_expression_timezone)
                if (
                    due
                    and due <= self.account.now()
                    and schedule.state != "DISABLED"
                    and schedule.name not in self.fired
                ):
                    self.fired.append(schedule.name)
                    self._invoke(schedule.target)
                    if schedule.action_after_completion == "DELETE":
                        group.schedules.pop(schedule.name, None)

    def start(self, name: str) -> None:
        """Carry out a schedule that comes again and again once, as if its time had come."""
        group = get_backend("scheduler")[ACCOUNT][REGION].schedule_groups["default"]
        self.fired.append(name)
        target = dict(group.schedules[name].target)
        filled = {
            "<aws.scheduler.execution-id>": str(uuid.uuid4()),
            "<aws.scheduler.scheduled-time>": str(self.account.now()),
        }
        for keyword, value in filled.items():
            target["Input"] = target["Input"].replace(keyword, value)
        self._invoke(target)

    def _invoke(self, target: dict[str, Any]) -> None:
        found = TARGET.fullmatch(target["Arn"])
        asked = json.loads(target.get("Input") or "{}")
        operation = self._find(xform_name(found[1][0].upper() + found[1][1:])) if found else None
        if operation and self._may(target["RoleArn"], found[1], asked):
            with contextlib.suppress(AwsError):  # what is gone already is not deleted twice
                operation(asked)

    def _may(self, role: str, operation: str, asked: dict[str, Any]) -> bool:
        """May the schedule's role do it? What it may not is not done, and nobody is told but `missed`."""
        verb = operation[0].upper() + operation[1:]
        request = Request("sagemaker", verb, REGION, key_as(role), asked)
        try:
            self.account.access.check(request)
        except AwsError:
            return False
        return True


def _due(expression: str, zone: str | None) -> datetime | None:
    found = AT.fullmatch(expression)
    return datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo(zone or "UTC")) if found else None
