"""Two EDA reports side by side: what the second has that the first had not, and what moved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.report.column_schema import ColumnEntry, HistogramCounts, TopValue
from core.report.schema import Report, ReportWarning

STATISTICS = ("distinct", "minimum", "maximum", "mean", "std", "skew")
NOTABLE = 0.01  # differences of less say nothing


@dataclass(frozen=True, slots=True)
class Moved:
    """How one column differs. `distance` of the distributions is between 0 (alike) and 1 (nothing in common), None
    where they cannot be compared: for numbers the largest difference of the cumulated shares of rows
    (Kolmogorov-Smirnov, as far as the histograms tell), for texts half the sum of the differences of the shares
    (total variation, over the values that both reports list)."""

    name: str
    kinds: tuple[str, str]
    missing: tuple[float, float]  # shares
    signal: tuple[float | None, float | None]
    distance: float | None
    statistics: dict[str, tuple[object, object]]  # those that differ

    @property
    def changed(self) -> bool:
        """Return whether anything differs enough to be shown."""
        missing = abs(self.missing[0] - self.missing[1]) > NOTABLE
        values = missing or (self.distance or 0) > NOTABLE or bool(self.statistics)
        return values or self.kinds[0] != self.kinds[1] or not _same(*self.signal, NOTABLE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """From one report to another. `moved` has the columns of both that changed, the most changed first."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[Moved, ...]
    alike: int  # columns of both that did not change
    configuration: dict[str, tuple[object, object]]  # choices that differ
    numbers: dict[str, tuple[int, int]]
    warnings_gone: tuple[ReportWarning, ...]
    warnings_new: tuple[ReportWarning, ...]


def compare(before: Report, after: Report) -> Comparison:
    """Compare two reports."""
    old = {column["name"]: column for column in before["columns"]}
    new = {column["name"]: column for column in after["columns"]}
    both = [_moved(old[name], new[name]) for name in new if name in old]
    moved = sorted(
        (m for m in both if m.changed), key=lambda m: (m.kinds[0] == m.kinds[1], -(m.distance or 0))
    )
    configurations = before["configuration"], after["configuration"]
    gone, come = (_warnings(one, other) for one, other in ((before, after), (after, before)))
    return Comparison(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        moved=tuple(moved),
        alike=len(both) - len(moved),
        configuration={
            key: (configurations[0].get(key), configurations[1].get(key))
            for key in dict.fromkeys((*configurations[0], *configurations[1]))
            if configurations[0].get(key) != configurations[1].get(key)
        },
        numbers=_numbers(before, after),
        warnings_gone=gone,
        warnings_new=come,
    )


def _numbers(before: Report, after: Report) -> dict[str, tuple[int, int]]:
    def of(report: Report) -> dict[str, int]:
        facts = report["overview"]
        names = ("rows", "columns", "features", "missing_cells", "duplicates", "broken_rows", "left_out_rows")
        sizes = {f"{name} rows": split["rows"] for name, split in report["splits"]["sizes"].items()}
        return {name.replace("_", " "): facts[name] for name in names} | sizes

    old, new = of(before), of(after)
    return {name: (old.get(name, 0), value) for name, value in new.items()}


def _warnings(these: Report, without: Report) -> tuple[ReportWarning, ...]:
    def what(item: ReportWarning) -> tuple[str, frozenset[str]]:
        return item["code"], frozenset(item["columns"])

    known = {what(item) for item in without["warnings"]}
    return tuple(item for item in these["warnings"] if what(item) not in known)


def _moved(old: ColumnEntry, new: ColumnEntry) -> Moved:
    def alone(column: ColumnEntry) -> float | None:
        return column["signal"]["value"] if column["signal"] else None

    def share(column: ColumnEntry) -> float:
        return column["missing"] / max(column["rows"], 1)

    return Moved(
        name=new["name"],
        kinds=(old["kind"], new["kind"]),
        missing=(share(old), share(new)),
        signal=(alone(old), alone(new)),
        distance=distance(old, new),
        statistics={
            key: (old.get(key), new.get(key)) for key in STATISTICS if not _same(old.get(key), new.get(key))
        },
    )


def _same(old: object, new: object, within: float = 0.0) -> bool:
    """Return whether both are alike but for the last digits, which depend on the order in which an engine adds."""
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=1e-9, abs_tol=within)
    return old == new


def distance(old: ColumnEntry, new: ColumnEntry) -> float | None:
    """Return how far apart the distributions of two column entries are (see Moved)."""
    one, other = old.get("histogram"), new.get("histogram")
    if one and other and one["counts"] and other["counts"]:
        return _of_histograms(one, other)
    if (top := old.get("top")) and (new_top := new.get("top")):
        return _of_values(top, new_top)
    return None


def _of_histograms(old: HistogramCounts, new: HistogramCounts) -> float:
    edges: npt.NDArray[np.float64] = np.unique([*old["edges"], *new["edges"]])

    def cumulated(shape: HistogramCounts) -> npt.NDArray[np.float64]:
        counts: npt.NDArray[np.int64] = np.cumsum([0, *shape["counts"]])
        # Within a bin the rows are taken to lie evenly.
        return np.interp(edges, shape["edges"], counts / max(int(counts[-1]), 1))

    return float(np.abs(cumulated(old) - cumulated(new)).max())


def _of_values(old: list[TopValue], new: list[TopValue]) -> float:
    shares = [{str(item["value"]): item["share"] for item in top} for top in (old, new)]
    names = {*shares[0], *shares[1]}
    rest = [max(1 - sum(part.values()), 0.0) for part in shares]
    apart = sum(abs(shares[0].get(name, 0.0) - shares[1].get(name, 0.0)) for name in names)
    return min((apart + abs(rest[0] - rest[1])) / 2, 1.0)
