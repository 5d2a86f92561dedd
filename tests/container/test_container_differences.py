"""Where the stand-in differs from the image on purpose: one test per row of core/container/README.md."""

from __future__ import annotations

import json
import pickle
import re

import pytest
from container_rig import CHANNEL, ROOT, lay_out, save, serving, small_model

from core.container import train
from core.container.data import read_matrix
from core.container.errors import UserError
from core.container.hyperparameters import validate
from tests.failure_file import parse_failure

pytestmark = pytest.mark.slow(0.3)  # many that add up, which `make fast` leaves out

JOB = {"num_round": "2", "objective": "binary:logistic"}


def failure_of(prefix):
    assert train.run(prefix) == 1
    failure = parse_failure((prefix / "output/failure").read_text())
    assert failure.error == "UserError"
    return failure.message


def reconfigure(prefix, name, content):
    (prefix / "input/config" / f"{name}.json").write_text(json.dumps(content))


def test_pickled_model(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/xgboost-model").write_bytes(pickle.dumps(small_model()))
    with serving(tmp_path) as server:
        for method, path in (("GET", "/ping"), ("POST", "/invocations")):
            status, _, body = server.request(method, path, b"1,2" if method == "POST" else None)
            assert status == 502
            assert b"xgboost-model is a pickle" in body


def test_tuple_as_code():
    assert validate({"num_round": "1", "tree_method": "hist", "monotone_constraints": "(1, -1)"})
    with pytest.raises(UserError, match="could not parse value"):
        validate({"num_round": "1", "tree_method": "hist", "monotone_constraints": "(0, 1) * 2"})


@pytest.mark.parametrize("content_type", ["application/x-parquet", "application/x-recordio-protobuf"])
def test_parquet_and_recordio_channels(tmp_path, content_type):
    lay_out(tmp_path, JOB, content_type=content_type)
    assert failure_of(tmp_path).endswith("is not available here: use text/csv or text/libsvm.")


def test_pipe_mode(tmp_path):
    lay_out(tmp_path, JOB)
    reconfigure(tmp_path, "inputdataconfig", {"train": CHANNEL | {"TrainingInputMode": "Pipe"}})
    assert failure_of(tmp_path) == "Pipe mode is not available here: use TrainingInputMode File."


def test_several_hosts(tmp_path):
    lay_out(tmp_path, JOB)
    reconfigure(tmp_path, "resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1", "algo-2"]})
    assert failure_of(tmp_path) == "Training on 2 hosts is not available here: use one."


def test_script_mode(tmp_path):
    lay_out(tmp_path, JOB | {"sagemaker_program": "train.py"})
    assert failure_of(tmp_path) == "Extraneous hyperparameter found: sagemaker_program"


def test_multi_model(tmp_path):
    save(small_model(), tmp_path)
    with serving(tmp_path, SAGEMAKER_MULTI_MODEL="true") as server:
        assert server.request("GET", "/models")[0] == 404
        assert server.request("GET", "/ping")[0] == 200


def test_file_order(tmp_path):
    for name in ("b", "c", "a"):
        (tmp_path / f"{name}.csv").write_text(f"{ord(name)},1\n")
    assert read_matrix([tmp_path], "csv").get_label().tolist() == [ord("a"), ord("b"), ord("c")]


def test_frames(tmp_path):
    lay_out(tmp_path, JOB | {"num_class": "3"})
    assert train.run(tmp_path) == 1
    text = (tmp_path / "output/failure").read_text()
    assert "Invalid shape of labels.\nStack trace:\n  <frames>\n" in text
    assert "[bt]" not in text and 'File "' not in text and str(tmp_path) not in text


def test_reason_on_502(tmp_path):
    save(small_model(), tmp_path)
    (tmp_path / "model/notes.txt").write_text("hello")
    with serving(tmp_path) as server:
        status, _, body = server.request("GET", "/ping")
    assert status == 502
    assert b"notes.txt is no XGBoost model" in body


def test_linear_updater_message():
    with pytest.raises(UserError, match="'shotgun', 'coord_descent'"):
        validate({"num_round": "1", "booster": "gblinear", "updater": "prune"})


def test_the_readme_lists_exactly_these():
    readme = (ROOT / "core/container/README.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)
    shown = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    about_the_readme = {"the_readme_lists_exactly_these", "excepted_recordings_are_rows_of_the_readme"}
    assert rows == [name for name in shown if name not in about_the_readme]


def test_excepted_recordings_are_rows_of_the_readme(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests/golden"))
    from golden_cases import EXPECTED_DIFFERENCES

    readme = (ROOT / "core/container/README.md").read_text()
    assert set(EXPECTED_DIFFERENCES.values()) <= set(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE))
    assert EXPECTED_DIFFERENCES or "none is excepted" in readme


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("served")
    save(small_model("multi:softprob", num_class=20), prefix)
    with serving(prefix) as server:
        yield lambda body: server.request("POST", "/invocations", body, Content_Type="text/csv")


def test_long_number(served):
    status, _, text = served(b"1," + b"1" * 50_001)
    assert status == 415 and b"could not convert string to float: np.str_('111" in text


def test_long_answer(served):
    assert served(b"1,2\n" * 700_000)[0] == 200
    assert served(b"1,2\n" * 800_001)[0] == 413


def test_foreign_host(tmp_path):
    save(small_model(), tmp_path)
    with serving(tmp_path) as server:
        for host in ("localhost:1", "127.0.0.1", "127.8.8.8:80", "[::1]:80", "LOCALHOST.", "a.localhost"):
            assert server.request("GET", "/ping", Host=host)[0] == 200
            assert (
                server.request("POST", "/invocations", b"1,2,3,4", Host=host, Content_Type="text/csv")[0]
                == 200
            )
        for host in (
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]",
            "",
        ):
            for path in ("/ping", "/invocations", "/endpoints/any/invocations", "/nothing"):
                status, _, body = server.request("POST", path, b"1,2,3,4", Host=host, Content_Type="text/csv")
                assert status == 403 and b"names of this machine" in body


def test_wide_body(served):
    row = b",".join([b"1"] * 5)
    for body in (row, row + b"\n" + b"\n".join([row] * 10_000)):
        status, _, text = served(body + b"0")
        assert status == 400 and b"(4 vs. 5)" in text
    assert served(row + b",x")[0] == 415
    assert b"(4 vs. 6)" in served(b"\n".join([row + b",x"] * 10_000))[2]
