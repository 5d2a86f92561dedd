"""How to call an endpoint from elsewhere: Sendero's predict with raw rows, its own address with encoded ones.

The endpoint's container knows no columns: it takes what the model was trained on, numbers in the contract's order,
without a header. Encoding raw rows is Sendero's part, and so is turning the answer into classes again.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from core.backends.base import Endpoint
from core.encoding.contract import Contract
from core.encoding.rows import encode_records
from core.language import tr
from core.project import command

LONGEST_LINE = 1 << 20  # bytes of one encoded row


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to call an endpoint, ready to run."""

    title: str
    language: str
    text: str


def snippets(endpoint: Endpoint, contract: Contract, row: Mapping[str, str]) -> tuple[Snippet, ...]:
    """Return the ways to ask for the prediction of `row`, which is raw: column -> cell as in the file."""
    line = encoded(contract, row)
    plain = (Snippet(tr("Python alone: encoded rows"), "python", _python(endpoint, contract, line)),)
    return (
        Snippet(tr("Sendero: rows as they are in your file"), "bash", _sendero(endpoint, contract, row)),
        Snippet(tr("curl: encoded rows"), "bash", _curl(endpoint, line)),
        *(plain if endpoint.url else ()),  # AWS takes signed requests only: in Python that is boto3's work
        Snippet(tr("Python with boto3: encoded rows"), "python", _boto3(endpoint, contract, line)),
        Snippet(tr("AWS CLI: encoded rows"), "bash", _cli(endpoint, line)),
    )


def encoded(contract: Contract, row: Mapping[str, str]) -> str:
    """Return a raw row as the endpoint takes it: numbers, in the contract's order, no header. Raises MissingColumns."""
    rows = encode_records(contract, [dict.fromkeys(contract.input_names) | dict(row)])
    try:
        return b"".join(rows.chunks(LONGEST_LINE)).decode().strip("\n")
    finally:
        rows.close()


def _sendero(endpoint: Endpoint, contract: Contract, row: Mapping[str, str]) -> str:
    table = io.StringIO(newline="")
    writer = csv.writer(table, delimiter=contract.dialect.delimiter, lineterminator="\n")
    writer.writerows([contract.input_names, [row.get(name, "") for name in contract.input_names]])
    return (
        f"cat > rows.csv <<'END'\n{table.getvalue()}END\n"
        f"{command()} predict {endpoint.name} rows.csv --output predictions.csv\n"
        "cat predictions.csv\n"
    )


def _curl(endpoint: Endpoint, line: str) -> str:
    signed = ""
    if not endpoint.url:  # a token only where the keys are temporary ones
        signed = "# signed with the keys in your environment: eval $(aws configure export-credentials --format env)\n"
    options = (
        ""
        if endpoint.url
        else (
            f"  --aws-sigv4 aws:amz:{endpoint.region}:sagemaker --user "
            '"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\\n'
            '  ${AWS_SESSION_TOKEN:+-H "X-Amz-Security-Token: $AWS_SESSION_TOKEN"} \\\n'
        )
    )
    return (
        f"{signed}curl -sS --fail-with-body {_invocations(endpoint)} \\\n{options}"
        f"  -H 'Content-Type: text/csv' -H 'Accept: text/csv' --data-binary {shlex.quote(line)}\n"
    )


def _python(endpoint: Endpoint, contract: Contract, line: str) -> str:
    return (
        f"from urllib.request import Request, urlopen\n\n{_rows(contract, line)}"
        'headers = {"Content-Type": "text/csv", "Accept": "text/csv"}\n'
        f'with urlopen(Request("{_invocations(endpoint)}", rows.encode(), headers)) as answer:\n'
        "    print(answer.read().decode())\n"
    )


def _rows(contract: Contract, line: str) -> str:
    """Return the row as Python, below what its numbers are."""
    features = "".join(f"#   {' '.join(name.split())}\n" for name in contract.features)
    return (
        "# One row a line, these features in this order, no header; a blank is a missing value:\n"
        f"{features}rows = {line + chr(10)!r}\n\n"
    )


def _boto3(endpoint: Endpoint, contract: Contract, line: str) -> str:
    return (
        f"import boto3\n\n{_rows(contract, line)}"
        f'client = boto3.client("sagemaker-runtime"{_client(endpoint)})\n'
        "answer = client.invoke_endpoint(\n"
        f'    EndpointName="{endpoint.name}", ContentType="text/csv", Accept="text/csv", Body=rows\n'
        ")\n"
        'print(answer["Body"].read().decode())\n'
    )


def _client(endpoint: Endpoint) -> str:
    """Return what boto3 has to know beside the service: on this machine the address, and keys that nobody checks."""
    if not endpoint.url:
        return f', region_name="{endpoint.region}"' if endpoint.region else ""
    keys = 'region_name="local", aws_access_key_id="none", aws_secret_access_key="none"'
    return f', endpoint_url="{_address(endpoint)}", {keys}'


def _cli(endpoint: Endpoint, line: str) -> str:
    options = f" --region {endpoint.region}" if endpoint.region else ""
    before = ""
    if endpoint.url:
        before = "export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none  # nobody checks them here\n"
        options = f" --endpoint-url {_address(endpoint)} --region local"
    return (
        f"{before}printf '%s\\n' {shlex.quote(line)} > encoded.csv\n"
        f"aws sagemaker-runtime invoke-endpoint --endpoint-name {endpoint.name}{options} \\\n"
        "  --content-type text/csv --accept text/csv --body fileb://encoded.csv answer.csv\n"
        "cat answer.csv\n"
    )


def _invocations(endpoint: Endpoint) -> str:
    """Return the address of the endpoint in SageMaker's runtime, or in this machine's server that stands for it."""
    domain = "amazonaws.com.cn" if endpoint.region.startswith("cn-") else "amazonaws.com"
    host = _address(endpoint) if endpoint.url else f"https://runtime.sagemaker.{endpoint.region}.{domain}"
    return f"{host}/endpoints/{endpoint.name}/invocations"


def _address(endpoint: Endpoint) -> str:
    return str(endpoint.url).partition("/endpoints/")[0]
