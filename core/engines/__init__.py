"""What narwhals lacks, as one small module of functions per engine: `engine_of(frame).parse(...)`.

Each module satisfies `Engine`, with the same answers: tests hold them against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engines.engine import Engine, Frame, Parse

__all__ = ["Engine", "Frame", "Parse", "engine_of"]


def __getattr__(name: str) -> object:
    # The command line asks `choice` which engines there are: narwhals, a tenth of a second, is not for that.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from core.engines import engine

    return getattr(engine, name)


def engine_of(frame: Frame) -> Engine:
    """Return the engine that holds `frame`. Raises TypeError for a frame of any other kind."""
    import narwhals as nw

    # Imported when needed: Spark's module is not for a machine that never sees Spark.
    if frame.implementation is nw.Implementation.DUCKDB:
        from core.engines import duckdb

        return duckdb
    if frame.implementation is nw.Implementation.PYSPARK:
        from core.engines import spark

        return spark
    raise TypeError(f"No engine for frames of {frame.implementation.name}.")
