"""Where a model fails, in sentences with their numbers, for pages, the command line and the model card."""

from __future__ import annotations

from core import numbers
from core.judging.failures import Failures
from core.judging.intervals import Interval
from core.judging.slices import Slice

METHOD = (
    "Each slice is held against the rest of the rows: error rates by Fisher's exact test, mean errors by Welch's"
    " t-test. Of all that are looked at, those are told that Benjamini and Hochberg (1995) tell at 5%: about one"
    " in twenty of them may be chance."
)
RATIO = (
    "The ratio is to the highest share among the values with enough rows. Below four fifths is where US employment"
    " guidelines (29 CFR 1607.4 D, 1978) begin to ask; whether a difference is fair, no figure tells."
)
FOUR_FIFTHS = 0.8  # EEOC, Uniform Guidelines (1978), 29 CFR 1607.4 D


def metric(failures: Failures) -> str:
    """Return what the errors are called."""
    return "Mean error" if failures.problem == "regression" else "Wrong"


def second(failures: Failures) -> str:
    """Return what the figure beside it is called."""
    return "Bias" if failures.problem == "regression" else "Log loss"


def second_figure(failures: Failures, each: Slice) -> str:
    """Return the figure beside it as people write it."""
    if each.second is None:
        return ""
    return (
        f"{numbers.number(each.second, 3)}"
        if failures.problem == "regression"
        else numbers.score(each.second)
    )


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
    return f"{value} ({figure(failures, interval.low)} to {figure(failures, interval.high)})"


def ends(failures: Failures, interval: Interval) -> str:
    """Return the interval alone: `33% to 42%`."""
    if interval.low is None or interval.high is None:
        return ""
    return f"{figure(failures, interval.low)} to {figure(failures, interval.high)}"


def difference(failures: Failures, each: Slice) -> str:
    """Return how far a slice is from the rest, with its sign: in points of percent, or in the target's unit."""
    if failures.problem == "regression":
        return f"{'+' if each.difference > 0 else ''}{numbers.number(each.difference, 3)}"
    return f"{100 * each.difference:+.1f} points"


def chance(each: Slice) -> str:
    """Return what chance has to do with a slice."""
    return "too few rows" if each.tail is None else "worse" if each.worse else "within chance"


def share(part: float | None) -> str:
    """Return a share of rows, nothing where there is none."""
    return "" if part is None else numbers.share(part)


def costly(failures: Failures) -> str:
    """Return which rows are listed."""
    many = len(failures.costly.cells)
    rows = numbers.count(many, "row", "rows")
    if failures.problem == "regression":
        return f"The {rows} whose prediction is furthest from the truth, the worst first, as they stand in the file."
    if "log loss" not in failures.costly.answer_names:
        return f"{rows} of those that are wrong, as they stand in the file."
    if failures.costly.by_amounts:
        return f"The {rows} that cost most by the amounts of the decision, as they stand in the file."
    return f"The {rows} on which the model was surest and wrong, the surest first, as they stand in the file."


def name(each: Slice) -> str:
    """Return what a slice is called: `origin EWR and dep_time, hour 20:00 to 23:59`."""
    return " and ".join(f"{column}: {value}" for column, value in zip(each.columns, each.values, strict=True))


def of_rows(failures: Failures, each: Slice) -> str:
    """Return how a slice does, as half a sentence: `37% (33% to 42%) of 456 rows are wrong`."""
    if failures.problem == "regression":
        return f"the mean error of {numbers.count(each.rows, 'row', 'rows')} is {span(failures, each.value)}"
    return f"{span(failures, each.value)} of {numbers.count(each.rows, 'row', 'rows')} are wrong"


def overall(failures: Failures) -> str:
    """Return how the model does on all rows that were looked at."""
    all_rows = (
        numbers.count(failures.rows, "row", "rows")
        if failures.out_of_fold
        else numbers.count(failures.rows, "test row", "test rows")
    )
    if failures.out_of_fold:
        all_rows += ", each judged by the model of a fold that has not seen it,"
    spread = (
        f", evenly spread over {numbers.integer(failures.test_rows)}"
        if failures.rows < failures.test_rows
        else ""
    )
    if failures.problem == "regression":
        return f"The mean error of {all_rows}{spread} is {span(failures, failures.value)}."
    at = "" if failures.threshold is None else f", at the threshold {numbers.number(failures.threshold, 3)}"
    return f"{span(failures, failures.value)} of {all_rows}{spread} are wrong{at}."


def verdict(failures: Failures) -> str:
    """Return how many slices are worse than chance would give, and the worst of them."""
    worse, looked_at = failures.worse, failures.looked_at
    if not looked_at:
        return "There are too few rows, or too few different values, to look at any slice."
    if not worse:
        return f"None of the {numbers.count(looked_at, 'slice', 'slices')} looked at is worse than chance would give."
    first = worse[0]
    are = "is" if len(worse) == 1 else "are"
    return (
        f"Of {numbers.count(looked_at, 'slice', 'slices')} looked at, {numbers.integer(len(worse))} "
        f"{are} worse than chance would"
        f" give. The worst is {name(first)}: {of_rows(failures, first)}."
    )


def over_time(failures: Failures) -> str:
    """Return the worst and the best period."""
    judged = [each for each in failures.periods if each.tail is not None]
    if len(judged) < 2:
        return ""
    worst, best = (pick(judged, key=lambda each: each.value.value) for pick in (max, min))
    beyond = [each for each in judged if each.worse]
    told = (
        f"{numbers.count(len(beyond), 'period', 'periods')} of {numbers.integer(len(judged))} "
        f"{'is' if len(beyond) == 1 else 'are'} worse than chance would give."
        if beyond
        else f"None of the {numbers.integer(len(judged))} periods is worse than chance would give."
    )
    return (
        f"Lowest in {best.values[0]} ({figure(failures, best.value.value)}), highest in {worst.values[0]}"
        f" ({figure(failures, worst.value.value)}). {told}"
    )


def fairness(failures: Failures, column: str) -> str:
    """Return who is selected most and least by one column's values, and whether the ratio is below four fifths."""
    groups = [each for each in failures.by(column) if each.tail is not None and each.selected is not None]
    if len(groups) < 2:
        return ""
    most, least = (pick(groups, key=lambda each: each.selected or 0.0) for pick in (max, min))
    if most.selected is None or least.selected is None or least.ratio is None:
        return f"No row is predicted as {failures.classes[1]}."
    low = "below" if least.ratio < FOUR_FIFTHS else "not below"
    return (
        f"{numbers.share(most.selected)} of {most.values[0]} are predicted as {failures.classes[1]}, and"
        f" {numbers.share(least.selected)} of {least.values[0]}: a ratio of"
        f" {numbers.fixed(least.ratio, 2)}, {low} four fifths."
    )
