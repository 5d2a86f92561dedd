"""The same tests over every backend: `place` is one of them, with the penguins profiled and a model trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backends.base import Job
from core.settings import Settings
from tests.aws.enforced import enforce, fresh_settings
from tests.backends.once import run_once
from tests.backends.place import Place

BACKENDS = (pytest.param("local", marks=pytest.mark.slow), pytest.param("aws", marks=pytest.mark.aws))


@pytest.fixture(scope="module", params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An empty place on one backend, for all tests of a module; what they start is ended.

    On AWS it is a new account, in which only what the policies that we print allow is allowed.
    """
    scratch = tmp_path_factory.mktemp(request.param)
    yield from open_place(request, request.param, scratch)


def open_place(request: pytest.FixtureRequest, backend: str, scratch: Path) -> Iterator[Place]:
    if backend == "aws":
        aws = request.getfixturevalue("aws_module")
        settings = fresh_settings(aws, f"contract/{scratch.name}")
        enforce(aws, settings)
    else:
        settings = Settings.load(backend="local", workspace=scratch / "workspace")
    place = Place(settings, scratch)
    yield place
    place.tidy()
    if backend == "aws":
        assert aws.missed == [], "the policies that we print lack what a role needs"


@pytest.fixture(scope="module")
def eda(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The penguins profiled and split: run once on each backend, for all modules."""
    return run_once(tmp_path_factory, place, "eda", Place.eda)


@pytest.fixture(scope="module")
def model(place: Place, eda: Job, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A model trained on them, likewise."""
    return run_once(tmp_path_factory, place, "model", lambda place: place.train(eda.name))
