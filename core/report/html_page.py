"""A page as one HTML file that needs nothing else: no script, no request, light, dark and printed.

`report.css` is its style. Every value is escaped on its way in; a column named `<script>` is text like any other. The
file's own policy (Content-Security-Policy) allows its one style sheet, by its hash, and nothing besides.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from core.language import spoken, tr, trn
from core.numbers import integer
from core.report import svg

if TYPE_CHECKING:
    from jinja2 import Environment

ONE_LINE = 20  # characters of a cell that stay together


def render(template: str, **values: object) -> str:
    """Return a whole HTML document: `template` (its path in core) filled with `values`."""
    environment, style = _environment()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page = environment.get_template(template, globals=HELPERS)
    return page.render(style=Markup(style), policy=Markup(policy), **values)


@cache
def _environment() -> tuple[Environment, str]:
    """Return what renders templates, and the style sheet."""
    # late: a job is started before it has a report to write
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_escaped, loader=FunctionLoader(_template)
    )
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return environment, svg.style() + style


def _template(name: str) -> str:
    """Return a template's lines without their ends and indents: where one belongs it is written {{ "\\n" }}."""
    lines = (Path(__file__).parents[1] / name).read_text(encoding="utf-8").splitlines()
    return "".join(line.strip() for line in lines)


def _escaped(value: object) -> Markup:
    """Return `value` as markup, its quotes as svg.py writes them too: Jinja's own escape writes others."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _written(value: object) -> str:
    """Return a cell's text; whole numbers have their thousands marked."""
    return integer(value) if isinstance(value, int) else str(value)


HELPERS: dict[str, object] = {  # of templates
    "anchor": _anchor,
    "written": _written,
    "one_line": ONE_LINE,
    "tr": tr,
    "trn": trn,
    "language": spoken,
}
