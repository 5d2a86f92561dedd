"""A workspace with a data set and splits, a backend on it, and nothing left running afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "workspace")
    rig.fill()
    yield rig
    rig.end_all()
