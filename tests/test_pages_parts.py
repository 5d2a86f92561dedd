"""Parts of pages by themselves: what is written how, what is offered, and what a click does not end."""

from __future__ import annotations

import json
import math
import threading

import pytest
from streamlit.testing.v1 import AppTest

from core import metric_words
from core.ui.work import PageLeft, Work

GATE = threading.Event()


def test_work_goes_on_beside_other_clicks(monkeypatch):
    def script():
        import streamlit as st

        from core.ui import background
        from core.ui.state import Entry
        from tests.test_pages_parts import GATE

        entry = Entry("work")
        if st.button("Start"):
            background.begin(entry, "a file", lambda tell: (tell(0.5, "half of it"), GATE.wait(60), "done"))
        st.button("Another")
        if work := background.ended(entry):
            st.text(work.answer()[-1])

    monkeypatch.setattr("core.ui.background.AT_ONCE", 0.0)
    GATE.clear()
    at = AppTest.from_function(script, default_timeout=30).run()
    at.button[0].click().run()
    at.button[1].click().run()
    assert not at.exception and not at.text
    assert threading.active_count() > 1 and at.session_state["work"].is_alive()
    GATE.set()
    at.session_state["work"].join()
    assert at.run().text[0].value == "done"


def test_work_ends_once_its_page_is_left():
    ends = iter([False, True])
    work = Work("a file", lambda tell: [tell(share, "on") for share in (0.5, 0.6, 0.7)], lambda: next(ends))
    work.start()
    work.join()
    assert work.share == 0.5
    with pytest.raises(PageLeft):
        work.answer()


def test_a_name_has_the_time_of_the_click_and_a_second_click_the_same_name(monkeypatch):
    def script():
        import streamlit as st

        from core.names import new_name
        from core.ui import state

        if st.button("Launch"):
            with state.click("form") as token:
                st.session_state.setdefault("names", []).append(new_name("eda", token))
                if st.session_state.get("broken off"):
                    st.rerun()

    def clicked(broken_off):
        at.session_state["broken off"] = broken_off
        at.button[0].click().run()
        assert not at.exception
        return at.session_state["names"][-1]

    at = AppTest.from_function(script, default_timeout=30).run()
    times = iter(["first", "third", "fourth"])
    monkeypatch.setattr("core.ui.state.new_token", lambda: next(times))
    assert [clicked(True), clicked(False), clicked(True)] == ["eda-first", "eda-first", "eda-third"]
    monkeypatch.setattr("core.ui.state.monotonic", lambda: math.inf)  # long after that second click
    assert clicked(False) == "eda-fourth"


def test_metrics_are_written_as_people_write_them():
    def script():
        from core import evaluation_file
        from core.ui import evaluation

        metrics = {"rmse": 31070.4123, "mae": 0.00021234, "r2": 0.81239}
        older = evaluation_file.upgraded(
            {
                "problem": "regression",
                "rows": 9,
                "rounds": 3,
                "classes": [],
                "metrics": metrics,
                "baseline": {"rmse": 1_431_070.0, "mae": 0.5, "r2": 0.0},
                "scatter": {"actual": [1.0, 2.0], "predicted": [1.0, 2.0]},
                "curves": {},
                "importance": [{"feature": "x", "share": 1.0}],
            },
            "",
        )
        evaluation.result(older)

    at = AppTest.from_function(script, default_timeout=30).run()
    assert not at.exception
    told = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert told == {"R²": ("0.812", ""), "Mean error": ("0.0002123", ""), "Typical error": ("31,070", "")}
    beside = [each.value.replace("\\", "") for each in at.caption][:3]
    assert beside == ["guessing 0.000", "guessing 0.5", "guessing 1,431,070"]


def test_a_metric_has_the_digits_that_its_interval_holds_and_what_it_has_to_beat():
    def script():
        from core.ui import evaluation

        auc = {"value": 0.72534, "low": 0.6921, "high": 0.7587}
        evaluation.result(
            {
                "version": 2, "problem": "binary", "rows": 2400, "rounds": 3, "classes": ["no", "yes"],
                "metrics": {"auc": auc, "accuracy": {"value": 0.81239, "low": 0.8111, "high": 0.8137}},
                "baseline": {"auc": 0.5}, "intervals_by": {}, "confusion": [[4, 1], [1, 4]], "curves": {},
                "importance": [{"feature": "x", "share": 1.0}],
                "best_column": {
                    "column": "ho*ur", "metric": "auc", "value": 0.6612, "low": 0.62, "high": 0.69,
                    "metrics": {"auc": {"value": 0.6612, "low": 0.62, "high": 0.69}},
                },
            }
        )  # fmt: skip

    at = AppTest.from_function(script, default_timeout=30).run()
    assert not at.exception
    told = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert told["AUC"] == ("0.73", "0.69 to 0.76")
    assert at.caption[0].value.replace("\\", "") == "guessing 0.50  \nho*ur 0.66"
    assert told["Accuracy"] == ("81.2%", "81.1% to 81.4%")
    (mistakes,) = at.table
    assert mistakes.value.to_numpy().tolist() == [["no", "4", "1", "80.0%"], ["yes", "1", "4", "80.0%"]]
    about_nothing = {"value": 0.2, "low": -0.03, "high": 0.4}
    assert metric_words.with_interval("logloss", about_nothing) == "0.2 (0.0 to 0.4)"
    first = at.markdown[0].value.replace("\\", "")
    assert first == (
        "AUC is 0.73 on 2,400 rows; in truth 0.69 to 0.76, 19 times of 20; ho*ur alone reaches 0.66."
    )


def test_the_fields_of_a_row_follow_the_kinds_of_its_columns():
    def script():
        import streamlit as st

        from core.encoding.contract import Column
        from core.ui import row

        smoker = Column("smoker", "boolean", features={"smoker": "value"}, levels=(("Nein", 7), ("Ja", 3)))
        age = Column("age", "numeric", features={"age": "value"}, minimum=0.0, maximum=1_250_000.0)
        since = Column(
            "since", "datetime", "TIMESTAMP", features={"since": "year"}, format="%d/%m/%Y",
            minimum="2013-01-02T00:00:00", maximum="2019-12-31T00:00:00",
        )  # fmt: skip
        iso = Column("iso", "datetime", "DATE", features={"iso": "year"})
        spaced = Column("spaced", "datetime", "TIMESTAMP", features={"spaced": "year"}, format="%d %m %Y")
        at = Column("at", "datetime", "TIMESTAMP", features={"at": "hour"}, format="%d/%m/%Y %H:%M")
        more = [Column(f"m{i}", "text", features={f"m{i}": "value"}) for i in range(row.IN_SIGHT)]
        given = {"smoker": "Ja", "age": "41.5", "since": "7/12/2019", "at": "7/12/2019 10:30"}
        given |= {"iso": "2019-12-07", "spaced": "07 12 2019"}
        st.json(row.fields([smoker, age, since, iso, spaced, at, *more], "train", 0, given).cells)

    at = AppTest.from_function(script, default_timeout=30).run()
    assert not at.exception
    assert [(box.label, box.options, box.value) for box in at.selectbox] == [("smoker", ["Nein", "Ja"], "Ja")]
    assert [str(each.value) for each in at.date_input] == ["2019-12-07"] * 3
    assert [each.proto.format for each in at.date_input] == ["DD/MM/YYYY", "YYYY-MM-DD", "YYYY-MM-DD"]
    assert at.date_input[0].help == "02/01/2013 to 31/12/2019 in training"
    assert [each.label for each in at.expander] == ["6 more columns, which the model goes by less"]
    told = {name: cell for name, cell in json.loads(at.json[0].value).items() if cell is not None}
    same = {"iso": "2019-12-07", "spaced": "07 12 2019", "at": "7/12/2019 10:30"}
    assert told == {"smoker": "Ja", "age": "41.5", "since": "07/12/2019"} | same
    age = at.text_input(key="field-train-0-age")
    assert (age.label, age.placeholder, age.value) == ("age", "0 to 1,250,000 in training", "41.5")
    assert age.help == age.placeholder and not at.caption
    for typed, cell, said in (
        ("1,5", "1.5", "Read as 1.5."),
        ("1,234", "1234", "Read as 1234. It could also mean 1.234."),
        ("1.234", "1.234", "Read as 1.234. It could also mean 1234."),
        ("", None, None),
    ):
        age.set_value(typed).run()
        assert json.loads(at.json[0].value)["age"] == cell
        assert [each.value.replace("\\", "") for each in at.caption] == ([said] if said else [])
    age.set_value("1,2,3").run()
    at.text_input(key="field-train-0-at").set_value("some day").run()
    assert [each.value.split(": ", 1)[1] for each in at.markdown] == [
        "This is not a number.]", "This is not a date.]"
    ]  # fmt: skip
