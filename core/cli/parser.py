"""The verbs and their flags (docs/design.md, section 3)."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.backends.schedules import DAYS, EVERY, LAST_DAY
from core.eda.config import PROBLEMS, SPLITS, TREATMENTS
from core.engines.choice import ENGINES
from core.hyperparameters import DEFAULT_PRESET, FIRST, PRESETS
from core.language import mark, tr
from core.project import command
from core.training_code.document import FORMS, WAYS
from core.values import parse_pair
from core.verbs import gate

DESCRIPTION = mark("""\
Sendero on the command line: the same verbs as the pages.

Every verb takes --workspace, --backend and --json (one JSON document on stdout, logs on stderr).
Exit code 0: done; 1: failed, with what, why and what to do next; 2: bad usage.
""")


# What argparse itself says, which it asks gettext for.
OWN = (
    *(
        mark("usage: "),
        mark("positional arguments"),
        mark("options"),
        mark("show this help message and exit"),
    ),
    *(mark("%(prog)s: error: %(message)s\n"), mark("argument %(argument_name)s: %(message)s")),
    *(mark("invalid choice: %(value)r (choose from %(choices)s)"), mark("invalid %(type)s value: %(value)r")),
    *(mark("the following arguments are required: %s"), mark("one of the arguments %s is required")),
    *(
        mark("expected one argument"),
        mark("expected at most one argument"),
        mark("expected at least one argument"),
    ),
    *(mark("not allowed with argument %s"), mark("ambiguous option: %(option)s could match %(matches)s")),
)


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the verb in `argv` with its options; of `app`, also `streamlit_options`, which are not ours."""
    parser = build()
    args, others = parser.parse_known_args(argv)
    if others and args.verb != "app":
        parser.error(tr("unrecognized arguments: {others}", others=" ".join(others)))
    args.streamlit_options = others
    if args.verb == "tune":
        _check_tune(parser, args)
    if args.verb == "deploy" and args.version and args.all_rows == "yes":
        parser.error(tr("a version is deployed as it was approved: the same of all rows is another model"))
    if args.verb == "decide":
        _check_decide(parser, args)
    if args.verb == "code" and (
        (args.fail_below and args.form != "workflow") or (args.form == "workflow" and args.sdk != "xgboost")
    ):
        parser.error("--fail-below goes with --as workflow, and --sdk with a script or a notebook")
    if args.verb == "watch" and bool(args.outcomes) != bool(args.key):
        parser.error("--outcomes goes with --key: the column that tells rows apart in both")
    return args


def _check_tune(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Refuse a tuning without a limit, and one that goes on from another with settings of its own."""
    if not (args.max_jobs or args.minutes or args.usd):
        parser.error(tr("tune needs a limit: --max-jobs N, --minutes M or --usd AMOUNT"))
    own = [name for name in vars(args) if name.startswith("resource_")]
    changed = (
        args.ranges or args.given or args.preset != DEFAULT_PRESET or any(vars(args)[name] for name in own)
    )
    if args.more and changed:
        parser.error(
            "--more takes the ranges and settings of the tuning that it goes on from: leave them out"
        )


def _check_decide(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    both = (
        (args.miss, args.miss_column) != (None, ""),
        (args.false_alarm, args.false_alarm_column) != (None, ""),
    )
    if both[0] != both[1]:
        parser.error(tr("what a miss costs and what a false alarm costs go together"))
    if both[0]:  # a column alone is what it costs
        args.miss, args.false_alarm = (
            1.0 if each is None else each for each in (args.miss, args.false_alarm)
        )
    if args.calibrate and (args.miss, args.capacity, args.threshold) == (None, None, None):
        parser.error("--calibrate goes with amounts, a capacity or a threshold")
    asked = args.ask or args.ask_unseen or args.ask_out_of_range
    if asked and (args.miss, args.capacity, args.threshold) == (None, None, None):
        parser.error(tr("asking a person goes with amounts, a capacity or a threshold"))


def build() -> argparse.ArgumentParser:  # noqa: PLR0915  one flag after the other
    """Return the parser of all verbs."""
    argparse._ = tr  # type: ignore[attr-defined]  OWN
    settings = argparse.ArgumentParser(add_help=False)
    settings.add_argument(
        "--workspace", type=Path, metavar="DIR", help=tr("default: SENDERO_WORKSPACE, or here")
    )
    settings.add_argument(
        "--backend", choices=("local", "aws"), help=tr("default: SENDERO_BACKEND, or local")
    )
    common = argparse.ArgumentParser(add_help=False, parents=[settings])
    common.add_argument("--json", action="store_true", help=tr("one JSON document on stdout, logs on stderr"))

    parser = argparse.ArgumentParser(
        prog=command().rpartition("/")[2],
        description=tr(DESCRIPTION),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return subs.add_parser(name, help=text, description=text, parents=[common])

    run = verb("run", tr("The whole path: EDA, training, deployment, inference, deletion."))
    _data(run)
    _training(run)
    run.add_argument("--keep-endpoint", action="store_true", help=tr("leave the endpoint running"))
    run.add_argument(
        "--all-rows",
        action="store_true",
        help=tr("train once more on train and validation together, and serve that"),
    )
    run.add_argument("--expires-in", metavar="2h", help=tr("when a kept endpoint ends itself"))
    run.add_argument(
        "--fail-below",
        type=_gate,
        action="append",
        default=[],
        metavar=gate.FORM,
        help=tr(
            "end with exit code 1, and deploy nothing, where a metric is worse, by the worse end of its 95%% interval:"
            " validation:auc=0.8, test:rmse=3"
        ),
    )

    eda = verb("eda", tr("Profile and split a CSV, and write its feature contract: a Processing Job."))
    _data(eda)
    _resources(eda, "instance_type", "max_runtime")

    twin = verb("twin", tr("Does a column leak? EDA and training without it beside those with it; waits."))
    twin.add_argument("eda_job", metavar="EDA_JOB")
    twin.add_argument("--without", action="extend", nargs="+", required=True, metavar="COLUMN")

    train = verb("train", tr("Train XGBoost on the splits of an EDA job: a Training Job."))
    train.add_argument("--eda", required=True, metavar="JOB")
    _training(train)
    _resources(train, "instance_type", "instance_count", "spot", "max_runtime")

    tune = verb(
        "tune",
        tr("Train several times and keep the best: a tuning job. It ends at whichever limit comes first."),
    )
    begin = tune.add_mutually_exclusive_group(required=True)
    begin.add_argument("--eda", metavar="JOB")
    begin.add_argument(
        "--more",
        metavar="TUNING_JOB",
        help=tr("go on from one that has ended or was killed: its ranges and settings"),
    )
    tune.add_argument("--max-jobs", type=_positive, metavar="N", help=tr("trials; 100 at most without it"))
    tune.add_argument("--minutes", type=_amount, metavar="M", help=tr("how long it may take"))
    tune.add_argument("--usd", type=_amount, metavar="AMOUNT", help=tr("on AWS: what its trials may cost"))
    tune.add_argument(
        "--range", type=_range, action="append", default=[], metavar="NAME=LO:HI", dest="ranges"
    )
    _training(tune)
    _resources(tune, "instance_type", "instance_count", "spot", "max_runtime")

    told = verb("hyperparameters", tr("What each does, when to touch it, its default and its range."))
    told.add_argument("names", metavar="NAME", nargs="*", help=tr("only these (default: all)"))

    verb(
        "all-rows",
        tr("Train once more on train and validation together, for the rounds that were chosen; waits."),
    ).add_argument("training_job", metavar="TRAINING_JOB")

    evaluate = verb("evaluate", tr("Judge a trained model on the test split once more, and wait."))
    evaluate.add_argument("training_job", metavar="TRAINING_JOB")

    decide = verb(
        "decide",
        tr("From which probability on a model's rows are acted on; without a flag, what stands there."),
    )
    decide.add_argument("training_job", metavar="TRAINING_JOB")
    decide.add_argument("--miss", type=float, metavar="A", help=tr("what a row costs that is missed"))
    decide.add_argument(
        "--false-alarm", type=float, metavar="B", help=tr("what a row costs that is acted on for nothing")
    )
    decide.add_argument(
        "--miss-column",
        default="",
        metavar="COLUMN",
        help=tr("it costs what the row has there, times --miss if given"),
    )
    decide.add_argument(
        "--false-alarm-column", default="", metavar="COLUMN", help=tr("the same of a false alarm")
    )
    chosen = decide.add_mutually_exclusive_group()
    chosen.add_argument(
        "--capacity", type=float, metavar="N", help=tr("how many rows can be acted on, of --of")
    )
    chosen.add_argument(
        "--threshold", type=float, metavar="T", help=tr("the probability itself, from 0 to 1")
    )
    decide.add_argument(
        "--of",
        type=float,
        default=1000,
        metavar="M",
        help=tr("how many rows come in that time (default: 1000)"),
    )
    decide.add_argument(
        "--calibrate", action="store_true", help=tr("fit the probabilities to how often they come true")
    )
    decide.add_argument(
        "--ask",
        type=_band,
        metavar="FROM:TO",
        help=tr("decide no row whose probability is in this range: its decision is to ask a person"),
    )
    decide.add_argument(
        "--ask-unseen", action="store_true", help=tr("nor one with a value that never occurred in training")
    )
    decide.add_argument(
        "--ask-out-of-range",
        action="store_true",
        help=tr("nor one with a number beyond the range of training"),
    )

    verb(
        "cross-validate",
        tr("Judge a model of few rows by all of them: a Training Job a fold, and the spread; waits."),
    ).add_argument("training_job", metavar="TRAINING_JOB")

    compare = verb(
        "compare", tr("Is the second of two models better than the first, and in what do they differ?")
    )
    compare.add_argument("first", metavar="JOB", help=tr("the one that the other is held against"))
    compare.add_argument("second", metavar="OTHER_JOB", help=tr("the one that is asked about"))

    deploy = verb("deploy", tr("Create an endpoint for a Training Job's model, and wait until it answers."))
    served = deploy.add_mutually_exclusive_group(required=True)
    served.add_argument("--training", metavar="JOB", default="")
    served.add_argument("--version", metavar="VERSION", default="", help=tr("an approved one: GROUP/N, or N"))
    deploy.add_argument(
        "--all-rows",
        choices=("yes", "no"),
        help=tr(
            "yes: deploy the same trained on train and validation together; trained first if it is not there"
            " (default: no)"
        ),
    )
    deploy.add_argument("--name", default="", metavar="N")
    deploy.add_argument("--expires-in", metavar="2h", help=tr("when it ends itself (default: 2h)"))
    _resources(deploy, "instance_type", "memory_mb")

    predict = verb(
        "predict",
        tr("Raw rows to predictions, in the same order; of a large file as a job, which it follows."),
    )
    predict.add_argument("endpoint", metavar="ENDPOINT")
    predict.add_argument("rows", type=Path, metavar="ROWS.csv", help=tr("or a workbook, or Parquet"))
    _output(predict)
    _rows_reading(predict)

    explain = verb("explain", tr("Why a model answers what it does, for each row of a file."))
    explain.add_argument("training_job", metavar="TRAINING_JOB")
    explain.add_argument("rows", type=Path, metavar="ROWS.csv", help=tr("or a workbook, or Parquet"))
    explain.add_argument(
        "--output", type=Path, metavar="OUT.jsonl", help=tr("a file for the reasons: one line of JSON a row")
    )
    _rows_reading(explain)

    slices = verb("slices", tr("Where a model fails: slices of its test rows, the worst first."))
    slices.add_argument("training_job", metavar="TRAINING_JOB")
    slices.add_argument(
        "--column", metavar="C", help=tr("one column alone, also one that the model does not know")
    )
    slices.add_argument(
        "--rows", type=Path, metavar="OUT.csv", help=tr("a file for the most costly rows, as they stand")
    )

    transform = verb(
        "transform", tr("Raw rows to predictions without an endpoint: a Batch Transform job, waits.")
    )
    transform.add_argument("rows", metavar="ROWS.csv", help=tr("a path; on AWS also s3://bucket/key"))
    transform.add_argument("--training", required=True, metavar="JOB")
    _output(transform)
    _rows_reading(transform)
    _resources(transform, "instance_type")
    collect = verb(
        "collect", tr("The predictions of a transform or prediction job that has ended meanwhile.")
    )
    collect.add_argument("job", metavar="JOB")
    _output(collect)

    promote = verb(
        "promote",
        tr("Copy a trained model to another backend, which then deploys it; once more: a newer decision."),
    )
    promote.add_argument("training_job", metavar="TRAINING_JOB")
    promote.add_argument("--to", choices=("local", "aws"), required=True, help=tr("the backend that gets it"))

    away = verb("export", tr("Take a model away: a zip with a scorer that needs numpy and xgboost only."))
    away.add_argument("training_job", metavar="TRAINING_JOB")
    away.add_argument("--output", type=Path, required=True, metavar="FILE.zip")

    taken = verb(
        "code",
        tr(
            "A run as code that does it again without Sendero and asserts its metrics, or as a workflow for CI."
        ),
    )
    taken.add_argument("training_job", metavar="TRAINING_JOB")
    taken.add_argument(
        "--as",
        dest="form",
        choices=(*FORMS, "workflow"),
        default="script",
        help=tr(
            "a Python script, a notebook, or a workflow of GitHub Actions that runs Sendero (default: script)"
        ),
    )
    taken.add_argument(
        "--sdk",
        choices=WAYS,
        default="xgboost",
        help=tr(
            "what trains: XGBoost on this machine, or a Training Job by boto3 or the SageMaker SDK"
            " (default: xgboost)"
        ),
    )
    taken.add_argument(
        "--fail-below",
        type=_gate,
        metavar=gate.FORM,
        help=tr(
            "what the workflow asks of the model (default: what this one reaches for sure on the test split)"
        ),
    )
    taken.add_argument("--output", type=Path, metavar="FILE", help=tr("write it there (default: print it)"))

    tracked = verb(
        "track",
        tr(
            "Log a run to the MLflow server that SENDERO_MLFLOW names; once, whoever asks. What failed is tried again."
        ),
    )
    tracked.add_argument(
        "training_job",
        metavar="TRAINING_JOB",
        nargs="?",
        default="",
        help=tr("default: all that are not logged yet"),
    )

    seen = verb(
        "watch",
        tr("What an endpoint is asked, how fast it answers, and whether what arrives is as in training."),
    )
    seen.add_argument("endpoint", metavar="ENDPOINT")
    seen.add_argument(
        "--outcomes",
        type=Path,
        metavar="FILE",
        help=tr("what came true of rows that were predicted, to tell how good the predictions were"),
    )
    seen.add_argument(
        "--key", default="", metavar="COLUMN", help=tr("the column that tells rows apart in both")
    )
    seen.add_argument(
        "--outcome",
        default="",
        metavar="COLUMN",
        help=tr("the column with what came true (default: the target)"),
    )

    longer = verb("prolong", tr("Let an endpoint live longer than it was deployed for."))
    longer.add_argument("endpoint", metavar="ENDPOINT")
    longer.add_argument(
        "--by", default="2h", metavar="DURATION", help=tr('such as "90m" or "2h" (default: 2h)')
    )
    other = verb("replace", tr("Another model for an endpoint that serves, without a request refused."))
    other.add_argument("endpoint", metavar="ENDPOINT")
    which = other.add_mutually_exclusive_group(required=True)
    which.add_argument("--training", metavar="JOB", help=tr("the Training Job whose model takes over"))
    which.add_argument("--back", action="store_true", help=tr("the model that it served before"))
    other.add_argument(
        "--accept-changes",
        action="store_true",
        help=tr("also where callers break, which are named without it"),
    )
    anew = verb(
        "retrain",
        tr(
            "Train the model of an endpoint anew with a file that has the truth, by its own settings;"
            " waits for a verdict."
        ),
    )
    anew.add_argument("endpoint", metavar="ENDPOINT")
    anew.add_argument("file", type=Path, metavar="FILE")
    anew.add_argument(
        "--replace",
        action="store_true",
        help=tr("let the endpoint answer by the new model, if that is better"),
    )
    anew.add_argument(
        "--accept-changes",
        action="store_true",
        help=tr("also where callers break, which are named without it"),
    )
    verb(
        "delete", tr("Delete endpoint, endpoint config and model, and check that they are gone.")
    ).add_argument("endpoint", metavar="ENDPOINT")
    note = verb("note", tr("The note on a run; with a text, write it."))
    note.add_argument("job", metavar="JOB")
    note.add_argument("text", metavar="TEXT", nargs="?", help=tr("plain text instead of what it says now"))
    chosen = verb("choose", tr("Mark a model as the one that is chosen: deploying begins with it."))
    chosen.add_argument("training_job", metavar="TRAINING_JOB")
    chosen.add_argument("--withdraw", action="store_true", help=tr("take the mark back"))
    kept = verb("register", tr("Make a model a version in the registry, where it waits for approval."))
    kept.add_argument("training_job", metavar="TRAINING_JOB")
    kept.add_argument("--group", default="", metavar="NAME", help=tr("default: data set and target"))
    verb("versions", tr("The versions in the registry, newest first, and how each stands."))
    for name, text in (
        ("approve", tr("Approve a version in the registry: it can be deployed by its number then.")),
        ("reject", tr("Reject a version in the registry.")),
    ):
        word = verb(name, text)
        word.add_argument("version", metavar="VERSION", help=tr("GROUP/N, or N where one group alone has it"))
        word.add_argument("--why", required=True, metavar="REASON", help=tr("kept with it, and in the audit"))
    made = verb(
        "card", tr("The model card: what a model is, from which data, how good, and how to make it again.")
    )
    made.add_argument("training_job", metavar="TRAINING_JOB")
    made.add_argument("--output", type=Path, metavar="CARD.html", help=tr("a copy of the page"))
    remove = verb("delete-run", tr("Delete a run with what belongs to it: told first, checked, for good."))
    remove.add_argument("job", metavar="JOB")
    remove.add_argument("--confirm", metavar="JOB", help=tr("its name once more; without it you are asked"))
    remove = verb("delete-dataset", tr("Delete a data set; the runs that came from it stay."))
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--confirm", metavar="NAME", help=tr("its name once more; without it you are asked"))
    acts = verb("audit", tr("Who did what here, when and from which data, the newest first."))
    acts.add_argument("name", metavar="NAME", nargs="?", default="", help=tr("only what is about this"))
    acts.add_argument("--last", type=_positive, metavar="N", help=tr("so many of the newest (default: all)"))
    acts.add_argument("--csv", type=Path, metavar="FILE.csv", help=tr("write them into a file, too"))
    verb(
        "lineage", tr("Where an endpoint or a model comes from, back to the bytes, and who did what to each.")
    ).add_argument("name", metavar="NAME", help=tr("an endpoint, deleted ones too, or a Training Job"))
    _pipeline(
        verb("pipeline", tr("A finished run as a pipeline: saved, run again, looked at, taken away.")), common
    )
    _schedule(
        verb("schedule", tr("What the clock starts: a pipeline, new files to predict, a look for drift.")),
        common,
    )
    verb("jobs", tr("All jobs, newest first, with their titles and notes."))
    verb("endpoints", tr("All endpoints, with age and expiry."))
    verb("report", tr("The report of an EDA job.")).add_argument("job", metavar="JOB")
    log = verb("log", tr("The log of a job or an endpoint."))
    log.add_argument("job", metavar="JOB")
    log.add_argument("--follow", action="store_true", help=tr("go on until the job ends"))
    verb("stop", tr("Stop a job.")).add_argument("job", metavar="JOB")
    verb(
        "resume",
        tr("Let a prediction job that was stopped or failed go on with the rest of its rows; waits."),
    ).add_argument("job", metavar="JOB")
    verb("verify", tr("Every output of a job against its manifest, hashed again.")).add_argument(
        "job", metavar="JOB"
    )
    subs.add_parser(
        "app",
        help=tr("The pages, in the browser."),
        description=tr("The pages, in the browser. Options that are not listed go to `streamlit run`."),
        parents=[settings],
    ).set_defaults(json=False)
    verb("check", tr("Can this backend work here?"))
    verb("cost", tr("What runs now in this workspace, and what it costs."))
    sweep = verb(
        "sweep", tr("All endpoints and running jobs of the whole account and region, and what they cost.")
    )
    sweep.add_argument(
        "--delete", metavar="NAME", help=tr("delete this endpoint, schedule or rule, whoever made it")
    )
    sweep.add_argument("--yes", action="store_true", help=tr("do not ask for its name again"))
    verb(
        "policies", tr("What an administrator has to set up before this backend may work, to paste.")
    ).add_argument(
        "--format",
        choices=("json", "cloudformation", "terraform"),
        default="json",
        help=tr("each policy as JSON, or all of them and the roles as one template"),
    )
    verb("storage", tr("What creating the place of storage would do.")).add_argument(
        "--create", action="store_true", help=tr("do it")
    )
    return parser


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="DATA.csv", help=tr("a path; on AWS also s3://bucket/key"))
    parser.add_argument("--target", required=True, metavar="COL", help=tr("the column to predict"))
    parser.add_argument("--problem", choices=PROBLEMS, default="auto")
    parser.add_argument("--positive", metavar="CLASS", help=tr("of two classes, the one to be told"))
    parser.add_argument(
        "--drop-rare",
        action="store_true",
        help=tr("leave out the rows of classes too rare to be in each split"),
    )
    parser.add_argument("--split", choices=SPLITS, default="random")
    parser.add_argument("--split-column", metavar="C", help=tr("the time or the group to split by"))
    parser.add_argument(
        "--weight", metavar="COLUMN", help=tr("how much a row counts in training and validation: no feature")
    )
    parser.add_argument("--drop", action="extend", nargs="+", default=[], metavar="C")
    parser.add_argument("--derive", type=_pair, action="append", default=[], metavar="NAME=EXPR")
    parser.add_argument(
        "--treat", type=_pair, action="append", default=[], metavar="COLUMN=KIND",
        help=tr("what a column is taken for, whatever it looks like: {treatments}", treatments=', '.join(TREATMENTS)),
    )  # fmt: skip
    parser.add_argument(
        "--keep-text", action="extend", nargs="+", default=[], metavar="COLUMN",
        help=tr("columns in which NA, None, - and other words for blank are values"),
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--engine", choices=ENGINES, default="auto", help=tr("of the EDA (default: by size)"))
    _reading(parser)


def _pipeline(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str, named: bool = True) -> argparse.ArgumentParser:
        own = subs.add_parser(name, help=text, description=text, parents=[common])
        if named:
            own.add_argument("name", metavar="NAME")
        return own

    save = action(
        "save", tr("Keep the path of a finished run: EDA, training, evaluation, condition, register.")
    )
    save.add_argument("--training", required=True, metavar="JOB", help=tr("the run"))
    save.add_argument(
        "--metric", default="", metavar="M", help=tr("of the condition (default: what ranks runs)")
    )
    save.add_argument(
        "--threshold", type=float, metavar="T",
        help=tr("what the worse end of the metric's interval has to reach (default: what the run reached)"),
    )  # fmt: skip
    save.add_argument(
        "--group", default="", metavar="GROUP", help=tr("of versions (default: data set and target)")
    )
    save.add_argument(
        "--no-caching", action="store_true", help=tr("do every step at every run, also with equal inputs")
    )
    save.add_argument(
        "--replace", action="store_true", help=tr("save it over the pipeline that has this name already")
    )
    run = action(
        "run",
        tr("Run it, with other data or other values if need be; waits. Exit code 1 unless it succeeded."),
    )
    data = run.add_mutually_exclusive_group()
    data.add_argument("--data", metavar="FILE", help=tr("a path; on AWS also s3://bucket/key"))
    data.add_argument("--dataset", metavar="NAME", help=tr("one that is there already"))
    run.add_argument(
        "--set", type=_pair, action="append", default=[], metavar="NAME=VALUE", dest="given",
        help=tr("a parameter: a hyperparameter, Threshold, an instance type; show lists them all"),
    )  # fmt: skip
    run.add_argument("--no-wait", action="store_true", help=tr("start it only"))
    _reading(run)
    action("list", tr("All pipelines, with their newest run."), named=False)
    show = action(
        "show", tr("A pipeline: what it asks of a model, its parameters, its runs, and the steps of one.")
    )
    stop = action("stop", tr("Stop a run, and the job that it has started."))
    for one in (show, stop):
        one.add_argument("--run", default="", metavar="RUN", help=tr("which (default: the newest)"))
    away = action("export", tr("The definition as a file, as SageMaker takes it without Sendero."))
    away.add_argument("--output", type=Path, required=True, metavar="FILE.json")
    remove = action("delete", tr("Delete a pipeline and the records of its runs; jobs and versions stay."))
    remove.add_argument("--confirm", metavar="NAME", help=tr("its name once more; without it you are asked"))


def _reading(parser: argparse.ArgumentParser) -> None:
    reading = parser.add_argument_group(tr("how the file is read, where the sniffing is wrong"))
    reading.add_argument(
        "--delimiter", default="", metavar="SIGN", help=tr("comma, semicolon, tab, pipe, or a sign")
    )
    reading.add_argument("--encoding", default="", metavar="NAME", help=tr("such as windows-1252 or utf-16"))
    reading.add_argument("--decimal", default="", metavar="SIGN", help=tr("the sign before decimals: , or ."))
    reading.add_argument(
        "--date-format", default="", metavar="FORMAT", help=tr("such as dd/mm/yyyy or %%d/%%m/%%Y")
    )
    reading.add_argument("--sheet", default="", metavar="NAME", help=tr("of a workbook, the sheet to read"))
    reading.add_argument("--skip-lines", type=int, metavar="N", help=tr("lines above the header"))
    reading.add_argument(
        "--header",
        type=int,
        metavar="N",
        help=tr("the line of the header, from 1, whatever it holds: numbers too"),
    )


def _rows_reading(parser: argparse.ArgumentParser) -> None:
    """Add what is said of how the rows for a model are read."""
    parser.add_argument(
        "--rename", type=_pair, action="append", default=[], metavar="OLD=NEW",
        help=tr("a column of the rows that the model knows as NEW; remembered for files with these columns"),
    )  # fmt: skip
    _reading(parser)


def _schedule(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")

    def act(name: str, text: str) -> argparse.ArgumentParser:
        return acts.add_parser(name, help=text, description=text, parents=[common])

    add = act("add", tr("Schedule something, and write out how a machine starts it where AWS does not."))
    add.add_argument("name", metavar="NAME")
    does = add.add_mutually_exclusive_group(required=True)
    does.add_argument("--pipeline", default="", metavar="PIPELINE", help=tr("run it"))
    does.add_argument(
        "--predict",
        default="",
        metavar="ENDPOINT",
        help=tr("predict new files; or a Training Job, by Batch Transform"),
    )
    does.add_argument(
        "--drift", default="", metavar="ENDPOINT", help=tr("fail where what arrives has changed")
    )
    add.add_argument(
        "--files",
        default="",
        metavar="FOLDER",
        help=tr(
            "of --predict: here, or s3://bucket/folder/; below the workspace in S3 AWS needs no machine for it"
        ),
    )
    add.add_argument(
        "--set", type=_pair, action="append", default=[], metavar="NAME=VALUE", dest="given",
        help=tr("of --pipeline: a parameter"),
    )  # fmt: skip
    add.add_argument("--every", required=True, choices=EVERY)
    add.add_argument(
        "--at", default="07:00", metavar="HH:MM", help=tr("default: 07:00; of an hour its minutes count")
    )
    add.add_argument(
        "--on",
        default="",
        metavar="DAY",
        help=tr(
            "of a week {first} to {last}, of a month 1 to {last_day}",
            first=DAYS[0],
            last=DAYS[-1],
            last_day=LAST_DAY,
        ),
    )
    add.add_argument(
        "--zone", default="", metavar="ZONE", help=tr("Europe/Madrid and its like; default: this machine's")
    )
    act("list", tr("All schedules, each with its last run."))
    act("show", tr("A schedule, how a machine starts it, and its runs.")).add_argument("name", metavar="NAME")
    act("run", tr("Run it now, unless a run of it goes on: what cron calls.")).add_argument(
        "name", metavar="NAME"
    )
    told = act(
        "mail", tr("Whether the end of runs and long jobs is mailed by the SNS topic; turn that on, or off.")
    )
    told.add_argument("to", nargs="?", choices=("on", "off"), help=tr("default: say how it stands"))
    remove = act("remove", tr("Delete a schedule, for good."))
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--confirm", metavar="NAME", help=tr("its name once more; without it you are asked"))


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output", type=Path, required=True, metavar="OUT.csv", help=tr("or .xlsx, or .parquet: by its name")
    )
    parser.add_argument(
        "--columns",
        nargs="+",
        default=[],
        metavar="C",
        help=tr("write these alone, in this order: the file's own and what is added to them (default: all)"),
    )
    parser.add_argument(
        "--keep-formulas",
        action="store_true",
        help=tr(
            "write cells such as =1+1 as they stand, which a spreadsheet runs; else with an apostrophe first"
        ),
    )


def _training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=tuple(PRESETS), default=DEFAULT_PRESET)
    parser.add_argument(
        "--set", type=_pair, action="append", default=[], metavar="name=value", dest="given",
        help=tr("a hyperparameter on top of the preset; an empty value takes it out. `hyperparameters` "
"lists them all; the ones to begin with: {first}", first=', '.join(FIRST)),
    )  # fmt: skip


# Where work runs, as `Backend.choices` names it. Not every backend offers a choice; SENDERO_* holds the defaults.
RESOURCES = {
    "instance_type": ("TYPE", mark("ml.m5.large and its like; for an endpoint also serverless")),
    "instance_count": ("N", mark("how many instances train one model")),
    "spot": ("yes|no", mark("managed spot: cheaper, may have to wait")),
    "max_runtime": ("2h", mark("a job that takes longer is stopped")),
    "memory_mb": ("MB", mark("of a serverless endpoint")),
}


def _resources(parser: argparse.ArgumentParser, *names: str) -> None:
    for name in names:
        metavar, text = RESOURCES[name]
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, dest=f"resource_{name}", metavar=metavar, help=tr(text))


def _pair(text: str) -> tuple[str, str]:
    try:
        return parse_pair(text)
    except ValueError as error:  # argparse shows its own exception's words alone
        raise argparse.ArgumentTypeError(str(error)) from None


def _gate(text: str) -> gate.Gate:
    try:
        return gate.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _range(text: str) -> tuple[str, tuple[float, float]]:
    name, value = _pair(text)
    low, _, high = value.partition(":")
    try:
        return name, (float(low), float(high))
    except ValueError:
        raise argparse.ArgumentTypeError(tr("'{text}' is not NAME=LO:HI", text=text)) from None


def _band(text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    try:
        return float(low), float(high)
    except ValueError:
        raise argparse.ArgumentTypeError(tr("'{text}' is not FROM:TO, such as 0.1:0.3", text=text)) from None


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(tr("'{text}' is not a number above 0", text=text))
    return value


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(tr("'{text}' is not a whole number from 1 up", text=text))
    return int(text)
