"""What travels with a job: our own code, and the wheels that the image lacks, put into S3 once for each version."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from core.backends.aws.resources import images
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.refusals import NoWheels
from core.project import PROJECT

LACKING = ("duckdb", "narwhals")  # what the EDA step imports and the image has not
# Newest first; pip takes the first that a package has. The image's Linux is newer than all of them.
PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)
# What the programs of jobs import: rooms of core, as core/README.md names them.
ROOMS = ("cells", "container", "reading", "engines", "encoding", "report", "eda", "judging", "card", "archive",
         "claims", "errors", "evaluation", "evaluation_file", "gunzipped", "keys", "language", "leaving", "locales",
         "metric_words", "metrics", "new_files", "numbers", "population", "predictions", "predictions_workbook",
         "registration", "retelling", "scheduled_job", "scratch", "storage", "values", "workbooks")  # fmt: skip
ENTRY = "entry.py"


def put(storage: S3Storage, packages: tuple[str, ...] = LACKING) -> str:
    """Upload entry.py, project.zip and wheels/ unless they are there; return their folder's key. Raises NoWheels."""
    wheels = wheels_for(packages)
    digest = hashlib.sha256(project())
    for wheel in wheels:
        digest.update(wheel.name.encode())
    folder = f"code/{digest.hexdigest()[:16]}"
    # entry.py goes last: a folder that has it is whole.
    if storage.exists(f"{folder}/{ENTRY}"):
        return folder
    for wheel in wheels:
        storage.upload(wheel, f"{folder}/wheels/{wheel.name}")
    storage.write_bytes(f"{folder}/project.zip", project())
    storage.write_bytes(f"{folder}/{ENTRY}", Path(__file__).with_name(ENTRY).read_bytes())
    return folder


@lru_cache(maxsize=1)
def project() -> bytes:
    """Return project.zip: scripts/eda_script.py and the rooms that it runs; equal code gives equal bytes."""
    packed = io.BytesIO()
    core = PROJECT / "core"
    rooms = [file for room in ROOMS for file in (core / room).rglob("*")] + [
        core / f"{room}.py" for room in ROOMS
    ]
    files = [core / "__init__.py", *(path for path in rooms if path.is_file())]
    files = [path for path in files if "__pycache__" not in path.parts and path.suffix != ".md"]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted([*files, PROJECT / "scripts" / "eda_script.py", Path(__file__).with_name(ENTRY)]):
            name = file.relative_to(PROJECT).as_posix() if file.name != ENTRY else ENTRY
            member = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            archive.writestr(member, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def wheels_for(packages: tuple[str, ...] = LACKING) -> list[Path]:
    """Return the wheels of `packages` for an image's Python, in the XGBoost image's versions, else in this app's own.

    What the XGBoost image lacks depends on nothing else; for another image the rest comes along. Raises NoWheels.
    """
    pins = [f"{name}=={images.PACKAGES.get(name) or version(name)}" for name in packages]
    alone = ["--no-deps"] if packages == LACKING else []
    folder = images.cache_folder() / "wheels" / "-".join([*pins, f"py{images.PYTHON}"]).replace("==", "-")
    if not (folder / "whole").exists():
        folder.mkdir(parents=True, exist_ok=True)
        platforms = [part for name in PLATFORMS for part in ("--platform", name)]
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *alone,
             "--only-binary=:all:", "--python-version", images.PYTHON, *platforms, "--dest", str(folder), *pins],
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip() or "pip gave no reason").splitlines()[-1]
            raise NoWheels(reason=f"pip says: {last}", folder=folder)
        (folder / "whole").touch()
    return sorted(folder.glob("*.whl"))
