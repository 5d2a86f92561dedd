"""The catalogues of texts: found in the code, set beside their translations, compiled (`make catalogues`).

An error's three sentences are attributes of its class, so they are found there as well as in the calls that
`core/language.py` names.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from core.language import DOMAIN, FOLDER
from core.project import PROJECT

KEYWORDS = {"tr": (1,), "trn": (1, 2), "mark": (1,), "count": (2, 3)}
PLACES = ("core", "pages", "scripts")
OF_HYPERPARAMETERS = (
    "parameter_table.py"  # of the container's room, which stands alone and marks no text itself
)
DESCRIBED = {"does", "when", "usual"}  # its texts; a value is none
SENTENCES = {"what", "why", "remedy"}  # of an error's class
WIDTH = 110


def texts(file: Path) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """Yield (line, message or its two forms) of each text in a Python file.

    Babel's own extractor reads no f-string before Python 3.12, and no class.
    """
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Call):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            wanted = KEYWORDS.get(function, ())
            of = [node.args[at - 1] for at in wanted if at <= len(node.args)]
            forms = [
                part.value for part in of if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            if forms and len(forms) == len(wanted):
                yield node.lineno, forms[0] if len(forms) == 1 else (forms[0], forms[1])
            for part in node.keywords if file.name == OF_HYPERPARAMETERS else ():
                if (
                    part.arg in DESCRIBED
                    and isinstance(part.value, ast.Constant)
                    and " " in str(part.value.value)
                ):
                    yield node.lineno, str(part.value.value)
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign | ast.AnnAssign) and isinstance(line.value, ast.Constant):
                    names = line.targets if isinstance(line, ast.Assign) else [line.target]
                    if {ast.unparse(name) for name in names} & SENTENCES:
                        yield line.lineno, str(line.value.value)


def texts_of_template(file: Path) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """Yield the same of a template of Jinja."""
    calls = extract_from_ast(Environment().parse(file.read_text(encoding="utf-8")), ("tr", "trn"))
    for line, function, of in calls:
        forms = [of] if isinstance(of, str) else [part for part in of or () if part]
        yield line, (forms[0], forms[1]) if function == "trn" else forms[0]


def found() -> Catalog:
    """Return a catalogue of all texts in the code and the templates, without translations."""
    catalogue = Catalog(project="Sendero")
    readers = {".py": texts, ".jinja": texts_of_template}
    for place in PLACES:
        for file in sorted((PROJECT / place).rglob("*.*")):
            for line, message in readers[file.suffix](file) if file.suffix in readers else ():
                if message:
                    catalogue.add(message, locations=[(file.relative_to(PROJECT).as_posix(), line)])
    return catalogue


def file(language: str, suffix: str = ".po") -> Path:
    """Return the file of a language's catalogue: to read and edit, or with `.mo` as it is used."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}{suffix}"


def catalogue(language: str) -> Catalog:
    """Return a language's catalogue as it stands in its file."""
    with file(language).open("rb") as read:
        return read_po(read, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    written = io.BytesIO()
    write_mo(cast("IO[bytes]", written), catalogue)
    return written.getvalue()


def main() -> None:
    """Bring each language's catalogue up to the code, and compile it."""
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        known = catalogue(folder.name)
        known.update(found(), no_fuzzy_matching=True, update_creation_date=False)
        known.obsolete.clear()
        with file(folder.name).open("wb") as written:
            write_po(written, known, width=WIDTH, sort_output=True, include_lineno=False, omit_header=False)
        file(folder.name, ".mo").write_bytes(compiled(known))
        without = sum(1 for message in known if message.id and not any(message.string or ()))
        print(f"{folder.name}: {len(known)} texts, {without} without a translation")


if __name__ == "__main__":
    main()
