"""boto3's own client against `serve`: what worked on SageMaker works here, errors included."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from container_rig import save, serving, small_model


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("endpoint")
    save(small_model(), prefix)
    with serving(prefix, "--endpoint-name", "wine") as server:
        yield boto3.client(
            "sagemaker-runtime",
            endpoint_url=f"http://127.0.0.1:{server.port}",
            region_name="eu-central-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )


def test_a_prediction(client):
    answer = client.invoke_endpoint(EndpointName="wine", ContentType="text/csv", Body=b"0.9,1,1,1")
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert float(answer["Body"].read()) > 0.5


def test_the_accept_type_arrives(client):
    answer = client.invoke_endpoint(
        EndpointName="wine", ContentType="text/csv", Accept="application/json", Body=b"0.9,1,1,1"
    )
    assert answer["Body"].read().startswith(b'{"predictions": [{"score": 0.')


def test_an_error_of_the_container(client):
    with pytest.raises(client.exceptions.ModelError) as raised:
        client.invoke_endpoint(EndpointName="wine", ContentType="text/csv", Body=b"a,b")
    told = raised.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert told["OriginalStatusCode"] == 415
    assert "could not convert string to float" in told["OriginalMessage"]
    assert told["Error"]["Message"].startswith(
        'Received client error (415) from primary with message "Loading csv'
    )


def test_another_endpoints_name(client):
    with pytest.raises(ClientError) as raised:
        client.invoke_endpoint(EndpointName="beer", ContentType="text/csv", Body=b"1,2,3,4")
    error = raised.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"] == "Endpoint beer of account 000000000000 not found."
