"""The parts of the live suite: what docs/aws.md offers, each chosen, priced and walked on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.live.journey import Journey

Done = dict[str, Any]
SERVERLESS = "serverless"
TRIALS = 2
FOLDS = 5  # of a cross-validation
CLUSTER = 3  # instances that the engine `spark` takes
SOON = "15m"  # the shortest life of an endpoint that is taken
RISING = ("tree_method=hist", "monotone_constraints=(1,0)")  # the answer may only rise with the first feature
ASKED = "a quota that a new account has to ask for"


@dataclass(frozen=True)
class Step:
    """One thing that is billed: what it is, and what it is estimated as."""

    words: str
    kind: str  # processing, training, transform or endpoint
    type: str  # of the instance, by its key in the journey's types
    more: tuple[tuple[str, str], ...] = ()  # other resources
    jobs: int = 1


@dataclass(frozen=True)
class Part:
    """`walk` does it and answers what the verbs answered; `wants` says what the account must have besides."""

    name: str
    steps: tuple[Step, ...]
    walk: Callable[[Journey], Done]
    wants: str = ""
    settings: tuple[str, ...] = ()  # variables of the environment without which it cannot be walked
    model: bool = False  # does it go on from a trained model?


def train(journey: Journey, spot: str, eda: str = "", given: Iterable[str] = (), **changes: str) -> Done:
    """Train on the EDA job's splits, see the evaluation, and compare every file with its manifest."""
    where = ("--instance-type", journey.types["training"], "--spot", spot)
    sets = [part for value in ("num_round=10", *given) for part in ("--set", value)]
    job = journey.verb("train", "--eda", eda or journey.eda, *sets, *where, **changes)
    assert job["evaluation"], f"{job['job']} was not judged"
    verify(journey, job["job"], **changes)
    journey.model = journey.model or job["job"]
    return job


def verify(journey: Journey, job: str, **changes: str) -> None:
    files = journey.verb("verify", job, **changes)
    assert files, f"{job} has no manifest"


def on_spot(journey: Journey) -> tuple[str, ...]:
    return ("--instance-type", journey.types["training"], "--spot", "yes")


def tune(journey: Journey) -> Done:
    where = on_spot(journey)
    asked = ("--eda", journey.eda, "--max-jobs", TRIALS, "--range", "max_depth=2:4", "--set", "num_round=10")
    done = journey.verb("tune", *asked, *where)
    assert done["best"] and done["verdict"]["choose"] and done["verdict"]["usd"] is not None
    return done


def decide(journey: Journey) -> Done:
    """Look into the model, train it once more on all rows, and decide: what is predicted afterwards goes by that."""
    model, page = journey.model, journey.folder / "card.html"
    assert journey.verb("slices", model)["test_rows"]  # of few rows no slice is large enough to be looked at
    reasons = journey.verb("explain", model, journey.rows)
    assert len(reasons["rows"]) == journey.wanted_rows
    decided = journey.verb("decide", model, "--miss", 5, "--false-alarm", 1)
    whole = journey.verb("all-rows", model)
    assert whole["evaluation"] and journey.verb("decide", whole["job"])["threshold"] == decided["threshold"]
    compared = journey.verb("compare", model, whole["job"])
    assert compared["verdict"] in ("better", "worse", "same")
    assert journey.verb("choose", model)["job"] == model
    registered = {each["training_job"]: each["approval"] for each in journey.verb("versions")["versions"]}
    assert registered == {model: "PendingManualApproval"}
    links = journey.verb("lineage", model)["links"]
    assert [each["kind"] for each in links] == ["model", "EDA", "data set"] and links[-1]["sha256"]
    journey.verb("card", model, "--output", page)
    assert "as a miss costs 5 and a false alarm 1" in page.read_text()
    verify(journey, model)
    journey.decided[model] = decided["threshold"]
    return decided | {"all_rows": whole["job"], "compared": compared}


def fold(journey: Journey) -> Done:
    done = journey.verb("cross-validate", journey.model)
    assert len(done["folds"]) == FOLDS and done["spread"] is not None
    return done


def twin(journey: Journey) -> Done:
    done = journey.verb("twin", journey.eda, "--without", journey.suspect, SENDERO_SPOT="true")
    assert done["splits"] and done["sentence"]
    return done


def serve(journey: Journey, instance: str, part: str, training: str = "", version: str = "") -> Done:
    """Deploy, predict, read the meter, delete, and see the receipt."""
    name, model = journey.name(part), training or journey.model
    what = ("--version", version) if version else ("--training", model)
    journey.verb("deploy", *what, "--name", name, "--instance-type", instance)
    answers = journey.folder / f"{name}.csv"
    predicted = journey.verb("predict", name, journey.rows, "--output", answers)
    assert predicted["rows"] == journey.wanted_rows and predicted["rejected"] == 0
    goes_by_the_decision(journey, model, predicted)
    journey.verb("cost")
    deleted = journey.verb("delete", name)["deleted"]
    assert f"endpoint {name}" in deleted
    return predicted | {"deleted": deleted}


def transform(journey: Journey) -> Done:
    output = journey.folder / "transformed.csv"
    where = ("--instance-type", journey.types["transform"])
    done = journey.verb("transform", "--training", journey.model, journey.rows, "--output", output, *where)
    assert done["rows"] == journey.wanted_rows
    goes_by_the_decision(journey, journey.model, done)
    return done


def goes_by_the_decision(journey: Journey, model: str, predicted: Done) -> None:
    """What was decided on a model is what its rows are acted on by."""
    if model in journey.decided:
        assert predicted["decision"]["threshold"] == journey.decided[model]


def scheduled(journey: Journey) -> Done:
    """An endpoint that nobody looks at again: AWS itself deletes it."""
    name = journey.name("scheduler")
    where = ("--instance-type", SERVERLESS, "--expires-in", SOON)
    done = journey.verb("deploy", "--training", journey.model, "--name", name, *where)
    assert done["ends_by"] == "EventBridge Scheduler", done
    journey.wait_for_end(name)
    journey.verb("delete", name)  # its config, its model and its record are still there
    return done


def promote(journey: Journey) -> Done:
    """A model that was trained on this machine, copied there and served."""
    here = journey.folder / "here"
    here.mkdir(exist_ok=True)
    local = ("--backend", "local", "--workspace", here)
    eda = journey.profile(*local)["job"]
    job = journey.verb("train", "--eda", eda, "--set", "num_round=10", *local)["job"]
    journey.decided[job] = journey.verb("decide", job, "--threshold", 0.4, *local)["threshold"]
    done = journey.verb("promote", job, *local, "--to", "aws")
    verify(journey, job)
    assert journey.verb("decide", job)["threshold"] == 0.4
    return done | serve(journey, SERVERLESS, "promote", job)


def approve(journey: Journey) -> Done:
    """Approve a version of the model, deploy it by its number, and take the word back."""
    version = journey.verb("register", journey.model)["version"]
    assert journey.verb("approve", version, "--why", "The live suite asks for it.")["approval"] == "Approved"
    done = serve(journey, SERVERLESS, "approval", version=version)
    rejected = journey.verb("reject", version, "--why", "The live suite has ended.")
    assert rejected["approval"] == "Rejected" and rejected["why"] == "The live suite has ended."
    return done | {"version": version}


def retrain(journey: Journey) -> Done:
    """Train the model of an endpoint anew with other rows, hear the verdict, and let it take over and go again."""
    name, model, newer = journey.name("retrain"), journey.model, journey.folder / "newer.csv"
    with journey.data.open() as source, newer.open("w") as target:
        target.writelines(line for number, line in enumerate(source) if number == 0 or number % 10)
    journey.verb("deploy", "--training", model, "--name", name, "--instance-type", SERVERLESS)
    done = journey.verb("retrain", name, newer, **machines(journey))
    assert done["from"] == model and done["comparison"]["verdict"] in ("better", "worse", "same")
    verify(journey, done["training"])
    replaced = journey.verb("replace", name, "--training", done["training"], "--accept-changes")
    assert (replaced["from"], replaced["to"]) == (model, done["training"])
    answers = journey.folder / f"{name}.csv"
    assert journey.verb("predict", name, journey.rows, "--output", answers)["rows"] == journey.wanted_rows
    assert journey.verb("replace", name, "--back", "--accept-changes")["to"] == model
    assert journey.verb("delete", name)["deleted"]
    return done


def machines(journey: Journey) -> dict[str, str]:
    """The settings by which jobs run where the journey says, whoever makes them."""
    return {
        "SENDERO_SPOT": "yes",
        "SENDERO_PROCESSING_INSTANCE": journey.types["processing"],
        "SENDERO_TRAINING_INSTANCE": journey.types["training"],
    }


def clock(journey: Journey) -> Done:
    """A pipeline that EventBridge Scheduler starts in a few minutes, its run in the audit, and the receipt."""
    name, soon = journey.name("clock"), datetime.now(UTC) + timedelta(minutes=3)
    journey.verb(
        "pipeline", "save", name, "--training", journey.model, "--threshold", "0.5", **machines(journey)
    )
    when = ("--every", "day", "--at", f"{soon:%H:%M}", "--zone", "UTC")
    made = journey.verb("schedule", "add", name, "--pipeline", name, *when)
    assert made["started_by"] == "EventBridge Scheduler"
    run = journey.wait_for_run(name)
    assert run["status"] == "Completed" and run["who"] == f"the schedule {name}", run
    acts = {(each["action"], each["who"]) for each in journey.verb("audit", run["id"])["events"]}
    assert ("ran", f"the schedule {name}") in acts and len(acts) > 1
    assert f"schedule {name}" in journey.verb("schedule", "remove", name, "--confirm", name)["deleted"]
    assert journey.verb("pipeline", "delete", name, "--confirm", name)["deleted"]
    return run


def pipeline(journey: Journey) -> Done:
    """Save the run as a SageMaker Pipeline and have it done again; what is unchanged then is not done a third time."""
    name, where = journey.name("pipe"), machines(journey)
    journey.verb("pipeline", "save", name, "--training", journey.model, "--threshold", "0.5", **where)
    done = journey.verb("pipeline", "run", name, **where)
    made = {step["name"]: step for step in done["steps"]}
    trained = made["Train"]["job"]
    for job in (made["Eda"]["job"], trained):
        verify(journey, job)
    registered = {each["training_job"]: each["approval"] for each in journey.verb("versions")["versions"]}
    assert done["status"] == "Succeeded" and registered[trained] == "PendingManualApproval"
    again = journey.verb("pipeline", "run", name, **where)
    assert [step["name"] for step in again["steps"] if step["cached_from"]] == ["Eda", "Train", "Evaluate"]
    journey.verb("pipeline", "export", name, "--output", journey.folder / "pipeline.json")
    assert journey.verb("pipeline", "delete", name, "--confirm", name)["deleted"]
    return done | {"job": trained}


def guarded(journey: Journey, *more: str, **changes: str) -> Done:
    """EDA and training under settings of the part's own."""
    where = ("--instance-type", journey.types["processing"])
    eda = journey.profile(*where, *more, **changes)["job"]
    return train(journey, "yes", eda, **changes)


def spark(journey: Journey) -> Done:
    where = ("--engine", "spark", "--instance-type", journey.types["spark"])
    done = journey.profile(*where)
    verify(journey, done["job"])
    return done


EDA = Step("EDA", "processing", "processing")
ON_SPOT = (("spot", "yes"),)
SPOT = Step("training on spot", "training", "training", ON_SPOT)
SERVED = Step("serverless endpoint", "endpoint", SERVERLESS)

PARTS = {
    part.name: part
    for part in (
        Part("plain", (Step("training", "training", "training"),), lambda j: train(j, "no", given=RISING), ASKED),
        Part("spot", (SPOT,), lambda j: train(j, "yes")),
        Part("tuning", (Step("tuning", "training", "training", ON_SPOT, TRIALS),), tune),
        Part("decide", (Step("training on all rows", "training", "training", ON_SPOT),), decide, model=True),
        Part("pipeline", (EDA, SPOT), pipeline, model=True),
        Part("retrain", (EDA, SPOT, SERVED), retrain, model=True),
        Part("approval", (SERVED,), approve, "the approver's policy beside the user's", model=True),
        Part("clock", (EDA, SPOT), clock, "SENDERO_SCHEDULER_ROLE", ("SENDERO_SCHEDULER_ROLE",), model=True),
        Part("folds", (Step("cross-validation", "training", "training", ON_SPOT, FOLDS),), fold, model=True),
        Part("twin", (EDA, Step("training, with it and without", "training", "training", ON_SPOT, 2)), twin),
        Part("serverless", (SERVED,), lambda j: serve(j, SERVERLESS, SERVERLESS), model=True),
        Part("instance", (Step("real-time endpoint", "endpoint", "instance"),),
             lambda j: serve(j, j.types["instance"], "instance"), model=True),
        Part("transform", (Step("Batch Transform", "transform", "transform"),), transform, ASKED, model=True),
        Part("scheduler", (SERVED,), scheduled, "SENDERO_SCHEDULER_ROLE", ("SENDERO_SCHEDULER_ROLE",), model=True),
        Part("promote", (SERVED,), promote),
        Part("kms", (EDA, SPOT), lambda j: guarded(j, SENDERO_KMS_KEY=j.own["SENDERO_LIVE_KMS_KEY"]),
             "a key in SENDERO_LIVE_KMS_KEY", ("SENDERO_LIVE_KMS_KEY",)),
        Part("vpc", (EDA, SPOT),
             lambda j: guarded(j, "--weight", j.weight, SENDERO_SUBNETS=j.own["SENDERO_LIVE_SUBNETS"],
                               SENDERO_SECURITY_GROUPS=j.own["SENDERO_LIVE_SECURITY_GROUPS"]),
             "subnets with a way to S3 in SENDERO_LIVE_SUBNETS, and SENDERO_LIVE_SECURITY_GROUPS",
             ("SENDERO_LIVE_SUBNETS", "SENDERO_LIVE_SECURITY_GROUPS")),
        Part("spark", (Step("EDA on Spark", "processing", "spark", (("instance_count", str(CLUSTER)),)),), spark,
             "three instances with 8 GB"),
    )
}  # fmt: skip
FRESH = (
    "spot",
    "tuning",
    "decide",
    "pipeline",
    "retrain",
    "serverless",
    "instance",
    "promote",
)  # what a new account can do


def choose(names: Iterable[str], environment: dict[str, str]) -> list[Part]:
    """The parts in the order in which they are walked, with the training that others go on from.

    Raises ValueError for a name that no part has, or a part whose setting is missing.
    """
    wanted = {name.strip() for name in names} - {""}
    wanted = set(PARTS) if wanted == {"all"} else wanted
    if unknown := wanted - set(PARTS):
        raise ValueError(
            f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)} and all."
        )
    if any(PARTS[name].model for name in wanted) and not wanted & {"plain", "spot"}:
        wanted.add("spot")
    for name in sorted(wanted):
        if missing := [setting for setting in PARTS[name].settings if not environment.get(setting)]:
            raise ValueError(f"The part {name} wants {PARTS[name].wants}: set {', '.join(missing)}.")
    return [part for part in PARTS.values() if part.name in wanted]
