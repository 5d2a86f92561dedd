"""What an endpoint was asked, as CloudWatch has counted it.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.backends.aws.session.connection import Parameters, Session
from core.backends.base import Traffic

LOOKED_BACK = timedelta(days=15)  # as long as CloudWatch keeps minutes
PERIOD = 15 * 86400  # seconds: one figure for all of it
COUNTS = {"requests": "Invocations", "client": "Invocation4XXErrors", "server": "Invocation5XXErrors"}
PERCENTILES = ("p50", "p90", "p99")
LATENCY, WAKING = "ModelLatency", "ModelSetupTime"  # in microseconds; the second of serverless endpoints only


def traffic(session: Session, name: str, created: datetime) -> Traffic:
    """Return the figures of an endpoint since it was created, or of the last days. Raises what AWS refuses."""
    now = datetime.now(UTC)
    since = max(created, now - LOOKED_BACK)
    queries = [_query(key, name, metric, "Sum") for key, metric in COUNTS.items()]
    queries += [_query(share, name, LATENCY, share) for share in PERCENTILES]
    queries += [_query("worked", name, LATENCY, "Sum"), _query("waking", name, WAKING, "Sum")]
    queries.append(_query("wakings", name, WAKING, "SampleCount"))
    answer = session.call(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=queries,
        StartTime=since,
        EndTime=now + timedelta(minutes=1),
    )
    found = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
    counts = {key: int(sum(found.get(key, ()))) for key in (*COUNTS, "wakings")}
    seconds = {key: sum(found.get(key, ())) / 1e6 for key in ("worked", "waking")}
    # Two figures where the period's end lies in between: the later one.
    latency = {share: found[share][0] / 1000 if found.get(share) else None for share in PERCENTILES}
    return Traffic(
        since,
        counts["requests"],
        counts["client"] + counts["server"],
        latency,
        seconds["worked"],
        counts["wakings"],
        1000 * seconds["waking"] / counts["wakings"] if counts["wakings"] else None,
    )


def _query(key: str, name: str, metric: str, statistic: str) -> Parameters:
    dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
    named = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": key, "MetricStat": {"Metric": named, "Period": PERIOD, "Stat": statistic}}
