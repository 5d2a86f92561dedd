"""What an image is called: asked of the SageMaker SDK once for each of its versions, for its import takes seconds."""

from __future__ import annotations

import pytest

from core.backends.aws.resources import images
from core.backends.aws.session.refusals import NoRegionImage


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    images.image_uri.cache_clear()
    yield tmp_path / "sendero" / "images"
    images.image_uri.cache_clear()


def test_an_answer_is_kept_for_the_next_process(folder):
    uri = images.xgboost_image("eu-central-1")
    assert uri.endswith(f".dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:{images.VERSION}")
    assert images.xgboost_image("us-east-1") != uri
    kept = [path for path in folder.iterdir() if "eu-central-1" in path.name]
    assert [path.read_text() for path in kept] == [uri] and len(list(folder.iterdir())) == 2
    kept[0].write_text("as it was kept")
    images.image_uri.cache_clear()
    assert images.xgboost_image("eu-central-1") == "as it was kept"
    kept[0].write_text("")  # cut short by a full disk
    images.image_uri.cache_clear()
    assert images.xgboost_image("eu-central-1") == uri


def test_a_region_without_the_image_is_refused_each_time(folder):
    for _ in range(2):
        with pytest.raises(NoRegionImage, match="eu-nowhere-1"):
            images.xgboost_image("eu-nowhere-1")
    assert not folder.exists()


def test_a_folder_that_takes_no_file_is_no_failure(folder):
    folder.parent.mkdir()
    folder.write_text("in the way")
    assert images.xgboost_image("eu-central-1").endswith(images.VERSION)
