"""What IAM makes of identity-based policies: resources and conditions included, which moto's own engine leaves out.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Looked at first:
`moto.iam.access_control` says of itself that it knows neither Resource nor Condition, and no kept library on PyPI
evaluates a request.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

Statement = Mapping[str, Any]
Context = Mapping[str, Sequence[str]]

ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicitDeny", "explicitDeny"


def decide(statements: Iterable[Statement], action: str, resource: str, context: Context) -> str:
    """IAM's decision, in the words of its simulator. `context`: condition key -> the request's values for it."""
    known = {key.lower(): values for key, values in context.items()}
    effects = {each["Effect"] for each in statements if _applies(each, action, resource, known)}
    if "Deny" in effects:
        return EXPLICIT
    return ALLOWED if "Allow" in effects else IMPLICIT


def _applies(statement: Statement, action: str, resource: str, context: Context) -> bool:
    return (
        _named(statement, "Action", action.lower(), lambda pattern: pattern.lower())
        and _named(statement, "Resource", resource, lambda pattern: _filled(pattern, context))
        and all(
            _holds(operator, key, _listed(wanted), context)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
    )


def _named(statement: Statement, element: str, value: str, read: Callable[[str], str]) -> bool:
    if f"Not{element}" in statement:
        return not any(like(value, read(each)) for each in _listed(statement[f"Not{element}"]))
    return any(like(value, read(each)) for each in _listed(statement[element]))


def like(value: str, pattern: str) -> bool:
    """Does `value` fit a pattern in which `*` stands for anything and `?` for one character?"""
    return _pattern(pattern).fullmatch(value) is not None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def _filled(text: str, context: Context) -> str:
    """`${aws:username}` becomes what the request says; a variable that it has not fits nothing."""
    return re.sub(r"\$\{([\w:./-]+)\}", lambda m: next(iter(context.get(m[1].lower(), ())), "\0"), text)


def _listed(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


# --- conditions -----------------------------------------------------------------------------------------------


def _date(text: str) -> float:
    return float(text) if text.replace(".", "").isdigit() else datetime.fromisoformat(text).timestamp()


def _compared(read: Callable[[str], Any], sign: str) -> Callable[[str, str], bool]:
    def test(given: str, wanted: str) -> bool:
        a, b = read(given), read(wanted)
        return {"==": a == b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]

    return test


_ORDERED = {
    "Equals": "==",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda given, wanted: given == wanted,
    "StringEqualsIgnoreCase": lambda given, wanted: given.lower() == wanted.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda given, wanted: given.lower() == wanted.lower(),
    "IpAddress": lambda given, wanted: (
        ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)
    ),
    **{f"Numeric{name}": _compared(float, sign) for name, sign in _ORDERED.items()},
    **{f"Date{name}": _compared(_date, sign) for name, sign in _ORDERED.items()},
}
_OPPOSITES = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    """One line of a Condition. An operator that is not known here is a KeyError: nothing is guessed."""
    quantifier, _, rest = operator.rpartition(":")
    name, lenient = rest.removesuffix("IfExists"), rest.endswith("IfExists")
    given = context.get(key.lower())
    if name == "Null":
        return (given is None) == (wanted == ["true"])
    opposite = name in _OPPOSITES
    test = _TESTS[_OPPOSITES.get(name, name)]
    if not given:
        return lenient or quantifier == "ForAllValues" or (opposite and not quantifier)
    wanted = [_filled(each, context) for each in wanted]

    def fits(value: str) -> bool:
        return any(test(value, each) for each in wanted) != opposite

    return all(map(fits, given)) if quantifier == "ForAllValues" else any(map(fits, given))
