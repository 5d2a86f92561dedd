"""A data set on a Spark cluster: read as everywhere, spread out as Parquet, and brought back as parts of CSV.

The CSV is read by DuckDB on the primary instance, so that dialect, types, broken rows and row numbers are the ones
that any other engine sees; that pass streams, in bounded memory, and is the cheapest of all. What no single machine
takes (distinct values, sorts, groups) comes after it. The file must fit on the instance's volume, where SageMaker's
File mode puts it anyway.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw

from core.cells.sql import literal
from core.engines import duckdb_table
from core.engines.engine import Frame
from core.engines.table import ROW, Table
from core.errors import EngineMissing
from core.language import tr
from core.reading.column_keys import key
from core.reading.dialect import Sniffed
from core.reading.text_file import TextFile

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PART_BYTES = 128 << 20  # of Parquet: a task's worth
_SQL = {  # as DuckDB computes: UTC, what does not parse is blank, integers wrap, dates by the new parser
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
LOCAL_MODE = {  # on this machine: its processors, loopback only, no page of its own
    "spark.master": "local[*]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
}


def quoted(name: str) -> str:
    """Return `name` as an identifier of Spark SQL."""
    return "`" + name.replace("`", "``") + "`"


@contextlib.contextmanager
def session() -> Iterator[SparkSession]:
    """Yield the session of spark-submit, or one on this machine's processors. Raises EngineMissing."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EngineMissing(engine="spark", reason=tr("The package pyspark is not installed.")) from None
    active = SparkSession.getActiveSession()
    # pyright takes `builder`, a classproperty of PySpark's own making, for the property object.
    builder: SparkSession.Builder = SparkSession.builder  # pyright: ignore[reportAssignmentType]
    builder = builder.appName("sendero-eda").config("spark.ui.showConsoleProgress", "false")
    if active is None and "PYSPARK_GATEWAY_PORT" not in os.environ:  # not started by spark-submit
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise EngineMissing(engine="spark", reason=tr("There is no Java on this machine."))
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        for key, value in LOCAL_MODE.items():
            builder = builder.config(key, value)
    spark = active or builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for key, value in _SQL.items():
        spark.conf.set(key, value)
    try:
        yield spark
    finally:
        if active is None:
            spark.stop()


def read(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    sniffed: Sniffed,
    scratch: Path,
    tell: Callable[[float], None],
    spark: SparkSession,
) -> Table:
    """Read as duckdb_table.read, then as Parquet, which each executor reads. Raises DataNotReadable, StorageFailed."""
    table = duckdb_table.read(connection, text, sniffed, scratch, lambda share: tell(0.7 * share))
    parts = scratch / "parquet"
    shutil.rmtree(parts, ignore_errors=True)  # of an earlier reading
    target = f"{literal(str(parts))} (FORMAT parquet, FILE_SIZE_BYTES {PART_BYTES})"
    connection.execute(f"COPY (SELECT rowid AS {ROW}, * FROM raw) TO {target}").fetchall()
    connection.execute("DROP TABLE raw").fetchall()
    frame = spark.read.parquet(_shared(spark, parts))

    def scan(names: Sequence[str]) -> Frame:
        return nw.from_native(frame.select(*[quoted(name) for name in (ROW, *map(key, names))]))

    return Table(scan, table.sniffed, table.rows, table.broken)


def _hadoop(spark: Any) -> tuple[Any, Callable[[str], Any]]:  # py4j: attributes that no type knows
    """Return (the cluster's file system, its class of paths)."""
    jvm = spark.sparkContext._jvm
    system = jvm.org.apache.hadoop.fs.FileSystem.get(spark.sparkContext._jsc.hadoopConfiguration())
    return system, jvm.org.apache.hadoop.fs.Path


def _shared(spark: SparkSession, folder: Path) -> str:
    """Return where every executor finds what lies in `folder`: there, or in the cluster's own file system."""
    system, path = _hadoop(spark)
    if system.getScheme() == "file":
        return folder.as_uri()
    there = f"/sendero/{spark.sparkContext.applicationId}/{folder.name}"
    system.copyFromLocalFile(True, True, path(folder.as_uri()), path(there))
    system.deleteOnExit(path(f"/sendero/{spark.sparkContext.applicationId}"))
    return system.makeQualified(path(there)).toString()


def write_parts(native: DataFrame, folder: Path) -> None:
    """Write a Spark frame as part-00000.csv, ... into a local folder, in order; empty parts are left out."""
    spark = native.sparkSession
    system, path = _hadoop(spark)
    local = system.getScheme() == "file"
    base = folder / ".parts" if local else Path(f"/sendero/{spark.sparkContext.applicationId}/{folder.name}")
    native.write.mode("overwrite").options(header="false", nullValue="", emptyValue="").csv(
        base.as_uri() if local else system.makeQualified(path(str(base))).toString()
    )
    files = sorted(
        (status.getPath() for status in system.listStatus(path(str(base))) if status.getLen()),
        key=lambda each: each.getName(),
    )
    parts = [each for each in files if each.getName().startswith("part-")]
    for number, part in enumerate(parts):
        system.copyToLocalFile(True, part, path(str(folder / f"part-{number:05d}.csv")), True)
    system.delete(path(str(base)), True)
    for leftover in folder.glob(".*.crc"):
        leftover.unlink()
