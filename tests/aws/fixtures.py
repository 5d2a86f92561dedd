"""The rig for any test: `aws` is an empty account for one test, `aws_module` one for all tests of a module.

A module takes one of them, not both.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.aws_double.rig import AwsRig


@pytest.fixture(scope="session")
def aws_server() -> Iterator[AwsRig]:
    """The one server of a test run. Tests take `aws` or `aws_module`."""
    from tests.aws.image import STAND_IN
    from tests.aws_double.rig import AwsRig

    with AwsRig(STAND_IN, "sendero-rig", "SenderoExecutionRole") as rig:
        yield rig


def _fresh(rig: AwsRig, patch: pytest.MonkeyPatch) -> Iterator[AwsRig]:
    from core.backends.aws import backend
    from core.backends.aws.money import prices

    rig.reset()
    # This process has asked the account before, and here names are used again as no account ever does.
    prices.forget()
    backend.forget()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in rig.environment().items():
        patch.setenv(name, value)
    yield rig
    if streamlit := sys.modules.get("streamlit"):
        streamlit.cache_resource.clear()  # what pages kept of this account, and who watches its endpoints for them
    rig.check_defects()


@pytest.fixture
def aws(aws_server: AwsRig, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsRig]:
    """An empty account, and this process's environment points to it."""
    assert not aws_server.lent, (
        "a module takes aws or aws_module: there is one server, and one would empty the other's"
    )
    yield from _fresh(aws_server, monkeypatch)


@pytest.fixture(scope="module")
def aws_module(aws_server: AwsRig) -> Iterator[AwsRig]:
    """The same for a whole module, whose tests go on from one another."""
    aws_server.lent = True
    with pytest.MonkeyPatch.context() as patch:
        yield from _fresh(aws_server, patch)
    aws_server.lent = False
