"""What a job or an endpoint will cost, with what was assumed said in the same breath.

A job is billed by the second while its instances are there, so what it costs is known when it has ended. Before that
there are two bounds: a job with next to no work, and one that runs until it is stopped (`max_runtime`). What moves
the lower bound is assumed, not measured, and the text says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.backends.aws.money import prices
from core.backends.aws.resources import instances
from core.backends.aws.session.connection import Session
from core.backends.base import Estimate
from core.backends.inventory import HOURS_A_MONTH
from core.language import joined, tr
from core.numbers import fixed, number
from core.values import parse_duration

START = 120.0  # seconds that are billed before the work begins; assumed
MB_A_SECOND = 5.0  # of data that a job gets through; assumed, on the slow side
SLOWEST = 0.5  # MB a second of a transform job, to which SageMaker sets no time limit; assumed


def estimate(
    session: Session, kind: str, resource_config: Mapping[str, str], size: int, jobs: int = 1, judge: str = ""
) -> Estimate:
    """Return what `jobs` jobs of `kind`, or an endpoint, will cost with `size` bytes of data.

    `resource_config` holds every choice with its value, as `instances.chosen` answers it; `judge` is the instance type
    that judges a model. Raises what the session raises.
    """
    if kind == "endpoint":
        return _endpoint(session, resource_config)
    work = _jobs(session, kind, resource_config, size, jobs)
    if kind not in ("training", "tuning"):
        return work
    # The model, or the best of several, is judged on the test split by one Processing Job more.
    judging = instances.chosen(session, "processing", {"instance_type": judge} if judge else {})
    evaluation = _jobs(session, "processing", judging, 0, 1)
    if work.low is None or work.high is None or evaluation.low is None or evaluation.high is None:
        basis = joined([work.basis, tr("Its evaluation: {basis}", basis=evaluation.basis)])
        source = evaluation.source if evaluation.high is None else work.source
        return Estimate(None, None, work.per_hour, basis, source)
    alone = tr(
        "With its evaluation, {low} to {high} USD.",
        low=fixed(evaluation.low, 2),
        high=fixed(evaluation.high, 2),
    )
    low, high = work.low + evaluation.low, work.high + evaluation.high
    return Estimate(low, high, work.per_hour, joined([work.basis, alone]), work.source)


def _jobs(session: Session, kind: str, resource_config: Mapping[str, str], size: int, jobs: int) -> Estimate:
    instance, count, longest = (
        resource_config["instance_type"],
        int(resource_config.get("instance_count", "1")),
        resource_config.get("max_runtime"),
    )
    price = prices.hourly(session, prices.OF_KIND[kind], instance)
    what = f"{count} x {instance}"
    if jobs > 1:
        what = tr("{machines}, {jobs} times", machines=what, jobs=jobs)
    if price.usd is None:
        basis = (
            tr("{machines}, stopped after {longest} at the latest.", machines=what, longest=longest)
            if longest
            else tr("{machines}, until the rows are done.", machines=what)
        )
        return Estimate(None, None, None, basis, price.source)
    rate = price.usd * count
    most = parse_duration(longest) if longest else START + size / 1e6 / SLOWEST
    least = min(START + size / 1e6 / MB_A_SECOND, most)
    assumed = {
        "machines": what,
        "usd": number(price.usd),
        "minutes": fixed(START / 60, 0),
        "speed": fixed(MB_A_SECOND, 0),
    }
    basis = (
        tr(
            "{machines} at {usd} USD an hour: the least assumes {minutes} minutes to start and {speed} MB of data a"
            " second, the most is a job that is stopped after {longest}.",
            **assumed,
            longest=longest,
        )
        if longest
        else tr(
            "{machines} at {usd} USD an hour: the least assumes {minutes} minutes to start and {speed} MB of data a"
            " second, the most is {slowest} MB a second; nothing stops it earlier.",
            **assumed,
            slowest=number(SLOWEST),
        )
    )
    spot = resource_config.get("spot") == "yes"
    cheaper = tr("Managed spot costs less, nobody knows how much beforehand: these are on-demand prices.")
    basis = joined([basis, cheaper if spot else "", tr("Storage, logs and requests come on top.")])
    low = 0.0 if spot else jobs * rate * least / 3600
    at_once = min(
        jobs, instances.AT_ONCE + 1
    )  # for a while the trial with the given values beside the tuner's
    return Estimate(low, jobs * rate * most / 3600, rate * at_once, basis, price.source)


def _endpoint(session: Session, resource_config: Mapping[str, str]) -> Estimate:
    if resource_config["instance_type"] == instances.SERVERLESS:
        memory = int(resource_config["memory_mb"])
        second, data = prices.serverless_second(session, memory), prices.data_gb(session)
        return Estimate(0.0, 0.0, 0.0, _serverless(second.usd, data.usd, memory), second.source)
    price = prices.hourly(session, "Hosting", resource_config["instance_type"])
    if price.usd is None:
        basis = tr(
            "{instance} is billed for every hour until the endpoint is deleted.",
            instance=resource_config["instance_type"],
        )
        return Estimate(None, None, None, basis, price.source)
    month = price.usd * HOURS_A_MONTH
    basis = tr(
        "That is one hour of {instance} at {usd} USD, asked or not, until the endpoint is "
        "deleted: {month} USD in a month of {hours} hours.",
        instance=resource_config["instance_type"],
        usd=number(price.usd),
        month=fixed(month, 2),
        hours=HOURS_A_MONTH,
    )
    return Estimate(price.usd, price.usd, price.usd, basis, price.source)


def _serverless(second: float | None, data: float | None, memory: int) -> str:
    """Return in a sentence what is billed of a serverless endpoint, as far as its prices are known."""
    exact = "" if second is None else _exact(second)
    if second is not None and data is not None:
        return tr(
            "A serverless endpoint costs nothing while nobody asks it; each second of work costs {second} USD with"
            " {memory} MB, each GB of data {data} USD.",
            second=exact,
            memory=memory,
            data=number(data),
        )
    if second is not None:
        return tr(
            "A serverless endpoint costs nothing while nobody asks it; each second of work costs {second} USD with"
            " {memory} MB.",
            second=exact,
            memory=memory,
        )
    if data is not None:
        return tr(
            "A serverless endpoint costs nothing while nobody asks it, each GB of data {data} USD.",
            data=number(data),
        )
    return tr("A serverless endpoint costs nothing while nobody asks it.")


def idle_per_hour(session: Session, resource_config: Mapping[str, str]) -> float | None:
    """Return what an idle endpoint costs an hour, in USD; None where no price is known."""
    return _endpoint(session, resource_config).per_hour


def per_second(session: Session, resource_config: Mapping[str, str]) -> float | None:
    """Return what a second of work costs in USD, nothing where hours are billed; None where no price is known."""
    if resource_config["instance_type"] != instances.SERVERLESS:
        return 0.0
    return prices.serverless_second(session, int(resource_config["memory_mb"])).usd


def _exact(usd: float) -> str:
    """Return a small price without an exponent: 0.00004."""
    return fixed(usd, 7).rstrip("0")
