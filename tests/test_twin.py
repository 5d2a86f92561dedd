"""What a twin says of a column, by its numbers."""

from __future__ import annotations

import pytest

from core.configuration import Configuration
from core.verbs.twin import Arm, Measured, Pair, Twin
from core.verbs.twin_verdict import sentence, verdict

WHOLE = Configuration("late", dataset="flights")


def twin(*pairs: tuple, others: tuple[str, ...] = ()) -> Twin:
    """A twin without `delay`, judged by AUC: of each pair how it is split, the value with it and the one without."""

    def arm(value: float | tuple[float, float, float] | None) -> Arm:
        measured = (
            None if value is None else Measured(*value) if isinstance(value, tuple) else Measured(value)
        )
        return Arm(WHOLE, (), measured=measured)

    made = tuple(Pair(split, None, arm(with_it), arm(without)) for split, with_it, without in pairs)
    return Twin("eda-1", ("delay",), made, "auc", 0.5, others)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("random", 1.0, 0.73), ("time", 1.0, 0.7)], "leaks"),
        ([("random", 0.8, 0.73)], "helps"),
        ([("random", 0.8, 0.6), ("time", 0.6, 0.62)], "fades"),
        ([("random", 0.8, 0.6), ("time", 0.7, 0.6)], "helps"),
        ([("random", 0.73, 0.8)], "harms"),
        ([("random", 0.735, 0.73)], "same"),
        ([("random", (0.80, 0.76, 0.84), (0.77, 0.73, 0.81))], "same"),  # each is within the other's interval
        ([("random", (0.80, 0.79, 0.81), (0.77, 0.76, 0.78))], "helps"),
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
    text = sentence(twin(("random", (1.0, 0.999, 1.0), (0.731, 0.7, 0.76)), ("time", 1.0, 0.7)))
    assert text.startswith(
        "AUC on a random split: with it 1.000 [0.999, 1.000], without 0.731 [0.700, 0.760]."
    )
    assert "AUC on a split by time: with it 1.000, without 0.700. It leaks" in text
    assert sentence(twin(("random", 1.0, None))) == "The numbers come as the jobs end."
