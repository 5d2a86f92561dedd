"""The parts that start a Training Job on Amazon SageMaker, by boto3 or by its SDK, and fetch the model."""

from __future__ import annotations

from core.training_code.run import Part, Place, Run, literal

WAIT = 3600  # seconds that a spot job may wait for capacity, beside its own
QUIET = "SchemaVersion: '1.0'\\nSageMaker:\\n  PythonSDK:\\n    Modules:\\n      TelemetryOptOut: true\\n"
SDK_MODULES = """\
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.training.configs import Compute, InputData, Networking, OutputDataConfig, StoppingCondition
from sagemaker.train import ModelTrainer
"""


def parts(run: Run, way: str, place: Place) -> list[Part]:
    """Return the parts that train on SageMaker, by `way`, and bring the model here."""
    job = _by_boto3(place) if way == "boto3" else _by_sdk(run, place)
    return [
        _where(run, place),
        Part("Train: this starts a Training Job, and waits for it.", job),
        Part("Fetch the model.", _MODEL),
    ]


def _where(run: Run, place: Place) -> Part:
    """Return the part that says where the job runs, and finds its channels."""
    role = "role = ROLE\n"
    if not place.role.startswith("arn:"):
        role = (
            'caller = session.client("sts").get_caller_identity()\n'
            "role = f\"arn:{caller['Arn'].split(':')[1]}:iam::{caller['Account']}:role/{ROLE}\"\n"
        )
    lines = [role]
    if not place.role or not (run.in_s3 or place.bucket):
        lines.insert(
            0,
            'if "YOUR-" in ROOT + ROLE:\n    raise SystemExit("Write your bucket and your role in first.")\n',
        )
    lines.append('sources = {name: f"{ROOT}/{folders[0]}/" for name, folders in CHANNELS.items()}\n')
    if len(run.channels["train"]) > 1:
        lines.append(_MANIFEST)
    return Part("", "".join(lines))


_MANIFEST = """
# The training channel has the rows of several folders: a manifest lists their files, below the folder of all.
parent = os.path.commonpath(CHANNELS["train"])
bucket, prefix = parts_of(f"{ROOT}/{parent}/")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
keys = [item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])]
own = tuple(f"{os.path.relpath(folder, parent)}/" for folder in CHANNELS["train"])
listed = [{"prefix": f"{ROOT}/{parent}/"}, *(key for key in keys if key.startswith(own))]
sources["train"] = f"{ROOT}/again/train.manifest"
bucket, key = parts_of(sources["train"])
s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(listed))
"""


def _by_boto3(place: Place) -> str:
    secret = f', "KmsKeyId": {literal(place.kms_key)}' if place.kms_key else ""
    volume = f', "VolumeKmsKeyId": {literal(place.kms_key)}' if place.kms_key else ""
    wait = f', "MaxWaitTimeInSeconds": {place.seconds + WAIT}' if place.spot else ""
    more = "    EnableManagedSpotTraining=True,\n" if place.spot else ""
    if place.subnets:
        vpc = {"Subnets": list(place.subnets), "SecurityGroupIds": list(place.security_groups)}
        more += f"    VpcConfig={literal(vpc, 14, 4)},\n"
    tags = [{"Key": key, "Value": value} for key, value in place.tags.items()]
    if tags:
        more += f"    Tags={literal(tags, 9, 4)},\n"
    return f"""\
sagemaker = session.client("sagemaker")


def channel(name):
    \"\"\"Return a channel as CreateTrainingJob takes it; without its content type it would be read as libsvm.\"\"\"
    kind = "ManifestFile" if sources[name].endswith(".manifest") else "S3Prefix"
    source = {{"S3DataType": kind, "S3Uri": sources[name], "S3DataDistributionType": "FullyReplicated"}}
    return {{"ChannelName": name, "ContentType": "text/csv", "DataSource": {{"S3DataSource": source}}}}


job = f"again-{{time.strftime('%Y%m%d-%H%M%S')}}"
sagemaker.create_training_job(
    TrainingJobName=job,
    RoleArn=role,
    AlgorithmSpecification={{"TrainingImage": IMAGE, "TrainingInputMode": "File"}},
    HyperParameters=HYPERPARAMETERS,
    InputDataConfig=[channel(name) for name in sources],
    OutputDataConfig={{"S3OutputPath": f"{{ROOT}}/again"{secret}}},
    ResourceConfig={{
        "InstanceType": "{place.instance_type}", "InstanceCount": 1, "VolumeSizeInGB": {place.volume_gb}{volume}
    }},
    StoppingCondition={{"MaxRuntimeInSeconds": {place.seconds}{wait}}},
    EnableNetworkIsolation={place.isolated},
{more})
while True:
    now = sagemaker.describe_training_job(TrainingJobName=job)
    print(job, now["TrainingJobStatus"], now["SecondaryStatus"], flush=True)
    if now["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
        break
    time.sleep(10)
if now["TrainingJobStatus"] != "Completed":
    raise SystemExit(f"{{job}} {{now['TrainingJobStatus']}}: {{now.get('FailureReason', '')}}")
model_address = now["ModelArtifacts"]["S3ModelArtifacts"]
"""


def _by_sdk(run: Run, place: Place) -> str:
    secret = f", kms_key_id={literal(place.kms_key)}" if place.kms_key else ""
    volume = f", volume_kms_key_id={literal(place.kms_key)}" if place.kms_key else ""
    wait = f", max_wait_time_in_seconds={place.seconds + WAIT}" if place.spot else ""
    spot = " enable_managed_spot_training=True," if place.spot else ""
    groups = f", security_group_ids={literal(place.security_groups)}"
    vpc = f", subnets={literal(place.subnets)}{groups}" if place.subnets else ""
    tags = [{"key": key, "value": value} for key, value in place.tags.items()]
    source, more = "sources[name]", ""
    if len(run.channels["train"]) > 1:
        source, more = "source(name)", _SOURCE
    return f"""\
# The SDK reports to AWS what is called, unless a file tells it not to before its import.
quiet = Path(tempfile.mkdtemp()) / "config.yaml"
quiet.write_text("{QUIET}")
os.environ.setdefault("SAGEMAKER_USER_CONFIG_OVERRIDE", str(quiet))
os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")  # else it wants rights that this job does not need
{SDK_MODULES}{more}
trainer = ModelTrainer(
    sagemaker_session=Session(boto_session=session, default_bucket=parts_of(ROOT)[0]),
    role=role,
    base_job_name="again",
    training_image=IMAGE,
    hyperparameters=HYPERPARAMETERS,
    compute=Compute(
        instance_type="{place.instance_type}", instance_count=1, volume_size_in_gb={place.volume_gb}{volume},{spot}
    ),
    networking=Networking(enable_network_isolation={place.isolated}{vpc}),
    stopping_condition=StoppingCondition(max_runtime_in_seconds={place.seconds}{wait}),
    output_data_config=OutputDataConfig(s3_output_path=f"{{ROOT}}/again"{secret}),
    tags={literal(tags, 9, 4)},
)
trainer.train(  # without its content type a channel would be read as libsvm
    input_data_config=[
        InputData(channel_name=name, content_type="text/csv", data_source={source})
        for name in sources
    ],
    logs=False,
)
job = trainer._latest_training_job
if job.training_job_status != "Completed":
    raise SystemExit(f"{{job.training_job_name}} {{job.training_job_status}}")
model_address = job.model_artifacts.s3_model_artifacts
"""


_SOURCE = """\
from sagemaker.core.shapes import S3DataSource


def source(name):
    kind = "ManifestFile" if sources[name].endswith(".manifest") else "S3Prefix"
    return S3DataSource(s3_data_type=kind, s3_uri=sources[name], s3_data_distribution_type="FullyReplicated")


"""
_MODEL = """\
bucket, key = parts_of(model_address)
packed = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
with tarfile.open(fileobj=packed) as model:
    booster = xgb.Booster(model_file=bytearray(model.extractfile("xgboost-model").read()))
"""
