"""What a twin says of the columns that it leaves out, in a word and in a sentence with its numbers."""

from __future__ import annotations

from core import metric_words
from core.judging.comparison import Verdict
from core.judging.intervals import Interval
from core.language import mark, tr
from core.verbs.twin import Pair, Twin

# Of what there is to gain over a model that knows no column:
NEARLY_ALL = 0.9  # gained with the columns: hardly anything that is known in advance tells so much
MUCH = 0.25  # lost without them
LITTLE = 0.02  # no difference, where no interval of it says better
SPLITS = {
    "random": mark("a random split"),
    "time": mark("a split by time"),
    "group": mark("a split by group"),
}


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
        return (
            tr("It cannot be told: a job failed.") if twin.failed else tr("The numbers come as the jobs end.")
        )
    warned = ", ".join(twin.others)
    return {
        (
            "unclear",
            True,
        ): tr(
            "That says little while others that are warned of stay ({warned}): try it without them too.",
            warned=warned,
        ),
        (
            "unclear",
            False,
        ): tr(
            "That says little while others that are warned of stay ({warned}): leave them out too.",
            warned=warned,
        ),
        ("leaks", True): tr("It leaks, unless it is known before the prediction is made: leave it out."),
        ("leaks", False): tr(
            "They leak, unless they are known before the prediction is made: leave them out."
        ),
        ("fades", True): tr("What it tells does not hold in later rows: leave it out."),
        ("fades", False): tr("What they tell does not hold in later rows: leave them out."),
        ("helps", True): tr("It helps, and nothing here says that it leaks."),
        ("helps", False): tr("They help, and nothing here says that they leak."),
        ("same", True): tr("It makes no difference: the model does not need it."),
        ("same", False): tr("They make no difference: the model does not need them."),
        ("harms", True): tr("The model is better without it: leave it out."),
        ("harms", False): tr("The model is better without them: leave them out."),
    }[said, one]


def numbers_of(twin: Twin, pair: Pair) -> str:
    """Return both numbers of a pair in a sentence: `AUC on a random split: with it 1.000, without 0.731.`"""
    text = _NUMBERS[len(twin.columns) == 1, pair.difference is not None]
    return tr(
        text,
        metric=metric_words.label(twin.metric),
        split=tr(SPLITS[pair.split]),
        with_it=written(twin, pair.with_it.measured),
        without=written(twin, pair.without.measured),
        difference=difference_of(twin, pair),
    )


# By whether it is one column, and whether there is a difference to tell.
_NUMBERS = {
    (True, True): mark(
        "{metric} on {split}: with it {with_it}, without {without}; the difference is {difference}."
    ),
    (True, False): mark("{metric} on {split}: with it {with_it}, without {without}."),
    (False, True): mark(
        "{metric} on {split}: with them {with_it}, without {without}; the difference is {difference}."
    ),
    (False, False): mark("{metric} on {split}: with them {with_it}, without {without}."),
}


def difference_of(twin: Twin, pair: Pair) -> str:
    """Return the difference of a pair as people write it: `+0.269, 0.240 to 0.298`; `-` where there is none."""
    if pair.difference is None:
        return "-"
    value, low, high = (
        metric_words.written(twin.metric, each)
        for each in (pair.difference.value, pair.difference.low, pair.difference.high)
    )
    sign = "+" if pair.difference.value > 0 else ""
    return tr("{value}, {low} to {high}", value=f"{sign}{value}", low=low, high=high)


def written(twin: Twin, measured: Interval | None) -> str:
    """Return a number of a twin as people write it, with its interval; `-` where there is none yet."""
    if measured is None:
        return "-"
    ends = [end for end in (measured.low, measured.high) if end is not None]
    text, *interval = (metric_words.written(twin.metric, value) for value in (measured.value, *ends))
    return (
        tr("{value} ({low} to {high})", value=text, low=interval[0], high=interval[1])
        if len(interval) == 2
        else text
    )


def _worth(twin: Twin, pair: Pair) -> float:
    """Return how much of what there is to gain the columns add; 0 where that is no more than noise."""
    worth = _gained(twin, pair.with_it.measured) - _gained(twin, pair.without.measured)
    noise = pair.difference.verdict == Verdict.same if pair.difference else abs(worth) < LITTLE
    return 0.0 if noise else worth


def _gained(twin: Twin, measured: Interval | None) -> float:
    """Return how much of what there is to gain over a model without columns is gained, 0 to 1."""
    assert measured
    return (measured.value - twin.floor) / (1 - twin.floor)  # every headline metric is 1 at best
