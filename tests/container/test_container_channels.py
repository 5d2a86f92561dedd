"""Channels, content types and reading files: what a channel may hold and how the container refuses the rest."""

from __future__ import annotations

import numpy as np
import pytest

from core.container import data
from core.container.channels import data_format, parse_header, validate_channels
from core.container.errors import UserError

CHANNEL = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, "libsvm"),
        ("text/x-libsvm", "libsvm"),
        ("TEXT/CSV", "csv"),
        ("text/csv; label_size=1", "csv"),
        ("text/csv;label_size = 1", "csv"),
        ('text/csv; label_size="1"', "csv"),
        ("text/csv; charset=utf-8", "csv"),
        ("application/x-parquet", "parquet"),
    ],
)
def test_content_types(content_type, expected):
    assert data_format(content_type) == expected


@pytest.mark.parametrize(
    "content_type",
    ["text/csv; label_size=5", "text/csv; label_size=1=1", "text/csv; label_size=1; label_size=2"],
)
def test_label_size_must_be_1(content_type):
    with pytest.raises(
        UserError, match=r"^text/csv; label_size.* is not an accepted csv ContentType\. Optional"
    ):
        data_format(content_type)


def test_unknown_content_type():
    with pytest.raises(
        UserError, match=r"^label_size=1; text/csv is not an accepted ContentType: csv, libsvm, "
    ):
        data_format("label_size=1; text/csv")


def test_header_parameters():
    assert parse_header('a/b; x=1; y="q\\"r"; z') == ("a/b", {"x": "1", "y": 'q"r'})


def test_channels_are_accepted_as_given():
    channels = {"train": CHANNEL, "validation": CHANNEL | {"S3DistributionType": "ShardedByS3Key"}}
    assert validate_channels(channels) == channels


def test_the_default_content_type_is_libsvm():
    given = {name: value for name, value in CHANNEL.items() if name != "ContentType"}
    assert validate_channels({"train": given})["train"]["ContentType"] == "text/libsvm"


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ({"validation": CHANNEL}, "Missing required channel: train"),
        ({"train": CHANNEL, "test": CHANNEL}, "Extraneous channel found: test"),
        (
            {"train": CHANNEL | {"ContentType": "text/csv; label_size=1"}},
            "Channel configuration for 'train' channel is not supported: {'ContentType': 'text/csv; label_size=1', "
            "'TrainingInputMode': 'File', 'S3DistributionType': 'FullyReplicated'}",
        ),
        (
            {"train": {"TrainingInputMode": "Pipe", "S3DistributionType": "FullyReplicated"}},
            "Channel configuration for 'train' channel is not supported: {'TrainingInputMode': 'Pipe', "
            "'S3DistributionType': 'FullyReplicated', 'ContentType': 'text/libsvm'}",
        ),
    ],
)
def test_refused_channels(channels, message):
    with pytest.raises(UserError) as raised:
        validate_channels(channels)
    assert str(raised.value) == message


def test_files_of_folders_are_read_as_one(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one.csv").write_text("1,2\n0,3\n")
    (tmp_path / "a" / "two?x=1;#.csv").write_text("1,4\n")
    (tmp_path / "a" / "b" / "three.csv").write_text("0,5\n")
    (tmp_path / "a" / "b" / "_SUCCESS").write_text("")
    matrix = data.read_matrix([tmp_path], "csv")
    assert matrix.get_label().tolist() == [1, 0, 1, 0]
    assert matrix.get_data().toarray().ravel().tolist() == [2, 3, 4, 5]


def test_a_fourth_level_is_left_out(tmp_path):
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (tmp_path / "one.csv").write_text("1,2\n")
    (deep / "deep.csv").write_text("1,2\n")
    assert data.read_matrix([tmp_path], "csv").num_row() == 1


def test_weights_are_the_second_column(tmp_path):
    (tmp_path / "one.csv").write_text("1,0.5,7\n0,2,8\n")
    matrix = data.read_matrix([tmp_path], "csv", csv_weights=1)
    assert matrix.get_weight().tolist() == [0.5, 2]
    assert matrix.num_col() == 1


def test_libsvm(tmp_path):
    (tmp_path / "one").write_text("1:0.5 0:7 2:9\n0:2 1:8\n")
    data.check_format(tmp_path, "libsvm")
    matrix = data.read_matrix([tmp_path], "libsvm")
    assert matrix.get_label().tolist() == [1, 0]
    assert np.array_equal(matrix.get_data().toarray(), [[7, 0, 9], [0, 8, 0]])


def test_csv_in_a_libsvm_channel(tmp_path):
    (tmp_path / "one.csv").write_text("1,2,3\n")
    with pytest.raises(
        UserError, match=r"^First line '1,2,3\n\.\.\.' of file 'one\.csv' is not 'LIBSVM' format\."
    ):
        data.check_format(tmp_path, "libsvm")


def test_a_hidden_file_is_refused(tmp_path):
    (tmp_path / ".part").write_text("1,2\n")
    with pytest.raises(
        UserError, match=r"^Hidden file found in the data path! Remove that before training\.$"
    ):
        data.channel_size(tmp_path)


@pytest.mark.parametrize(
    ("line", "delimiter"), [("1,2,3\n", ","), ("1\t2\n", "\t"), ("1;2;3", ";"), ("0\n", "0")]
)
def test_delimiters(line, delimiter):
    assert data.sniff_delimiter(line) == delimiter
