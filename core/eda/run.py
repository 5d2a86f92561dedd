"""The EDA step from end to end: one CSV and a configuration in, report, pictures, splits and contract out."""

from __future__ import annotations

import contextlib
import functools
import platform
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import narwhals as nw

from core.eda.config import EdaConfig
from core.eda.findings.blank_words import classes_among, count_blank_words
from core.eda.findings.findings import Findings, measure
from core.eda.findings.sample import draw_sample
from core.eda.profile.describe import TableProfile, as_treated, check_names, describe
from core.eda.profile.fit import fit_columns
from core.eda.profile.weights import check_weight
from core.eda.report import KeptRows, build_report
from core.eda.split.labelling import LabelledRows, label_rows
from core.eda.split.splits import SPLIT, SplitSizes, placement, sizes
from core.eda.split.target import is_number
from core.encoding.contract import Contract, SplitFacts
from core.engines import Frame, duckdb_table, engine_of
from core.engines.choice import choose
from core.engines.table import ROW, Scan, Table
from core.errors import FREE_SPACE, BadSplit, DataNotReadable, StorageFailed
from core.keys import FEW_ROWS, SPLIT_NAMES, weighted
from core.language import mark, tr
from core.reading import csv_table, inspection
from core.reading.column_keys import key
from core.reading.dialect import Sniffed
from core.reading.kept_words import keeping
from core.reading.source import Source, source_in
from core.reading.text_file import TextFile, opened
from core.report.html import html_report
from core.report.png import draw_histograms
from core.report.report_json import write_report
from core.report.schema import Report
from core.report.text import text_report
from core.scratch import Scratch, plain_path
from core.storage import storage_errors

# Raw rows of the test split that are kept: what a model gets wrong is told in their words. Fewer of a wide table.
TEST_RAW_ROWS, TEST_RAW_LEAST, TEST_RAW_CELLS = 50_000, 10_000, 5_000_000
WEIGHTED = SPLIT_NAMES[
    :2
]  # also written with weights, where rows have some; in the test split all count alike
FOLDERS = (*SPLIT_NAMES, *map(weighted, WEIGHTED), "test_raw", "histograms", "contract", "report")
WRITING = {
    "train": mark("Writing the train split"),
    "validation": mark("Writing the validation split"),
    "test": mark("Writing the test split"),
}
Say = Callable[[int, str], None]


def run_eda(config: EdaConfig, input_folder: Path, output_folder: Path, say: Say) -> Report:
    """Write every output of docs/design.md, section 2, below `output_folder`, and return the report.

    `say(percent, text)` reports the progress. Raises DataNotReadable, NoSuchColumn, BadTarget, BadSplit,
    BadExpression, StorageFailed.
    """
    source = source_in(input_folder)
    output_folder.mkdir(parents=True, exist_ok=True)
    # Beside the outputs: on SageMaker the disk of the request, at home the job's own folder.
    with (
        storage_errors("write", tr("the outputs")),
        Scratch("eda", beside=output_folder.parent) as scratch,
        _engine(config, source, say) as read,
    ):
        connection = csv_table.connect(scratch)
        try:
            return _run(connection, config, source, scratch, plain_path(output_folder, scratch), say, read)
        except BaseException as error:
            for name in FOLDERS:
                shutil.rmtree(output_folder / name, ignore_errors=True)
            if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
                reason = tr("Disk or memory is full: {error}", error=str(error).splitlines()[0][:200])
                facts = {"key": tr("the outputs"), "reason": reason, "advice": FREE_SPACE}
                raise StorageFailed(action="write", **facts) from error
            raise
        finally:
            connection.close()


@contextlib.contextmanager
def _engine(config: EdaConfig, source: Source, say: Say) -> Iterator[Callable[..., Table]]:
    """Yield the function that reads the table, on the configured engine or on the one that this machine has."""
    chosen = choose(config.engine, source.path.stat().st_size, several=False)
    say(1, f"Engine {chosen.reason}")
    if chosen.engine == "duckdb":
        yield duckdb_table.read
        return
    from core.engines import spark_table

    with spark_table.session() as spark:
        yield functools.partial(spark_table.read, spark=spark)


def _run(
    connection: duckdb.DuckDBPyConnection,
    config: EdaConfig,
    source: Source,
    scratch: Path,
    output: Path,
    say: Say,
    read: Callable[..., Table],
) -> Report:
    say(2, mark("Reading the data"))
    text = opened(source.path, scratch, source.sniffed.dialect if source.sniffed else None)
    # What was uploaded is resolved already.
    sniffed = source.sniffed or inspection.infer_format(connection, text)
    check_names(config, [name for name, _ in sniffed.columns], source.path.name)
    table, words = _read(
        lambda sniffed, tell: read(connection, text, sniffed, scratch, tell),
        lambda table: count_blank_words(connection, text, table),
        as_treated(sniffed, config),
        config.target,
        say,
    )
    if table.rows == 0:
        raise DataNotReadable(file=source.path.name, reason=tr("It has no row of data that fits its header."))

    profile = describe(table, config, lambda share, text: say(int(15 + 35 * share), text))
    if config.weight:
        check_weight(profile, config.weight)
    say(50, mark("Splitting the rows"))
    rows = label_rows(table, config, profile, words.get(config.target, {}))
    split, contract, split_sizes = _split_and_fit(rows, config, profile, say)
    contract = Contract(
        label=contract.label,
        columns=contract.columns,
        dialect=table.sniffed.dialect,
        dataset={"file": source.path.name, "sha256": source.sha256, "rows": table.rows},
        split=SplitFacts(
            method=config.split,
            column=config.split_column,
            seed=config.seed,
            train=sum(split_sizes["train"].values()),
            validation=sum(split_sizes["validation"].values()),
            test=sum(split_sizes["test"].values()),
        ),
        versions=_versions(),
        weight=config.weight,
    )
    _write_splits(connection, split(table.names), contract, output, say)
    judged = sum(sum(each.values()) for each in split_sizes.values())
    test_raw = _write_test_raw(connection, text, table.sniffed, split([]), judged, output)
    say(85, mark("Measuring what each feature tells alone"))
    findings = _look_closer(split(table.names), contract, config, profile, split_sizes)

    say(90, mark("Drawing histograms"))
    shapes = {c.name: profile.stats[c.name].get("histogram") for c in profile.columns}
    folder = _folder(output, "histograms")
    drawn = draw_histograms(folder, {name: shape for name, shape in shapes.items() if shape})
    pictures = {column: f"histograms/{file}" for column, file in drawn}

    say(98, mark("Writing the report"))
    size = source.path.stat().st_size
    report = build_report(
        config, contract, profile, split_sizes, findings, pictures, size, test_raw, rows.rare, words
    )
    contract.write(_folder(output, "contract") / "contract.json")
    folder = _folder(output, "report")
    write_report(report, folder / "report.json")
    (folder / "EDA_Report.txt").write_text(text_report(report), encoding="utf-8")
    (folder / "report.html").write_text(html_report(report), encoding="utf-8")
    say(100, "Done")
    return report


def _read(
    read: Callable[..., Table],
    words_of: Callable[[Table], dict[str, dict[str, int]]],
    sniffed: Sniffed,
    target: str,
    say: Say,
) -> tuple[Table, dict[str, dict[str, int]]]:
    """Return (the table, its words that spell "missing"). Read again where such words are classes of the target."""
    table = read(sniffed, lambda share: say(int(2 + 13 * share), mark("Reading the data")))
    words = words_of(table)
    if classes := classes_among(words.get(target, {}), table, target):
        again = f"Reading again, with the class {' and '.join(classes)}"
        table = read(keeping(table.sniffed, [target], classes), lambda share: say(15, again))
    return table, words


def _split_and_fit(
    rows: LabelledRows, config: EdaConfig, profile: TableProfile, say: Say
) -> tuple[Scan, Contract, SplitSizes]:
    """Return (rows with `__split__`, label and columns as a contract, sizes). Raises BadTarget, BadSplit."""
    ordered = profile.column(config.split_by) if config.split == "time" else None
    if ordered and not (is_number(ordered) or ordered.kind == "datetime"):
        raise BadSplit(
            reason=tr("'{name}' holds neither dates nor numbers to order rows by.", name=config.split_column)
        )
    strata = rows.label.name if rows.label.classes else None
    with_split = placement(rows.scan([]), config, strata)
    split_sizes = sizes(with_split(rows.scan([])), strata)
    say(60, mark("Fitting the encoder on the training split"))
    features = [column for column in profile.columns if column.name != config.target]
    fitted = fit_columns(
        lambda names: with_split(rows.scan(names)).filter(nw.col(SPLIT) == 0),
        features,
        config.split == "time",
        lambda share: say(int(60 + 5 * share), mark("Fitting the encoder on the training split")),
    )
    if not any(column.features for column in fitted):
        raise DataNotReadable(
            file=tr("The data set"), reason=tr("No column is left that could be a feature.")
        )
    return lambda names: with_split(rows.scan(names)), Contract(label=rows.label, columns=fitted), split_sizes


def _look_closer(
    split: Frame,
    contract: Contract,
    config: EdaConfig,
    profile: TableProfile,
    split_sizes: SplitSizes,
) -> Findings:
    rows = sum(sum(sizes_.values()) for sizes_ in split_sizes.values())
    dates = [column for column in contract.columns if column.kind == "datetime"]
    moment = contract.column(config.split_by) if config.split == "time" else next(iter(dates), None)
    missing = {c.name: profile.stats[c.name]["missing"] for c in profile.columns if not c.expression}
    blank = [name for name in sorted(missing, key=lambda name: -missing[name])]
    blank = [name for name in blank if 0 < missing[name] < profile.rows]
    return measure(draw_sample(split, contract, rows, config.seed, moment, blank), contract)


def _folder(output: Path, name: str) -> Path:
    folder = output / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_splits(
    connection: duckdb.DuckDBPyConnection, split: Frame, contract: Contract, output: Path, say: Say
) -> None:
    """Write train, validation and test."""
    csv_table.make_room(connection, 1 + len(contract.features))
    whole = contract.whole_features
    whole += [
        column.name
        for column in contract.columns
        if column.type == "BIGINT" and column.kind == "numeric" and column.used
    ]
    if contract.label.problem != "regression":
        whole.append(contract.label.name)
    for code, name in enumerate(SPLIT_NAMES):
        start, text = 65 + 7 * code, WRITING[name]
        say(start, text)
        rows = split.filter(nw.col(SPLIT) == code)
        ordered = engine_of(rows).in_order(rows, ROW)
        with duckdb_table.progress(connection, lambda share, s=start, t=text: say(int(s + 7 * share), t)):
            part = contract.encode(ordered, label=True)
            engine_of(part).write_csv(part, _folder(output, name) / f"{name}.csv", list(map(key, whole)))
            if contract.weight and name in WEIGHTED:
                part = contract.encode_weighted(ordered)
                file = _folder(output, weighted(name)) / f"{name}.csv"
                engine_of(part).write_csv(part, file, list(map(key, whole)))


def _write_test_raw(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    sniffed: Sniffed,
    split: Frame,
    rows: int,
    output: Path,
) -> KeptRows:
    """Write raw rows of the test split, as they stand in the file, and all of few `rows`; return which of test."""
    folder = _folder(output, "test_raw")
    test = split.filter(nw.col(SPLIT) == 2).sort(ROW).select(nw.col(ROW).alias("place")).collect("pyarrow")
    most = min(TEST_RAW_ROWS, max(TEST_RAW_LEAST, TEST_RAW_CELLS // len(sniffed.columns)))
    every = max(1, -(-len(test) // most))
    kept = test.gather_every(every)
    connection.from_arrow(kept.to_native()).create("test_places")
    csv_table.write_rows(connection, text, sniffed, "test_places", folder / "test_raw.csv")
    if rows <= FEW_ROWS:  # which are judged by folds: where a model fails is told of all of them then
        places = split.sort(SPLIT, ROW).select(nw.col(ROW).alias("place")).collect("pyarrow")
        connection.from_arrow(places.with_row_index("turn").to_native()).create("all_places")
        csv_table.write_rows(connection, text, sniffed, "all_places", folder / "all_raw.csv", "turn")
    return KeptRows(len(kept), every)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "duckdb": duckdb.__version__, "narwhals": nw.__version__}
