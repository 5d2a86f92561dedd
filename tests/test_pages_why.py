"""The tab Why by AppTest: what a model goes by, one column, and one row."""

from __future__ import annotations

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from tests.page_rig import app_at, button, texts


def test_why_shows_the_columns_one_of_them_and_a_row(full):
    (job,) = LocalBackend(full).jobs(JobKind.training)
    at = app_at("Training", job=job.name)
    at.session_state["run-tab-True"] = "Why"
    at.run()
    assert not at.exception and not at.error
    table = next(each.value for each in at.dataframe if "Share" in each.value)
    assert table["Column"][0] == "scheduled_departure"  # the parts of the date together
    assert abs(table["Share"].sum() - 1) < 1e-6 and " to " in table["95%"][0]
    said = texts(at).replace("\\", "")
    assert f"scheduled_departure makes up {table['Share'][0]:.1%}" in said
    assert "By hour of scheduled_departure, late = yes moves by " in said
    assert ("Row 1 of the test split; in truth late = " in said and "raise" in said) or "lower" in said
    button(at, "Another row").click()
    at.query_params["column"] = "carrier"
    at.run()
    assert not at.exception and not at.error
    again = texts(at).replace("\\", "")
    assert "By carrier, late = yes moves by " in again and "Row 1 of" not in again
