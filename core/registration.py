"""What a pipeline hands on to the registry: the facts of a version, and its model card.

Runs instead of `core.evaluation` as the step that judges, and writes registration.json and card.json beside the
evaluation. No program of ours stands between that step and the one that registers: a definition takes each value from
registration.json. So the card is as the files of the steps tell it, without what only the workspace knows: slices of
the raw rows, the decision, a note.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from core import evaluation
from core.card import facts, sagemaker
from core.card.facts import Card
from core.container.metric_names import more_is_better
from core.encoding.contract import Contract
from core.evaluation_file import upgraded
from core.leaving import leave
from core.metric_words import headline_text
from core.report.report_json import read_report
from core.storage import sha256_of

UNKNOWN = "-"  # as core.backends.registry reads it: no fact of a version is empty
FILE, CARD = "registration.json", "card.json"


def main() -> int:
    """Judge the model that the command line names, and write what a version says of it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, required=True, help="the folder of the EDA report")
    parser.add_argument(
        "--job", type=Path, required=True, help="where SageMaker says what this job was asked"
    )
    for name in ("pipeline", "training-job"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--settings", nargs="*", default=[], metavar="NAME=VALUE")
    args, rest = parser.parse_known_args()
    judging = argparse.ArgumentParser()
    for name in ("model", "contract", "output"):
        judging.add_argument(f"--{name}", type=Path, required=True)
    files, _ = judging.parse_known_args(rest)
    if code := evaluation.main(rest):
        return code
    try:
        write(files.output, files.model, files.contract, args)
    except Exception as error:
        return evaluation.fail(error, files.output)
    return 0


def write(output: Path, model: Path, contract: Path, args: argparse.Namespace) -> None:
    """Write card.json and registration.json beside `output`, the evaluation of a model."""
    learned = Contract.read(contract)
    judged = upgraded(json.loads(output.read_text(encoding="utf-8")), output.name)
    report = args.report / "report.json"
    addresses = inputs_of(args.job)
    eda_job = addresses.get("report", "").rpartition("/processing/")[2].partition("/")[0]
    settings = dict(each.split("=", 1) for each in args.settings)
    card = facts.make(
        model={
            "training_job": args.training_job,
            "title": args.training_job,
            "eda_job": eda_job,
            "trained": None,
            "sha256": sha256_of(model),
            "note": "",
        },
        contract=learned,
        report=read_report(report.read_bytes()),
        settings=settings,
        versions=learned.versions,
        evaluation=judged,
    )
    beside = output.with_name(CARD)
    beside.write_text(json.dumps(card, indent=1, ensure_ascii=False), encoding="utf-8")
    digests = {"evaluation": output, "contract": contract, "report": report, "card": beside}
    told = {
        "model_sha256": card["model"]["sha256"],
        **{f"{name}_sha256": sha256_of(file) for name, file in digests.items()},
        "dataset_sha256": learned.dataset.get("sha256") or UNKNOWN,
        "eda_job": eda_job or UNKNOWN,
        "problem": judged["problem"],
        "rows_tested": str(judged["rows"]),
        "metrics": headline_text(judged["problem"], judged["metrics"]),
        "card": content(card, addresses.get("model", UNKNOWN), args.pipeline),
    }
    output.with_name(FILE).write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")


def content(card: Card, address: str, pipeline: str) -> str:
    """Return the card in SageMaker's form."""
    metric = card["settings"].get("eval_metric", "").rpartition(",")[2].strip()
    watched = (f"validation:{metric}", more_is_better(metric)) if metric else None
    return sagemaker.content(card, address, f"the pipeline {pipeline}", watched)


def inputs_of(job: Path) -> dict[str, str]:
    """Return {input: its address}, as SageMaker tells a job what it was asked; empty where it does not.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """
    asked = json.loads(job.read_text(encoding="utf-8")) if job.exists() else {}
    given = [each for each in asked.get("ProcessingInputs") or () if "S3Input" in each]
    return {each["InputName"]: each["S3Input"]["S3Uri"] for each in given}


if __name__ == "__main__":
    leave(main())
