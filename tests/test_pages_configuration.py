"""The Configuration page by AppTest: data added and read, choices saved at once, what cannot be refused there."""

from __future__ import annotations

import os

import pytest

from core import configuration, datasets
from core.backends.local import LocalBackend
from core.configuration import Configuration
from tests.page_rig import button, field, open_page, texts
from tests.reading.dirty_cases import XLSX


def test_the_sample_is_added_with_its_target_and_each_choice_is_saved_at_once(empty):
    at = open_page("Configuration")
    button(at, "Use the sample").click().run()
    assert not at.exception and not at.error

    def saved() -> Configuration | None:
        return configuration.load(LocalBackend(empty).storage)

    assert saved() == Configuration("late", dataset="flights-late")
    assert "automatic (now: one of two)" in field(at, "selectbox", "Problem type").options
    field(at, "selectbox", "Positive class").select("no").run()
    field(at, "selectbox", "Hold out rows").select("time").run()
    wanted = {"split": "time", "split_column": "scheduled_departure"}
    assert saved() == Configuration("late", positive="no", dataset="flights-late", **wanted)
    field(at, "selectbox", "Predict").select("scheduled_departure").run()
    assert saved() == Configuration("scheduled_departure", dataset="flights-late"), (
        "what goes by another target is gone"
    )


def test_a_role_in_the_editor_is_the_choice_above_it(full):
    """Whatever is chosen there: the column that had it shows it no longer, and nothing comes back with a later run."""
    storage = LocalBackend(full).storage
    at = open_page("Configuration")
    edits: dict[str, dict[int, dict[str, object]]] = {}  # {editor: what was edited in it}

    def give(column: str, role: str) -> dict[str, str]:
        (editor,) = at.data_editor
        row = list(editor.value["Column"]).index(column)
        edits.setdefault(editor.key, {})[row] = {"Role": role}  # those of before are sent again
        at.session_state[editor.key] = {
            "edited_rows": dict(edits[editor.key]),
            "added_rows": [],
            "deleted_rows": [],
        }
        at.run()
        assert not at.exception
        shown = at.data_editor[0].value
        return {
            name: given for name, given in zip(shown["Column"], shown["Role"], strict=True) if given != "–"
        }

    (editor,) = at.data_editor
    seats = list(editor.value["Column"]).index("seats")
    assert give("dep_delay", "predicted") == {"dep_delay": "predicted"}  # which was left out
    edits[editor.key][seats] = {"Use": False}  # unticked in the same editor, while the role was on its way
    assert field(at, "selectbox", "Predict").value == "dep_delay" and "check: saved" in texts(at)
    plan = configuration.load(storage)
    assert (plan.target, plan.drop) == ("dep_delay", ("arr_delay",))
    give("scheduled_departure", "held out by")
    assert field(at, "selectbox", "Hold out rows").value == "time"
    assert configuration.load(storage).drop == ("arr_delay", "seats")
    assert give("dest", "held out by") == {"dep_delay": "predicted", "dest": "held out by"}
    plan = configuration.load(storage)
    assert (plan.split, plan.split_column) == ("time", "dest"), "what was chosen above stays"
    assert give("dest", "weight") == {"dep_delay": "predicted", "dest": "weight"}
    assert configuration.load(storage).split == "random"
    assert give("carrier", "held out by")["carrier"] == "held out by"
    assert configuration.load(storage).split == "group"
    assert give("seats", "weight")["seats"] == "weight"
    assert give("carrier", "–") == {"dep_delay": "predicted", "seats": "weight"}
    assert give("dep_delay", "–") == {"seats": "weight"} and "check: saved" not in texts(at)
    assert button(at, "Run the EDA").disabled and configuration.load(storage).target == "dep_delay"
    assert give("seats", "predicted") == {"seats": "predicted"} and "check: saved" in texts(at)


def test_what_cannot_be_is_said_where_it_was_chosen_and_not_saved(full):
    storage = LocalBackend(full).storage
    before = configuration.load(storage)
    at = open_page("Configuration")
    assert "check: saved" in texts(at)
    field(at, "selectbox", "Hold out rows").select("group").run()
    assert "needs the column to split by" in texts(at)
    assert "not saved" in texts(at) and "check: saved" not in texts(at)
    assert button(at, "Run the EDA").disabled
    assert configuration.load(storage) == before
    field(at, "selectbox", "Column").select("carrier").run()
    assert not at.error and "check: saved" in texts(at) and not button(at, "Run the EDA").disabled
    assert configuration.load(storage).split_column == "carrier"


def test_two_people_keep_each_others_choices_and_overrule_none_unknown(full, monkeypatch):
    storage = LocalBackend(full).storage
    anns, bobs = open_page("Configuration"), open_page("Configuration")

    def seed(at, who: str, value: int) -> str:
        monkeypatch.setenv("LOGNAME", who)
        field(at, "number_input", "Seed of the split").set_value(value).run()
        assert not at.exception
        return texts(at)

    seed(anns, "ann", 7)
    monkeypatch.setenv("LOGNAME", "bob")
    field(bobs, "checkbox", "Leave out rare classes").check().run()
    plan = configuration.load(storage)
    assert (plan.seed, plan.drop_rare) == (7, True)
    assert field(bobs, "number_input", "Seed of the split").value == 7
    assert "ann has changed this plan meanwhile: Seed of the split: 0, now 7" in texts(bobs).replace("\\", "")
    seed(anns, "ann", 9)
    said = seed(bobs, "bob", 3)
    assert "ann has saved the same meanwhile" in said and "Seed of the split: 7, now 9" in said
    assert (
        configuration.load(storage).seed == 9 and "not saved" in said and button(bobs, "Run the EDA").disabled
    )
    button(bobs, "Save mine all the same").click().run()
    assert configuration.load(storage).seed == 3 and not bobs.error and "check: saved" in texts(bobs)
    assert "bob has saved the same meanwhile" in seed(anns, "ann", 5)
    button(anns, "Go on with theirs").click().run()
    assert field(anns, "number_input", "Seed of the split").value == configuration.load(storage).seed == 3
    assert not anns.error and "check: saved" in texts(anns)
    told = texts(open_page("EDA")).replace("\\", "")
    assert (
        "bob has saved it" in told
        and "It is not what this run was asked: Seed of the split: 0, now 3" in told
    )


WRONG_FORMULAS = {
    "__import__('os')": "There is no function",
    "distance * 2 +": "not arithmetic",
    "dest * 2": "a column of text",
    "late * 2": "the column to predict",
    "arr_delay / 60": "is not used",
}


def test_what_cannot_be_derived_is_said_at_once(full):
    """In the dialog, which a whole run (AppTest has no other) draws where its button is clicked too."""
    at = open_page("Configuration")
    button(at, "Derive a column").click().run()
    at.text_input(key="derive-name").set_value("mine")
    for formula, answer in WRONG_FORMULAS.items():
        at.text_input(key="derive-formula-").set_value(formula)
        button(at, "Derive a column").click().run()
        assert not at.exception
        assert "cannot be computed" in at.error[0].value and answer in texts(at)
        assert button(at, "Add the column").disabled


def test_a_column_is_derived_from_chosen_ones(full):
    at = open_page("Configuration")
    button(at, "Derive a column").click().run()
    at.selectbox(key="derive-what").select("ratio")
    at.multiselect(key="derive-columns").select("distance").select("seats")
    button(at, "Derive a column").click().run()
    assert at.text_input(key="derive-formula-distance / seats").value == "distance / seats"
    assert list(at.dataframe[-1].value.columns) == ["distance", "seats", "distance_seats_ratio"]
    button(at, "Derive a column").click()
    button(at, "Add the column").click().run()
    assert not at.exception and not at.error
    plan = configuration.load(LocalBackend(full).storage)
    assert plan.derive == {"distance_seats_ratio": "distance / seats"}


def test_a_data_set_is_deleted_once_its_name_is_typed(full):
    at = open_page("Configuration")
    at.button(key="delete-dataset").click().run()
    assert "The configuration that is saved for it goes too" in texts(at)
    assert "1 EDA run came from it" in texts(at)
    for name in ("flights", "flights-late"):
        assert LocalBackend(full).storage.folders("datasets") == ["flights-late"]
        at.text_input(key="dataset-confirm-flights-late").set_value(name)
        at.button(key="delete-dataset").click()
        at.button(key="dataset-delete").click().run()
        assert not at.exception
    assert LocalBackend(full).storage.folders("datasets") == []
    assert "Deleted and checked: data set flights" in texts(at).replace("\\", "")


PATH = "Path of a CSV, Excel or Parquet file on this machine"


NO_TABLES = {
    "prose.csv": (b"Call me Ishmael.\nSome years ago, never mind how long.\n", "Give a CSV file"),
    "sales.xlsx": (XLSX, "save it as a new .xlsx, and give that"),
    "sales.csv": (XLSX, "save it as a new .xlsx, and give that"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_an_upload_that_is_no_table_is_refused_with_what_to_do(empty, name):
    content, answer = NO_TABLES[name]
    at = open_page("Configuration")
    assert not at.file_uploader[0].allowed_type, "Streamlit would refuse it in a word"
    at.file_uploader[0].upload(name, content, "application/octet-stream")
    at.run()
    assert not at.exception
    assert "cannot be read as a table" in at.error[0].value and answer in texts(at)
    assert LocalBackend(empty).storage.folders("datasets") == []


def test_what_is_in_doubt_is_shown_and_overruled(empty, tmp_path):
    file = tmp_path / "doubt.csv"
    file.write_text("when;n\n01/02/2013;1.234\n03/04/2013;2.345\n")
    at = open_page("Configuration")
    field(at, "text_input", PATH).set_value(str(file))
    button(at, "Add the file").click().run()
    said = texts(at)
    assert "The month could come first as well" in said and "by semicolon" in said
    field(at, "text_input", "Date format").set_value("mm/dd/yyyy")
    field(at, "selectbox", "Decimal sign").set_value(".")
    button(at, "Read again").click().run()
    assert not at.exception and not at.error
    told = datasets.load(LocalBackend(empty).storage, "doubt-2")
    assert [column["format"] for column in told.columns] == ["%m/%d/%Y", ""]
    assert "could come first" not in texts(at) and "you said" in texts(at)
    field(at, "text_input", "Date format").set_value("tomorrow")
    button(at, "Read again").click().run()
    assert "is no format such as" in texts(at)


def test_a_pipe_given_as_a_path_is_refused(empty, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    at = open_page("Configuration")
    field(at, "text_input", PATH).set_value(str(tmp_path / "pipe.csv"))
    button(at, "Add the file").click().run()
    assert "It is a pipe or a device" in texts(at)
