"""What is packed has a limit unpacked: a few MB can hold a full disk, or more memory than there is."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from core import archive, gunzipped
from core.archive import pack_model, unpack_model
from core.errors import DataNotReadable, StorageFailed
from core.reading.text_file import opened
from core.scratch import Scratch


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The same limits, on sizes that a test can afford."""
    monkeypatch.setattr(gunzipped.Gunzipped, "LARGE", 1 << 24)
    monkeypatch.setattr(gunzipped.Gunzipped, "AT_ONCE", 1 << 23)


def archive_of(path, *members: tuple[tarfile.TarInfo, bytes]):
    with tarfile.open(path, "w:gz") as packed:
        for member, data in members:
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return path


def refused(path, tmp_path) -> str:
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(StorageFailed) as caught:
        unpack_model(path, target)
    assert sum(file.stat().st_size for file in target.rglob("*")) < 18 << 20
    return caught.value.failure.why


def test_an_archive_of_zeros_is_refused_before_it_fills_the_disk(tmp_path):
    bomb = archive_of(tmp_path / "model.tar.gz", (tarfile.TarInfo("xgboost-model"), bytes(40 << 20)))
    assert bomb.stat().st_size < 50_000
    assert "more than 200 times its size" in refused(bomb, tmp_path)


def test_a_header_cannot_ask_for_all_memory(tmp_path):
    """A name of megabytes is a header that tarfile reads in one piece."""
    long = tarfile.TarInfo("x" * (9 << 20))
    assert "one piece" in refused(archive_of(tmp_path / "model.tar.gz", (long, b"")), tmp_path)


def test_an_archive_of_very_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 20)
    many = [(tarfile.TarInfo(str(number)), b"") for number in range(21)]
    assert "more than 20 files" in refused(archive_of(tmp_path / "model.tar.gz", *many), tmp_path)


def test_a_file_of_holes_is_no_plain_file(tmp_path):
    member = tarfile.TarInfo("xgboost-model")
    member.type = tarfile.GNUTYPE_SPARSE
    assert "not a plain file" in refused(archive_of(tmp_path / "model.tar.gz", (member, b"")), tmp_path)


def test_a_model_that_compresses_well_is_unpacked(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/xgboost-model").write_bytes(bytes(900_000))
    pack_model(tmp_path / "model", tmp_path / "model.tar.gz")
    unpack_model(tmp_path / "model.tar.gz", tmp_path / "target")
    assert (tmp_path / "target/xgboost-model").stat().st_size == 900_000


def test_gzip_that_is_no_table_is_refused_and_a_dull_table_is_read(tmp_path):
    bomb, table = tmp_path / "bomb.csv.gz", tmp_path / "table.csv.gz"
    bomb.write_bytes(gzip.compress(b"a,b\n" + b"0,0\n" * (8 << 20)))
    table.write_bytes(gzip.compress(b"a,b\n" + b"0,0\n" * 200_000))
    with Scratch("read") as folder:
        with pytest.raises(DataNotReadable, match="more than 200 times its size"):
            opened(bomb, folder)
        assert opened(table, folder).path.stat().st_size == 800_004
