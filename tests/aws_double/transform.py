"""Batch Transform: a served model, every object of the input through it by lines, one `.out` each."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from uuid import uuid4

from .jobs import JobFailed, Jobs, JobStopped
from .models import Models
from .quotas import Claim, instances
from .serving import NotServing, Server
from .tables import Facts
from .transfer import check_objects, keys, split_uri

MEGABYTE = 1024 * 1024
GROUP = "/aws/sagemaker/TransformJobs"


class TransformJobs(Jobs):
    """CreateTransformJob and the operations of its kind."""

    noun, kind = "TransformJob", "transform-job"

    def __init__(self, models: Models) -> None:
        super().__init__(models.account)
        self.models = models

    def check(self, asked: Facts) -> None:
        model = self.models.table.get(asked["ModelName"])
        source = asked["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        check_objects(self.account, source, model["ExecutionRoleArn"])

    def claims(self, asked: Facts) -> Iterable[Claim]:
        resources = asked["TransformResources"]
        return instances(resources["InstanceType"], "transform job usage", resources["InstanceCount"])

    def work(self, name: str, facts: Facts, stop: threading.Event) -> None:
        self.phase(name, "Starting", stop)
        self.table.update(name, TransformStartTime=self.account.now())
        model = self.models.table.get(facts["ModelName"])
        server = Server(
            self.account, self.account.folder / "transform" / name, model, GROUP, f"{name}/{uuid4().hex}"
        )
        try:
            server.start(_environment(facts))
            self._transform(name, facts, server, stop)
        except NotServing as failure:
            raise JobFailed("AlgorithmError: See job logs for more information") from failure
        finally:
            server.kill()
            self.table.update(name, TransformEndTime=self.account.now())

    def _transform(self, name: str, facts: Facts, server: Server, stop: threading.Event) -> None:
        given, wanted = facts["TransformInput"], facts["TransformOutput"]
        uri = given["DataSource"]["S3DataSource"]["S3Uri"]
        bucket, prefix = split_uri(uri)
        headers = {"Content-Type": given.get("ContentType", ""), "Accept": wanted.get("Accept", "*/*")}
        limit = facts.get("MaxPayloadInMB", 6) * MEGABYTE
        role = server.role
        s3 = self.account.client("s3", role)
        key_id = wanted.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}
        for key in list(keys(self.account, uri, role)):
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            parts = []
            for piece in _pieces(body, given.get("SplitType", "None"), limit, facts.get("BatchStrategy")):
                self.phase(name, "Transforming", stop)
                if stop.is_set():
                    raise JobStopped
                reply = server.request("POST", "/invocations", piece, headers)
                if reply.status >= 400:
                    server.container.say(
                        f"{bucket}/{key}: Bad HTTP status received from algorithm: {reply.status}"
                    )
                    server.container.say(f"{bucket}/{key}: {reply.body.decode('utf-8', 'replace')}")
                    whose = "ClientError" if reply.status < 500 else "AlgorithmError"
                    raise JobFailed(f"{whose}: See job logs for more information")
                parts.append(reply.body)
            # A newline after every answer, by the letter of the documentation: also where the answer has one.
            end = b"\n" if wanted.get("AssembleWith") == "Line" else b""
            joined = b"".join(part + end for part in parts)
            target, folder = split_uri(wanted["S3OutputPath"])
            rest = key[len(prefix) :].lstrip("/") if key != prefix else key.rpartition("/")[2]
            name = f"{folder.rstrip('/')}/{rest}.out".lstrip("/")
            s3.put_object(Bucket=target, Key=name, Body=joined, **encryption)


def _environment(facts: Facts) -> dict[str, str]:
    """What SageMaker tells the container of a transform job, beside what the request sets.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
    """
    own = {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(facts.get("MaxPayloadInMB", 6)),
        "SAGEMAKER_BATCH_STRATEGY": {"SingleRecord": "SINGLE_RECORD"}.get(
            facts.get("BatchStrategy"), "MULTI_RECORD"
        ),
    }
    return own | facts.get("Environment", {})


def _pieces(body: bytes, split: str, limit: int, strategy: str | None) -> Iterator[bytes]:
    if split != "Line":
        yield body
        return
    batch = b""
    for line in body.splitlines(keepends=True):
        if batch and (strategy != "MultiRecord" or len(batch) + len(line) > limit):
            yield batch
            batch = b""
        batch += line
    if batch:
        yield batch
