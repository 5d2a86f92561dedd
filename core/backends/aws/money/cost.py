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
        basis = f"{work.basis} Its evaluation: {evaluation.basis}"
        source = evaluation.source if evaluation.high is None else work.source
        return Estimate(None, None, work.per_hour, basis, source)
    basis = (
        f"{work.basis} With its evaluation, {fixed(evaluation.low, 2)} to {fixed(evaluation.high, 2)} USD."
    )
    low, high = work.low + evaluation.low, work.high + evaluation.high
    return Estimate(low, high, work.per_hour, basis, work.source)


def _jobs(session: Session, kind: str, resource_config: Mapping[str, str], size: int, jobs: int) -> Estimate:
    instance, count, longest = (
        resource_config["instance_type"],
        int(resource_config.get("instance_count", "1")),
        resource_config.get("max_runtime"),
    )
    price = prices.hourly(session, prices.OF_KIND[kind], instance)
    what = f"{count} x {instance}" + (f", {jobs} times" if jobs > 1 else "")
    if price.usd is None:
        end = f"stopped after {longest} at the latest" if longest else "until the rows are done"
        return Estimate(None, None, None, f"{what}, {end}.", price.source)
    rate = price.usd * count
    most = parse_duration(longest) if longest else START + size / 1e6 / SLOWEST
    least = min(START + size / 1e6 / MB_A_SECOND, most)
    slowest = f"{number(SLOWEST)} MB a second; nothing stops it earlier"
    basis = (
        f"{what} at {number(price.usd)} USD an hour: the least assumes {fixed(START / 60, 0)} minutes to start and "
        f"{fixed(MB_A_SECOND, 0)} MB of data a second, the most is "
        f"{f'a job that is stopped after {longest}' if longest else slowest}."
    )
    if spot := resource_config.get("spot") == "yes":
        basis += " Managed spot costs less, nobody knows how much beforehand: these are on-demand prices."
    basis += " Storage, logs and requests come on top."
    low = 0.0 if spot else jobs * rate * least / 3600
    at_once = min(
        jobs, instances.AT_ONCE + 1
    )  # for a while the trial with the given values beside the tuner's
    return Estimate(low, jobs * rate * most / 3600, rate * at_once, basis, price.source)


def _endpoint(session: Session, resource_config: Mapping[str, str]) -> Estimate:
    if resource_config["instance_type"] == instances.SERVERLESS:
        memory = int(resource_config["memory_mb"])
        second, data = prices.serverless_second(session, memory), prices.data_gb(session)
        basis = "A serverless endpoint costs nothing while nobody asks it"
        if second.usd is not None:
            basis += f"; each second of work costs {_exact(second.usd)} USD with {memory} MB"
        if data.usd is not None:
            basis += f", each GB of data {number(data.usd)} USD"
        return Estimate(0.0, 0.0, 0.0, f"{basis}.", second.source)
    price = prices.hourly(session, "Hosting", resource_config["instance_type"])
    if price.usd is None:
        basis = f"{resource_config['instance_type']} is billed for every hour until the endpoint is deleted."
        return Estimate(None, None, None, basis, price.source)
    month = price.usd * HOURS_A_MONTH
    basis = (
        f"That is one hour of {resource_config['instance_type']} at {number(price.usd)} USD, asked or not, until the "
        f"endpoint is deleted: {fixed(month, 2)} USD in a month of {HOURS_A_MONTH} hours."
    )
    return Estimate(price.usd, price.usd, price.usd, basis, price.source)


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
