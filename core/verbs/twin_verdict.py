"""What a twin says of the columns that it leaves out, in a word and in a sentence with its numbers."""

from __future__ import annotations

from core import metric_words
from core.judging.comparison import Verdict
from core.judging.intervals import Interval
from core.verbs.twin import Pair, Twin

# Of what there is to gain over a model that knows no column:
NEARLY_ALL = 0.9  # gained with the columns: hardly anything that is known in advance tells so much
MUCH = 0.25  # lost without them
LITTLE = 0.02  # no difference, where no interval of it says better
SPLITS = {"random": "a random split", "time": "a split by time", "group": "a split by group"}


def verdict(twin: Twin) -> str:
    """Return what a twin says: `leaks`, `fades`, `helps`, `same` or `harms`; "" while that is not known.

    It is `unclear` as long as other columns that may leak are still in: what one of them knows the others tell as well.
    """
    compared = {pair.split: pair for pair in twin.pairs if pair.with_it.measured and pair.without.measured}
    own = compared.get(twin.pairs[0].split)
    if own is None:
        return ""
    before, worth = _gained(twin, own.with_it.measured), _worth(twin, own)
    if before >= NEARLY_ALL and worth > MUCH * before:
        return "leaks"
    if twin.others:
        return "unclear"
    later = compared.get("time")
    if later and later is not own and worth > MUCH / 2 and _worth(twin, later) <= 0:
        return "fades"
    return "same" if worth == 0 else "helps" if worth > 0 else "harms"


def sentence(twin: Twin) -> str:
    """Return what a twin says, with its numbers, or why it says nothing as yet."""
    numbers = [
        numbers_of(twin, pair) for pair in twin.pairs if pair.with_it.measured and pair.without.measured
    ]
    return " ".join([*(numbers if verdict(twin) else []), words(twin)])


def words(twin: Twin) -> str:
    """Return the same without the numbers."""
    said, one = verdict(twin), len(twin.columns) == 1
    if not said:
        return "It cannot be told: a job failed." if twin.failed else "The numbers come as the jobs end."
    warned = ", ".join(twin.others)
    return {
        (
            "unclear",
            True,
        ): f"That says little while others that are warned of stay ({warned}): try it without them too.",
        (
            "unclear",
            False,
        ): f"That says little while others that are warned of stay ({warned}): leave them out too.",
        ("leaks", True): "It leaks, unless it is known before the prediction is made: leave it out.",
        ("leaks", False): "They leak, unless they are known before the prediction is made: leave them out.",
        ("fades", True): "What it tells does not hold in later rows: leave it out.",
        ("fades", False): "What they tell does not hold in later rows: leave them out.",
        ("helps", True): "It helps, and nothing here says that it leaks.",
        ("helps", False): "They help, and nothing here says that they leak.",
        ("same", True): "It makes no difference: the model does not need it.",
        ("same", False): "They make no difference: the model does not need them.",
        ("harms", True): "The model is better without it: leave it out.",
        ("harms", False): "The model is better without them: leave them out.",
    }[said, one]


def numbers_of(twin: Twin, pair: Pair) -> str:
    """Return both numbers of a pair in a sentence: `AUC on a random split: with it 1.000, without 0.731.`"""
    label, split = metric_words.label(twin.metric), SPLITS[pair.split]
    with_it, without = written(twin, pair.with_it.measured), written(twin, pair.without.measured)
    them = "it" if len(twin.columns) == 1 else "them"
    apart = f"; the difference is {difference_of(twin, pair)}" if pair.difference else ""
    return f"{label} on {split}: with {them} {with_it}, without {without}{apart}."


def difference_of(twin: Twin, pair: Pair) -> str:
    """Return the difference of a pair as people write it: `+0.269, 0.240 to 0.298`; `-` where there is none."""
    if pair.difference is None:
        return "-"
    value, low, high = (
        metric_words.written(twin.metric, each)
        for each in (pair.difference.value, pair.difference.low, pair.difference.high)
    )
    return f"{'+' if pair.difference.value > 0 else ''}{value}, {low} to {high}"


def written(twin: Twin, measured: Interval | None) -> str:
    """Return a number of a twin as people write it, with its interval; `-` where there is none yet."""
    if measured is None:
        return "-"
    ends = [end for end in (measured.low, measured.high) if end is not None]
    text, *interval = (metric_words.written(twin.metric, value) for value in (measured.value, *ends))
    return f"{text} ({interval[0]} to {interval[1]})" if len(interval) == 2 else text


def _worth(twin: Twin, pair: Pair) -> float:
    """Return how much of what there is to gain the columns add; 0 where that is no more than noise."""
    worth = _gained(twin, pair.with_it.measured) - _gained(twin, pair.without.measured)
    noise = pair.difference.verdict == Verdict.same if pair.difference else abs(worth) < LITTLE
    return 0.0 if noise else worth


def _gained(twin: Twin, measured: Interval | None) -> float:
    """Return how much of what there is to gain over a model without columns is gained, 0 to 1."""
    assert measured
    return (measured.value - twin.floor) / (1 - twin.floor)  # every headline metric is 1 at best
