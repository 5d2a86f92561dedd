"""No name that a file can hold is taken for anything but a name: the whole path over names made to be misread."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.reading.header import holds_values
from core.reading.names import plain_name, unique_names
from tests.eda.conftest import run_script
from tests.eda.test_round_trip import same_as_the_splits

ROWS = 60
MISREAD = [
    *("emp.var.rate", "a.b.c", ".", "*", "a*", "COLUMNS(*)", "home.dest", "x.*", "`a.b`", "a`", "``"),
    *(
        'say "x"',
        '"',
        "it's",
        "'",
        "a;b",
        "a,b",
        "a|b",
        "--",
        "/* x",
        "*/",
        "a\\",
        "\\",
        "$1",
        "?",
        ":n",
        "@x",
        "#",
    ),
    *(
        "a+b",
        "a-b",
        "a=b",
        "a<b",
        "a::int",
        "a->b",
        "(a",
        "a)",
        "[a]",
        "{a}",
        "%",
        "a % b",
        "!",
        "~",
        "^",
        "&",
        "||",
    ),
    *(
        "select",
        "order",
        "group",
        "null",
        "true",
        "case",
        "all",
        "rowid",
        "ROWID",
        "__row__",
        "0:value",
        "index",
    ),
    *(
        "$x^2$",
        "$a_{",
        "\u200bz",
        "a\u200bb",
        "e\u0301",
        "é",
        "ß",
        "İ",
        "名前",
        "\x01",
        "\x7f",
        "a\u00a0b",
        "x" * 500,
    ),
    *(
        "😀",
        "\u202eabc",
        "ﬁ",
        "a\u0000b",
        "<b>",
        "&amp;",
        "1.5x",
        "name: x",
        "__x61__",
        "probability",
        "flags",
    ),
]
NAMES = st.sampled_from(MISREAD) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.mark.slow(4)
@pytest.mark.filterwarnings("error::UserWarning")  # a sign that the pictures' font lacks is nobody's mistake
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each example is a whole job: to shrink one would take minutes
    suppress_health_check=list(HealthCheck),
)
@given(names=st.lists(NAMES, min_size=14, max_size=14))
def test_any_name_goes_the_whole_path(tmp_path_factory, names):
    rng = np.random.default_rng(1)
    names = [f"n{name}" if holds_values([name], []) else name for name in names]
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    rows.writerow(names)
    for i in range(ROWS):
        cells: list[object] = [f"{rng.normal():.3f}" for _ in names[:9]]
        rows.writerow([*cells, *rng.choice(["u", "v"], 2), f"2013-0{1 + i % 9}-05", i % 3, f"c{i % 2}"])
    folder = tmp_path_factory.mktemp("names")
    (folder / "data.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    expected = unique_names([plain_name(name.replace("\0", "")) for name in names])
    run = run_script(
        folder / "job", folder / "data.csv", target=expected[-1], derive={"more": f"col({expected[0]!r}) + 1"}
    )
    assert run.code == 0, run.err
    assert [column["name"] for column in run.report["columns"]] == [*expected, "more"]
    same_as_the_splits(run)
