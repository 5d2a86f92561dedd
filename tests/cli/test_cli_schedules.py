"""Schedules on one machine: the line for cron runs as written, each file is predicted once, and no run piles up."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from core.backends.records import timestamp
from core.backends.schedules import When
from core.errors import BadSchedule
from core.storage import DiskStorage
from core.verbs import schedules
from tests.cli.conftest import names

LONG_AGO = 1_700_000_000


def settled(file):
    """Return a file that nobody has written to for long."""
    os.utime(file, (LONG_AGO, LONG_AGO))
    return file


def as_cron(line: str, home) -> subprocess.CompletedProcess:
    """Run a line of a crontab as cron does: its five fields apart, by sh, with next to no environment."""
    command = line.split(" ", 5)[5].replace("\\%", "%")
    clean = ["/usr/bin/env", "-i", f"HOME={home}", "LOGNAME=me", "PATH=/usr/bin:/bin", "SHELL=/bin/sh"]
    return subprocess.run([*clean, "/bin/sh", "-c", command], cwd=home, capture_output=True, text=True)


@pytest.mark.slow
def test_new_files_are_predicted_once_each_by_the_line_for_cron(copy, call, flights, tmp_path, monkeypatch):
    model, storage = names(copy, "training")[0], DiskStorage(copy)
    here, new = tmp_path / "50% of it", tmp_path / "new files"
    here.mkdir(), new.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("SENDERO_TAGS", "team=night shift")
    monkeypatch.setenv("SENDERO_MLFLOW", "http://me:secret@127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "night")
    settled(flights(40, name="new files/monday.csv"))
    (new / "broken.csv").write_text("colour\nblue\n")
    settled(new / "broken.csv")
    (new / "readme.md").write_text("no rows")
    add = (
        "schedule",
        "add",
        "mondays",
        "--predict",
        model,
        "--files",
        new,
        "--every",
        "week",
        "--at",
        "07:05",
    )
    assert "one of its days" in call(copy, *add, code=1).data["error"]["why"]
    made = call(copy, *add, "--on", "Monday").data
    assert made["cron"].startswith("5 7 * * 1 cd ") and made["started_by"] == "a machine"
    assert "AWS_PROFILE=night" in made["cron"] and "secret" not in f"{made['cron']}{made['windows']}"
    assert call(copy, *add, "--on", "Monday").data == made, "who asks again has it"
    assert call(copy, *add, "--on", "Tuesday", code=1).data["error"]["kind"] == "ScheduleTaken"

    ran = as_cron(made["cron"], tmp_path)
    assert ran.returncode == 1, ran.stderr
    assert "1 file could not be predicted; 1 other could" in ran.stderr and "broken.csv: " in ran.stderr
    (predictions,) = storage.files("schedules/mondays/predictions")
    assert len(storage.read_text(predictions).splitlines()) == 41 and "monday" in predictions
    (last,) = call(copy, "schedule", "show", "mondays").data["runs"]
    assert last["status"] == "Failed" and last["failure"]["kind"] == "FilesFailed" and last["ended"]

    (new / "broken.csv").unlink()
    settled(flights(40, name="new files/the same again.csv"))
    flights(20, name="new files/on its way.csv")
    told = call(copy, "schedule", "run", "mondays").data
    assert told["status"] == "Completed" and told["message"].startswith(
        "No new files. 1 file changed a moment ago"
    )

    settled(new / "on its way.csv")
    lock = {"token": "a", "who": "ann on night", "since": "2026-11-30T07:00:00.000Z"}
    storage.write_json("schedules/mondays/running.json", lock | {"beat": timestamp(datetime.now(UTC))})
    other = call(copy, "schedule", "run", "mondays").data
    assert other["status"] == "Skipped" and "ann on night" in other["message"]
    cut_off = timestamp(datetime.now(UTC) - timedelta(hours=1))
    storage.write_json("schedules/mondays/running.json", lock | {"beat": cut_off})
    assert call(copy, "schedule", "run", "mondays").data["message"] == "1 new file predicted."
    assert not storage.exists("schedules/mondays/running.json")

    (listed,) = call(copy, "schedule", "list").data["schedules"]
    assert listed["last_run"]["status"] == "Completed" and listed["words"].startswith("Every Monday at 07:05")
    swept = [each for each in call(copy, "sweep").data["found"] if each["kind"] == "schedule"]
    assert [(each["name"], each["per_month"]) for each in swept] == [("mondays", 0.0)]
    assert call(copy, "schedule", "remove", "mondays", code=1).data["error"]["kind"] == "NotConfirmed"
    receipt = call(copy, "schedule", "remove", "mondays", "--confirm", "mondays").data
    assert receipt["deleted"] == ["schedule mondays"] and "predictions" in receipt["kept"][0]
    assert call(copy, "schedule", "mail").data == {"topic": "", "on": False}
    assert call(copy, "schedule", "mail", "on", code=1).data["error"]["kind"] == "BadSetting"
    assert call(copy, "schedule", "list").data == {"schedules": []} and len(storage.files("schedules")) == 2
    assert call(copy, "schedule", "run", "mondays", code=1).data["error"]["kind"] == "NotFound"
    acts = [(each["action"], each["kind"]) for each in call(copy, "audit", "mondays").data["events"]]
    assert acts[0] == ("deleted", "schedule") and acts[-1] == ("made", "schedule")


@pytest.mark.slow
def test_the_task_of_windows_starts_the_same(copy, call, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    model = names(copy, "training")[0]
    add = ("schedule", "add", "daily", "--predict", model, "--files", new, "--every", "day", "--at", "06:30")
    command = call(copy, *add).data["windows"]
    begin, _, inside = command.partition(" /TR ")
    assert begin == 'schtasks /Create /F /TN "Sendero daily" /SC DAILY /ST 06:30'
    # What stands behind /TR is quoted once for Windows; within WSL the words are the program's own.
    words = inside.strip('"').replace('\\"', '"').split(" ")
    assert words[:2] == ["wsl.exe", "--cd"] and words[3] == "-e"
    ran = subprocess.run(words[4:], cwd=words[2], capture_output=True, text=True)
    assert ran.returncode == 0 and ran.stdout == "Completed: No new files.\n", ran.stderr


@pytest.mark.parametrize(
    ("when", "words", "cron", "expression"),
    [
        (When("hour", "00:20"), "Every hour, 20 minutes past it", "20 * * * *", "cron(20 * * * ? *)"),
        (When("day", "07:00"), "Every day at 07:00 (UTC)", "0 7 * * *", "cron(0 7 * * ? *)"),
        (When("week", "23:59", "Sunday"), "Every Sunday at 23:59 (UTC)", "59 23 * * 0", "cron(59 23 ? * SUN *)"),
        (When("month", "00:00", "28"), "On day 28 of every month at 00:00 (UTC)", "0 0 28 * *", "cron(0 0 28 * ? *)"),
    ],
)  # fmt: skip
def test_a_time_is_the_same_in_words_for_cron_and_for_eventbridge(when, words, cron, expression):
    assert (when.words, when.cron, when.expression) == (words, cron, expression)


def test_a_time_that_there_is_not_is_refused():
    for given in (("year",), ("day", "24:00"), ("day", "7:00"), ("week", "07:00", "1"), ("month", "07:00", "29"),
                  ("day", "07:00", "Monday"), ("day", "07:00", "", "Europe/Nowhere")):  # fmt: skip
        with pytest.raises(BadSchedule):
            When(*given)
    assert When("day", zone=schedules.here()).zone == schedules.here()


@pytest.mark.slow
def test_what_has_changed_since_training_fails_the_run_that_looks_for_it(served, call, flights, tmp_path):
    workspace, endpoint = served
    call(workspace, "schedule", "add", "hourly", "--drift", endpoint, "--every", "hour")
    try:
        told = call(workspace, "schedule", "run", "hourly").data
        assert told["status"] == "Completed" and "0 files" in told["message"]
        one_day = flights(60)  # the first rows of the file: the weather of one day is not that of a year
        call(workspace, "predict", endpoint, one_day, "--output", tmp_path / "out.csv")
        error = call(workspace, "schedule", "run", "hourly", code=1).data["error"]
        assert error["kind"] == "HasChanged" and "temp (PSI" in error["why"]
        assert call(workspace, "schedule", "run", "hourly").data["status"] == "Completed", "it was told once"
    finally:
        call(workspace, "schedule", "remove", "hourly", "--confirm", "hourly")
