"""Histogram pictures: matplotlib draws counts that the engine made, on one figure that is used again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def safe_names(columns: Iterable[str]) -> dict[str, str]:
    """{column: file name}, made of safe characters and different even where case is ignored."""
    taken: set[str] = set()
    names = {}
    for column in columns:
        base = stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", column).strip("._")[:80] or "column"
        number = 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{base}_{number}"
        taken.add(stem.casefold())
        names[column] = f"{stem}_histogram.png"
    return names


def _scale(axes: Any, histogram: dict[str, Any]) -> None:
    if histogram["scale"] == "log":
        axes.set_xscale("log")
    elif histogram["scale"] == "symlog":
        axes.set_xscale("symlog", linthresh=histogram["unit"])


def draw_histograms(folder: Path, histograms: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Draw {column: {edges, counts, scale, unit}} into `folder`; yields (column, file name) as each is written."""
    figure, axes = plt.subplots(figsize=(6.4, 4.0), dpi=80)
    try:
        for column, name in safe_names(histograms).items():
            edges, counts = histograms[column]["edges"], histograms[column]["counts"]
            axes.clear()
            _scale(axes, histograms[column])
            if counts:
                axes.stairs(counts, edges, fill=True, color="#2563a8")
            axes.set_title(column.replace("$", r"\$")[:80])
            axes.set_xlabel("value")
            axes.set_ylabel("rows")
            figure.savefig(folder / name)
            yield column, name
    finally:
        plt.close(figure)
