"""Storage in S3: the same keys below `s3://bucket/prefix/`. A write is one put or one completed multipart upload."""

from __future__ import annotations

import hashlib
import io
import math
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from botocore.exceptions import BotoCoreError

from core.backends.aws.session.cache import Cache
from core.backends.aws.session.codes import NOT_THERE, REFUSED, service_error, was_repeated
from core.backends.aws.session.connection import SDK_ERRORS, Answer, Client, Session, closing_body
from core.backends.aws.session.errors import explain
from core.errors import BRING_BACK, SenderoError, StorageFailed
from core.scratch import Scratch
from core.storage import Entry, Storage, checked_key, storage_errors

SMALL = 4 * 2**20  # bytes; what pages read over and over (reports, records, pictures) is smaller
PROGRESS_SECONDS = 0.1  # between two reports of an upload's progress
AT_ONCE = 16  # lines of a log that are read at the same time
AT_HAND = 20  # files that are kept fetched at a time
CHANGED = ("PreconditionFailed", "ConditionalRequestConflict")
GONE = "It is not there: never made, moved, or gone meanwhile."


class S3Storage(Storage):
    """Files in `bucket` below `prefix`. Small ones are kept in `cache`: ten tabs read like one."""

    schemes = ("s3",)

    def __init__(self, session: Session, bucket: str, prefix: str, cache: Cache) -> None:
        self.session, self.bucket, self.prefix, self.cache = session, bucket, prefix, cache
        self.root = f"s3://{bucket}/{prefix}"

    def uri(self, key: str) -> str:
        """Return `s3://bucket/prefix/key`, as SageMaker's requests name it."""
        return f"{self.root}/{checked_key(key)}"

    def name(self, key: str) -> str:
        """Return the object's name in the bucket."""
        return f"{self.prefix}/{checked_key(key)}"

    # --- reading ----------------------------------------------------------------------------------------

    def exists(self, key: str) -> bool:
        # What a job adds is not seen by us, so only "yes" is kept.
        return self.cache.get(("list", "exists", key), lambda: self._exists(key), keep=bool)

    def _exists(self, key: str) -> bool:
        # In the order of keys the object itself comes first, but "a-b" comes before "a/b".
        first = self._page(Prefix=self.name(key), MaxKeys=1).get("Contents", [])
        if not first or first[0]["Key"] == self.name(key):
            return bool(first)
        return bool(self._page(Prefix=f"{self.name(key)}/", MaxKeys=1).get("Contents"))

    def size(self, key: str) -> int:
        with self._missing("read", key):
            return self.session.call("s3", "head_object", Bucket=self.bucket, Key=self.name(key))[
                "ContentLength"
            ]

    def read_bytes(self, key: str) -> bytes:
        return self.cache.get(("object", key), lambda: self._get(key), keep=lambda data: len(data) <= SMALL)

    def _get(self, key: str) -> bytes:
        with self._missing("read", key):
            body = self._object(key)
        try:
            with body:
                return body.read()
        except (
            BotoCoreError
        ):  # it broke off: the SDK repeats a request, but a body only in its transfer helper
            data = io.BytesIO()
            with self._transfer("read", key):
                client = self.session.client("s3")
                client.download_fileobj(self.bucket, self.name(key), data, ExtraArgs=self._owner)
            return data.getvalue()

    def _object(self, key: str, **more: str) -> Client:
        return self.session.call("s3", "get_object", Bucket=self.bucket, Key=self.name(key), **more)["Body"]

    def sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        with self._missing("read", key), closing_body(self._object(key)) as body:
            for block in body.iter_chunks(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def files(self, prefix: str) -> list[str]:
        cut = len(self.prefix) + 1
        folder = [item["Key"][cut:] for item in self.listed(f"{prefix.rstrip('/')}/")]
        return sorted(key for key in folder if not Path(key).name.startswith("."))

    def listed(self, prefix: str) -> list[Answer]:
        """Return every object below the key `prefix`, as ListObjectsV2 describes it."""
        objects: list[Answer] = []
        more: dict[str, str] = {}
        while True:
            page = self._page(Prefix=self.name(prefix) if prefix != "/" else f"{self.prefix}/", **more)
            objects += page.get("Contents", [])
            if not page.get("IsTruncated"):
                return objects
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def folders(self, prefix: str) -> list[str]:
        return self.cache.get(("list", "folders", prefix), lambda: self._folders(prefix))

    def _folders(self, prefix: str) -> list[str]:
        start = f"{self.name(prefix)}/"
        names: list[str] = []
        more: dict[str, str] = {}
        while True:
            page = self._page(Prefix=start, Delimiter="/", **more)
            names += [item["Prefix"][len(start) : -1] for item in page.get("CommonPrefixes", [])]
            if not page.get("IsTruncated"):
                return sorted(names)
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _page(self, **params: object) -> Answer:
        return self.session.call("s3", "list_objects_v2", Bucket=self.bucket, **params)

    @contextmanager
    def local(self, key: str, first: int | None = None) -> Iterator[Path]:
        """Fetch into a temporary folder; a folder of objects becomes a folder of files."""
        with Scratch("s3") as scratch, storage_errors("fetch", key):
            target = scratch / Path(key).name
            below = [] if first else self.files(key)
            if below:
                for name in below:
                    path = target / Path(name).relative_to(key)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._fetch(name, path)
                target.mkdir(exist_ok=True)
            elif first:
                target.write_bytes(self._head(key, first))
            else:
                self._fetch(key, target)
            yield target

    def at_hand(self, key: str) -> Path:
        with self._missing("read", key):
            head = self.session.call("s3", "head_object", Bucket=self.bucket, Key=self.name(key))
        state = hashlib.sha256(f"{self.uri(key)} {head['ETag']}".encode()).hexdigest()[:24]
        folder = _files_at_hand()
        target = folder / f"{state}-{Path(key).name}"
        with storage_errors("fetch", key):
            if not target.exists():
                draft = folder / f"{secrets.token_hex(4)}.tmp"  # two tabs may fetch the same
                self._fetch(key, draft)
                os.replace(draft, target)
            os.utime(target)
            for old in sorted(folder.glob("*-*"), key=lambda file: file.stat().st_mtime)[:-AT_HAND]:
                old.unlink(missing_ok=True)
        return target

    def _fetch(self, key: str, target: Path) -> None:
        with self._transfer("read", key):
            self.session.client("s3").download_file(
                self.bucket, self.name(key), str(target), ExtraArgs=self._owner
            )

    def _head(self, key: str, first: int) -> bytes:
        size = self.size(key)
        if size == 0:
            return b""
        with (
            self._missing("read", key),
            closing_body(self._object(key, Range=f"bytes=0-{first - 1}")) as body,
        ):
            data = body.read()
        return data if len(data) == size else data[: data.rfind(b"\n") + 1]

    # --- elsewhere --------------------------------------------------------------------------------------

    @contextmanager
    def fetched(self, address: str) -> Iterator[Path]:
        """Yield a local path of `address`: a path of this machine, or any `s3://bucket/key`. Raises StorageFailed."""
        if not address.startswith("s3://"):
            with super().fetched(address) as path:
                yield path
            return
        bucket, key = split(address)
        owner = self._owner if bucket == self.bucket else {}
        with Scratch("s3") as scratch:
            target = scratch / (Path(key).name or "data.csv")
            try:
                with storage_errors("fetch", address), self._transfer("read", address):
                    self.session.client("s3").download_file(bucket, key, str(target), ExtraArgs=owner)
            except StorageFailed as error:
                advice = "Check bucket and key: `aws s3 ls` with the folder shows what is there."
                raise StorageFailed(**error.facts | {"advice": advice}) from error
            yield target

    def browse(self, address: str) -> list[Entry]:
        """Return the folders, then the files, below `s3://bucket/folder/`: a thousand at most."""
        bucket, key = split(address)
        folder = f"{key.rstrip('/')}/" if key.strip("/") else ""
        page = self.session.call(
            "s3", "list_objects_v2", Bucket=bucket, Prefix=folder, Delimiter="/", MaxKeys=1000
        )
        start = f"s3://{bucket}/"
        folders = [Entry(start + item["Prefix"]) for item in page.get("CommonPrefixes", [])]
        files = [Entry(start + item["Key"], item["Size"]) for item in page.get("Contents", [])]
        return folders + [entry for entry in files if not entry.address.endswith("/")]

    # --- writing ----------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, key: str, progress: Callable[[float], None] | None = None) -> Iterator[Path]:
        with Scratch("s3") as scratch:
            file = scratch / Path(checked_key(key)).name
            with storage_errors("write", key):
                yield file
            self.upload(file, key, progress)

    def upload(self, file: Path, key: str, progress: Callable[[float], None] | None = None) -> None:
        """Send a file, in parts where it is large. What is cut short leaves nothing that can be read.

        The SDK counts bytes in threads of its own; `progress` is called in the caller's, where a page can draw.
        """
        total = max(file.stat().st_size, 1)
        sent: list[int] = []
        arguments = {"ExtraArgs": self.encryption | self._owner, "Callback": sent.append}
        client = self.session.client("s3")
        with self._transfer("write", key), ThreadPoolExecutor(1) as sender:
            sending = sender.submit(client.upload_file, str(file), self.bucket, self.name(key), **arguments)
            while not wait([sending], timeout=PROGRESS_SECONDS).done:
                if progress:
                    progress(min(0.99, sum(sent) / total))
            sending.result()
        if progress:
            progress(1.0)
        self.forget(key)

    def create(self, key: str, data: bytes) -> bool:
        return self._put_if(key, data, IfNoneMatch="*")

    def update(self, key: str, change: Callable[[bytes | None], bytes]) -> bool:
        if not self._exists(key):
            return self.create(key, change(None))
        try:
            with self._missing("read", key):
                found = self.session.call("s3", "get_object", Bucket=self.bucket, Key=self.name(key))
        except StorageFailed:
            if self._exists(key):
                raise
            return False  # deleted meanwhile
        with closing_body(found["Body"]) as body:
            data = change(body.read())
        return self._put_if(key, data, IfMatch=found["ETag"])

    def append(self, log: str, line: bytes) -> None:
        """Add it as an object of its own, named by its time, over which nobody writes: S3 appends to none."""
        while not self.create(f"{log}/{datetime.now(UTC):%Y%m%d-%H%M%S%f}.json", line):
            pass

    def lines(self, log: str, last: int | None = None) -> list[bytes]:
        names = self.files(log)

        def read(key: str) -> bytes:  # what is never changed is read once
            return self.cache.get(("line", key), lambda: self._get(key), factor=math.inf)

        with ThreadPoolExecutor(AT_ONCE) as readers:
            return list(
                readers.map(read, names[len(names) - last :] if last and last < len(names) else names)
            )

    def _put_if(self, key: str, data: bytes, **condition: str) -> bool:
        """Write `key` if its state is as `condition` says; return whether it is.

        It is, too, where the SDK sent it once more, as the answer was lost, and this very data stands there.
        """
        try:
            self.session.call(
                "s3",
                "put_object",
                Bucket=self.bucket,
                Key=self.name(key),
                Body=data,
                **condition,
                **self.encryption,
            )
        except SenderoError as error:
            if service_error(error.__cause__).get("Code") not in (*CHANGED, *NOT_THERE):
                raise
            self.forget(key)  # what we have seen of it is old
            with suppress(StorageFailed):
                return was_repeated(error.__cause__) and self._get(key) == data
            return False
        self.forget(key)
        return True

    def write_bytes(self, key: str, data: bytes) -> None:
        self.session.call(
            "s3", "put_object", Bucket=self.bucket, Key=self.name(key), Body=data, **self.encryption
        )
        self.forget(key)

    @property
    def encryption(self) -> dict[str, str]:
        """Return the KMS key of the settings; without one the bucket's own default holds."""
        key = self.session.settings.kms_key
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}

    @property
    def _owner(self) -> dict[str, str]:
        return {"ExpectedBucketOwner": self.session.account}

    def copy(self, source: str, target: str) -> None:
        """Copy one object within the bucket, without fetching it."""
        with self._transfer("copy", source):
            self.session.client("s3").copy(
                {"Bucket": self.bucket, "Key": self.name(source)},
                self.bucket,
                self.name(target),
                ExtraArgs=self.encryption | self._owner,
            )
        self.forget(target)

    def delete(self, prefix: str) -> None:
        names = [item["Key"] for item in self.listed(f"{prefix.rstrip('/')}/")]
        names.append(self.name(prefix.rstrip("/")))
        for start in range(0, len(names), 1000):
            batch = [{"Key": name} for name in names[start : start + 1000]]
            answer = self.session.call(
                "s3", "delete_objects", Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True}
            )
            if refused := answer.get("Errors"):
                raise StorageFailed(action="delete", key=refused[0]["Key"], reason=refused[0]["Message"])
        self.cache.clear()

    def forget(self, key: str) -> None:
        """Forget what is cached of `key` and of the lists that it is in."""
        self.cache.drop(("object", key))
        self.cache.drop(("record", key))
        self.cache.drop_kind("list")

    @contextmanager
    def _missing(self, action: str, key: str) -> Iterator[None]:
        """Raise StorageFailed for a key that does not exist, as storage on a disk does.

        S3 says 403 of it, not 404, to whoever may not list the whole bucket; we may list below our prefix, and do.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
        """
        try:
            yield
        except Exception as error:
            code = (service_error(error) or service_error(error.__cause__)).get("Code")
            if code in NOT_THERE or (code in REFUSED and self._is_not_there(key)):
                raise StorageFailed(action=action, key=key, reason=GONE, advice=BRING_BACK) from error
            raise

    def _is_not_there(self, key: str) -> bool:
        try:
            return not self._exists(key)
        except SenderoError:  # then the refusal stands
            return False

    @contextmanager
    def _transfer(self, action: str, key: str) -> Iterator[None]:
        """Turn the own errors of the SDK's transfer helpers into ours."""
        from boto3.exceptions import Boto3Error

        try:
            with self._missing(action, key):
                yield
        except (Boto3Error, *SDK_ERRORS) as error:
            self.session.forget_if_expired(error)
            cause = error.__context__ if isinstance(error, Boto3Error) else error
            cause = cause if isinstance(cause, Exception) else error
            raise explain(cause, "s3", action, {"Bucket": self.bucket, "Key": self.name(key)}) from error


@cache
def _kept() -> Scratch:
    return Scratch("s3-files")


def _files_at_hand() -> Path:
    """Return the folder of what `at_hand` has fetched, which goes with the process."""
    return _kept().path


def split(address: str) -> tuple[str, str]:
    """Return (bucket, key) of `s3://bucket/key`. Raises StorageFailed."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        reason = "An address in S3 looks like s3://bucket/folder/file.csv."
        raise StorageFailed(action="read", key=address, reason=reason, advice="Fix the address.")
    return bucket, key
