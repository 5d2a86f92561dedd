"""Precedence, sources and messages of the settings."""

import json

import pytest

from core.backends import get_backend
from core.errors import BackendUnavailable, BadSetting
from core.settings import Settings, save


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("BACKEND", "WORKSPACE", "EXPIRES_IN"):
        monkeypatch.delenv(f"SENDERO_{name}", raising=False)


def test_precedence_and_explanation(monkeypatch, tmp_path):
    assert Settings.load().explain("expires_in") == ("2h", "the default")
    (tmp_path / "sendero.json").write_text(json.dumps({"expires_in": "3h"}))
    assert Settings.load().explain("expires_in") == ("3h", "the file sendero.json")
    monkeypatch.setenv("SENDERO_EXPIRES_IN", "4h")
    assert Settings.load().explain("expires_in") == ("4h", "environment SENDERO_EXPIRES_IN")
    assert Settings.load(expires_in="5h").explain("expires_in") == ("5h", "the command line")


def test_bad_values_name_the_setting_and_its_source(monkeypatch, tmp_path):
    monkeypatch.setenv("SENDERO_BACKEND", "moon")
    with pytest.raises(BadSetting) as caught:
        Settings.load()
    assert caught.value.facts["name"] == "backend"
    assert caught.value.facts["source"] == "environment SENDERO_BACKEND"
    monkeypatch.delenv("SENDERO_BACKEND")
    (tmp_path / "sendero.json").write_text("{broken")
    with pytest.raises(BadSetting, match=r"sendero\.json"):
        Settings.load()


def test_a_backend_without_its_bucket_says_so():
    with pytest.raises(BackendUnavailable):
        get_backend(Settings.load(backend="aws"))


@pytest.mark.parametrize("text", ["[]", '"words"', "7", "{", '{"expires_in": "soon"}'])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / "sendero.json").write_text(text)
    with pytest.raises(BadSetting, match=r"sendero\.json"):
        Settings.load()


def test_a_workspace_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match="not a folder"):
        Settings.load(workspace=tmp_path / "file")


def test_what_is_saved_stands_beside_what_the_file_holds(tmp_path):
    file = tmp_path / "sendero.json"
    file.write_text(json.dumps({"expires_in": "3h", "bucket": "old-bucket"}))
    settings = save(
        backend="aws",
        bucket="new-bucket",
        subnets="subnet-a, subnet-b",
        security_groups="sg-a",
        tags="team=a",
        prefix="sendero",
    )
    assert settings.subnets == ("subnet-a", "subnet-b")
    assert json.loads(file.read_text()) == {
        "expires_in": "3h",
        "bucket": "new-bucket",
        "backend": "aws",
        "subnets": ["subnet-a", "subnet-b"],
        "security_groups": ["sg-a"],
        "tags": {"team": "a"},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["sendero.json"]
    save(backend="local", subnets="", security_groups="", tags="")
    assert json.loads(file.read_text()) == {"expires_in": "3h", "bucket": "new-bucket"}


def test_what_cannot_be_used_is_not_saved(tmp_path):
    with pytest.raises(BadSetting, match="lower-case") as caught:
        save(bucket="Not A Bucket", backend="aws")
    assert caught.value.facts["source"] == "what was to be saved"
    assert not (tmp_path / "sendero.json").exists()


def test_nothing_but_a_setting_is_saved(tmp_path):
    with pytest.raises(BadSetting, match="aws_secret_access_key"):
        save(aws_secret_access_key="x")
    assert not (tmp_path / "sendero.json").exists()


def test_the_environment_stays_above_what_is_saved(monkeypatch):
    monkeypatch.setenv("SENDERO_BACKEND", "local")
    assert save(backend="aws").explain("backend") == ("local", "environment SENDERO_BACKEND")


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("security_groups", "sg-1", {}),
        ("security_groups", (), {"subnets": "subnet-1"}),
        ("max_runtime", "0h", {}),
        ("max_runtime", "0.5s", {}),
        ("max_runtime", "6d", {}),
        ("expires_in", "5m", {"backend": "aws"}),
        ("tags", "aws:team=x", {}),
        ("tags", "AWS:team=x", {}),
        ("tags", "sendero:workspace=x", {}),
        ("tags", "team=a<b", {}),
        ("tags", "te;am=a", {}),
        ("tags", f"{'n' * 129}=a", {}),
        ("tags", f"team={'v' * 257}", {}),
        ("tags", ",".join(f"t{number}=x" for number in range(47)), {}),
    ],
)
def test_what_aws_would_refuse_is_refused_when_it_is_set(name, value, more):
    with pytest.raises(BadSetting) as refused:
        Settings.load(**{name: value}, **more)
    assert refused.value.facts["name"] == name


def test_what_aws_takes_is_taken():
    taken = Settings.load(
        subnets="a,b", security_groups="c", tags="Kostenstelle=Süd 1,a/b=x@y", max_runtime="5d"
    )
    assert taken.tags == {"Kostenstelle": "Süd 1", "a/b": "x@y"} and taken.subnets == ("a", "b")
    assert (
        Settings.load(expires_in="5m").expires_in == "5m"
    )  # on this machine an endpoint is there in seconds
