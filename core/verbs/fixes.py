"""The next EDA: a job's configuration with the fixes of chosen warnings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from core import configuration as configurations
from core.backends.base import Backend
from core.configuration import Configuration

if TYPE_CHECKING:
    from core.report.schema import Fix


@dataclass(frozen=True, slots=True)
class NextEda:
    """What `launch_eda` takes, and `fix`: all changes against the job that it comes from, which was asked `before`."""

    before: Configuration
    configuration: Configuration
    resources: dict[str, str]
    fix: Fix


def next_eda(backend: Backend, job: str, fixes: Iterable[Fix]) -> NextEda:
    """Return the EDA job `job` with `fixes` applied. Raises NotFound, BadTarget, BadSplit, BadSetting."""
    request, fix = backend.job(job).request, merged(fixes)
    before = configurations.from_job(request)
    return NextEda(before, before.with_fix(fix), request.get("resources") or {}, fix)


def merged(fixes: Iterable[Fix]) -> Fix:
    """Return several fixes as one: lists and mappings add up; of several ways to split it is the last."""
    whole: dict[str, object] = {}
    for fix in fixes:
        for key, value in fix.items():
            held = whole.get(key)
            if isinstance(value, dict):
                value = (held if isinstance(held, dict) else {}) | value
            elif isinstance(value, list):
                value = list(dict.fromkeys([*(held if isinstance(held, list) else []), *value]))
            whole[key] = value
    return cast("Fix", whole)  # every key has a value of the type that it has in the fixes
