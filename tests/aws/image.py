"""What the AWS double runs as the XGBoost image: our stand-in for it."""

from __future__ import annotations

from core.container.metric_names import MAXIMIZE, MINIMIZE
from tests.aws_double.image import Image
from tests.conftest import ROOT

CONTAINER = ("python3", "-m", "core.container")
STAND_IN = Image(
    train=(*CONTAINER, "train", "--prefix", "{ml}"),
    serve=(*CONTAINER, "serve", "--prefix", "{ml}", "--fd", "{fd}"),
    folder=ROOT,
    metrics=[f"validation:{name}" for name in MAXIMIZE + MINIMIZE],
)
