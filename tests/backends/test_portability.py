"""A model belongs to no backend: trained on one it is deployed on the other, and answers the same."""

from __future__ import annotations

import pytest

from core import inference, pipeline
from core.backends.base import JobStatus
from core.settings import Settings
from tests.backends.place import Place, aws_settings, carry
from tests.cli.data import penguins

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def places(aws_module, tmp_path_factory):
    """(this machine, SageMaker)."""
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    local = Place(Settings.load(backend="local", workspace=here / "workspace"), here)
    aws = Place(aws_settings(aws_module, there.name), there)
    yield {"local": local, "aws": aws}
    local.tidy()
    aws.tidy()


@pytest.mark.parametrize("home, abroad", [("local", "aws"), ("aws", "local")])
def test_a_model_answers_the_same_on_the_other_backend(places, home, abroad, tmp_path):
    source, target = places[home], places[abroad]
    eda = source.eda(token=home).name
    model = source.train(eda, token=home).name
    carry(source, target, f"processing/{eda}", f"training/{model}")
    assert target.backend.job(model).status == JobStatus.completed

    rows = penguins(tmp_path / "rows.csv")
    answers = {}
    for name, place in ((home, source), (abroad, target)):
        pipeline.deploy(place.backend, model, name=f"from-{home}")
        place.in_service(f"from-{home}")
        inference.predict(place.backend, f"from-{home}", rows, tmp_path / name)
        answers[name] = (tmp_path / name).read_bytes()
        assert (
            inference.predict_test_split(place.backend, f"from-{home}", tmp_path / "out.csv").agreement == 1.0
        )
        pipeline.delete(place.backend, f"from-{home}")
    assert answers[home] == answers[abroad]
