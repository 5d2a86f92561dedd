"""An endpoint without a schedule is ended by the app, also when no page is open."""

from __future__ import annotations

import time

import pytest

from core.backends.base import EndpointStatus
from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.verbs import endpoints
from core.verbs.promote import promote
from tests.browser.rig import settled

pytestmark = pytest.mark.aws
PATIENCE = 90  # seconds; only ever used up by a failure


@pytest.fixture
def settings(aws) -> dict[str, str]:
    return {"backend": "aws", "bucket": aws.bucket, "role": aws.role, "poll_seconds": "0.5"}


def test_the_app_ends_an_endpoint_that_nobody_looks_at(app, tab, aws, trained):
    settled(tab)
    here = LocalBackend(trained)
    model = promote(here, app.backend(), here.jobs(JobKind.training)[0].name).name
    tab.goto("about:blank")
    endpoint = endpoints.deploy(app.backend(), model, "forgotten", "10s")
    assert endpoint.ends_by == "this app, while it runs"
    client, deadline = aws.client("sagemaker"), time.monotonic() + PATIENCE
    while client.list_endpoints()["Endpoints"]:  # asked past the backend: our own look would end it
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert app.backend().endpoint("forgotten").status == EndpointStatus.expired
