"""Where a model fails, in sentences with their numbers, for pages, the command line and the model card."""

from __future__ import annotations

from core import numbers
from core.judging.costly_rows import LOG_LOSS
from core.judging.failures import Failures
from core.judging.intervals import Interval
from core.judging.slices import Slice
from core.language import joined, listed, mark, tr, trn
from core.retelling import retold

METHOD = mark(
    "Each slice is held against the rest of the rows: error rates by Fisher's exact test, mean errors by Welch's"
    " t-test. Of all that are looked at, those are told that Benjamini and Hochberg (1995) tell at 5%: about one"
    " in twenty of them may be chance."
)
RATIO = mark(
    "The ratio is to the highest share among the values with enough rows. Below four fifths is where US employment"
    " guidelines (29 CFR 1607.4 D, 1978) begin to ask; whether a difference is fair, no figure tells."
)
FOUR_FIFTHS = 0.8  # EEOC, Uniform Guidelines (1978), 29 CFR 1607.4 D


def metric(failures: Failures) -> str:
    """Return what the errors are called."""
    return tr("Mean error") if failures.problem == "regression" else tr("Wrong")


def second(failures: Failures) -> str:
    """Return what the figure beside it is called."""
    return tr("Bias") if failures.problem == "regression" else tr("Log loss")


def second_figure(failures: Failures, each: Slice) -> str:
    """Return the figure beside it as people write it."""
    if each.second is None:
        return ""
    return numbers.number(each.second, 3) if failures.problem == "regression" else numbers.score(each.second)


def figure(failures: Failures, value: float, digits: int = 3) -> str:
    """Return an error rate, or a mean error, as people write it."""
    if failures.problem == "regression":
        return numbers.number(value, digits)
    return numbers.percent(value) if value >= 0.1 or value == 0 else numbers.share(value)


def span(failures: Failures, interval: Interval) -> str:
    """Return a figure with its interval: `37% (33% to 42%)`."""
    value = figure(failures, interval.value)
    if interval.low is None or interval.high is None:
        return value
    low, high = figure(failures, interval.low), figure(failures, interval.high)
    return tr("{value} ({low} to {high})", value=value, low=low, high=high)


def ends(failures: Failures, interval: Interval) -> str:
    """Return the interval alone: `33% to 42%`."""
    if interval.low is None or interval.high is None:
        return ""
    return tr("{low} to {high}", low=figure(failures, interval.low), high=figure(failures, interval.high))


def difference(failures: Failures, each: Slice) -> str:
    """Return how far a slice is from the rest, with its sign: in points of percent, or in the target's unit."""
    if failures.problem == "regression":
        return f"{'+' if each.difference > 0 else ''}{numbers.number(each.difference, 3)}"
    return tr("{points} points", points=numbers.signed(100 * each.difference, 1))


def chance(each: Slice) -> str:
    """Return what chance has to do with a slice."""
    if each.tail is None:
        return tr("too few rows")
    return tr("worse") if each.worse else tr("within chance")


def share(part: float | None) -> str:
    """Return a share of rows, nothing where there is none."""
    return "" if part is None else numbers.share(part)


def costly(failures: Failures) -> str:
    """Return which rows are listed."""
    many = len(failures.costly.cells)
    rows = numbers.count(many, "row", "rows")
    if failures.problem == "regression":
        return trn(
            "The {rows} whose prediction is furthest from the truth, the worst first, as they stand in the file.",
            "The {rows} whose prediction is furthest from the truth, the worst first, as they stand in the file.",
            many,
            rows=rows,
        )
    if LOG_LOSS not in failures.costly.answer_names:
        return tr("{rows} of those that are wrong, as they stand in the file.", rows=rows)
    if failures.costly.by_amounts:
        return trn(
            "The {rows} that cost most by the amounts of the decision, as they stand in the file.",
            "The {rows} that cost most by the amounts of the decision, as they stand in the file.",
            many,
            rows=rows,
        )
    return trn(
        "The {rows} on which the model was surest and wrong, the surest first, as they stand in the file.",
        "The {rows} on which the model was surest and wrong, the surest first, as they stand in the file.",
        many,
        rows=rows,
    )


def name(each: Slice) -> str:
    """Return what a slice is called: `origin: EWR and dep_time, hour: 20:00 to 23:59`."""
    return listed(
        [
            tr("{column}: {value}", column=retold(column), value=retold(value))
            for column, value in zip(each.columns, each.values, strict=True)
        ]
    )


def of_rows(failures: Failures, each: Slice) -> str:
    """Return how a slice does, as half a sentence: `37% (33% to 42%) of 456 rows are wrong`."""
    rows, value = numbers.count(each.rows, "row", "rows"), span(failures, each.value)
    if failures.problem == "regression":
        return tr("the mean error of {rows} is {value}", rows=rows, value=value)
    return tr("{value} of {rows} are wrong", rows=rows, value=value)


def overall(failures: Failures) -> str:
    """Return how the model does on all rows that were looked at."""
    value, rows = span(failures, failures.value), _all_rows(failures)
    if failures.problem == "regression":
        return tr("The mean error of {rows} is {value}.", rows=rows, value=value)
    if failures.threshold is None:
        return tr("{value} of {rows} are wrong.", value=value, rows=rows)
    return tr(
        "{value} of {rows} are wrong, at the threshold {threshold}.",
        value=value,
        rows=rows,
        threshold=numbers.number(failures.threshold, 3),
    )


def _all_rows(failures: Failures) -> str:
    """Return which rows were looked at, in a few words."""
    if failures.out_of_fold:
        return tr(
            "{rows}, each judged by the model of a fold that has not seen it,",
            rows=numbers.count(failures.rows, "row", "rows"),
        )
    rows = numbers.count(failures.rows, "test row", "test rows")
    if failures.rows < failures.test_rows:
        return tr("{rows}, evenly spread over {all}", rows=rows, all=numbers.integer(failures.test_rows))
    return rows


def verdict(failures: Failures) -> str:
    """Return how many slices are worse than chance would give, and the worst of them."""
    worse, looked_at = failures.worse, failures.looked_at
    if not looked_at:
        return tr("There are too few rows, or too few different values, to look at any slice.")
    slices = numbers.count(looked_at, "slice", "slices")
    if not worse:
        return trn(
            "None of the {slices} looked at is worse than chance would give.",
            "None of the {slices} looked at is worse than chance would give.",
            looked_at,
            slices=slices,
        )
    first = worse[0]
    return trn(
        "Of {slices} looked at, {number} is worse than chance would give. The worst is {name}: {told}.",
        "Of {slices} looked at, {number} are worse than chance would give. The worst is {name}: {told}.",
        len(worse),
        slices=slices,
        number=numbers.integer(len(worse)),
        name=name(first),
        told=of_rows(failures, first),
    )


def over_time(failures: Failures) -> str:
    """Return the worst and the best period."""
    judged = [each for each in failures.periods if each.tail is not None]
    if len(judged) < 2:
        return ""
    worst, best = (pick(judged, key=lambda each: each.value.value) for pick in (max, min))
    beyond = sum(each.worse for each in judged)
    ends = tr(
        "Lowest in {best} ({lowest}), highest in {worst} ({highest}).",
        best=retold(best.values[0]),
        lowest=figure(failures, best.value.value),
        worst=retold(worst.values[0]),
        highest=figure(failures, worst.value.value),
    )
    if not beyond:
        told = tr(
            "None of the {periods} periods is worse than chance would give.",
            periods=numbers.integer(len(judged)),
        )
    else:
        told = trn(
            "{number} period of {periods} is worse than chance would give.",
            "{number} periods of {periods} are worse than chance would give.",
            beyond,
            number=numbers.integer(beyond),
            periods=numbers.integer(len(judged)),
        )
    return joined([ends, told])


def fairness(failures: Failures, column: str) -> str:
    """Return who is selected most and least by one column's values, and whether the ratio is below four fifths."""
    groups = [each for each in failures.by(column) if each.tail is not None and each.selected is not None]
    if len(groups) < 2:
        return ""
    most, least = (pick(groups, key=lambda each: each.selected or 0.0) for pick in (max, min))
    positive = failures.classes[1]
    if most.selected is None or least.selected is None or least.ratio is None:
        return tr("No row is predicted as {positive}.", positive=positive)
    facts = {
        "most": numbers.share(most.selected),
        "first": retold(most.values[0]),
        "positive": positive,
        "least": numbers.share(least.selected),
        "last": retold(least.values[0]),
        "ratio": numbers.fixed(least.ratio, 2),
    }
    if least.ratio < FOUR_FIFTHS:
        return tr(
            "{most} of {first} are predicted as {positive}, and {least} of {last}: a ratio of {ratio}, below four"
            " fifths.",
            **facts,
        )
    return tr(
        "{most} of {first} are predicted as {positive}, and {least} of {last}: a ratio of {ratio}, not below four"
        " fifths.",
        **facts,
    )
