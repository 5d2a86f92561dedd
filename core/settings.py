"""Settings: where they come from, in one place.

Precedence, highest first: what a verb or flag was given, the environment (`SENDERO_*`), the file
`sendero.json` in the current folder, the default. `explain` tells which one a value came from.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Container
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, JsonConfigSettingsSource, NoDecode, SettingsConfigDict

from core.errors import BadSetting
from core.language import mark, tr
from core.storage import DiskStorage
from core.values import parse_duration, parse_pair

FILE = "sendero.json"

LONGEST_JOB = 5 * 86400  # seconds: of a Processing Job, which judges each model too
SHORTEST_LIFE = 900  # seconds of an endpoint on AWS: it may take that long until it answers
MOST_TAGS = 46  # of the 50 that AWS takes, beside Sendero's own
SIGNS = re.compile(r"[\w .:/=+@-]*")  # what a tag's name and value are made of

Names = Annotated[tuple[str, ...], NoDecode]  # in the environment: a,b
Pairs = Annotated[dict[str, str], NoDecode]  # in the environment: a=1,b=2

# Pydantic's messages by its code. What a validator of ours raises is in the reader's language already.
_PYDANTICS = {
    "value_error": mark("{error}"),
    "literal_error": mark("Input should be {expected}"),
    "greater_than_equal": mark("Input should be greater than or equal to {ge}"),
    "less_than_equal": mark("Input should be less than or equal to {le}"),
    "int_parsing": mark("Input should be a valid integer, unable to parse string as an integer"),
    "float_parsing": mark("Input should be a valid number, unable to parse string as a number"),
    "bool_parsing": mark("Input should be a valid boolean, unable to interpret input"),
    "extra_forbidden": mark("Extra inputs are not permitted"),
}


class Settings(BaseSettings):
    """Typed settings. `Settings.load(workspace=..., backend=...)` is the way in."""

    model_config = SettingsConfigDict(env_prefix="SENDERO_", extra="forbid", frozen=True)

    backend: Literal["local", "aws"] = Field("local", description=mark("Where jobs run: local or aws"))
    workspace: Path = Field(
        Path("sendero-workspace"), description=mark("Folder of data sets, jobs and endpoints")
    )
    max_upload_mb: int = Field(
        2048, ge=1, le=51200, description=mark("Largest CSV that the app takes, in MB")
    )
    expires_in: str = Field("2h", description=mark("How long an endpoint lives"))
    mlflow: str = Field("", description=mark("MLflow tracking server, an address or an ARN; empty: none"))

    # Of Amazon SageMaker only. No credential is among them: those are the SDK's own default chain's business.
    profile: str = Field("", description=mark("AWS profile; empty: the SDK's default chain"))
    region: str = Field("", description=mark("AWS region; empty: the profile's own"))
    role: str = Field("", description=mark("Execution role of the jobs, ARN or name; in Studio its own"))
    bucket: str = Field("", description=mark("S3 bucket of data sets, jobs and models"))
    prefix: str = Field("sendero", description=mark("Folder in the bucket that everything is kept below"))
    keep_days: int = Field(
        0, ge=0, le=3650, description=mark("Days that results are kept in S3; 0: for good")
    )
    kms_key: str = Field("", description=mark("KMS key for what is stored; empty: S3's own encryption"))
    subnets: Names = Field((), description=mark("Subnets that jobs and endpoints run in"))
    security_groups: Names = Field((), validate_default=True, description=mark("Their security groups"))
    tags: Pairs = Field({}, description=mark("Tags on everything that is created, beside Sendero's own"))
    network_isolation: bool = Field(True, description=mark("Jobs and models have no network at all"))
    processing_instance: str = Field("ml.t3.medium", description=mark("Instance type of the EDA job"))
    training_instance: str = Field("ml.m5.large", description=mark("Instance type of training"))
    training_instances: int = Field(1, ge=1, le=100, description=mark("How many instances train one model"))
    spot: bool = Field(
        False, description=mark("Train on managed spot instances: cheaper, may wait and restart")
    )
    max_runtime: str = Field("2h", description=mark("A job that takes longer is stopped"))
    endpoint_instance: str = Field(
        "serverless", description=mark("serverless, or an instance type such as ml.t2.medium")
    )
    serverless_memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(
        2048, description=mark("Memory of a serverless endpoint")
    )
    serverless_concurrency: int = Field(
        2, ge=1, le=200, description=mark("Requests that it answers at a time")
    )
    poll_seconds: float = Field(
        10, ge=0.1, le=300, description=mark("Seconds between two looks at SageMaker")
    )
    scheduler_role: str = Field(
        "", description=mark("Role of EventBridge Scheduler: ends endpoints, starts what is scheduled")
    )

    topic: str = Field("", description=mark("SNS topic, by its ARN, that is told what has failed or ended"))

    _given: frozenset[str] = PrivateAttr(frozenset())

    @field_validator("subnets", "security_groups", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return _listed(value) if isinstance(value, str) else value

    @field_validator("tags", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return dict(parse_pair(pair) for pair in _listed(value))

    @field_validator("security_groups")
    @classmethod
    def _both(cls, groups: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if bool(groups) != bool(info.data.get("subnets")):
            raise ValueError(tr("AWS takes subnets and security groups together: name both, or neither"))
        return groups

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: dict[str, str]) -> dict[str, str]:
        # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
        for name, value in tags.items():
            if not name or len(name) > 128 or len(value) > 256:
                raise ValueError(
                    tr(
                        "a tag's name has 1 to 128 letters, its value at most 256: {name}",
                        name=repr(name[:40]),
                    )
                )
            if name.lower().startswith(("aws:", "sendero:")):
                raise ValueError(
                    tr(
                        "names that begin with aws: or sendero: are not yours to give: {name}",
                        name=repr(name),
                    )
                )
            if not SIGNS.fullmatch(name) or not SIGNS.fullmatch(value):
                raise ValueError(
                    tr(
                        "a tag has letters, digits, spaces and _ . : / = + - @ only: {name}={value}",
                        name=name,
                        value=value,
                    )
                )
        if len(tags) > MOST_TAGS:
            raise ValueError(tr("there may be {most} of them", most=MOST_TAGS))
        return tags

    @field_validator("bucket")
    @classmethod
    def _bucket(cls, name: str) -> str:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        if name and not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]", name):
            raise ValueError(tr("a bucket has 3 to 63 lower-case letters, digits, dots and hyphens"))
        return name

    @field_validator("prefix")
    @classmethod
    def _prefix(cls, text: str) -> str:
        text = text.strip("/")
        if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", text) or ".." in text:
            raise ValueError(tr("it is a folder such as sendero or team/sendero"))
        return text

    @field_validator("topic")
    @classmethod
    def _topic(cls, arn: str) -> str:
        if arn and not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", arn):
            raise ValueError(tr("a topic's ARN looks like arn:aws:sns:us-east-1:123456789012:my-topic"))
        return arn

    @field_validator("expires_in", "max_runtime")
    @classmethod
    def _duration(cls, text: str, info: ValidationInfo) -> str:
        try:
            seconds = parse_duration(text)
        except ValueError:
            raise ValueError(tr("it is not a duration such as 30m, 2h or 1d")) from None
        if info.field_name == "max_runtime" and not 1 <= seconds <= LONGEST_JOB:
            raise ValueError(tr("a job may take from 1 second to 5 days"))
        if info.field_name == "expires_in" and info.data.get("backend") == "aws" and seconds < SHORTEST_LIFE:
            raise ValueError(
                tr("an endpoint on AWS may take 15 minutes until it answers: let it live longer")
            )
        return text

    @field_validator("workspace")
    @classmethod
    def _folder(cls, workspace: Path) -> Path:
        if workspace.exists() and not workspace.is_dir():
            raise ValueError(tr("it is a file, not a folder"))
        return workspace

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
    ):
        return init_settings, env_settings, JsonConfigSettingsSource(settings_cls, json_file=FILE)

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Return the settings with `given` (None means not given) on top. Raises BadSetting."""
        given = {key: value for key, value in given.items() if value is not None}
        try:
            _check_file()
            settings = cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else FILE
            source = _source(name, given) if name in cls.model_fields else tr("the file {file}", file=FILE)
            template = _PYDANTICS.get(first["type"])
            message = tr(template, **first.get("ctx", {})) if template else first["msg"]
            reason = tr(
                "{message} (got {value}).",
                message=f"{message[:1].upper()}{message[1:]}",
                value=repr(first.get("input")),
            )
            raise BadSetting(name=name, reason=reason, source=source) from error
        except (ValueError, TypeError, OSError) as error:  # a sendero.json that holds no JSON object
            reason = tr("The file holds no settings as a JSON object: {error}.", error=error)
            raise BadSetting(name=FILE, reason=reason, source=tr("the file {file}", file=FILE)) from error
        settings._given = frozenset(given)
        return settings

    def explain(self, name: str) -> tuple[object, str]:
        """Return (value, where it came from), e.g. ("local", "environment SENDERO_BACKEND")."""
        return getattr(self, name), _source(name, self._given)

    def fixed(self, name: str) -> bool:
        """Return whether the environment has a setting's value, and nothing that was given goes before it."""
        return name not in self._given and _from_environment(name)


def save(**values: Any) -> Settings:
    """Write `values` into sendero.json, beside what it holds; a default is taken out. Answers what then holds.

    The file is whole or as it was. What the environment fixes stays fixed. Raises BadSetting, StorageFailed.
    """
    try:
        plain = Settings.load(**values).model_dump(mode="json")
    except BadSetting as error:
        source = tr("what was to be saved") if error.facts["name"] in values else error.facts["source"]
        raise BadSetting(**error.facts | {"source": source}) from error
    defaults = {name: info.default for name, info in Settings.model_fields.items()}

    def written(before: bytes | None) -> bytes:
        held = json.loads(before) if before else {}
        for name in values:
            held.pop(name, None)
            if plain[name] not in (defaults[name], []):  # JSON has no empty tuple
                held[name] = plain[name]
        return json.dumps(held, indent=1, ensure_ascii=False).encode()

    DiskStorage(Path()).merge(FILE, written)
    return Settings.load()


def variable(name: str, value: object) -> dict[str, str]:
    """Return a setting as a process takes it from its environment: {"SENDERO_SPOT": "true"}."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dict):
        text = ",".join(f"{key}={each}" for key, each in value.items())
    else:
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return {_variable(name): text}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _check_file() -> None:
    """Check that the file holds one JSON object, or is not there. (Pydantic takes an empty list for an object.)"""
    file = Path(FILE)
    if file.exists() and not isinstance(json.loads(file.read_text(encoding="utf-8")), dict):
        raise TypeError(tr("it holds something else"))


def _variable(name: str) -> str:
    return f"SENDERO_{name.upper()}"


def _from_environment(name: str) -> bool:
    return any(key.upper() == _variable(name) for key in os.environ)


def _source(name: str, given: Container[str]) -> str:
    if name in given:
        return tr("the command line")
    if _from_environment(name):
        return tr("environment {variable}", variable=_variable(name))
    file = Path(FILE)
    try:
        if name in json.loads(file.read_text()):
            return tr("the file {file}", file=FILE)
    except (OSError, ValueError):
        pass  # not there, or broken: then nothing came from it
    return tr("the default")
