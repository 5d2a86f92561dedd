"""The wheel as pip installs it: the command `sendero` with its verbs and the app, away from any checkout."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import pytest

from core.cli.commands import COMMANDS
from tests.browser.rig import free_port
from tests.conftest import FLIGHTS, ROOT

pytest.importorskip("hatchling", reason="builds the wheel: pip install -r requirements-dev.txt")

# It builds, installs, profiles a file as a job, and starts a server: whole programs, one after the other.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("sendero-*.whl")
    return wheel


@pytest.fixture(scope="module")
def sendero(wheel, tmp_path_factory) -> Path:
    """The installed command."""
    return installed(tmp_path_factory.mktemp("environment"), wheel)


def installed(environment: Path, *what: object) -> Path:
    """The command, in an environment of its own that borrows the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip(
        "--python", environment / "bin" / "python", "install", "--no-deps", "--no-build-isolation", "--no-compile",
        *what,
    )  # fmt: skip
    return environment / "bin" / "sendero"


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)


def run(command: Path, *arguments: object, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in (command, *arguments)],
        cwd=folder,
        env=outside(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def outside() -> dict[str, str]:
    """An environment in which nothing leads to the checkout or to somebody's settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("SENDERO_")
    }


def test_the_wheel_fills_one_folder_of_site_packages(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"sendero", f"sendero-{wheel.name.split('-')[1]}.dist-info"}
    listed = ["git", "ls-files", "core", "pages", "Home.py", ".streamlit"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {f"sendero/{name}" for name in files} <= set(names)
    assert not [name for name in names if "tests" in Path(name).parts]


def test_its_verbs_run_in_any_folder(sendero, tmp_path):
    shown = run(sendero, "--help", folder=tmp_path)
    assert shown.startswith("usage: sendero ")
    assert [verb for verb in COMMANDS if verb not in shown] == []
    (tmp_path / "sendero.json").write_text(json.dumps({"workspace": "mine"}))
    check = json.loads(run(sendero, "check", "--json", folder=tmp_path))
    assert check["ok"]
    head = "".join(FLIGHTS.read_text().splitlines(keepends=True)[:400])
    (tmp_path / "flights.csv").write_text(head)
    eda = json.loads(run(sendero, "eda", "flights.csv", "--target", "late", "--json", folder=tmp_path))
    assert eda["status"] == "Completed"
    assert (tmp_path / "mine" / "processing" / eda["job"] / "output" / "report" / "report.html").exists()


def test_a_checkout_is_installed_as_it_stands(tmp_path):
    command = installed(tmp_path / "environment", "--editable", ROOT)
    shown = run(command, "check", "--json", folder=tmp_path)
    assert json.loads(shown)["ok"]
    assert not list(tmp_path.rglob("site-packages/sendero"))  # its programs are those of the checkout


def test_its_app_answers_on_loopback_only_with_options_of_streamlit(sendero, tmp_path):
    port = free_port()
    command = [str(sendero), "app", "--server.port", str(port), "--server.headless", "true"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=outside(), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while (answer := get(port, "localhost")) is None and time.monotonic() < deadline:
            assert server.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.2)
        assert answer == 200
        # .streamlit/config.toml beside Home.py is read, whatever the folder: only names of this machine lead in.
        assert f"http://127.0.0.1:{port}" in (tmp_path / "log").read_text()
        assert get(port, "localhost", "/_stcore/stream", **WEBSOCKET) == 101
        assert get(port, "elsewhere.example", "/_stcore/stream", **WEBSOCKET) == 403
    finally:
        server.terminate()
        server.wait()


WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c2VuZGVybyBzZW5kZXJvIQ==",
}


def get(port: int, host: str, path: str = "/_stcore/health", **headers: str) -> int | None:
    """The status of an answer to a request for that host name, or None while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}", **headers})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
