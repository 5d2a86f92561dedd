"""Processing Jobs on the rig: the request's own command really runs, with nothing but what went through S3."""

from __future__ import annotations

import json
import re

import pytest
from botocore.exceptions import ClientError

from tests.aws_double.ask import get, log_lines, process, processed, put, until

pytestmark = pytest.mark.aws
GROUP = "/aws/sagemaker/ProcessingJobs"

COPY = """
import os, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:])
facts = {"aws": [name for name in os.environ if name.startswith("AWS_")], "word": os.environ.get("WORD")}
try:
    import core
    facts["project"] = core.__file__
except ImportError:
    facts["project"] = None
import json
(target / "facts.json").write_text(json.dumps(facts))
(target / "copied.csv").write_bytes((source / "data.csv").read_bytes())
print("first")
print("a\\tb", file=sys.stderr)
"""


def test_a_job_runs_with_what_came_through_s3_and_leaves_its_outputs_there(aws):
    process(aws, "copy", COPY, Environment={"WORD": "/opt/ml/word"})
    job = processed(aws, "copy")
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert get(aws, "jobs/copy/output/copied.csv") == b"a,b\n1,2\n"
    facts = json.loads(get(aws, "jobs/copy/output/facts.json"))
    assert facts["project"] is None and facts["aws"] == []
    assert facts["word"].endswith("/ml/word") and facts["word"] != "/opt/ml/word"


def test_lines_go_to_cloudwatch_as_sagemaker_writes_them(aws):
    aws_held = aws.hold("lines", "Processing")
    process(aws, "lines", COPY)
    assert log_lines(aws, GROUP, "lines/") == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("logs").describe_log_streams(logGroupName=GROUP)
    aws_held()
    processed(aws, "lines")
    assert sorted(log_lines(aws, GROUP, "lines/")) == ["a#011b", "first"]
    streams = aws.client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert re.fullmatch(r"lines/algo-1-\d{10}", streams[0]["logStreamName"])


def test_a_failure_has_its_message_and_its_exit_code_in_the_reason(aws):
    script = """
import pathlib, sys
message = pathlib.Path(sys.argv[1]).parents[1] / "output" / "message"
message.write_text("There is no column 'late'.")
sys.exit(3)
"""
    process(aws, "fails", script)
    job = processed(aws, "fails")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["ExitMessage"] == "There is no column 'late'."
    assert job["FailureReason"] == "AlgorithmError: There is no column 'late'., exit code: 3"


def test_a_job_is_in_progress_while_its_process_runs_and_stops_when_asked(aws):
    process(aws, "long", "import time; print('ready', flush=True); time.sleep(600)")
    until(lambda: "ready" in log_lines(aws, GROUP, "long/"))
    sagemaker = aws.client("sagemaker")
    assert sagemaker.describe_processing_job(ProcessingJobName="long")["ProcessingJobStatus"] == "InProgress"
    sagemaker.stop_processing_job(ProcessingJobName="long")
    assert processed(aws, "long")["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="rejected because the processing job is in status Stopped"):
        sagemaker.stop_processing_job(ProcessingJobName="long")


def test_a_job_ends_when_its_time_is_up(aws):
    process(aws, "late", "import time; time.sleep(600)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert processed(aws, "late")["ProcessingJobStatus"] == "Stopped"


def test_network_isolation_is_kept(aws):
    from tests.aws_double.containers import can_isolate

    script = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {aws.url.rpartition(":")[2]}), timeout=5)
    print("connected")
except OSError:
    print("cut off")
"""
    process(aws, "open", script)
    process(aws, "shut", script, NetworkConfig={"EnableNetworkIsolation": True})
    processed(aws, "open"), processed(aws, "shut")
    assert log_lines(aws, GROUP, "open/") == ["connected"]
    assert log_lines(aws, GROUP, "shut/") == ["cut off" if can_isolate() else "connected"]


def test_requests_are_refused_in_sagemakers_words(aws):
    release = aws.hold("twice", "Starting")
    process(aws, "twice", "")
    with pytest.raises(
        ClientError, match=r"ResourceInUse.*Job name must be unique within an AWS account and region"
    ):
        process(aws, "twice", "")
    release()
    with pytest.raises(ClientError, match="No S3 objects found under S3 URL"):
        lost = {"S3Uri": f"s3://{aws.bucket}/nothing", "LocalPath": "/opt/ml/processing/input"}
        lost |= {"S3DataType": "S3Prefix", "S3InputMode": "File"}
        process(aws, "lost", "", ProcessingInputs=[{"InputName": "input", "S3Input": lost}])
    with pytest.raises(ClientError, match="Could not assume role"):
        process(aws, "roleless", "", RoleArn="arn:aws:iam::123456789012:role/Nobody")
    with pytest.raises(ClientError, match="Could not find requested job with name: nowhere"):
        aws.client("sagemaker").describe_processing_job(ProcessingJobName="nowhere")
    aws.quotas.values["ml.m5.large for processing job usage"] = 0
    with pytest.raises(
        ClientError, match=r"ResourceLimitExceeded.*'ml.m5.large for processing job usage' is 0 Instances"
    ):
        process(aws, "poor", "")


def test_an_input_may_be_one_object_or_a_prefix_in_the_middle_of_a_name(aws):
    from tests.aws_double.transfer import download

    for key in ("tree/a/1.txt", "tree/a/b/2.txt", "tree/ab.txt"):
        put(aws, key, key)

    def below(uri: str) -> list[str]:
        target = aws.account.folder / uri.replace("/", "_")
        download(aws.account, f"s3://{aws.bucket}/{uri}", target)
        return sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())

    assert below("tree/a/1.txt") == ["1.txt"]
    assert below("tree/a/") == ["1.txt", "b/2.txt"]
    assert below("tree") == ["a/1.txt", "a/b/2.txt", "ab.txt"]
