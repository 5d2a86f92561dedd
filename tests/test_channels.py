"""What the container would train on in silence is refused before launch."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import channels
from core.channels import check_channel, check_split
from core.errors import BadChannel
from core.storage import DiskStorage

GOOD = "0,1.5,2\n1,,3\n0,4e-3,-1\n"


def check(tmp_path, text, problem="binary", classes=2, features=2, channel="train"):
    file = tmp_path / "train.csv"
    file.write_text(text)
    return check_channel(channel, [file], problem, classes, features)


def test_good_bytes_are_counted(tmp_path):
    facts = check(tmp_path, GOOD)
    assert (facts.rows, facts.columns, facts.label_min, facts.label_max) == (3, 3, 0, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("label,a,b\n" + GOOD, "header"),
        (GOOD + "1,red,2\n", "1 of 4 rows hold text"),
        (GOOD + "1,inf,2\n", "1 of 4 rows hold text"),
        (GOOD + "1,NA,2\n", "1 of 4 rows hold text"),
        (GOOD + "1,4e38,2\n", "beyond float32"),
        (GOOD + ",1,2\n", "have no label"),
        (GOOD + "2,1,2\n", "codes 0 to 1"),
        (GOOD + "0.5,1,2\n", "codes 0 to 1"),
        ("0,1\n1,2\n", "2 columns"),
        (GOOD + "1,2,3,4\n", "3 columns"),
        ("1,1,2\n1,2,3\n", "nothing to learn"),
    ],
)
def test_bad_bytes_are_refused(tmp_path, text, reason):
    with pytest.raises(BadChannel) as caught:
        check(tmp_path, text)
    assert reason in caught.value.failure.why


def test_label_set_of_multiclass_and_regression(tmp_path):
    assert check(tmp_path, GOOD + "2,1,1\n", "multiclass", 3).label_max == 2
    with pytest.raises(BadChannel):
        check(tmp_path, GOOD + "3,1,1\n", "multiclass", 3)
    assert check(tmp_path, GOOD + "-7.25,1,1\n", "regression", 0).label_min == -7.25


def test_a_label_beyond_float32_is_refused(tmp_path):
    with pytest.raises(BadChannel, match="beyond float32"):
        check(tmp_path, GOOD + "1e39,1,1\n", "regression", 0)


def test_a_small_test_split_of_one_class_is_no_error(tmp_path):
    assert check(tmp_path, "1,1,2\n1,2,3\n", channel="test").rows == 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadChannel, match=r"train\.csv is not there"):
        check_channel("train", [tmp_path / "train.csv"], "binary", 2, 2)


def parts(tmp_path, *texts):
    files = [tmp_path / f"part-{number:05d}.csv" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    return files


def test_the_beginning_of_a_channel_that_is_sorted_by_label_is_no_channel_of_one_label(tmp_path):
    files = parts(tmp_path, "0,1,2\n0,2,3\n")
    assert check_channel("train", files, "binary", 2, 2, complete=False).label_max == 0
    with pytest.raises(BadChannel, match="nothing to learn"):
        check_channel("train", files, "binary", 2, 2)


def test_parts_are_one_channel(tmp_path):
    facts = check_channel("train", parts(tmp_path, "0,1,2\n0,1,1\n", "1,2,3\n", ""), "binary", 2, 2)
    assert (facts.rows, facts.label_min, facts.label_max) == (3, 0, 1)
    with pytest.raises(BadChannel, match="nothing to learn"):
        check_channel("train", parts(tmp_path, "1,1,2\n", "1,2,3\n"), "binary", 2, 2)
    with pytest.raises(BadChannel, match="1 of 2 rows hold text"):
        check_channel("train", parts(tmp_path, "0,1,2\n", "1,2,3\n1,red,3\n"), "binary", 2, 2)


def test_labels_that_are_no_codes_are_refused_in_the_beginning_of_a_channel_too(tmp_path):
    for text in ("0,1,2\n0.5,2,3\n", "0,1,2\n2,2,3\n"):
        with pytest.raises(BadChannel, match="codes 0 to 1"):
            check_channel("train", parts(tmp_path, text), "binary", 2, 2, complete=False)


class Cut(DiskStorage):
    """A disk that hands out beginnings, as S3 does."""

    @contextmanager
    def local(self, key, first=None):
        with tempfile.TemporaryDirectory() as folder:
            data = self.read_bytes(key)
            file = Path(folder) / Path(key).name
            file.write_bytes(data if len(data) <= first else data[: data.rfind(b"\n", 0, first) + 1])
            yield file


@pytest.mark.parametrize("count", [1, 3])
def test_a_large_channel_in_storage_may_be_sorted_by_label(tmp_path, monkeypatch, count):
    monkeypatch.setattr(channels, "CHECKED_BYTES", 60)
    monkeypatch.setattr(channels, "LONG_LINE", 30)
    labels = ["0"] * 30 + ["1"] * 30
    size = len(labels) // count
    (tmp_path / "train").mkdir()
    for number in range(count):
        rows = "".join(f"{label},1,2\n" for label in labels[number * size : (number + 1) * size])
        (tmp_path / f"train/part-{number:05d}.csv").write_text(rows)
    assert check_split(Cut(tmp_path), "train", "train", "binary", 2, 2).label_min == 0
