"""report.html: the report as one file that needs nothing else (`html_page.py`); `report.html.jinja` is the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from core import numbers
from core.language import joined, mark, tr
from core.report import column_pictures, html_page, svg, table_pictures, wording
from core.report.column_schema import ColumnEntry
from core.report.pictures import Matrix, Picture
from core.report.schema import Report, ReportWarning
from core.retelling import told

DETAILED = 500  # columns with a card of their own; the table and report.json have all
MATRIX = 30  # rows and columns of a matrix; report.json has all
COLUMN_HEADER = (
    *(mark("column"), mark("distribution"), mark("kind"), mark("blank"), mark("distinct")),
    *(mark("minimum"), mark("mean"), mark("maximum"), mark("predicts by itself"), mark("features")),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as the page shows it: drawn, with its numbers to unfold."""

    title: str
    svg: Markup
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A column in the table of all columns; `detailed` ones have a card to link to."""

    name: str
    detailed: bool
    spark: Markup
    cells: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A column in detail."""

    name: str
    kind: str
    used: str
    facts: list[tuple[str, str]]
    pictures: list[Figure]


def html_report(report: Report) -> str:
    """Return a whole HTML document."""
    target = next(c for c in report["columns"] if c["name"] == report["target"]["name"])
    own = _figures(table_pictures.balance(report) or column_pictures.distribution(target))
    return html_page.render(
        "report/report.html.jinja",
        title=tr("EDA of {file}", file=report["dataset"]["file"]),
        overview=_overview(report),
        warnings=[_warning(item) for item in report["warnings"]],
        rule=told(report["target"], "rule"),
        own=next(iter(own), None),
        target=_figures(
            table_pictures.power(report), table_pictures.over_time(report), table_pictures.drift(report)
        ),
        column_header=[tr(name) for name in COLUMN_HEADER],
        columns=[
            _row(column, i < DETAILED, report["reading"]["formats"].get(column["name"], ""))
            for i, column in enumerate(report["columns"])
        ],
        correlations=_figures(
            *(table_pictures.correlation(report, method) for method in table_pictures.METHODS)
        ),
        strongest=[
            (
                pair["a"],
                pair["b"],
                tr(table_pictures.METHODS[pair["method"]][0]),
                numbers.score(pair["value"]),
            )
            for pair in report["correlations"]["strongest"]
        ],
        missing=_figures(
            table_pictures.missing(report),
            table_pictures.together(report),
            table_pictures.blank_correlation(report),
        ),
        details=_cards(report),
        rest=len(report["columns"]) - DETAILED,
        accuracy=_accuracy(report),
    )


def _figures(*pictures: Picture | None) -> list[Figure]:
    return [_figure(picture) for picture in pictures if picture is not None]


def _figure(picture: Picture) -> Figure:
    note, shown = "", picture
    if isinstance(picture, Matrix) and max(len(picture.down), len(picture.across)) > MATRIX:
        note = tr("The first {number} rows and columns; report.json has all.", number=MATRIX)
        shown = _cut(picture)
    return Figure(picture.title, Markup(svg.svg(shown)), note, shown.header, shown.rows)


def _cut(picture: Matrix) -> Matrix:
    return Matrix(
        title=picture.title, alt=picture.alt, signed=picture.signed,
        header=picture.header[: MATRIX + 1], rows=tuple(row[: MATRIX + 1] for row in picture.rows[:MATRIX]),
        down=picture.down[:MATRIX], across=picture.across[:MATRIX],
        values=tuple(row[:MATRIX] for row in picture.values[:MATRIX]),
    )  # fmt: skip


def _overview(report: Report) -> Iterable[tuple[str, str]]:
    overview, target, splits = report["overview"], report["target"], report["splits"]
    facts = {
        tr("Rows"): numbers.integer(overview["rows"]),
        tr("Columns"): wording.columns_told(overview),
        tr("Features"): numbers.integer(overview["features"]),
        tr("Blank cells"): numbers.integer(overview["missing_cells"]),
        tr("Duplicate rows"): numbers.integer(overview["duplicates"]),
        tr("Rows that could not be read"): numbers.integer(overview["broken_rows"]),
        tr("Size of the file"): numbers.size(report["dataset"]["bytes"]),
        tr("Target"): f"{target['name']} ({wording.said(wording.PROBLEMS, target['problem'])})",
        tr("Split, {method}", method=wording.said(wording.METHODS, splits["method"])): ", ".join(
            f"{wording.said(wording.SPLITS, name)} {numbers.integer(size['rows'])}"
            for name, size in splits["sizes"].items()
        ),
    }
    return facts.items()


def _warning(item: ReportWarning) -> dict[str, str]:
    return {
        "severity": item["severity"],
        "weight": wording.said(wording.SEVERITIES, item["severity"]),
        "code": wording.finding(item),
        "message": told(item, "message"),
        "more": joined([told(item, "reason"), told(item, "action")]),
    }


def _row(column: ColumnEntry, detailed: bool, form: str) -> Row:
    counts = column_pictures.shape(column)
    cells = (
        wording.said(wording.KINDS, column["kind"]),
        numbers.share(column["missing"] / max(column["rows"], 1)),
        column["distinct"],
        *(numbers.bound(column.get(key), form=form) for key in ("minimum", "mean", "maximum")),
        wording.alone(column),
        wording.features(column),
    )
    return Row(column["name"], detailed, Markup(svg.spark(counts) if any(counts) else ""), cells)


def _cards(report: Report) -> Iterator[Card]:
    forms = report["reading"]["formats"]
    for column in report["columns"][:DETAILED]:
        pictures = _figures(
            column_pictures.distribution(column),
            column_pictures.weekdays(column),
            column_pictures.by_target(column, report),
        )
        yield Card(
            column["name"],
            wording.said(wording.KINDS, column["kind"]),
            wording.used(column),
            wording.facts(column, forms.get(column["name"], "")),
            pictures,
        )


def _accuracy(report: Report) -> list[str]:
    lines = wording.estimates(report)
    lines.append(
        tr("All else is exact, over all rows.") if lines else tr("Every figure is exact, over all rows.")
    )
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    dataset = report["dataset"]
    lines.append(
        tr(
            "Data: {file}, SHA-256 {digest}. Versions: {versions}.",
            file=dataset["file"],
            digest=dataset["sha256"],
            versions=versions,
        )
    )
    return lines
