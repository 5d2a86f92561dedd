"""The new files of a folder, each predicted once: which ones were is told by their bytes.

A machine does it through an endpoint or by a transform job, a Processing Job with the model itself
(`core/scheduled_job.py`); what is kept of a file, and where, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from core import keys
from core.errors import FilesFailed, SenderoError
from core.language import tr
from core.numbers import count
from core.storage import Storage, sha256_of

READABLE = (".csv", ".tsv", ".txt", ".gz", ".zip", ".xlsx", ".xls", ".ods", ".parquet")

Say = Callable[[str], None]


def is_data(address: str) -> bool:
    """Return whether a file can hold rows, by its name."""
    name = address.rpartition("/")[2]
    return not name.startswith(".") and name.lower().endswith(READABLE)


def predict_each_once(
    storage: Storage,
    schedule: str,
    run: str,
    files: Iterable[tuple[str, Path]],
    was_predicted: Callable[[str], bool],
    predict: Callable[[Path, str, str], str],
    say: Say,
) -> str:
    """Predict those `files`, each with what it is called, that no run of a schedule has predicted; return how many.

    `was_predicted` is asked for the key of a file's mark, and `predict` given a file, what it is called and the key for
    its predictions; it returns what came of it. Raises FilesFailed where it could not do some, when it has done the
    others.
    """
    done, failed = 0, {}
    for called, file in files:
        digest = sha256_of(file)
        mark = keys.scheduled_file(schedule, digest)
        if was_predicted(mark):
            continue
        say(tr("Predicting {called}", called=called))
        key = keys.scheduled_prediction(schedule, f"{run}-{Path(called).stem}-{digest[:8]}.csv")
        try:
            words = predict(file, called, key)
        except SenderoError as error:  # the others are predicted all the same
            failed[called] = f"{error.failure.what} {error.failure.why}"
            continue
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        storage.write_json(mark, {"file": called, "at": at, "predictions": key, "run": run})
        say(words)
        done += 1
    if failed:
        told = "; ".join(f"{file}: {why}" for file, why in failed.items())
        raise FilesFailed(
            files=count(len(failed), "file", "files"), done=count(done, "other", "others"), reason=told
        )
    if not done:
        return tr("No new files.")
    return tr("{files} predicted.", files=count(done, "new file", "new files"))
