"""Histogram pictures: matplotlib draws counts that the engine made, on one figure that is used again."""

# pyright: standard
# Not strict as the rest of this room: most of what matplotlib takes has no type.

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from core.numbers import apart, number
from core.report.column_schema import HistogramCounts
from core.report.palette import COLORS

TICKS = 6  # of an axis: a picture takes most of its time to write what stands at them
EXTREME = (1e-100, 1e100)  # beyond, the arithmetic of axes over- or underflows


def safe_names(columns: Iterable[str]) -> dict[str, str]:
    """Return {column: file name}, made of safe characters and different even where case is ignored."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for column in columns:
        base = stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", column).strip("._")[:80] or "column"
        number = 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{base}_{number}"
        taken.add(stem.casefold())
        names[column] = f"{stem}_histogram.png"
    return names


def draw_histograms(folder: Path, histograms: dict[str, HistogramCounts]) -> Iterator[tuple[str, str]]:
    """Draw {column: histogram} into `folder`; yields (column, file name) as each is written."""
    figure = Figure(figsize=(6.4, 4.0), dpi=80)  # not by pyplot, whose import a job pays at its start
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_ylabel("rows")
    axes.yaxis.set_major_locator(_round_locator())
    # Labels and title have a place of their own: to find one, every tick would be measured again for each picture.
    axes.xaxis.set_label_coords(0.5, -0.1)
    axes.yaxis.set_label_coords(-0.13, 0.5)
    for column, name in safe_names(histograms).items():
        # What is on the axes is taken off again: to clear them makes every tick anew, which takes half the time.
        drawn = _draw(axes, histograms[column])
        axes.set_title(column[:80], y=1.0, parse_math=False)
        _save(figure, folder / name)
        yield column, name
        drawn.remove()


def _save(figure: Figure, path: Path) -> None:
    """Write the picture. A sign that the font lacks is an empty box in it; the report has the name beside it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure.savefig(
            path, pil_kwargs={"compress_level": 1}
        )  # a fifth larger than at 6, in a fifth of the time


def _round_locator() -> MaxNLocator:
    return MaxNLocator(TICKS, steps=[1, 2, 2.5, 5, 10], min_n_ticks=4)


def _draw(axes: Axes, histogram: HistogramCounts) -> StepPatch:
    """Draw bars as wide as their bins, or on a log scale all of one width, with the edges written below."""
    edges, counts, scale = histogram["edges"], histogram["counts"], histogram.get("scale", "linear")
    if scale == "linear" and EXTREME[0] < max(map(abs, edges)) < EXTREME[1]:
        axes.xaxis.set_major_locator(_round_locator())
        axes.xaxis.set_major_formatter(ScalarFormatter())
        positions = edges
    else:
        positions = list(range(len(edges)))
        shown = positions[:: max(1, len(counts) // TICKS)]
        labels = apart(lambda digits: [number(edges[position], digits - 3) for position in shown])
        axes.set_xticks(shown, labels)
    axes.set_xlabel("value" if scale == "linear" else "value, on a log scale")
    axes.set_xlim(positions[0], positions[-1])
    axes.set_ylim(0, 1.05 * max(counts) or 1)
    return axes.stairs(counts, positions, fill=True, color=COLORS[0])
