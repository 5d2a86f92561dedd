"""Temporary folders: gone with their block, their object or their process, and never while somebody works in one."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile

import pytest

from core.scratch import Scratch
from tests.conftest import ROOT
from tests.test_path_names import CONTRACT

ENCODE = """
import sys, time
from pathlib import Path
from core.encoding.contract import Contract
from core.encoding.rows import encode_file
encoded = encode_file(Contract.read(Path(sys.argv[1])), Path(sys.argv[2]))
print("encoded", flush=True)
time.sleep(600)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def folders(base):
    return [path for path in base.iterdir() if path.name.startswith(".sendero")]


def test_a_folder_goes_with_its_block_or_its_object(here):
    with Scratch("block") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
    kept = Scratch("object")
    assert folders(here) == [kept.path]
    del kept
    gc.collect()
    assert folders(here) == []


def test_what_a_killed_process_encoded_is_swept_by_the_next_and_what_a_living_one_has_is_not(here):
    CONTRACT.write(here / "contract.json")
    (here / "rows.csv").write_text("distance,late\n7,no\n")
    command = [sys.executable, "-c", ENCODE, here / "contract.json", here / "rows.csv"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"encoded\n"
    [left] = folders(here)
    with Scratch("living") as mine:
        assert sorted(folders(here)) == sorted([left, mine])
        assert (left / "rows.csv").exists()
    process.kill()
    process.wait()
    process.stdout.close()
    with Scratch("next") as mine:
        assert folders(here) == [mine]


def test_nobody_elses_folder_is_swept(here):
    (here / "sendero-workspace").mkdir()
    (here / "rows-1").mkdir()
    os.symlink(here / "rows-1", here / ".sendero-scratch-link")
    with Scratch("next"):
        pass
    assert {path.name for path in here.iterdir()} == {"sendero-workspace", "rows-1", ".sendero-scratch-link"}


MAKE = """
import sys
from core.scratch import Scratch
for number in range(150):
    with Scratch("many") as folder:
        (folder / "file").write_text("x")
        assert (folder / "file").exists()
"""


def test_many_at_once_never_sweep_a_folder_that_is_being_made(here):
    makers = [
        subprocess.Popen([sys.executable, "-c", MAKE], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)
    ]
    assert [maker.communicate()[1].decode() for maker in makers] == [""] * 4
    assert folders(here) == []
