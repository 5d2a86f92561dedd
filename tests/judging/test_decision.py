"""From scores to a decision: by hand-made tables, and calibration against scikit-learn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from core.encoding.encoded_rows import OddRows
from core.errors import DecisionChanged, StorageDamaged
from core.judging import calibration, decision_file, score_table
from core.judging.decision import Amounts, Capacity, Counts, cheapest, cost, counts, filling, tell
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import Part, Referral
from core.judging.referral import tell as tell_asked
from core.judging.score_table import ScoreTable
from core.storage import DiskStorage

# Ten rows: at and above 0.6 there are 3 of 4 positive, at and above 0.3 there are 4 of 7, and one positive is below.
TABLE = ScoreTable(np.array([0.1, 0.3, 0.6, 0.8]), np.array([2, 2, 1, 0]), np.array([1, 1, 1, 2]))


def test_rows_are_counted_at_and_above_a_threshold():
    assert counts(TABLE, 0.6) == counts(TABLE, 0.31) == Counts(hits=3, false_alarms=1, misses=2, passed=4)
    assert counts(TABLE, 0.0) == Counts(5, 5, 0, 0) and counts(TABLE, 0.9) == Counts(0, 0, 5, 5)
    at = counts(TABLE, 0.6)
    assert (at.precision, at.recall, at.acted_on) == (3 / 4, 3 / 5, 4)
    assert counts(TABLE, 0.9).precision is None
    assert cost(TABLE, 0.6, Amounts(miss=5, false_alarm=1)) == 1000 * (2 * 5 + 1) / 10


@pytest.mark.parametrize(
    ("amounts", "least", "rows"),
    [(Amounts(5, 1), 500, 10), (Amounts(1, 1), 300, 4), (Amounts(1, 3), 300, 2), (Amounts(0, 1), 0, 0)],
)
def test_the_cheapest_threshold_is_the_cheapest_of_all(amounts, least, rows):
    """By hand, of acting on 10, 7, 4, 2 and no rows."""
    threshold = cheapest(TABLE, amounts)
    assert cost(TABLE, threshold, amounts) == least
    assert counts(TABLE, threshold).acted_on == rows


def test_of_thresholds_that_cost_the_same_the_amounts_choose():
    assert cheapest(TABLE, Amounts(1, 1)) == 0.5  # anything above 0.3 and up to 0.6 costs the same
    assert cheapest(TABLE, Amounts(1.1, 1)) == pytest.approx(0.48)  # 1 / 2.1


def test_a_capacity_is_filled_and_never_exceeded():
    assert [
        counts(TABLE, filling(TABLE, Capacity(rows, 10))).acted_on for rows in (1, 2, 3, 4, 6, 7, 10)
    ] == [*(0, 2, 2, 4, 4, 7, 10)]
    assert filling(TABLE, Capacity(4, 10)) == 0.6 and filling(TABLE, Capacity(2000, 1000)) == 0.0
    # Where acting on fewer costs less, a capacity does not have to be used.
    assert counts(TABLE, cheapest(TABLE, Amounts(1, 3), Capacity(7, 10))).acted_on == 2
    assert counts(TABLE, cheapest(TABLE, Amounts(5, 1), Capacity(7, 10))).acted_on == 7


def test_costs_are_held_against_the_others_on_the_same_rows():
    told = tell([(TABLE, 0.3)], Amounts(5, 1))
    assert told.cost.value == 800 and (told.counts, told.half) == (counts(TABLE, 0.3), counts(TABLE, 0.5))
    assert {name: interval.value for name, interval in told.against.items()} == {
        "all": 500,
        "none": 2500,
        "half": 1100,
    }
    assert {name: interval.value for name, interval in told.saved.items()} == {
        "all": -300,
        "none": 1700,
        "half": 300,
    }
    assert tell([(TABLE, 0.5)], Amounts(5, 1)).saved["half"] == Interval(0, 0, 0)


def test_intervals_of_costs_hold_the_truth_as_often_as_they_say():
    random, amounts = np.random.default_rng(3), Amounts(5, 1)

    def drawn(rows: int) -> ScoreTable:
        score = np.round(random.beta(2, 3, rows), 2)
        return score_table.of(random.random(rows) < score, score)

    truth = tell([(drawn(1_000_000), 0.3)], amounts)
    seen = [tell([(drawn(400), 0.3)], amounts) for _ in range(200)]
    for name in ("all", "half"):
        held = [each.saved[name].low <= truth.saved[name].value <= each.saved[name].high for each in seen]
        assert 0.9 <= np.mean(held) <= 0.99


# The rows of TABLE one by one, and what the order of each is worth: to miss the one that scores least costs most.
ROWS = [(0.1, 1, 90), *[(0.1, 0, 5)] * 2, (0.3, 1, 10), *[(0.3, 0, 5)] * 2, (0.6, 1, 20), (0.6, 0, 40)]
ROWS += [(0.8, 1, 30), (0.8, 1, 0)]


def test_an_error_costs_what_its_own_row_says():
    score, positive, worth = map(np.array, zip(*ROWS, strict=True))
    table = score_table.of(positive == 1, score, missed=worth)
    assert (table.score.tolist(), table.positives.tolist()) == (
        [0.1, 0.3, 0.6, 0.8],
        TABLE.positives.tolist(),
    )
    amounts = Amounts(0.5, 8, miss_column="worth")
    # Half of what is missed is worth, and 8 a false alarm: on 10, 7, 4, 2 and no rows.
    by_hand = [5 * 8, 45 + 3 * 8, 50 + 8, 60, 75]
    assert [cost(table, at, amounts) for at in (0, 0.3, 0.6, 0.8, 1)] == [100 * each for each in by_hand]
    assert cheapest(table, amounts) == 0.1, "nearest to 8 / (8 + 15): what a miss costs on average"
    assert cost(table, cheapest(table, amounts, Capacity(4, 10)), amounts) == 5800
    told = tell([(table, 0.6)], amounts)
    assert (told.cost.value, told.against["all"].value, told.against["none"].value) == (5800, 4000, 7500)
    assert told.saved["none"].value == 1700
    both = score_table.of(positive == 1, score, missed=worth, alarmed=worth)
    assert cost(both, 0.3, Amounts(1, 2, "worth", "worth")) == 100 * (90 + 2 * 50)


def test_intervals_of_amounts_by_row_hold_the_truth_too():
    random, amounts = np.random.default_rng(4), Amounts(1, 4, "worth")

    def drawn(rows: int) -> ScoreTable:
        score = np.round(random.beta(2, 3, rows), 2)
        worth = random.lognormal(2, 1, rows)
        return score_table.of(random.random(rows) < score, score, missed=worth)

    truth = tell([(drawn(1_000_000), 0.3)], amounts)
    seen = [tell([(drawn(400), 0.3)], amounts) for _ in range(200)]
    for name in ("none", "half"):
        held = [each.saved[name].low <= truth.saved[name].value <= each.saved[name].high for each in seen]
        assert 0.9 <= np.mean(held) <= 0.99


def test_what_is_chosen_on_other_rows_is_told_of_all_together():
    told = tell([(TABLE, 0.3), (TABLE, 0.6)], Amounts(5, 1))
    assert told.counts == Counts(hits=4 + 3, false_alarms=3 + 1, misses=1 + 2, passed=2 + 4)
    assert told.cost.value == (800 + 1100) / 2


def test_what_a_person_is_asked_is_no_error_any_more():
    """By hand: of ten rows the band holds five, and of the others one is missed."""
    near = Referral(0.3, 0.6)
    told = tell_asked(near, [Part(TABLE, 0.5)], Amounts(5, 1))
    assert (told.asked.value, told.cost.value, told.rows) == (500, 500, 10)
    assert told.asked.low == pytest.approx(236.6, abs=0.1), "Wilson's"
    flagged = tell_asked(Referral(unseen=True), [Part(TABLE, 0.5), Part(TABLE, 0.5, True)], Amounts(5, 1))
    assert (flagged.asked.value, flagged.cost.value) == (500, 1000 * (2 * 5 + 1) / 20)
    odd = OddRows(np.array([True, False, False, True]), np.array([False, False, True, True]))
    asked = replace(DECISION, referral=replace(near, out_of_range=True)).asked(
        np.array([0.2, 0.6, 0.7, 0]), odd
    )
    assert asked.tolist() == [False, True, True, True]
    assert not DECISION.asked(np.array([0.19])).any()


def test_intervals_of_what_a_person_leaves_hold_the_truth_as_often_as_they_say():
    random, amounts, near = np.random.default_rng(5), Amounts(1, 4, "worth"), Referral(0.2, 0.5)

    def drawn(rows: int) -> Part:
        score = np.round(random.beta(2, 3, rows), 2)
        worth = random.lognormal(2, 0.6, rows)
        return Part(score_table.of(random.random(rows) < score, score, missed=worth), 0.3)

    truth = tell_asked(near, [drawn(1_000_000)], amounts)
    seen = [tell_asked(near, [drawn(400)], amounts) for _ in range(200)]
    for name in ("asked", "cost"):
        ends = [getattr(each, name) for each in seen]
        assert 0.9 <= np.mean([each.low <= getattr(truth, name).value <= each.high for each in ends]) <= 0.99


def test_calibration_is_scikit_learns_isotonic_regression():
    random = np.random.default_rng(0)
    score = np.round(random.random(3000), 3)
    label = (random.random(3000) < score**2).astype(float)
    table = score_table.of(label == 1, score)
    ours = calibration.isotonic(table)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(score, label)
    asked = np.linspace(-0.1, 1.1, 4001)
    np.testing.assert_allclose(ours(asked), theirs.predict(asked), atol=1e-12)
    assert (
        calibration.reliability([(table, None)]).error
        > 0.1
        > 0.02
        > calibration.reliability([(table, ours)]).error
    )


DECISION = Decision(
    threshold=0.19,
    chosen_by="cost",
    amounts=Amounts(5, 1),
    capacity=Capacity(200, 1500),
    calibration=calibration.isotonic(TABLE),
    cost_per_1000=Interval(642.5, 577.5, 709.2),
    against={"all": Interval(755, 730, 779)},
    by="ana",
)


def test_a_decision_is_read_as_it_was_written_and_nobodys_is_lost(tmp_path):
    storage, key = DiskStorage(tmp_path), "decision.json"
    assert decision_file.read(storage, key) is None
    first = decision_file.write(storage, key, DECISION, seen=0)
    assert decision_file.read(storage, key) == replace(DECISION, at=first.at, number=1)
    second = decision_file.write(storage, key, replace(DECISION, threshold=0.3, by="bo"), seen=1)
    assert second.number == 2 and second.referral is None
    asking = replace(DECISION, referral=Referral(0.1, 0.3, unseen=True, asked=Interval(120, 100, 140)))
    third = decision_file.write(storage, key, asking, seen=2)
    assert decision_file.read(storage, key).referral == asking.referral
    written = json.loads(storage.read_bytes(key))
    del written["referral"]  # as a file of before
    storage.write_bytes(key, json.dumps(written).encode())
    assert decision_file.read(storage, key) == replace(third, referral=None)
    second = decision_file.write(storage, key, replace(DECISION, threshold=0.3, by="bo"), seen=3)
    with pytest.raises(DecisionChanged, match=r"bo has decided for the threshold 0\.3"):
        decision_file.write(storage, key, DECISION, seen=3)
    assert decision_file.read(storage, key) == second
    storage.write_bytes(key, b'{"threshold": "high"}')
    with pytest.raises(StorageDamaged, match="no decision"):
        decision_file.read(storage, key)


def test_calibration_changes_what_is_shown_and_not_who_is_acted_on():
    score = np.array([0.05, 0.18, 0.19, 0.7])
    plain = replace(DECISION, calibration=None)
    assert DECISION.positive(score).tolist() == plain.positive(score).tolist() == [False, False, True, True]
    assert plain.probability(score).tolist() == score.tolist()
    assert DECISION.probability(np.array([0.1, 0.8])).tolist() == [1 / 3, 1.0]
    assert DECISION.shown_threshold == pytest.approx(1 / 3)
