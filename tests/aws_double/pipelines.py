"""Pipelines: their definitions, and what is asked of their executions. `executions.py` walks them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from .account import Account
from .answers import AwsError, invalid
from .executions import DONE, Execution, Reuse
from .expressions import parameters_of, references
from .models import Kept
from .request import service_model
from .tables import Facts

VERSION = "2020-12-01"
TYPES = ("Processing", "Training", "Condition", "RegisterModel", "Fail")  # of those that AWS has


class Pipelines(Kept):
    """CreatePipeline and the operations of its kind, with those of its executions.

    `find` answers who does another of SageMaker's operations.
    """

    noun, kind = "Pipeline", "pipeline"

    def __init__(self, account: Account, find: Callable[[str], Callable[[Facts], Facts] | None]) -> None:
        super().__init__(account)
        self._find = find
        self.operations["update_pipeline"] = self.update
        self.executions: dict[str, Execution] = {}  # by ARN, in the order of their start
        self._reuse: list[Reuse] = []
        self._tokens: dict[tuple[str, str], Facts] = {}

    def missing(self, name: str, arn: str) -> AwsError:
        return AwsError("ResourceNotFound", f"Pipeline '{arn}' does not exist.")

    def taken(self, name: str, arn: str) -> AwsError:
        return invalid(
            "Pipeline names must be unique within an AWS account and region. "
            f"Pipeline with name ({name}) already exists."
        )

    # --- definitions ------------------------------------------------------------------------------------

    def create(self, asked: Facts) -> Facts:
        if known := self._tokens.get(("create", asked["ClientRequestToken"])):
            return known
        self.account.check_role(asked["RoleArn"])
        text = self._definition(asked)
        self.table.add(
            asked["PipelineName"],
            self.facts_in(asked) | {"PipelineDefinition": text, "PipelineStatus": "Active"},
            asked.get("Tags", []),
        )
        answer = {"PipelineArn": self.table.arn(asked["PipelineName"])}
        self._tokens[("create", asked["ClientRequestToken"])] = answer
        return answer

    def update(self, asked: Facts) -> Facts:
        name = asked["PipelineName"]
        self.table.get(name)
        changes = {key: value for key, value in asked.items() if key != "PipelineName"}
        if "PipelineDefinition" in asked or "PipelineDefinitionS3Location" in asked:
            changes["PipelineDefinition"] = self._definition(asked)
        if "RoleArn" in asked:
            self.account.check_role(asked["RoleArn"])
        self.table.update(name, **changes)
        return {"PipelineArn": self.table.arn(name)}

    def delete(self, asked: Facts) -> Facts:
        name = asked["PipelineName"]
        if known := self._tokens.get(("delete", asked["ClientRequestToken"])):
            return known
        arn = self.table.get(name)["PipelineArn"]
        if any(each.status not in DONE for each in self._of(name)):
            raise AwsError("ConflictException", f"Pipeline '{arn}' has executions that have not ended.")
        super().delete(asked)
        for execution in self._of(name):
            del self.executions[execution.arn]
        self._tokens[("delete", asked["ClientRequestToken"])] = {"PipelineArn": arn}
        return {"PipelineArn": arn}

    def list(self, asked: Facts) -> Facts:
        prefix = asked.get("PipelineNamePrefix", "")
        rows = [
            row | self._last_run(row["PipelineName"])
            for row in self.table.rows()
            if row["PipelineName"].startswith(prefix)
        ]
        return self.table.list("ListPipelines", asked, rows)

    def describe(self, asked: Facts) -> Facts:
        name = _name(asked["PipelineName"])
        last = self._last_run(name).get("LastExecutionTime")
        return self.table.describe(name) | ({"LastRunTime": last} if last else {})

    def _last_run(self, name: str) -> Facts:
        times = [each.created for each in self._of(name)]
        return {"LastExecutionTime": times[-1]} if times else {}

    def _definition(self, asked: Facts) -> str:
        """The definition of a request, checked as AWS checks it: its form, its steps and what they refer to."""
        if place := asked.get("PipelineDefinitionS3Location"):
            body = self.account.client("s3").get_object(Bucket=place["Bucket"], Key=place["ObjectKey"])[
                "Body"
            ]
            text = body.read().decode()
        else:
            text = asked.get("PipelineDefinition") or ""
        try:
            definition = json.loads(text)
            steps = list(_steps(definition["Steps"]))
        except (ValueError, KeyError, TypeError):
            raise invalid(f"Invalid pipeline definition: {text[:200]}") from None
        self._check(definition, steps)
        return text

    def _check(self, definition: Facts, steps: list[Facts]) -> None:
        names = [step["Name"] for step in steps]
        parameters = {each["Name"] for each in definition.get("Parameters", ())}
        problems = []
        if definition.get("Version", VERSION) != VERSION:
            problems.append(f"its version is not {VERSION}")
        if len(set(names)) < len(names):
            problems.append("two steps have one name")
        problems += [f"{step['Name']} is of no known type" for step in steps if step["Type"] not in TYPES]
        for path in references(definition["Steps"]):
            where, name = path.split(".")[:2]
            known = {"Parameters": parameters, "Steps": set(names)}.get(where)
            if known is not None and name not in known:
                problems.append(f"{path} is undefined")
        for step in steps:
            problems += [f"{each} is no step" for each in step.get("DependsOn", ()) if each not in names]
        if problems:
            raise invalid(f"Invalid pipeline definition: {'; '.join(problems)}.")

    # --- executions -------------------------------------------------------------------------------------

    def start_pipeline_execution(self, asked: Facts) -> Facts:
        token = asked.get("ClientRequestToken", "")  # a schedule sends none
        if token and (known := self._tokens.get(("start", token))):
            return known
        row = self.table.get(_name(asked["PipelineName"]))
        definition = json.loads(row["PipelineDefinition"])
        given = {each["Name"]: each["Value"] for each in asked.get("PipelineParameters", ())}
        values = parameters_of(definition.get("Parameters", []), given)
        execution = Execution(self.account, self._find, row, definition, values, self._reuse)
        execution.told = {
            name: value
            for name, value in asked.items()
            if name in ("PipelineExecutionDisplayName", "PipelineExecutionDescription")
        }
        execution.given = given
        self.executions[execution.arn] = execution
        answer = {"PipelineExecutionArn": execution.arn}
        if token:
            self._tokens[("start", token)] = answer
        self.account.start(execution.run, f"execution/{execution.id}")
        return answer

    def describe_pipeline_execution(self, asked: Facts) -> Facts:
        return self._execution(asked).describe()

    def describe_pipeline_definition_for_execution(self, asked: Facts) -> Facts:
        execution = self._execution(asked)
        return {"PipelineDefinition": execution.text, "CreationTime": execution.created}

    def list_pipeline_executions(self, asked: Facts) -> Facts:
        name = _name(asked["PipelineName"])
        self.table.get(name)
        rows = [each.summary() for each in self._of(name)]
        if asked.get("SortOrder", "Descending") == "Descending":
            rows.reverse()
        return _page("ListPipelineExecutions", "PipelineExecutionSummaries", rows, asked)

    def list_pipeline_execution_steps(self, asked: Facts) -> Facts:
        rows = self._execution(asked).rows()
        if asked.get("SortOrder", "Descending") == "Descending":
            rows.reverse()
        return _page("ListPipelineExecutionSteps", "PipelineExecutionSteps", rows, asked)

    def list_pipeline_parameters_for_execution(self, asked: Facts) -> Facts:
        execution = self._execution(asked)
        rows = [{"Name": name, "Value": str(value)} for name, value in execution.values.parameters.items()]
        return _page("ListPipelineParametersForExecution", "PipelineParameters", rows, asked)

    def stop_pipeline_execution(self, asked: Facts) -> Facts:
        execution = self._execution(asked)
        if execution.status in DONE:
            raise AwsError("ConflictException", f"Execution {execution.arn} is {execution.status}.")
        execution.stop()
        return {"PipelineExecutionArn": execution.arn}

    def _of(self, name: str) -> list[Execution]:
        return [each for each in list(self.executions.values()) if each.pipeline == name]

    def _execution(self, asked: Facts) -> Execution:
        arn = asked["PipelineExecutionArn"]
        if arn not in self.executions:
            raise AwsError("ResourceNotFound", f"Pipeline execution with ARN {arn} does not exist.")
        return self.executions[arn]


def _name(named: str) -> str:
    """The name of a pipeline that is named by it or by its ARN."""
    return named.rpartition("/")[2]


def _steps(steps: list[Any]) -> Iterator[Facts]:
    """All steps, those of both branches of a condition too."""
    for step in steps:
        yield step
        with contextlib.suppress(AttributeError):
            arguments = step["Arguments"]
            yield from _steps([*arguments.get("IfSteps", ()), *arguments.get("ElseSteps", ())])


def _page(operation: str, key: str, rows: list[Facts], asked: Facts) -> Facts:
    shape = service_model("sagemaker").operation_model(operation).output_shape.members[key].member
    start = int(asked.get("NextToken") or 0)
    end = start + asked.get("MaxResults", 10)
    found = [{name: row[name] for name in shape.members if name in row} for row in rows[start:end]]
    return {key: found} | ({"NextToken": str(end)} if end < len(rows) else {})
