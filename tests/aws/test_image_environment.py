"""The Processing script in the image's own environment: its Python, its pins, and the wheels that travel with it.

The image itself cannot be run here. What stands for it is a virtual environment of Python 3.12 with the versions that
core/backends/aws/resources/images.py names, and `entry.py`, project.zip and wheels/ as they are put into S3.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.backends.aws.resources import code, images
from tests.conftest import FLIGHTS

CONFIG = {
    "target": "late",
    "drop": ["arr_delay"],
    "derive": {"room": "seats / (distance + 1)"},
    "split": "time",
    "split_column": "scheduled_departure",
}
OURS = {"python"}  # what may differ in a report or a contract: the versions that it names


def python_of_the_image() -> str:
    """A Python of the image's version: pyenv's, or whichever uv finds or fetches."""
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True).stdout.strip()
        if found := sorted(Path(root).glob(f"versions/{images.PYTHON}*/bin/python{images.PYTHON}")):
            return str(found[-1])
    return images.PYTHON


@pytest.fixture(scope="session")
def image(tmp_path_factory) -> Path:
    """The interpreter of an environment with the image's pins and nothing of ours."""
    folder = tmp_path_factory.mktemp("image") / "venv"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    made = subprocess.run(
        [*uv, "venv", "--seed", "--python", python_of_the_image(), str(folder)],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(
            f"no Python {images.PYTHON} here, and uv could not fetch one: {made.stderr.strip()[-200:]}"
        )
    pins = [f"{name}=={version}" for name, version in images.PACKAGES.items()]
    pins = [pin.replace("xgboost==", "xgboost-cpu==") for pin in pins]  # the same module without CUDA
    subprocess.run([*uv, "pip", "install", "--python", str(folder / "bin" / "python"), *pins], check=True)
    return folder / "bin" / "python"


def processed(python: Path, ml: Path) -> Path:
    """Run the EDA job as the container would, in the tree `ml`; answers its output folder."""
    parts = ml / "processing"
    for name in ("code/wheels", "input", "config"):
        (parts / name).mkdir(parents=True)
    for wheel in code.wheels_for():
        shutil.copy(wheel, parts / "code" / "wheels")
    (parts / "code" / "project.zip").write_bytes(code.project())
    shutil.copy(Path(code.__file__).with_name(code.ENTRY), parts / "code")
    shutil.copy(FLIGHTS, parts / "input")
    (parts / "config" / "config.json").write_text(json.dumps(CONFIG))
    program = [
        *("--prefix", ml, "--manifest", "scripts/eda_script.py", "--input-data", parts / "input"),
        *("--output-data", parts / "output", "--config", parts / "config" / "config.json"),
    ]
    # No index can be asked, as in a job without network; nothing of this process's environment helps.
    bare = {"PATH": os.defpath, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CONFIG_FILE": os.devnull}
    command = [str(part) for part in (python, parts / "code" / code.ENTRY, *program)]
    done = subprocess.run(command, capture_output=True, text=True, env=bare, cwd=ml)
    assert done.returncode == 0, done.stderr
    return parts / "output"


@pytest.mark.slow
@pytest.mark.aws
def test_the_image_gives_the_same_report_and_the_same_splits_byte_for_byte(image, tmp_path):
    here = processed(Path(sys.executable), tmp_path / "here")
    there = processed(image, tmp_path / "there")
    files = {path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()}
    assert files == {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    exact = [name for name in files if name.endswith((".csv", ".txt"))]
    assert len(exact) >= 5
    assert [name for name in exact if (here / name).read_bytes() != (there / name).read_bytes()] == []
    for name in ("report/report.json", "contract/contract.json"):
        one, other = (json.loads((folder / name).read_text()) for folder in (here, there))
        assert {key for key in one["versions"] if one["versions"][key] != other["versions"][key]} <= OURS
        del one["versions"], other["versions"]
        assert one == other


def test_the_pins_are_those_that_the_design_names():
    """A later image is a decision: pins, wheels and this file go together."""
    assert images.VERSION == "3.2-0" and images.PACKAGES["xgboost"] == "3.2.0"
    assert not set(code.LACKING) & set(images.PACKAGES)
