"""The first program in a Processing Job's container: installs wheels, runs the job, writes its message and manifest.

    python3 /opt/ml/processing/code/entry.py --prefix /opt/ml [--manifest] PROGRAM ARGUMENTS...

`code/` holds this file, `project.zip` and `wheels/`. PROGRAM is a path in the project, or `-m` and a module. It stands
alone and uses the standard library only. With network isolation there is no index to ask: pip gets the wheels.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LONGEST = 1000  # bytes that SageMaker keeps of output/message (ExitMessage holds 1,024)


def main(arguments: list[str]) -> int:
    """Run PROGRAM with what travelled on its import path; return 0, or 1 when it failed."""
    prefix, manifest, program = Path(arguments[1]), arguments[2] == "--manifest", arguments[2:]
    program = program[1:] if manifest else program
    code = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory(prefix="sendero-") as scratch:
        site, project = Path(scratch) / "site", Path(scratch) / "project"
        install(code / "wheels", site)
        with zipfile.ZipFile(code / "project.zip") as packed:
            packed.extractall(project)
        if program[0] != "-m":
            program[0] = str(project / program[0])
        # spark-submit has put its own packages on the path
        path = os.pathsep.join([str(project), str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            [sys.executable, *program],
            cwd=project,
            env=os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        )
    if done.returncode:
        write_message(prefix / "output", done.returncode)
    elif manifest:
        output = prefix / "processing" / "output"
        write_manifest(output, prefix / "processing" / "manifest")
    return done.returncode and 1


def install(wheels: Path, site: Path) -> None:
    """Install those wheels that this Python does not have yet in that very version."""
    missing = [str(wheel) for wheel in sorted(wheels.glob("*.whl")) if not installed(wheel)]
    if missing:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
            "--target",
            str(site),
        ]
        subprocess.run([*pip, "--disable-pip-version-check", *missing], check=True)


def installed(wheel: Path) -> bool:
    """Return whether this Python has the wheel's package in that very version."""
    name, number = wheel.name.split("-")[:2]
    try:
        return version(name) == number
    except PackageNotFoundError:
        return False


def write_message(output: Path, code: int) -> None:
    """Write output/message: the failure with its kind and remedy. It is all that SageMaker passes on."""
    failure, message = output / "failure.json", output / "message"
    output.mkdir(parents=True, exist_ok=True)
    if failure.exists():
        facts = json.loads(failure.read_text(encoding="utf-8"))
        if len(json.dumps(facts).encode()) > LONGEST:
            facts.pop("written", None)  # what it is told from in other languages
        room = LONGEST - len(json.dumps(facts | {"why": ""}).encode())
        while len(json.dumps(facts["why"]).encode()) > max(room, 2):
            facts["why"] = facts["why"][:-10]
        message.write_text(json.dumps(facts), encoding="utf-8")
    elif not message.exists():
        message.write_text(f"The program ended with exit code {code}; its log says why.\n", encoding="utf-8")


def write_manifest(output: Path, folder: Path) -> None:
    """Write manifest.json: {path below output: {"bytes", "sha256"}}, computed where the files are."""
    manifest = {}
    for file in sorted(path for path in output.rglob("*") if path.is_file()):
        with file.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        manifest[file.relative_to(output).as_posix()] = {"bytes": file.stat().st_size, "sha256": digest}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
