"""Tests that cost money are run by those alone who ask for them: `pytest -m live`."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `live` in the marker expression, live tests are not part of the run at all."""
    if "live" in (config.option.markexpr or ""):
        return
    kept = [item for item in items if not item.get_closest_marker("live")]
    if dropped := [item for item in items if item.get_closest_marker("live")]:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
