"""Texts in the reader's language: the catalogues are whole, and what is kept is said again in another language."""

import json
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from core import locales
from core.errors import NotFound
from core.language import FOLDER, MARKS, PSEUDO, listed, tr, trn
from core.numbers import count, share
from core.retelling import again, kept, retold
from core.ui import language
from scripts import catalogues

TRANSLATED = sorted(folder.name for folder in FOLDER.iterdir())


def names(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def forms(texts):
    return (texts,) if isinstance(texts, str) else tuple(texts or ())


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_catalogue_has_all_texts_of_the_code_and_no_others(name):
    known = catalogues.catalogue(name)
    assert {m.id for m in known} == {m.id for m in catalogues.found()}, "run: make catalogues"
    assert [m.id for m in known if m.id and not all(forms(m.string or ""))] == [], "without a translation"
    assert catalogues.file(name, ".mo").read_bytes() == catalogues.compiled(known), "run: make catalogues"


def test_the_texts_of_a_template_are_found(tmp_path):
    file = tmp_path / "page.html.jinja"
    file.write_text(
        '{{ tr("Rows of {name}", name="x") }}{% if n %}{{ trn("a row", "{n} rows", n, n=n) }}{% endif %}'
    )
    assert [text for _, text in catalogues.texts_of_template(file)] == [
        "Rows of {name}",
        ("a row", "{n} rows"),
    ]


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_names_what_its_text_names(name):
    wrong = []
    for message in catalogues.catalogue(name):
        english, translated = forms(message.id), [text for text in forms(message.string) if text]
        if message.id and any(names(text) != names(english[-1]) for text in translated):
            wrong.append(message.id)
    assert wrong == []


def test_a_text_is_said_again_to_another_reader(english_after):
    said = tr(
        "{names}: {blank} of {rows}.",
        names=listed(["a", "b", "c"]),
        blank=share(0.25),
        rows=count(2, "row", "rows"),
    )
    assert said == "a, b and c: 25.0% of 2 rows."
    file = json.loads(json.dumps(kept(said)))
    assert again(file) == said
    locales.follow(lambda: "de", lambda: PSEUDO)
    assert again(file) == "⟦⟦a, b and c⟧: 25,0\N{NO-BREAK SPACE}% of 2 ⟦rows⟧.⟧"


def test_an_error_is_in_the_language_of_who_meets_it(english_after):
    locales.follow(str, lambda: PSEUDO)
    failure = NotFound(thing="run", name="{braces}", listing="sendero jobs").failure
    assert failure.what == "There is no run named '{braces}'.".join(MARKS)


@given(name=st.text(), number=st.integers(0, 3))
def test_what_stands_for_a_name_is_never_read_as_a_text(name, number):
    assert again(kept(trn("{name}: one", "{name}: {n}", number, name=name, n=number))) == (
        f"{name}: one" if number == 1 else f"{name}: {number}"
    )


@pytest.mark.parametrize(
    "file", [{"by": "open", "of": ["/etc/passwd"], "facts": {}}, {"by": "tr"}, {"of": []}]
)
def test_only_texts_are_said_again(file):
    with pytest.raises(ValueError):
        again(file)


def test_numpys_numbers_are_kept_and_what_is_no_kept_text_stays_as_it_is(english_after):
    said = tr("{rows}: {share}", rows=count(np.int64(2), "row", "rows"), share=share(np.float32(0.5)))
    odd = tr("{name:>6}", name="x")  # asks more of a fact than a file may
    locales.follow(str, lambda: PSEUDO)
    assert again(json.loads(json.dumps(kept(said)))) == "⟦2 ⟦rows⟧: 50.0%⟧"
    assert retold(odd) == "     x"


def test_a_kept_text_reaches_into_nothing():
    with pytest.raises(ValueError):
        again({"by": "tr", "of": ["{name.__class__}"], "facts": {"name": "x"}})


@pytest.mark.parametrize(
    "chosen, referer, kept, back",
    [
        ("es", "http://testserver/Training?job=a", "es", "/Training?job=a"),
        ("es", "http://elsewhere/Training", "es", "/"),
        ("es", "http://testserver//elsewhere", "es", "/elsewhere?"),
        ("xx", "http://testserver/Words", None, "/Words?"),
    ],
)
def test_the_language_that_was_chosen_is_kept_by_a_cookie(chosen, referer, kept, back):
    scope = {
        "type": "http",
        "path": f"/language/{chosen}",
        "path_params": {"language": chosen},
        "query_string": b"",
    }
    headers = [(b"host", b"testserver"), (b"referer", referer.encode())]
    answer = language.choose(
        Request({**scope, "headers": headers, "server": ("testserver", 80), "scheme": "http"})
    )
    cookie = answer.headers.get("set-cookie", "")
    assert answer.headers["location"] == back
    assert cookie.startswith(f"{language.COOKIE}={kept};") if kept else not cookie
