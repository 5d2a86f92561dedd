"""A twin on every backend: its jobs alone say how far it is, so that whoever looks goes on with it."""

from __future__ import annotations

from core.backends.requests import JobKind
from core.verbs import twin
from core.verbs.eda import report_of
from core.verbs.twin_verdict import sentence, verdict
from tests.backends.place import until


def test_a_twin_is_gone_on_with_by_whoever_looks(place, eda):
    report = report_of(place.backend, eda.name)
    assert twin.of(place.backend, eda.name, report) == []
    planned = twin.plan(place.backend, eda.name, ["sex"], report)
    costs = twin.estimate(place.backend, planned)
    assert "1 EDA and 2 Training Jobs" in costs.basis
    assert (costs.high or 0) > 0 if place.backend.capabilities.costs_money else costs.high == 0
    started = twin.start(place.backend, eda.name, ["sex"], report)
    again = twin.start(place.backend, eda.name, ["sex"], report)  # another tab
    for first, second in zip(
        started.arms, again.arms, strict=True
    ):  # the same jobs, some of which may have ended
        assert first.eda is None or second.eda.name == first.eda.name
        assert first.training is None or second.training.name == first.training.name

    def ended() -> twin.Twin | None:
        (found,) = twin.of(
            place.backend, eda.name, report
        )  # as after a reload: nothing but its jobs is known
        assert len(found.running) <= twin.AT_ONCE and not found.failed
        return found if found.ended else twin.advance(place.backend, found, report) and None

    whole = until(ended, "the twin")
    (pair,) = whole.pairs
    assert pair.with_it.eda.name == eda.name and pair.without.eda.request["without"] == ["sex"]
    assert whole.metric == "balanced_accuracy" and pair.with_it.measured and pair.without.measured
    assert pair.difference and pair.difference.low <= pair.difference.value <= pair.difference.high
    assert verdict(whole) and "with it" in sentence(whole)
    # What looks again launches nothing more, and the plan of the next EDA is the one of before.
    count = len(place.backend.jobs())
    assert twin.start(place.backend, eda.name, ["sex"], report) == whole
    assert len(place.backend.jobs()) == count
    twins = [job for job in place.backend.jobs(JobKind.processing) if job.request.get("twin_of")]
    assert len(twins) == 1
