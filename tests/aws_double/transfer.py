"""Between S3 and a container's folder, as SageMaker carries files: by prefix, whole, under the same names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import ClientError

from .account import REGION, Account
from .answers import invalid


class TransferFailed(Exception):
    """Files could not be carried; the text is a FailureReason."""


def split_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/a/b` -> ("bucket", "a/b")."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def keys(account: Account, uri: str, role: str = "") -> Iterator[str]:
    """The objects that a URI names: one object, or all that begin with it."""
    bucket, prefix = split_uri(uri)
    try:
        for page in (
            account.client("s3", role).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        ):
            yield from (entry["Key"] for entry in page.get("Contents", ()))
    except ClientError:
        return


def check_objects(account: Account, uri: str, role: str) -> None:
    """Refuse a request whose input is not there, in SageMaker's words."""
    if next(keys(account, uri, role), None) is None:
        bucket = split_uri(uri)[0]
        raise invalid(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({REGION}), that objects exist under that S3 prefix, and that the "
            f'role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def download(account: Account, uri: str, target: Path, role: str = "") -> int:
    """Every object under `uri` into the folder `target`; returns how many there were.

    An object named by its whole key arrives under its base name, one below a prefix under what follows it. `role` is
    whom SageMaker acts as. Raises TransferFailed.
    """
    bucket, prefix = split_uri(uri)
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    for key in keys(account, uri, role):
        if key.endswith("/"):
            continue
        whole = key == prefix
        rest = key.rpartition("/")[2] if whole else key[len(prefix) :].lstrip("/")
        if not whole and not prefix.endswith("/") and not key.startswith(prefix + "/"):
            rest = key[prefix.rfind("/") + 1 :]  # the prefix ends in the middle of a name
        path = target / rest
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            account.client("s3", role).download_file(bucket, key, str(path))
        except ClientError as error:
            raise TransferFailed(f"ClientError: Data download failed:s3://{bucket}/{key}: {error}") from error
        count += 1
    return count


def listed(account: Account, uri: str, role: str = "") -> tuple[str, list[str]]:
    """What a manifest lists: the prefix of its first entry, and what follows that prefix in each key.

    Raises TransferFailed in SageMaker's words where it is no manifest.
    """
    bucket, key = split_uri(uri)
    try:
        body = account.client("s3", role).get_object(Bucket=bucket, Key=key)["Body"].read()
        first, *rest = json.loads(body)
        prefix = first["prefix"]
        if list(first) != ["prefix"] or not rest or not all(isinstance(name, str) for name in rest):
            raise ValueError("no list of names after a prefix")
    except (ClientError, ValueError, TypeError, KeyError) as error:
        raise TransferFailed(f"ClientError: Data download failed:Manifest file {uri}: {error}") from error
    return prefix, rest


def download_manifest(account: Account, uri: str, target: Path, role: str = "") -> int:
    """Every object that a manifest lists into `target`, under what follows the prefix. Raises TransferFailed."""
    prefix, names = listed(account, uri, role)
    for name in names:
        bucket, key = split_uri(prefix + name)
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            account.client("s3", role).download_file(bucket, key, str(path))
        except ClientError as error:
            raise TransferFailed(f"ClientError: Data download failed:s3://{bucket}/{key}: {error}") from error
    return len(names)


def fetch(account: Account, uri: str, file: Path, role: str = "") -> None:
    bucket, key = split_uri(uri)
    file.parent.mkdir(parents=True, exist_ok=True)
    account.client("s3", role).download_file(bucket, key, str(file))


def upload(account: Account, source: Path, uri: str, role: str = "", key: str = "") -> None:
    """Every file of the folder `source` under `uri`, or the one file as `uri`; `key` is a KMS key to encrypt with.

    Raises TransferFailed.
    """
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    bucket, prefix = split_uri(uri)
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    for file in files:
        rest = "" if file == source else "/" + file.relative_to(source).as_posix()
        try:
            name = (prefix.rstrip("/") + rest).lstrip("/")
            account.client("s3", role).upload_file(str(file), bucket, name, ExtraArgs=encryption)
        except Exception as error:
            reason = getattr(error, "__cause__", None) or error
            raise TransferFailed(f"ClientError: Artifact upload failed: {reason}") from error
