"""What a twin says of a column, by its numbers."""

from __future__ import annotations

import pytest

from core.configuration import Configuration
from core.judging.comparison import Difference
from core.judging.intervals import Interval
from core.verbs.twin import Arm, Pair, Twin
from core.verbs.twin_verdict import sentence, verdict

WHOLE = Configuration("late", dataset="flights")


def twin(*pairs: tuple, others: tuple[str, ...] = ()) -> Twin:
    """A twin without `delay`, judged by AUC: of each pair how it is split, the value with it and the one without, and
    the interval of their difference.
    """

    def pair(split: str, with_it: float, without: float | None, *ends: float) -> Pair:
        made = [
            Arm(WHOLE, (), measured=None if each is None else Interval(each)) for each in (with_it, without)
        ]
        apart = Difference("auc", without, with_it, with_it - without, *ends) if ends else None
        return Pair(split, None, *made, apart)

    return Twin("eda-1", ("delay",), tuple(pair(*each) for each in pairs), "auc", 0.5, others)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("random", 1.0, 0.73), ("time", 1.0, 0.7)], "leaks"),
        ([("random", 0.8, 0.73)], "helps"),
        ([("random", 0.8, 0.6), ("time", 0.6, 0.62)], "fades"),
        ([("random", 0.8, 0.6), ("time", 0.7, 0.6)], "helps"),
        ([("random", 0.73, 0.8)], "harms"),
        ([("random", 0.735, 0.73)], "same"),
        ([("random", 0.80, 0.77, -0.01, 0.07)], "same"),  # as the rows say, one by one
        ([("random", 0.735, 0.73, 0.001, 0.009)], "helps"),
        (
            [("random", 1.0, None), ("time", 1.0, 0.7)],
            "",
        ),  # the job's own split decides, and is not there yet
    ],
)
def test_the_verdict_follows_from_the_numbers(pairs, said):
    assert verdict(twin(*pairs)) == said


def test_what_other_columns_know_as_well_cannot_be_told_apart():
    found = twin(("random", 1.0, 0.92), others=("arrival",))
    assert verdict(found) == "unclear" and "arrival" in sentence(found)
    assert verdict(twin(("random", 1.0, 0.73), others=("arrival",))) == "leaks"


def test_its_sentence_has_the_numbers():
    text = sentence(twin(("random", 1.0, 0.731, 0.24, 0.298), ("time", 1.0, 0.7)))
    assert text.startswith(
        "AUC on a random split: with it 1.000, without 0.731; the difference is +0.269, 0.240 to 0.298."
    )
    assert "AUC on a split by time: with it 1.000, without 0.700. It leaks" in text
    assert sentence(twin(("random", 1.0, None))) == "The numbers come as the jobs end."
