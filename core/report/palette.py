"""The colours of the report's pictures and of the pages' charts. report.css has them too, for light and for dark."""

from __future__ import annotations

# Told apart without colour vision too (Okabe and Ito's palette), on light and on dark.
COLORS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
    *("#f0e442", "#7f3c8d", "#8c6d31", "#8a8a8a"),
)
HISTOGRAM_FILE = "#2563a8"  # of the PNGs
