"""The code as a script or a notebook: the same parts in the same order, so that what is read, trained with and expected
is written once.
"""

from __future__ import annotations

import json

from core.training_code import by_aws, by_xgboost, files
from core.training_code.run import Part, Place, Run, assignment

BETWEEN, BEFORE_DEF = "\n\n", "\n\n\n"  # parts of a script
WAYS = ("xgboost", "boto3", "sagemaker")
FORMS = ("script", "notebook")
CLOSE = "rel_tol=0.01, abs_tol=0.002"  # threads add up in another order on another machine


def script(run: Run, way: str, place: Place | None = None) -> str:
    """Return the code as a script; `place` is for the ways that need AWS."""
    parts = [*_head(run, way, place), *_parts(run, way, place)]
    text = ""
    for part in parts:
        code = f"{_comment(part.text)}{part.code}".rstrip()
        apart = any(each.startswith("def ") for each in (code, text.rpartition("\n\n\n")[2]))
        text += f"{text and (BEFORE_DEF if apart else BETWEEN)}{code}"
    return f"{text}\n"


def notebook(run: Run, way: str, place: Place | None = None) -> str:
    """Return the same as a notebook, in nbformat 4.5. https://nbformat.readthedocs.io/en/latest/format_description.html"""
    cells: list[dict[str, object]] = []
    for part in [*_head(run, way, place), *_parts(run, way, place)]:
        number = len(cells)
        if part.text:
            text = _lines(part.text if number else _marked(part.text))
            cells.append({"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": text})
        if part.code:
            cells.append(
                {
                    "cell_type": "code",
                    "id": f"code-{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": _lines(part.code.strip("\n")),
                }
            )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
        ensure_ascii=False,
    )


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _marked(text: str) -> str:
    """Return the first part as Markdown: its title, and the rest as it stands, for it names columns and folders."""
    title, _, rest = text.partition("\n")
    return f"# {title}\n\n```text\n{rest.strip()}\n```"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _head(run: Run, way: str, place: Place | None) -> list[Part]:
    """Return what stands at the top: what this is, and what it needs."""
    installs = {
        "xgboost": f'pip install "xgboost=={run.xgboost}"' + (" boto3" if run.in_s3 else ""),
        "boto3": f'pip install "xgboost=={run.xgboost}" boto3',
        "sagemaker": f'pip install "xgboost=={run.xgboost}" boto3 "sagemaker>=3.20,<4"',
    }
    how = {
        "xgboost": "XGBoost trains it on this machine, as the container of Amazon SageMaker does.",
        "boto3": "boto3 starts a Training Job on Amazon SageMaker, which AWS bills; its model is judged here.",
        "sagemaker": "The SageMaker SDK starts a Training Job on Amazon SageMaker, which AWS bills; its model is judged"
        " here.",
    }
    needs = [
        f"- {installs[way]}",
        f"- the splits of the run, below {run.root}: CSV files, the label first, no header",
    ]
    if way != "xgboost" and not run.in_s3:
        needs.append("- a bucket that they are uploaded to")
    if way != "xgboost" or run.in_s3:
        needs.append("- AWS credentials in the environment or a profile (AWS_PROFILE)")
    if way != "xgboost":
        needs.append("- a role that SageMaker may act as, with access to the bucket")
    named = [
        f"Run:      {_line(run.title)} ({run.training_job})",
        f"Predicts: {_line(run.target)} ({run.problem})",
        f"Contract: {run.root}/{run.contract} names the features, in the order of the columns of the splits",
    ]
    text = ["A training run, done again without Sendero", "", how[way], "", *named, "", "It needs:", *needs]
    return [
        Part("\n".join(text), ""),
        Part("", _imports(run, way)),
        Part("What the run was.", _facts(run, place)),
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _imports(run: Run, way: str) -> str:
    names = {"glob", "math", "os", "shutil", "tempfile"}
    if way != "xgboost":
        names |= {"io", "tarfile", *({"time"} if way == "boto3" else set())}
        names |= {"json"} if len(run.channels["train"]) > 1 else set()
    lines = [f"import {name}" for name in sorted(names)]
    if run.in_s3 or way == "sagemaker":
        lines.append("from pathlib import Path")
    lines += ["", *(["import boto3"] if run.in_s3 or way != "xgboost" else []), "import numpy as np"]
    lines.append("import xgboost as xgb")
    return "\n".join(lines) + "\n"


def _facts(run: Run, place: Place | None) -> str:
    values: list[tuple[str, object, str]] = []
    if place:
        values += [
            ("REGION", place.region, ""),
            ("ROLE", place.role or "YOUR-ROLE", "that SageMaker acts as"),
            ("IMAGE", place.image, "of this region"),
        ]
    if place and not run.in_s3:
        bucket = place.bucket or "YOUR-BUCKET"
        values.append(("ROOT", f"s3://{bucket}/{place.prefix}", "where the job finds its files"))
        values.append(("FILES", run.root, "where they are now"))
    else:
        values.append(("ROOT", run.root, "where the files are"))
    values += [
        ("CHANNELS", {name: list(folders) for name, folders in run.channels.items()}, "folders below it"),
        ("TEST", run.test, ""),
        ("WEIGHTED", run.weighted, "is there a weight after the label, in the channels?"),
        ("HYPERPARAMETERS", dict(run.hyperparameters), ""),
        ("EXPECTED", dict(run.expected), "what the run measured" if run.expected else "the run was not judged"),
    ]  # fmt: skip
    return "".join(assignment(*each) for each in values)


def _parts(run: Run, way: str, place: Place | None) -> list[Part]:
    trained = [by_xgboost.part(run)] if place is None else by_aws.parts(run, way, place)
    check = Part("Is it the same? The run measured what EXPECTED says.", _CHECK)
    return [*files.parts(run, way), *trained, check]


_CHECK = f"""\
judges = [(rows_to_predict(TEST), "test")]
if "validation" in CHANNELS:
    judges.append((matrix(*CHANNELS["validation"], weighted=WEIGHTED), "validation"))
booster.set_param([("eval_metric", name.partition("-")[2]) for name in EXPECTED])
line = booster.eval_set(judges)  # as XGBoost writes it: [0] test-auc:0.91 validation-auc:0.92
measured = dict(part.rsplit(":", 1) for part in line.split("\\t")[1:])
for name, expected in EXPECTED.items():
    print(f"{{name}}: {{float(measured[name]):.5f}}, the run had {{expected:.5f}}")
differ = [
    name for name, expected in EXPECTED.items()
    if not math.isclose(float(measured[name]), expected, {CLOSE})
]
assert not differ, f"This is another model: {{', '.join(differ)}} differ from those of the run."
"""
