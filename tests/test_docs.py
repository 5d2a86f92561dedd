"""The docs in step with the code: what they name is there."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from core import locales
from core.ui import words as page_words
from tests.conftest import ROOT

DOCS = [
    ROOT / "README.md",
    ROOT / "README.es.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "core").rglob("README.md")),
    *sorted((ROOT / "tests").rglob("README.md")),
]
TOPS = r"core|pages|scripts|tests|docs"


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: str(doc.relative_to(ROOT)))
def test_every_path_and_link_in_it_is_there(doc):
    text = doc.read_text()
    prose = re.sub(r"`[^`\n]*`", "", text)
    links = [link for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", prose) if "://" not in link]
    assert [link for link in links if not (doc.parent / link).exists()] == []
    paths = re.findall(rf"`((?:{TOPS})/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def skeleton(doc: Path, twin: str) -> list[dict[str, object]]:
    """Return what a translation has in common with its original, a section each: all but the words.

    Commands are compared without their comments; what is in code, links, pictures and numbers in any order, for each
    language orders a sentence as it likes.
    """
    sections: list[dict[str, object]] = []
    for level, body in re.findall(r"^(#+) [^\n]+\n(.*?)(?=^#+ |\Z)", doc.read_text(), re.M | re.S):
        fence = re.compile(r"^```.*?^```", re.M | re.S)
        prose = fence.sub("", body)
        links = re.findall(r"""(?:\]\(|src="|srcset=")([^)"]+)""", prose)
        rows = re.findall(r"^\|.*\|$", prose, re.M)
        code = re.compile(r"`[^`\n]+`")
        sections.append(
            {
                "level": len(level),
                "commands": [re.sub(r"\s+# .*", "", block) for block in fence.findall(body)],
                "links": sorted(link.replace(".es.md", ".md") for link in links if link != twin),
                "rows": [(len(re.split(r" \| ", row)), sorted(code.findall(row))) for row in rows],
                "code": sorted(code.findall(prose)),
                "numbers": sorted(re.findall(r"\d+", code.sub("", prose))),
                "leads to its twin": twin in links,
            }
        )
    return sections


def test_the_spanish_readme_is_in_step_with_the_english_one():
    english = skeleton(ROOT / "README.md", twin="README.es.md")
    spanish = skeleton(ROOT / "README.es.md", twin="README.md")
    assert spanish == english
    assert english[0]["leads to its twin"]


def files() -> list[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_every_module_that_a_readme_names_is_one():
    """By its own name, as a folder's README calls the modules in it and beside it."""
    names = {Path(file).name for file in files()}
    missing = {
        str(doc.relative_to(ROOT)): sorted(
            set(re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", doc.read_text())) - names
        )
        for doc in DOCS
    }
    assert {doc: modules for doc, modules in missing.items() if modules} == {}


def test_every_file_that_code_points_to_is_there():
    existing = set(files())
    missing = [
        f"{file}: {path}"
        for file in existing
        if file.endswith(".py") and (ROOT / file).exists()
        for path in re.findall(rf"\b((?:{TOPS})/[\w/]+\.(?:py|md))\b", (ROOT / file).read_text())
        if path not in existing
    ]
    assert missing == []


@pytest.mark.parametrize("heading", ["warning of the report", "rule for hyperparameters", "backend"])
def test_contributing_walks_each_change_by_its_files(heading):
    (walk,) = re.findall(
        rf"^## A new {heading}\n(.*?)(?=^## |\Z)", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S
    )
    files = set(re.findall(rf"`((?:{TOPS})/[\w./-]+)`", walk))
    assert len(files) >= 4
    assert any(file.startswith("tests/") for file in files)


def test_what_contributing_names_in_a_file_is_in_it():
    named = {
        "core/eda/warnings/judge.py": ["HARM"],
        "core/eda/config.py": ["class EdaConfig", "drop:", "treat:", "derive:", "keep_text:", "split:"],
        "core/traps.py": ["TRAPS", "class Trap"],
        "tests/test_traps.py": ["class Proof", "fails:", "shows:"],
        "tests/eda/test_warnings.py": ["run_script"],
        "tests/backends/conftest.py": ["BACKENDS", "def open_place"],
        "core/backends/base.py": ["class Backend", "class Capabilities", "class Choice", "class Estimate"],
        "core/backends/setup.py": ["class Setup"],
        "core/backends/__init__.py": ["NAMES"],
    }
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    for file, words in named.items():
        assert file in contributing
        assert [word for word in words if word not in (ROOT / file).read_text()] == []


def test_the_words_that_everything_uses_are_in_the_glossary_once_and_in_order():
    entries = re.findall(r"^\*\*([\w ]+)\*\*: .+\n.+$", (ROOT / "docs" / "glossary.md").read_text(), re.M)
    assert entries == sorted(set(entries), key=str.lower)
    assert set(entries) >= {
        "job", "run", "data set", "contract", "feature", "split", "signal", "drift", "backend", "channel", "endpoint",
    }  # fmt: skip


def test_the_words_of_the_pages_are_explained_in_two_lines_each(english_after):
    """All that the page shows is all that the file has, in order; and the ones that everything stands on are there.

    Every file has the same words, each in the order of its own alphabet, and goes into the wheel.
    """
    files = sorted((ROOT / "docs").glob("words*.md"))
    assert len(files) == 2
    english = page_words.words()
    assert set(english) >= {"Job", "Contract", "Split", "AUC", "Drift"}
    for file in files:
        language = file.suffixes[0].removeprefix(".") if len(file.suffixes) > 1 else "en"
        locales.follow(str, lambda language=language: language)
        told = page_words.words()
        names = [unicodedata.normalize("NFD", word.name.lower()) for word in told.values()]
        assert len(told) == file.read_text().count("\n**") and names == sorted(names)
        assert set(told) == set(english)
        assert f'"docs/{file.name}"' in (ROOT / "pyproject.toml").read_text()
    locales.follow(str, lambda: "es")
    assert page_words.explain("Data set").startswith("**Conjunto de datos**: tu archivo")


def test_the_words_that_people_stumble_over_are_explained_where_they_stand():
    sources = "\n".join(
        file.read_text() for part in ("core/ui", "pages") for file in (ROOT / part).rglob("*.py")
    )
    explained = set(re.findall(r'explain\("([\w ]+)"\)', sources))
    assert explained >= {"Job", "Contract", "Split", "AUC", "Drift"}
    assert all(page_words.explain(word).endswith("(Words)") for word in explained)


def test_design_names_what_each_verb_answers():
    """The contract that tests/cli/test_cli_verbs.py holds, in words."""
    from tests.cli.test_cli_verbs import KEYS

    rows = dict(
        re.findall(
            r"^\| (`[\w-]+`(?:, `[\w-]+`)*) \| (.+) \|$", (ROOT / "docs" / "design.md").read_text(), re.M
        )
    )
    told = {verb: text for names, text in rows.items() for verb in re.findall(r"[\w-]+", names)}
    for verb, keys in KEYS.items():
        assert verb in told
        assert [key for key in keys if f"`{key}`" not in told[verb] and key != verb] == []
