"""The pictures of one column: how its values are distributed, and how the target goes with them."""

from __future__ import annotations

from core import numbers
from core.language import mark, tr
from core.report import wording
from core.report.column_schema import ColumnEntry, HistogramCounts, TargetBin, Timeline, TopValue, estimate
from core.report.pictures import Bars, Histogram, Picture, Points, Shares
from core.report.schema import Report, Target

WEEKDAYS = (
    *(mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday")),
    *(mark("Saturday"), mark("Sunday")),
)
PARTS = 10  # shares told apart in one picture
ON_LINE = mark(
    "Histogram of {name} in {bins} from {low} to {high}; the fullest bin, from {begin} to {end}, has {rows}."
)
ON_LOGARITHMS = mark(
    "Histogram of {name} in {bins} from {low} to {high} on a logarithmic scale; the fullest bin, from {begin} to"
    " {end}, has {rows}."
)
SMALL = 24  # bars of a picture of a word's size


def distribution(column: ColumnEntry) -> Picture | None:
    """Return the histogram, timeline or most frequent values of a column; None where it has neither."""
    if (histogram := column.get("histogram")) and histogram["counts"]:
        return _histogram(column["name"], histogram)
    if (timeline := column.get("timeline")) and timeline["counts"]:
        return _timeline(column["name"], timeline)
    top = column.get("top")
    return _top(column, top) if top else None


def shape(column: ColumnEntry) -> list[int]:
    """Return the counts of `distribution` in SMALL bars at most, for a picture of a word's size."""
    drawn = column.get("histogram") or column.get("timeline")
    if not drawn or not (counts := drawn["counts"]):
        return [top["rows"] for top in column.get("top", [])][:SMALL]
    bins = -(-len(counts) // SMALL)  # neighbours are one bar
    return [sum(counts[start : start + bins]) for start in range(0, len(counts), bins)]


def _histogram(name: str, drawn: HistogramCounts) -> Histogram:
    edges, counts, scale = drawn["edges"], drawn["counts"], drawn.get("scale", "linear")
    most = max(range(len(counts)), key=counts.__getitem__)
    low, high = numbers.number(edges[0]), numbers.number(edges[-1])
    alt = tr(
        ON_LINE if scale == "linear" else ON_LOGARITHMS,
        name=name,
        bins=numbers.count(len(counts), "bin", "bins"),
        low=low,
        high=high,
        begin=numbers.number(edges[most]),
        end=numbers.number(edges[most + 1]),
        rows=numbers.count(counts[most], "row", "rows"),
    )
    rows = zip(map(numbers.number, edges), map(numbers.number, edges[1:]), counts, strict=False)
    title = name if scale == "linear" else tr("{name}, logarithmic scale", name=name)
    return Histogram(
        title=title, alt=alt, header=(tr("above"), tr("up to"), tr("rows")), rows=tuple(rows),
        edges=tuple(edges), counts=tuple(counts), scale=scale,
    )  # fmt: skip


def _timeline(name: str, timeline: Timeline) -> Bars:
    labels, counts = timeline["periods"], timeline["counts"]
    unit = wording.said(wording.UNITS, timeline["unit"])
    most = max(range(len(counts)), key=counts.__getitem__)
    alt = tr(
        "Rows of {name} by {unit}, from {first} to {last}; most in {period}: {rows} rows.",
        name=name,
        unit=unit,
        first=labels[0],
        last=labels[-1],
        period=labels[most],
        rows=numbers.integer(counts[most]),
    )
    return Bars(
        title=tr("{name} by {unit}", name=name, unit=unit), alt=alt, header=(unit, tr("rows")),
        rows=tuple(zip(labels, counts, strict=True)),
        labels=tuple(labels), values=tuple(counts), unit="rows", across=False,
    )  # fmt: skip


def weekdays(column: ColumnEntry) -> Bars | None:
    """Return rows of a date column by weekday."""
    timeline = column.get("timeline")
    counts = timeline.get("weekdays") if timeline else None
    if not counts or not sum(counts):
        return None
    most, least = (pick(range(7), key=counts.__getitem__) for pick in (max, min))
    days = [tr(day) for day in WEEKDAYS]
    alt = tr(
        "Rows of {name} by weekday; most on {day}, {most}, fewest on {other_day}, {fewest}.",
        name=column["name"],
        day=days[most],
        most=numbers.integer(counts[most]),
        other_day=days[least],
        fewest=numbers.integer(counts[least]),
    )
    return Bars(
        title=tr("By weekday"), alt=alt, header=(tr("weekday"), tr("rows")), rows=tuple(zip(days, counts, strict=True)),
        labels=tuple(day[:3] for day in days), values=tuple(counts), unit="rows", across=False,
    )  # fmt: skip


def _top(column: ColumnEntry, top: list[TopValue]) -> Bars:
    values, counts = [str(item["value"]) for item in top], [item["rows"] for item in top]
    rows = [
        (value, item["rows"], numbers.share(item["share"])) for value, item in zip(values, top, strict=True)
    ]
    more = column["distinct"] - len(top)
    alt = tr(
        "Most frequent values of {name}; the first is {value}, {rows}.",
        name=column["name"],
        value=wording.short(values[0]),
        rows=numbers.count(counts[0], "row", "rows"),
    )
    title = column["name"]
    if more > 0:
        all_values = numbers.integer(column["distinct"])
        title = tr("{name}, {some} of {all} values", name=title, some=len(top), all=all_values)
    return Bars(
        title=title,
        alt=alt, header=(tr("value"), tr("rows"), tr("share")), rows=tuple(rows),
        labels=tuple(values), values=tuple(counts), unit="rows",
    )  # fmt: skip


def by_target(column: ColumnEntry, report: Report) -> Points | Shares | None:
    """Return the target's rate or mean by bin or category of a column; shares of classes where there are several.

    Of a column that becomes several features it is by the one that tells most.
    """
    bins, target = column.get("target_by"), report["target"]
    if not bins:
        return None
    signal = column.get("signal")
    by = signal["feature"] if signal else column["name"]
    labels = numbers.apart(lambda digits: [_label(item, digits) for item in bins])
    if "shares" in bins[0]:
        return _class_shares(by, target, bins, labels)
    percent = "rate" in bins[0]
    values, lows, highs = zip(*map(estimate, bins), strict=True)
    write = numbers.share if percent else numbers.number
    what = wording.followed(target)
    most, least = (pick(range(len(values)), key=values.__getitem__) for pick in (max, min))
    alt = tr(
        "{what} by {by}: from {least} for {label} to {most} for {other_label}.",
        what=what,
        by=by,
        least=write(values[least]),
        label=labels[least],
        most=write(values[most]),
        other_label=labels[most],
    )
    rows = [
        (label, item["rows"], *map(write, interval))
        for label, item, *interval in zip(labels, bins, values, lows, highs, strict=True)
    ]
    return Points(
        title=tr("{what} by {by}", what=what, by=by), alt=alt,
        header=(by, tr("rows"), what, tr("95% from"), tr("to")), rows=tuple(rows),
        labels=labels, values=values, lows=lows, highs=highs, weights=tuple(item["share"] for item in bins),
        level=_level(report), unit=what, percent=percent,
        ordered=not any(isinstance(item.get("value"), str) for item in bins),
    )  # fmt: skip


def _level(report: Report) -> float:
    """Return the rate or the mean of the target over all rows."""
    target = report["target"]
    if target["classes"]:
        return next(item["share"] for item in target["classes"] if item["class"] == target["positive"])
    return next(column.get("mean") or 0.0 for column in report["columns"] if column["name"] == target["name"])


def _class_shares(by: str, target: Target, bins: list[TargetBin], labels: tuple[str, ...]) -> Shares:
    classes = [item["class"] for item in sorted(target["classes"], key=lambda item: -item["rows"])]
    shown = classes if len(classes) <= PARTS else classes[: PARTS - 1]
    parts = {name: tuple(b.get("shares", {}).get(name, 0.0) for b in bins) for name in shown}
    if more := len(classes) - len(shown):
        rest = tuple(max(0.0, 1 - sum(values)) for values in zip(*parts.values(), strict=True))
        parts[_free(numbers.count(more, "other class", "other classes"), classes)] = rest
    rows = [
        (label, item["rows"], *(numbers.share(parts[name][i]) for name in parts))
        for i, (label, item) in enumerate(zip(labels, bins, strict=True))
    ]
    first = next(iter(parts))
    most = max(range(len(bins)), key=parts[first].__getitem__)
    return Shares(
        title=tr("Classes by {by}", by=by),
        alt=tr(
            "Shares of the classes of {target} by {by}; {first} has its largest, {share}, for {label}.",
            target=target["name"], by=by, first=first, share=numbers.share(parts[first][most]), label=labels[most],
        ),
        header=(by, tr("rows"), *parts), rows=tuple(rows), labels=labels, parts=parts,
    )  # fmt: skip


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "…"
    return name


def _label(item: TargetBin, digits: int) -> str:
    if item.get("blank"):
        return tr("blank")
    if item.get("other"):
        return tr("all others")
    if item.get("unseen"):
        return tr("not in training")
    if "value" in item:
        return str(item["value"])
    return numbers.period(item.get("from"), item.get("to"), digits)
