"""What the account may have: SageMaker's quotas, all of them read once, and what they say of a choice.

What was not read, or is not listed, is not known; it is never assumed to be enough.
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from core.backends.aws.resources import instances
from core.backends.aws.session.cache import Cache
from core.backends.aws.session.connection import Session
from core.backends.base import Choice
from core.errors import SenderoError
from core.language import joined, mark, tr

KEPT, REFUSED_FOR = 600.0, 60.0  # seconds that quotas are kept, and a refusal
PATIENCE = 3.0  # seconds that a page waits for them, once: an account's quotas are some thirty pages
USES = {
    "processing": "processing job usage",
    "training": "training job usage",
    "spot": "spot training job usage",
    "transform": "transform job usage",
    "endpoint": "endpoint usage",
}
# Of all instance types together; AWS has worded them in more than one way.
ACROSS = {
    "processing": r"number of instances across (all )?processing jobs",
    "training": r"number of instances across (all )?training jobs",
    "spot": r"number of instances across (all )?spot training jobs",
    "transform": r"number of instances across (all )?transform jobs",
    "endpoint": r"number of instances across (all )?active endpoints",
}
MEMORY = r"(?=.*serverless)(?=.*memory).*"
CONCURRENCY = r"(?=.*serverless)(?=.*total concurrency).*"
ASK = mark("Ask for more under Service Quotas > Amazon SageMaker.")


@dataclass(frozen=True, slots=True)
class Limit:
    """One quota and how much of it something needs. `value` is None where it is not known."""

    quota: str
    value: float | None
    needed: float

    @property
    def exceeded(self) -> bool:
        return self.value is not None and self.value < self.needed

    @property
    def text(self) -> str:
        value = tr("not known") if self.value is None else f"{self.value:g}"
        return tr(
            "{quota}: {value}, needed: {needed}", quota=self.quota, value=value, needed=f"{self.needed:g}"
        )


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of an account and region by name; empty where they could not be read, for a `reason`."""

    values: Mapping[str, float]
    reason: str = ""

    def instances(self, use: str, instance_type: str) -> float | None:
        """Return how many instances of a type may run at once for one use; None where it is not known."""
        return self.values.get(f"{instance_type} for {USES[use]}")

    def limits(self, use: str, instance_type: str, needed: int) -> Iterator[Limit]:
        """Yield the type's own quota, and that of all types together."""
        name = f"{instance_type} for {USES[use]}"
        yield Limit(name, self.values.get(name), needed)
        yield self._named(
            ACROSS[use], f"Number of instances across all {USES[use].removesuffix(' usage')}s", needed
        )

    def serverless(self, memory_mb: int, concurrency: int) -> Iterator[Limit]:
        """Yield what a serverless endpoint takes."""
        yield self._named(MEMORY, "Memory of a serverless endpoint in MB", memory_mb)
        yield self._named(CONCURRENCY, "Total concurrency of serverless endpoints", concurrency)

    def _named(self, pattern: str, words: str, needed: float) -> Limit:
        for name, value in self.values.items():
            if re.fullmatch(pattern, name, re.IGNORECASE):
                return Limit(name, value, needed)
        return Limit(words, None, needed)


def read(session: Session) -> Quotas:
    """Read every quota of SageMaker in this account and region. Raises what AWS refuses."""
    values: dict[str, float] = {}
    more: dict[str, str] = {}
    while True:
        page = session.call(
            "service-quotas", "list_service_quotas", ServiceCode="sagemaker", MaxResults=100, **more
        )
        values |= {row["QuotaName"]: row["Value"] for row in page["Quotas"]}
        if not page.get("NextToken"):
            break
        more = {"NextToken": page["NextToken"]}
    quotas = Quotas(values)
    _cache.put(_account(session), quotas)
    return quotas


NOT_YET = Quotas({}, "AWS has not told them yet.")
_cache = Cache(KEPT)
_reading: dict[tuple[str, str], threading.Thread] = {}
_lock = threading.Lock()


def forget() -> None:
    """Read them from AWS again: another account may stand behind the same settings."""
    with _lock:
        _cache.clear()
        _reading.clear()


def known(session: Session) -> Quotas:
    """Return the quotas as far as they are known by now; a page waits for them once, and the next one has them."""
    account = _account(session)
    with _lock:
        quotas = _cache.latest(account, NOT_YET)
        if _cache.holds(account, factor=1.0 if quotas.values else REFUSED_FOR / KEPT):
            return quotas
        if first := account not in _reading:
            _reading[account] = threading.Thread(target=_read, args=(session, account), daemon=True)
            _reading[account].start()
        thread = _reading[account]
    if first:
        thread.join(PATIENCE)
    return _cache.latest(account, quotas)


def _read(session: Session, account: tuple[str, str]) -> None:
    try:
        read(session)
    except SenderoError as error:
        _cache.put(account, Quotas({}, error.failure.why))
    finally:
        with _lock:
            _reading.pop(account, None)


def _account(session: Session) -> tuple[str, str]:
    return session.settings.profile, session.settings.region


# --- of a choice ------------------------------------------------------------------------------------------


def needs(
    session: Session, quotas: Quotas, kind: str, resource_config: Mapping[str, str], jobs: int = 1
) -> list[Limit]:
    """Return the quotas that `jobs` jobs of a kind, or an endpoint, count against.

    `resource_config` holds every choice with its value.
    """
    if kind == "endpoint" and resource_config["instance_type"] == instances.SERVERLESS:
        return list(
            quotas.serverless(int(resource_config["memory_mb"]), session.settings.serverless_concurrency)
        )
    use = "spot" if resource_config.get("spot") == "yes" else kind
    count = int(resource_config.get("instance_count", "1")) * min(jobs, instances.AT_ONCE)
    return list(quotas.limits(use, resource_config["instance_type"], count))


def has_room(quotas: Quotas, resource_config: Mapping[str, str], jobs: int) -> bool:
    """Return whether so many Training Jobs may run side by side, as far as is known."""
    use = "spot" if resource_config.get("spot") == "yes" else "training"
    count = int(resource_config.get("instance_count", "1")) * jobs
    return not any(limit.exceeded for limit in quotas.limits(use, resource_config["instance_type"], count))


def objection(
    session: Session, quotas: Quotas, kind: str, resource_config: Mapping[str, str], jobs: int = 1
) -> str:
    """Return why AWS will refuse it, and what to do; empty where nothing is known against it."""
    exceeded = [limit for limit in needs(session, quotas, kind, resource_config, jobs) if limit.exceeded]
    if not exceeded:
        return ""
    limits = joined([limit.text for limit in exceeded], "; ")
    refused = tr("The account's quota does not allow it. {limits}.", limits=limits)
    return joined([refused, _instead(quotas, kind, resource_config), tr(ASK)])


def _instead(quotas: Quotas, kind: str, resource_config: Mapping[str, str]) -> str:
    spot = quotas.instances("spot", resource_config["instance_type"]) if kind == "training" else None
    if spot and resource_config.get("spot") != "yes":
        return tr(
            "Managed spot has {spot} of this type: train on spot (--spot yes, SENDERO_SPOT=true).",
            spot=f"{spot:g}",
        )
    allowed = [name for name in instances.instance_types(kind) if quotas.instances(kind, name)]
    if not allowed:
        return ""
    types = ", ".join(f"{name} ({quotas.instances(kind, name):g})" for name in allowed[:4])
    return tr("It allows {types}.", types=types)


def offered(quotas: Quotas, kind: str, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Return the choices with what the quotas say of each value: what is allowed first, what is not last."""
    return tuple(_offered(quotas, kind, choice, choices) for choice in choices)


def _offered(quotas: Quotas, kind: str, choice: Choice, choices: tuple[Choice, ...]) -> Choice:
    if choice.name == "memory_mb":
        limit = next(quotas.serverless(0, 0)).value
        allowed = tuple(value for value in choice.values if limit is None or int(value) <= limit)
        return replace(
            choice,
            values=allowed or choice.values,
            proposed=allowed[-1] if _over(choice, limit) and allowed else "",
        )
    if choice.name == "spot":
        default = next(each.default for each in choices if each.name == "instance_type")
        only = quotas.instances("training", default) == 0 and quotas.instances("spot", default)
        return replace(choice, proposed="yes" if only else "")
    if choice.name != "instance_type":
        return choice
    uses = ("training", "spot") if kind == "training" else (kind,)
    counts = {value: [quotas.instances(use, value) for use in uses] for value in choice.values}
    best = {
        value: max((each for each in of_uses if each is not None), default=None)
        for value, of_uses in counts.items()
    }
    ranks = {value: 1 if best[value] is None else 0 if best[value] else 2 for value in choice.values}
    notes = {value: _note(of_uses) for value, of_uses in counts.items() if best[value] is not None}
    values = tuple(sorted(choice.values, key=ranks.__getitem__))
    proposed = values[0] if ranks.get(choice.default) == 2 and ranks[values[0]] == 0 else ""
    return replace(choice, values=values, notes=notes, proposed=proposed)


def _over(choice: Choice, limit: float | None) -> bool:
    return limit is not None and int(choice.default) > limit


def _note(of_uses: list[float | None]) -> str:
    numbers = [tr("not known") if each is None else f"{each:g}" for each in of_uses]
    if len(numbers) == 2:
        return tr("quota {quota}, on spot {spot}", quota=numbers[0], spot=numbers[1])
    return tr("quota {quota}", quota=numbers[0])
