"""The colours of every chart: on the pages (by the theme, .streamlit/config.toml), in the HTML report and its PNGs.

A test holds the theme and report.css to them.
"""

from __future__ import annotations

COLORS = (
    *("#0b6e4f", "#d97706", "#2563a8", "#a855a0", "#8a6d1b"),
    *("#4b9fbf", "#b3443b", "#5b7065", "#7c6bd6", "#9aa5a0"),
)
# The same, lighter, for dark pages: each 3 to 1 against their ground (WCAG 1.4.11).
ON_DARK = (
    *("#2b9672", "#e08a1e", "#4a86cc", "#b968b1", "#a98a35"),
    *("#5aaecd", "#c95f55", "#758b7f", "#8f80e0", "#a9b4af"),
)
SEQUENTIAL = (
    *("#f0f7f4", "#d6ebe2", "#b3dac9", "#8cc6ad", "#62b08f"),
    *("#3c9874", "#1f805e", "#0b6e4f", "#08563e", "#053d2c"),
)
DIVERGING = (
    *("#7a3d04", "#a85806", "#d97706", "#eda95c", "#f6d9b4"),
    *("#d6ebe2", "#8cc6ad", "#3c9874", "#0b6e4f", "#053d2c"),
)
