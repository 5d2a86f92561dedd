"""The EDA step from end to end: one CSV and a configuration in, report, pictures, splits and contract out."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw

from core.contract import Column, Contract
from core.eda import csv_table
from core.eda.config import SPLIT_NAMES, EdaConfig
from core.eda.draw import draw_histograms
from core.eda.engines import engine_of
from core.eda.fit import fit_columns, with_derived, with_numbers
from core.eda.kinds import kind_of
from core.eda.profile import basic, collect, numbers, top_values
from core.eda.report_html import html_report
from core.eda.report_text import text_report
from core.eda.splits import ROW, SPLIT, sizes, with_split
from core.eda.target import class_text, label_of, problem_of
from core.eda.warnings import find_warnings
from core.errors import BadExpression, DataNotReadable, NoSuchColumn
from core.storage import sha256_of

TEST_RAW_ROWS = 10_000
Say = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """The data set in a job's input folder."""

    path: Path
    sniffed: csv_table.Sniffed | None
    sha256: str


def source_in(folder: Path) -> Source:
    """The one CSV in `folder`, with what dataset.json says of it. Raises DataNotReadable."""
    files = sorted(
        p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in (".csv", ".tsv", ".txt")
    )
    if not files:
        raise DataNotReadable(file=str(folder), reason="There is no CSV file in the input folder.")
    if len(files) > 1:
        raise DataNotReadable(
            file=files[0].name, reason="There is more than one CSV file in the input folder."
        )
    path = files[0]
    told = path.with_name("dataset.json")
    if not told.exists():
        return Source(path, None, sha256_of(path))
    facts = json.loads(told.read_text(encoding="utf-8"))
    columns = tuple((column["name"], column["type"]) for column in facts["columns"])
    return Source(path, csv_table.Sniffed(csv_table.Dialect(**facts["dialect"]), columns), facts["sha256"])


def run_eda(config: EdaConfig, input_folder: Path, output_folder: Path, say: Say) -> dict[str, Any]:
    """Write every output of DESIGN section 2 below `output_folder`; answers the report as in report.json.

    `say(percent, text)` tells the progress. Raises DataNotReadable, NoSuchColumn, BadTarget, BadSplit,
    BadExpression, StorageFailed.
    """
    source = source_in(input_folder)
    with tempfile.TemporaryDirectory(prefix="eda-") as scratch:
        connection = csv_table.connect(Path(scratch))
        try:
            return _run(connection, config, source, output_folder, say)
        finally:
            connection.close()


def _run(
    connection: duckdb.DuckDBPyConnection, config: EdaConfig, source: Source, output: Path, say: Say
) -> dict[str, Any]:
    say(2, "Reading the data")
    sniffed = source.sniffed or csv_table.sniff(connection, source.path)
    _check_names(config, [name for name, _ in sniffed.columns], source.path.name)
    sniffed, broken = csv_table.read_table(connection, source.path, sniffed, "raw")
    raw = nw.from_native(connection.sql(f'SELECT rowid AS "{ROW}", * FROM raw'))
    rows = int(collect(raw.select(nw.len().alias("n")))[0]["n"])
    if rows == 0:
        raise DataNotReadable(file=source.path.name, reason="It has no row of data that fits its header.")
    types = dict(sniffed.columns)

    say(20, "Describing the columns")
    stats = basic(raw, types, rows)
    columns = _columns(raw, config, sniffed, stats)
    frame = with_derived(with_numbers(raw, columns), columns)
    derived = {name: "DOUBLE" for name in config.derive}
    stats |= basic(frame, derived, rows)

    say(35, "Counting histograms")
    for column in columns:
        _describe(frame, column, stats[column.name], rows)
    duplicates = engine_of(raw).duplicates(raw, list(types))

    say(55, "Splitting the rows")
    target = next(column for column in columns if column.name == config.target)
    problem = problem_of(target.name, target.kind, stats[target.name], config.problem)
    number = target.type in ("BIGINT", "DOUBLE")
    labelled = raw.filter(~nw.col(target.name).is_null())
    counts = [] if problem == "regression" else top_values(labelled, target.name, most=1_000)
    label = label_of(target.name, problem, number, counts)
    split = with_split(labelled, config, None if problem == "regression" else target.name, counts)
    split_sizes = sizes(split, None if problem == "regression" else target.name)

    say(65, "Fitting the encoder on the training split")
    features = [column for column in columns if column.name != target.name]
    fitted = fit_columns(split.filter(nw.col(SPLIT) == 0), features, config.split == "time")
    contract = Contract(
        label=label,
        columns=fitted,
        dialect=sniffed.dialect.as_dict(),
        dataset={"file": source.path.name, "sha256": source.sha256, "rows": rows},
        split={"method": config.split, "column": config.split_column, "seed": config.seed}
        | {name: sum(split_sizes[name].values()) for name in SPLIT_NAMES},
        versions=_versions(),
    )

    say(70, "Writing the splits")
    _write_splits(split, contract, output, list(types))
    (output / "contract").mkdir(parents=True, exist_ok=True)
    contract.write(output / "contract" / "contract.json")

    say(90, "Drawing histograms")
    report = _report(config, contract, columns, stats, rows, len(broken), duplicates, split_sizes, source)
    (output / "histograms").mkdir(parents=True, exist_ok=True)
    pictures = {name: s["histogram"] for name, s in stats.items() if "histogram" in s}
    files = dict(draw_histograms(output / "histograms", pictures))
    for column in report["columns"]:
        if column["name"] in files:
            column["picture"] = f"histograms/{files[column['name']]}"
    say(98, "Writing the report")
    (output / "report").mkdir(parents=True, exist_ok=True)
    (output / "report" / "report.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    (output / "report" / "EDA_Report.txt").write_text(text_report(report), encoding="utf-8")
    (output / "report" / "report.html").write_text(html_report(report), encoding="utf-8")
    say(100, "Done")
    return report


def _check_names(config: EdaConfig, names: list[str], file: str) -> None:
    wanted = [config.target, *config.drop, *([config.split_column] if config.split_column else [])]
    for name in wanted:
        if name not in names:
            raise NoSuchColumn(column=name, file=file, columns=", ".join(names))
    for name in config.derive:
        if name.casefold() in {known.casefold() for known in names}:
            raise BadExpression(name=name, reason="There is already a column of that name.")


def _columns(
    raw: nw.LazyFrame, config: EdaConfig, sniffed: csv_table.Sniffed, stats: dict[str, dict[str, Any]]
) -> list[Column]:
    columns = []
    for name, kind_type in sniffed.columns:
        s = stats[name]
        if kind_type == "VARCHAR" and 0 < s["distinct"] <= 4:
            s["lower_values"] = [str(value).lower() for value, _ in top_values(raw, name, most=4)]
        kind, why = kind_of(name, s)
        if name in config.drop:
            why = "it was left out on request"
        elif config.split == "group" and name == config.split_column:
            why = "it names the groups of the split"
        columns.append(Column(name=name, kind=kind, type=kind_type, dropped=why))
    target = config.target
    usable = [column for column in columns if column.name != target]
    for name, expression in config.derive.items():
        with_derived(raw, [*usable, Column(name=name, kind="numeric", expression=expression)])
        columns.append(Column(name=name, kind="numeric", type="DOUBLE", expression=expression))
    return columns


def _describe(frame: nw.LazyFrame, column: Column, stats: dict[str, Any], rows: int) -> None:
    if column.kind == "numeric" and column.type == "VARCHAR":
        stats |= basic(frame.select(column.name), {column.name: "DOUBLE"}, rows)[column.name] | {
            "type": "VARCHAR"
        }
    number = column.kind == "numeric" or column.type in ("BIGINT", "DOUBLE")
    if number and stats.get("minimum") is not None:
        stats |= numbers(frame, column.name, stats)
    if column.kind in ("categorical", "boolean", "constant", "text") and column.type == "VARCHAR":
        stats["top"] = top_values(frame, column.name)


def _write_splits(split: nw.LazyFrame, contract: Contract, output: Path, raw_columns: list[str]) -> None:
    whole = [
        f for c in contract.columns for f, part in c.features.items() if part != "value" or c.type == "BIGINT"
    ]
    whole += [c.name for c in contract.columns if c.kind == "boolean" and c.used]
    if contract.label.problem != "regression":
        whole.append(contract.label.name)
    for code, name in enumerate(SPLIT_NAMES):
        (output / name).mkdir(parents=True, exist_ok=True)
        part = contract.encode(split.filter(nw.col(SPLIT) == code), label=True)
        engine_of(part).write_csv(part, output / name / f"{name}.csv", whole)
    (output / "test_raw").mkdir(parents=True, exist_ok=True)
    test = split.filter(nw.col(SPLIT) == 2).sort(ROW).head(TEST_RAW_ROWS).select(*raw_columns)
    engine_of(test).write_csv(test, output / "test_raw" / "test_raw.csv", [], header=True)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "duckdb": duckdb.__version__, "narwhals": nw.__version__}


def _report(
    config: EdaConfig,
    contract: Contract,
    columns: list[Column],
    stats: dict[str, dict[str, Any]],
    rows: int,
    broken: int,
    duplicates: int,
    split_sizes: dict[str, dict[Any, int]],
    source: Source,
) -> dict[str, Any]:
    label = contract.label
    fitted = {column.name: column for column in contract.columns}
    entries = [
        _entry(fitted.get(column.name, column), stats[column.name], column.name == label.name)
        for column in columns
    ]
    by_class = {text: 0 for text in label.classes}
    for split in split_sizes.values():
        for value, count in split.items():
            if value is not None:
                by_class[class_text(value)] += count
    used = sum(sum(split.values()) for split in split_sizes.values())
    report = {
        "format": 1,
        "dataset": contract.dataset | {"bytes": source.path.stat().st_size},
        "overview": {
            "rows": rows,
            "columns": len(columns) - len(config.derive),
            "derived_columns": len(config.derive),
            "broken_rows": broken,
            "duplicates": duplicates,
            "missing_cells": sum(stats[c.name]["missing"] for c in columns if not c.expression),
            "left_out_rows": rows - used,
        },
        "target": {
            "name": label.name,
            "problem": label.problem,
            "positive": label.positive,
            "rule": label.rule,
            "classes": [
                {"class": text, "code": code, "rows": by_class[text], "share": by_class[text] / used}
                for code, text in enumerate(label.classes)
            ],
        },
        "splits": {
            "method": config.split,
            "column": config.split_column,
            "seed": config.seed,
            "sizes": {
                name: {
                    "rows": sum(split.values()),
                    "classes": {class_text(value): n for value, n in split.items() if value is not None},
                }
                for name, split in split_sizes.items()
            },
            "test_raw_rows": min(TEST_RAW_ROWS, sum(split_sizes["test"].values())),
        },
        "columns": entries,
        "versions": contract.versions,
    }
    report["warnings"] = find_warnings(report)
    return report


def _entry(column: Column, stats: dict[str, Any], target: bool) -> dict[str, Any]:
    entry = {"name": column.name, "kind": column.kind, "type": column.type, "expression": column.expression}
    keep = (
        "rows",
        "missing",
        "distinct",
        "minimum",
        "maximum",
        "mean",
        "std",
        "zeros",
        "negatives",
        "mean_length",
        "quantiles",
        "histogram",
    )
    for key in keep:
        if key in stats:
            value = stats[key]
            entry[key] = value.isoformat() if hasattr(value, "isoformat") else value
    if "top" in stats:
        filled = stats["rows"] - stats["missing"]
        entry["top"] = [
            {"value": v, "rows": n, "share": n / filled if filled else 0.0} for v, n in stats["top"]
        ]
    entry["features"] = list(column.features)
    entry["dropped"] = "it is the target" if target else column.dropped
    return entry
