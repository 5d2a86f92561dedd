"""model.tar.gz: the one packer, and the one unpacker that an archive from anywhere is given to."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zlib
from pathlib import Path

from core.errors import BRING_BACK, TRY_AGAIN, StorageFailed
from core.gunzipped import Gunzipped
from core.language import tr
from core.numbers import integer
from core.storage import os_failure

MOST_MEMBERS = 10_000


def pack_model(model: Path, target: Path) -> None:
    """Return model.tar.gz of a model folder; the same files give the same bytes."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(p for p in model.rglob("*") if p.is_file() and not p.is_symlink()):
            member = tarfile.TarInfo(str(path.relative_to(model)))
            member.size, member.mode, member.mtime = path.stat().st_size, 0o644, 0
            with path.open("rb") as file:
                archive.addfile(member, file)


def unpack_model(archive_path: Path, target: Path) -> None:
    """Unpack plain files and folders only: a link, a device, an absolute or a parent path is refused.

    So is an archive that is out of all proportion. Raises StorageFailed.
    """

    def refuse(reason: str, advice: str = TRY_AGAIN) -> StorageFailed:
        return StorageFailed(action="unpack", key=archive_path.name, reason=reason, advice=advice)

    try:
        with Gunzipped(archive_path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for number, member in enumerate(archive):
                path = Path(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise refuse(tr("'{file}' leaves the folder.", file=member.name))
                if number == MOST_MEMBERS:
                    reason = tr(
                        "It is damaged, or no model: it holds more than {most} files.",
                        most=integer(MOST_MEMBERS),
                    )
                    raise refuse(reason, BRING_BACK)
                if member.isdir():
                    (target / path).mkdir(parents=True, exist_ok=True)
                    continue
                # The holes of a sparse file take no room in the archive, and all of it on the disk.
                if not member.isreg() or member.issparse():
                    raise refuse(tr("'{file}' is not a plain file.", file=member.name))
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                with (target / path).open("wb") as file:
                    shutil.copyfileobj(archive.extractfile(member) or io.BytesIO(), file)
            while stream.read(2**20):  # tarfile stops before gzip's checksum, which only its end verifies
                continue
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise refuse(tr("It is damaged ({error}).", error=error), BRING_BACK) from error
    except OSError as error:
        raise os_failure("unpack", archive_path.name, error) from error
