"""A training channel in as many files as instances train on it: each instance gets its share of files, not of rows.

A single file is cut at line ends within S3: nothing but the few bytes around each cut is fetched.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
"""

from __future__ import annotations

from itertools import pairwise

from core import keys
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import closing_body
from core.backends.requests import TrainingRequest
from core.errors import BadSetting
from core.numbers import fixed

LEAST = 5 * 2**20  # bytes: a range of a smaller object cannot be copied
WINDOW = 1 << 20  # bytes around a cut in which a line must end


def sharded(storage: S3Storage, request: TrainingRequest, count: int) -> dict[str, str]:
    """Return channel -> key of its folder, the training channel in at least `count` files. Raises BadSetting."""
    channels = dict(request.channels)
    if count == 1:
        return channels
    files = storage.listed(f"{channels['train']}/")
    if len(files) >= count:  # an EDA on a cluster has written its splits in parts
        return channels
    size = files[0]["Size"]
    if len(files) > 1 or size < LEAST * count:
        reason = (
            f"The training split has {fixed(size / 1e6, 1)} MB: too little to share among {count} instances."
        )
        raise BadSetting(
            name="instance_count", reason=reason, source="--instance-count, or the Training page"
        )
    key = f"{channels['train']}/{files[0]['Key'].rpartition('/')[2]}"
    folder = keys.shards(request.name)
    cuts = [0, *(line_end(storage, key, size * part // count) for part in range(1, count)), size]
    for number, (start, end) in enumerate(pairwise(cuts)):
        copy_range(storage, key, f"{folder}/part-{number:05d}.csv", start, end)
    return channels | {"train": folder}


def train_manifest(storage: S3Storage, request: TrainingRequest, folder: str) -> str:
    """Write which files make the training channel, those of `folder` and of `more_rows`; return the key of the list.

    The image reads files at most three folders deep, and a file's path in the channel is the one that its list gives:
    so both have to stand side by side, and what does not is copied into `folder`.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    more, parent = request.more_rows, folder.rpartition("/")[0]
    if not more.startswith(f"{parent}/"):  # `folder` has the shards of this very job
        for key in storage.files(more):
            storage.copy(key, f"{folder}/more-{key.rpartition('/')[2]}")  # each may have a part-00000.csv
        more = ""
    files = [*storage.files(folder), *(storage.files(more) if more else [])]
    key = keys.train_manifest(request.name)
    listed = [{"prefix": f"{storage.uri(parent)}/"}, *(file.removeprefix(f"{parent}/") for file in files)]
    storage.write_json(key, listed)
    return key


def line_end(storage: S3Storage, key: str, near: int) -> int:
    """Return the byte after the first line end from byte `near` on."""
    window = f"bytes={near}-{near + WINDOW - 1}"
    answer = storage.session.call(
        "s3", "get_object", Bucket=storage.bucket, Key=storage.name(key), Range=window
    )
    with closing_body(answer["Body"]) as body:
        return near + body.read().index(b"\n") + 1


def copy_range(storage: S3Storage, source: str, target: str, start: int, end: int) -> None:
    """Copy bytes `start` to `end` (exclusive) of one object to another, by an upload of one part."""
    address = {"Bucket": storage.bucket, "Key": storage.name(target)}
    call = storage.session.call
    upload = call("s3", "create_multipart_upload", **address, **storage.encryption)["UploadId"]
    try:
        part = call(
            "s3",
            "upload_part_copy",
            **address,
            UploadId=upload,
            PartNumber=1,
            CopySource={"Bucket": storage.bucket, "Key": storage.name(source)},
            CopySourceRange=f"bytes={start}-{end - 1}",
        )
        parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
        call("s3", "complete_multipart_upload", **address, UploadId=upload, MultipartUpload={"Parts": parts})
    except BaseException:
        call("s3", "abort_multipart_upload", **address, UploadId=upload)
        raise
