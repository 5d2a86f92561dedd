"""What AWS says, turned into what to do: `catalogue.py` knows the messages, `failures.py` the errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from core.backends.aws.session.catalogue import CATALOGUE, FACTS
from core.backends.aws.session.codes import service_error
from core.backends.aws.session.failures import AlgorithmError, AwsRefusal
from core.errors import Failure, SenderoError, brief

NO_REASON = "SageMaker gives no reason."


def explain(
    error: Exception, service: str = "", operation: str = "", params: Mapping[str, object] | None = None
) -> SenderoError:
    """Return the error for the reader that stands for `error`, which botocore raised while it sent `params`."""
    answer = service_error(error)
    reason = answer.get("Message") or str(error)
    text = f"{operation}\n{answer.get('Code') or type(error).__name__}: {reason}"
    facts = _facts(text, reason, params or {}) | {
        "request": f"{service} {operation}".strip() or "the request"
    }
    return (_class_of(text) or AwsRefusal)(**facts)


def explain_failure(reason: str, exit_message: str = "") -> Failure:
    """Return why a job or an endpoint failed, by its FailureReason and a Processing Job's ExitMessage."""
    whole = " ".join(part for part in (reason, exit_message) if part) or NO_REASON
    cls = _class_of(f"job\n{whole}") or AlgorithmError
    return cls(**_facts(whole, exit_message or reason or NO_REASON, {}) | {"request": "the job"}).failure


def _class_of(text: str) -> type[SenderoError] | None:
    return next((cls for cls, pattern in CATALOGUE if pattern.search(text)), None)


def _facts(text: str, reason: str, params: Mapping[str, object]) -> dict[str, object]:
    """Return every fact that a template of an error may name, as far as message and request hold it."""
    named_in_text: dict[str, str] = {}
    for pattern in FACTS:
        if match := pattern.search(text):
            named_in_text = match.groupdict() | named_in_text
    named = next((key for key in params if key.endswith("Name") and isinstance(params[key], str)), "")
    facts: dict[str, object] = {
        "reason": brief(reason.strip()),
        "bucket": params.get("Bucket", "of the settings"),
        "role": params.get("RoleArn") or params.get("ExecutionRoleArn") or "the role",
        "principal": "Your user",
        "action": "this",
        "resource": "it",
        "quota": "that the reason names",
        "field": "a field",
        "constraint": reason,
        "value": "what was sent",
        # {"TrainingJobName": "x"} -> the training job x
        "thing": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", named.removesuffix("Name")).lower() or "such resource",
        "name": params.get(named) or params.get("Key") or "it",
        "listing": "jobs or endpoints",
        **named_in_text,
    }
    if "action" in named_in_text:  # what would allow it, to paste
        statement = {
            "Effect": "Allow",
            "Action": named_in_text["action"],
            "Resource": named_in_text.get("resource", "*"),
        }
        facts["statement"] = json.dumps(statement)
    if named_in_text.get("action") == "iam:PassRole":
        facts["role"] = facts["resource"]
    return {"statement": "what the reason names"} | facts
