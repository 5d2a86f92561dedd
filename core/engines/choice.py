"""Which engine the EDA step runs on, and why; and what a Processing Job needs to run it on Spark.

For a backend that can start several instances: `choose(config.engine, size, several=True)` before the launch, show
its `reason`, and for "spark" launch what `SPARK` describes, with `--engine spark` among the script's arguments.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import BadSetting
from core.language import tr
from core.numbers import fixed

ENGINES = ("auto", "duckdb", "spark")
# One machine takes time in proportion to the bytes and memory that does not grow with them (5 GB within 2 GiB is
# measured), so it is patience that ends here: ten times that, and the disk, which holds the data twice.
SPARK_BYTES = 50 * 10**9


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and the sentence that says why it was chosen."""

    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class SparkJob:
    """The Processing Job of the engine `spark`, as PySparkProcessor would launch it.

    `image` are arguments of `sagemaker.image_uris.retrieve`; its container_version is pinned to the newest build of
    that Spark and Python that AWS has released, for an older one gets no patches.
    `entrypoint` is followed by the path of eda_script.py and its arguments:
    smspark-submit starts YARN on all instances, the first one being the driver, and hands the
    rest to spark-submit in client mode. It joins its arguments with blanks and runs them in a shell: `--config` must
    be a file's path, never JSON. Spark's own settings, if any, go as EMR's classifications into an input at
    `configuration`. The data set's input is FullyReplicated (the driver reads it; any instance may become that), the
    output of every instance is uploaded, and only the driver's has files. Instances must reach each other, so that
    network isolation is off. The driver needs `packages` beyond the image; executors need nothing.
    """

    image: dict[str, str]
    entrypoint: tuple[str, ...] = ("smspark-submit",)
    arguments: tuple[str, ...] = ("--engine", "spark")
    configuration: str = "/opt/ml/processing/input/conf/configuration.json"
    distribution: str = "FullyReplicated"
    instances: int = 3
    packages: tuple[str, ...] = ("duckdb", "narwhals", "pyarrow", "pandas", "numpy", "matplotlib", "jinja2")


SPARK = SparkJob({"framework": "spark", "version": "3.5", "py_version": "py312", "container_version": "v1.3"})


def choose(engine: str, size: int, several: bool) -> Choice:
    """Return the engine for `size` bytes of data; `several`: whether there can be more machines. Raises BadSetting."""
    if engine not in ENGINES:
        reason = tr(
            "There is no engine '{engine}'; there are {engines}.", engine=engine, engines=", ".join(ENGINES)
        )
        raise BadSetting(name="engine", reason=reason, source=tr("--engine, or the EDA configuration"))
    if engine != "auto":
        return Choice(engine, f"{engine}, as asked for.")
    limit = f"{SPARK_BYTES / 1e9:g} GB"
    if not several:
        return Choice("duckdb", "duckdb, on one machine.")
    if size > SPARK_BYTES:
        return Choice("spark", f"spark: the data has {fixed(size / 1e9, 1)} GB, more than {limit}.")
    return Choice(
        "duckdb", f"duckdb: the data has {fixed(size / 1e9, 1)} GB, and one machine does for {limit}."
    )
