"""What the container would train on in silence is refused before launch."""

import pytest

from core.channels import check_channel
from core.errors import BadChannel

GOOD = "0,1.5,2\n1,,3\n0,4e-3,-1\n"


def check(tmp_path, text, problem="binary", classes=2, features=2, channel="train"):
    file = tmp_path / "train.csv"
    file.write_text(text)
    return check_channel(channel, file, problem, classes, features)


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
        check_channel("train", tmp_path / "train.csv", "binary", 2, 2)
