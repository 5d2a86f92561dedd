"""Every name that a folder or a file can have leads to its own rows: none of its signs is syntax to anybody."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import datasets
from core.channels import check_channel
from core.eda.config import EdaConfig
from core.eda.run import run_eda
from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file
from core.storage import DiskStorage

SYNTAX = "[]*?\\=&%#;:~!{}'\"$|<>@^, \n\t.-+x1é\u200b\ufeff"
ODD = (
    "distance=5",
    "rows[1]",
    "[",
    "\\[",
    "a\\",
    "*",
    "**",
    "?",
    "s3:",
    "https:",
    "file:",
    "~",
    "%41",
    "x;y#z?w&v",
)
NAMES = st.one_of(
    st.sampled_from(ODD),
    st.text(st.sampled_from(SYNTAX), min_size=1, max_size=12),
    st.binary(min_size=1, max_size=12).map(lambda raw: os.fsdecode(raw.translate(None, b"\0/"))),
).filter(lambda name: name not in ("", ".", ".."))
ENDS = st.sampled_from((".csv", ".csv.gz", ".csv.zst", ""))

CONTRACT = Contract(
    Label("late", "binary", ("no", "yes"), positive="yes"),
    (Column("distance", "numeric", features={"distance": "value"}, minimum=0.0, maximum=99.0),),
)


def taken_for(name: str) -> set[str]:
    """Names that a pattern `name` would also stand for."""
    one_of = re.sub(r"\[(.)[^]]*\]", r"\1", name)
    found = {one_of, re.sub(r"[*?]", "x", name), name.replace("*", ""), name.replace("\\", "")}
    return {other for other in found if other not in (name, "", ".", "..") and "/" not in other}


def laid(folder: Path, name: str, text: str, decoy: str) -> Path:
    """The file `name` with `text`, among files that a pattern would find instead."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in taken_for(name):
        (folder / other).write_text(decoy)
    (folder / name).write_text(text)
    return folder / name


def distances(rows: Path, contract: Contract = CONTRACT) -> list[float]:
    """What an endpoint would be sent of a file of rows."""
    return [float(line) for line in b"".join(encode_file(contract, rows).chunks(1 << 20)).splitlines()]


@pytest.mark.slow(2)
@settings(max_examples=12, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=2), NAMES, ENDS)
@example(["distance=5"], "rows[1]", ".csv")
@example(["\\["], "caf\udce9", ".csv")
def test_a_file_is_read_whatever_it_is_called_and_wherever_it_lies(folders, name, end):
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root).joinpath(*folders)
        rows = laid(folder, name + end, "distance,late\n7,no\n8,yes\n", "distance,late\n1,no\n")
        channel = laid(folder / "train", name + end, "0,7\n1,8\n", "0,1\n")

        assert distances(rows) == [7, 8]
        facts = check_channel("train", [channel], "binary", 2, 1)
        assert (facts.rows, facts.columns) == (2, 2)
        storage = DiskStorage(folder / "workspace")
        added = datasets.add(storage, rows)
        assert (added.rows, [column["name"] for column in added.columns]) == (2, ["distance", "late"])
        assert datasets.preview(storage, added.name)["distance"].tolist() == ["7", "8"]


@pytest.mark.slow(3)
@settings(max_examples=6, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=2))
@example(["distance=5", "q?x=1"])
@example(["\\["])
@example(["caf\udce9"])
def test_the_eda_reads_and_writes_in_any_folder(folders):
    generator = np.random.default_rng(1)
    distance = generator.integers(100, 900, 60)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root).joinpath(*folders)
        text = "distance,late\n" + "".join(f"{x},{'yes' if x > 500 else 'no'}\n" for x in distance)
        laid(folder / "input", "rows[1].csv", text, "").with_name("rows1.csv").unlink()
        report = run_eda(
            EdaConfig(target="late"), folder / "input", folder / "output", lambda percent, text: None
        )
        assert report["overview"]["rows"] == 60
        contract = Contract.read(folder / "output/contract/contract.json")
        train, test = (
            [
                float(line.split(",")[1])
                for line in (folder / f"output/{split}/{split}.csv").read_text().splitlines()
            ]
            for split in ("train", "test")
        )
        assert distances(folder / "output/test_raw/test_raw.csv", contract) == test
        assert set(train) <= set(distance.tolist()) and len(set(train)) > 30
        assert not list(folder.glob(".sendero-*"))


def test_a_temporary_folder_of_any_name_is_used_or_another_one(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t[1]?x=y"))
    os.mkdir(tempfile.tempdir)
    rows = laid(tmp_path, "rows.csv", "distance,late\n7,no\n8,yes\n", "")
    assert distances(rows) == [7, 8]
