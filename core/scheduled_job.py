"""What a schedule does in a Processing Job, where no machine of the user's does it: new files predicted, or a look for
drift.

    python -m core.scheduled_job predict|drift --place /opt/ml/processing --schedule NAME --run ID --target NAME ...

Inputs are folders of `--place`: `known` is what earlier runs have kept; to predict, `new` holds the files, `model` what
stands beside a model and `report` the EDA report; `endpoint` is what is kept of an endpoint. What is to be kept is
written to `output` under the keys of storage, and how the run ended to `told/run.json`, which the pipeline's condition
reads: so the job ends well where a file cannot be predicted, and the predictions of the others arrive.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from core import evaluation, evaluation_file, keys
from core.archive import unpack_model
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows
from core.encoding.rows import encode_file
from core.encoding.rows_reading import RowsReading
from core.errors import BadAnswer, DataNotReadable, EndpointGone, SenderoError, ServesAnother
from core.judging import decision_file
from core.judging.answers import joined, numbers
from core.judging.predicting import as_served
from core.leaving import leave
from core.new_files import is_data, predict_each_once
from core.numbers import count, integer
from core.population import LEAST, FileDrift, as_bytes, check_unchanged, drifts, files_in
from core.predictions import write_predictions
from core.reading.suffixes import WORKBOOKS
from core.report.report_json import read_report
from core.scratch import Scratch
from core.storage import DiskStorage

# In the folder of what earlier runs have kept: it is never empty, for a job with an empty input does not begin.
BEGUN, LOOKED = "begun.json", "looked.json"
RUN = "run.json"
CHUNK = 1 << 20  # bytes of encoded rows that the model is asked for at a time
WORKBOOK = (
    "A job of a schedule reads no workbooks: save it as a CSV file, or let a machine start the schedule."
)


def main() -> int:
    """Do what the command line says, and tell how it ended; return the exit code, 1 where that could not be told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--place", type=Path, required=True)
    for name in ("schedule", "run", "target"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("endpoint", "training-job", "objective"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--half-width", type=float)
    args = parser.parse_args()
    file = args.place / "told" / RUN
    try:
        told = run(args)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    except Exception as error:
        return evaluation.fail(error, file)
    print(f"{told['status']}: {told['message']}")
    return 0


def run(args: argparse.Namespace) -> dict[str, object]:
    """Do it; return how it ended, as a run of a schedule is kept."""
    begun, failure = _now(), None
    try:
        message = TASKS[args.task](args, begun)
    except SenderoError as error:
        failure = error.failure
        message = f"{failure.what} {failure.why}"
    return {
        "schedule": args.schedule,
        "id": args.run,
        "status": "Failed" if failure else "Completed",
        "started": begun,
        "ended": _now(),
        "message": message,
        "failure": failure.as_kept() if failure else None,
        "who": f"the schedule {args.schedule}",
    }


def predict(args: argparse.Namespace, begun: str) -> str:
    """Predict the new files; return how many they were. Raises FilesFailed, EndpointGone, ServesAnother."""
    place, output = args.place, DiskStorage(args.place / "output")
    if args.endpoint:
        _check_serves(place / "endpoint" / "endpoint.json", args)
    model = DiskStorage(place / "model")
    contract = Contract.read(place / "model" / "contract.json")
    decision = decision_file.read(model, keys.DECISION)
    said = evaluation_file.read(model, "evaluation.json")
    report = place / "report" / "report.json"
    columns = read_report(report.read_bytes())["columns"] if report.exists() else []
    known = json.loads((place / "known" / BEGUN).read_bytes())
    reading = RowsReading(remembered=known.get("renames", {}))

    def was_predicted(mark: str) -> bool:
        return output.exists(mark) or (place / "known" / mark.rpartition("/")[2]).exists()

    with Scratch("model") as folder:
        unpack_model(place / "model" / "model.tar.gz", folder)

        def one(file: Path, called: str, key: str) -> str:
            if file.suffix.lower() in WORKBOOKS:
                raise DataNotReadable(file=called, reason=WORKBOOK)
            with closing(encode_file(contract, file, reading=reading)) as encoded:
                raw = _answers(folder, encoded, args.objective)
                write_predictions(contract, encoded, raw, output.path(key), True, decision, args.half_width)
                if args.endpoint and columns and int(encoded.accepted.sum()) >= LEAST:
                    with suppress(SenderoError, KeyError, ValueError, OSError, duckdb.Error):
                        found = tuple(drifts(columns, said, contract, encoded))
                        drift = FileDrift(called, begun, encoded.rows, found, training_job=args.training_job)
                        moment, mark = (
                            re.sub(r"[^\dTZ]", "", begun),
                            Path(key).stem.rpartition("-")[2],
                        )
                        kept = keys.arrived_file(args.endpoint, moment, mark)
                        output.write_bytes(kept, as_bytes([drift]))
                return f"{called}: {count(encoded.rows, 'row', 'rows')}, {integer(encoded.rejected_count)} rejected"

        return predict_each_once(
            output, args.schedule, args.run, _files(place / "new"), was_predicted, one, print
        )


def drift(args: argparse.Namespace, begun: str) -> str:
    """Look at the files that have arrived at an endpoint since the last run; return that they are as in training.

    Raises HasChanged, EndpointGone, StorageDamaged.
    """
    place, output = args.place, DiskStorage(args.place / "output")
    endpoint = place / "endpoint"
    _endpoint(endpoint / "endpoint.json", args.endpoint)
    since = ""
    with suppress(FileNotFoundError):
        since = json.loads((place / "known" / LOOKED).read_bytes())["at"]
    output.write_json(f"{keys.scheduled_files(args.schedule)}/{LOOKED}", {"at": begun})
    kept = [endpoint / keys.WATCH, *sorted((endpoint / keys.ARRIVED).glob("*.json"))]
    files = [each for path in kept if path.exists() for each in files_in(path.name, path.read_bytes())]
    return check_unchanged(args.target, [each for each in files if each.at >= since])


TASKS: dict[str, Callable[[argparse.Namespace, str], str]] = {"predict": predict, "drift": drift}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder that can hold rows, by name."""
    for file in sorted(folder.iterdir()):
        if file.is_file() and is_data(file.name):
            yield file.name, file


def _answers(model: Path, encoded: EncodedRows, objective: str) -> np.ndarray:
    """Return what an endpoint of the model would say of the accepted rows. Raises BadAnswer."""
    try:
        parts = [numbers(answer) for answer in as_served(model, encoded.chunks(CHUNK))]
    except ValueError as error:  # the container's words
        raise BadAnswer(reason=str(error)) from error
    return joined(np.concatenate(parts) if parts else np.zeros((0, 1)), objective)


def _endpoint(record: Path, name: str) -> dict[str, str]:
    """Return what is kept of an endpoint that has not ended. Raises EndpointGone."""
    if not record.exists():
        raise EndpointGone(name=name, reason="It was deleted.")
    kept = json.loads(record.read_bytes())
    if kept.get("expires") and datetime.fromisoformat(kept["expires"]) < datetime.now(UTC):
        raise EndpointGone(name=name, reason=f"It ended itself at its expiry, {kept['expires']}.")
    return kept


def _check_serves(record: Path, args: argparse.Namespace) -> None:
    """Refuse to predict by another model than the endpoint serves now. Raises EndpointGone, ServesAnother."""
    now = _endpoint(record, args.endpoint)["training_job"]
    if now != args.training_job:
        raise ServesAnother(name=args.endpoint, schedule=args.schedule, before=args.training_job, now=now)


if __name__ == "__main__":
    leave(main())
