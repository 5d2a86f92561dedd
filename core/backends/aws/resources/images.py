"""The XGBoost image: one for processing, training and hosting (docs/design.md, section 6)."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from core.backends.aws.session.refusals import NoRegionImage

VERSION = "3.2-0"  # pinned: "latest" means an ancient image
PYTHON = "3.12"
REPOSITORIES = ("sagemaker-xgboost", "sagemaker-spark-processing")  # all that a job may run in
# What is in it, of what our jobs import (docs/design.md, section 6).
PACKAGES = {
    "pandas": "2.2.3", "numpy": "2.1.0", "matplotlib": "3.10.9", "pyarrow": "22.0.0",
    "scikit-learn": "1.8.0", "xgboost": "3.2.0", "jinja2": "3.1.6",  # the last one by way of Flask 3.1
}  # fmt: skip


def xgboost_image(region: str) -> str:
    """Return the XGBoost image's URI in `region`. Raises NoRegionImage."""
    return image_uri(region, framework="xgboost", version=VERSION)


@lru_cache
def image_uri(region: str, **image: str) -> str:
    """Return an image's URI in `region`, by the SageMaker SDK's table; no request is sent. Raises NoRegionImage."""
    # To import the SDK is more work than all else that a launch does: its answer, by its version, is kept on disk.
    named = "-".join(
        ["sagemaker", version("sagemaker"), region, *(f"{key}={image[key]}" for key in sorted(image))]
    )
    kept = cache_folder() / "images" / quote(named, safe="=")
    with contextlib.suppress(OSError):
        if uri := kept.read_text(encoding="utf-8"):
            return uri
    uri = _retrieved(region, **image)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False, encoding="utf-8") as draft:
            draft.write(uri)
        os.replace(draft.name, kept)
    return uri


def _retrieved(region: str, **image: str) -> str:
    quiet()
    from sagemaker.core import image_uris  # late: it takes seconds

    # `image` is named by what the SDK's table has, such as framework and version.
    retrieve: Callable[..., str] = image_uris.retrieve
    try:
        return retrieve(region=region, **image)
    except (ValueError, KeyError) as error:
        raise NoRegionImage(region=region, reason=f"The SageMaker SDK says: {error}") from error


def cache_folder() -> Path:
    """Return the folder of what programs can fetch again (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sendero"


def quiet() -> None:
    """Opt out of the SageMaker SDK's telemetry, which must be done by a file and before its import."""
    if "SAGEMAKER_USER_CONFIG_OVERRIDE" in os.environ:
        return
    file = Path(tempfile.gettempdir()) / f"sendero-sagemaker-{os.getuid()}" / "config.yaml"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
    )
    os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"] = str(file)
