"""Raw rows to predictions by an exported model. Needs numpy and xgboost, and the files beside it, nothing else.

    python scorer.py ROWS.csv --output OUT.csv
    python scorer.py --check                      the rows that came with it, against their expected answers

From code: `Scorer(folder).score([{"column": "cell", ...}, ...])` returns one dict a row. Cells mean what they meant in
training (scorer.json says how each column is read): a blank stays blank, a category that training never saw counts as
blank, and a row with text where a number or a date belongs is rejected by name, with no prediction. `decision` is a
class, or to ask a person where the decision that was stored leaves a row to one.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

HERE = Path(__file__).resolve().parent
FORMAT = 1  # of scorer.json
BLOCK = 50_000  # rows at a time
ZONE = r"\s*(Z|UTC|GMT|[+-]\d\d:?(\d\d)?)$"
ISO = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?")
QUARTER = re.compile(
    r"[qt]([1-4])[ /-]?([0-9]{4})|([0-9]{4})[ /-]?[qt]([1-4])|([1-4])[qt][ /-]?([0-9]{4})", re.I
)
FLOAT32_MAX = 3.4028234663852886e38


class Rejected(Exception):
    """A cell that is no value of its column."""


class Scorer:
    """A model with all that it takes to read rows for it, and to say what its answers mean."""

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or HERE
        self.spec: dict[str, Any] = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
        if self.spec["format"] != FORMAT:
            raise ValueError(f"scorer.json has format {self.spec['format']}; this scorer reads {FORMAT}.")
        self.booster = xgb.Booster(model_file=str(folder / self.spec["model"]))
        self.columns: list[dict[str, Any]] = self.spec["columns"]
        self.ask: dict[str, Any] | None = self.spec["ask"]  # when a person is asked instead
        self.inputs = [column for column in self.columns if column["input"]]
        self.names = {column["name"] for column in self.inputs}
        self.codes = {c["name"]: {text: i for i, text in enumerate(c["levels"])} for c in self.columns}
        self.styles = {
            c["name"]: [style | {"grammar": re.compile(style["grammar"])} for style in c["styles"]]
            for c in self.columns
        }
        self.nothing, self.error, self.guarded, self.plain = (
            re.compile(self.spec[name], re.DOTALL)
            for name in ("nothing", "spreadsheet_error", "guarded", "number")
        )
        self.expressions = {
            c["name"]: ast.parse(c["expression"].strip(), mode="eval").body
            for c in self.columns
            if c["expression"]
        }

    def require(self, names: Iterable[str]) -> None:
        """Raise ValueError that names the columns which rows lack."""
        missing = [column["name"] for column in self.inputs if column["name"] not in set(names)]
        if missing:
            raise ValueError(f"Columns are missing: {', '.join(missing)}.")

    def score(self, rows: Iterable[Mapping[str, object]]) -> list[dict[str, Any]]:
        """Return one dict a row: `decision` and `probability_<class>` for classes, `prediction`, `flags`."""
        answers: list[dict[str, Any]] = []
        encoded: list[list[float]] = []
        accepted: list[int] = []
        flagged: list[bool] = []
        for place, row in enumerate(rows):
            answers.append({name: None for name in self.answered} | {"flags": ""})
            odd: list[tuple[str, str]] = []
            try:
                encoded.append(self.encode(row, odd))
            except Rejected as reason:
                answers[place]["flags"] = f"rejected: {reason}"
                continue
            accepted.append(place)
            answers[place]["flags"] = "; ".join(words for _, words in odd)
            flagged.append(any(self.ask and self.ask[what] for what, _ in odd))
        if encoded:
            raw = self.predict(np.array(encoded))
            for place, answer in zip(accepted, self.decode(raw, flagged), strict=True):
                answers[place].update(answer)
        return answers

    def encode(self, row: Mapping[str, object], odd: list[tuple[str, str]] | None = None) -> list[float]:
        """Return a row as the model takes it; put into `odd` what is odd about its cells, as (what, words).

        Raises Rejected, ValueError where a column is missing.
        """
        if not self.names <= row.keys():
            self.require(row)
        values: dict[str, Any] = {
            column["name"]: self.value(column, row[column["name"]]) for column in self.inputs
        }
        if odd is not None:
            odd += [each for c in self.inputs if (each := self.odd(c, row[c["name"]], values[c["name"]]))]
        encoded: list[float] = []
        for column in self.columns:
            if body := self.expressions.get(column["name"]):
                numbers = {name: value for name, value in values.items() if not isinstance(value, datetime)}
                values[column["name"]] = Arithmetic(numbers).value(body)
            for part in column["features"].values():
                encoded.append(feature(column, part, values[column["name"]]))
        if len(encoded) == 1 and math.isnan(encoded[0]):
            raise Rejected(f"{self.inputs[0]['name']} is the only feature, and blank")
        return encoded

    def predict(self, encoded: np.ndarray) -> np.ndarray:
        """Return what the model answers: (rows,) or (rows, classes)."""
        with np.errstate(over="ignore"):
            matrix = xgb.DMatrix(encoded.astype(np.float32))
        raw = self.booster.predict(matrix, validate_features=False).astype(np.float64)
        return 1.0 / (1.0 + np.exp(-raw)) if self.spec["objective"] == "binary:logitraw" else raw

    # --- a cell -------------------------------------------------------------------------------------------

    def value(self, column: dict[str, Any], cell: object) -> float | datetime | None:
        """Return what a cell says: a number, a moment, None where it is blank. Raises Rejected."""
        kind = column["kind"]
        if cell is None or (isinstance(cell, float | datetime) and cell != cell):
            return None
        if kind == "numeric" and isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell) if math.isfinite(cell) else None
        if kind == "datetime" and isinstance(cell, datetime):
            return cell.replace(tzinfo=None)
        text = self.text(column, cell)
        if text is None:
            return None
        if kind == "boolean":
            low = text.lower()
            return 1.0 if low in self.spec["true"] else 0.0 if low in self.spec["false"] else None
        if kind == "categorical":
            code = self.codes[column["name"]].get(text)
            return None if code is None else float(code)
        read = self.number(column, text) if kind == "numeric" else self.moment(text, column["dates"])
        if read is None and not self.nothing.fullmatch(text.strip(" \u00a0\u2007\u202f\t").lower()):
            raise Rejected(f"{column['name']} is no {'number' if kind == 'numeric' else 'date'}: {text}")
        return read

    def text(self, column: dict[str, Any], cell: object) -> str | None:
        """Return a cell as text; None where it is blank."""
        whole = isinstance(cell, float) and cell.is_integer()
        text = self.clean(str(int(cell)) if isinstance(cell, float) and whole else str(cell))  # type: ignore[arg-type]
        return None if text is None or text.strip() in column["blanks"] or not text.strip() else text

    def odd(
        self, column: dict[str, Any], cell: object, value: float | datetime | None
    ) -> tuple[str, str] | None:
        """Return what is odd about a cell that is used all the same, as (what, words); None where nothing is."""
        kind, what, words = column["kind"], "", ""
        if value is None:
            filled = kind in ("categorical", "boolean") and cell is not None and cell == cell
            if filled and self.text(column, cell) is not None:
                what, words = "unseen", "never occurred in training"
        elif column["range"] and not column["range"][0] <= value <= column["range"][1]:  # type: ignore[operator]
            what, words = "out_of_range", "is outside the training range"
        return (what, f'{column["name"]}: "{self.text(column, cell)}" {words}') if what else None

    def clean(self, cell: str) -> str | None:
        """Return a cell without the guards that a spreadsheet sets round it; None where it says nothing."""
        if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
            return cell[2:-1].replace('""', '"') or None
        if self.guarded.fullmatch(cell):
            return cell[1:]
        return None if self.error.fullmatch(cell) else cell

    def moment(self, text: str, forms: list[str]) -> datetime | None:
        """Return the moment in a text, by the first of the column's formats that fits; None where none does."""
        text = text.strip(" ")
        for form in forms:
            read = iso(text) if not form else by_format(text, form)
            if read is None and "%b" in form.lower():
                read = by_format(*self.in_digits(text, form))
            if read is not None and (read.year >= 1000 or "%y" in form):
                return read
        return None

    def in_digits(self, text: str, form: str) -> tuple[str, str]:
        """Return a date with a month's name in any of the known languages, and its format, with the month as digits."""
        months = self.spec["months"]
        text = text.strip().lower().translate(str.maketrans(*months["accents"]))
        for pattern, by in months["steps"]:
            text = re.sub(pattern, by, text, flags=re.ASCII)
        word = re.search(months["word"], text)
        number = months["names"].get(word[0]) if word else None
        form = re.sub(r"[-/., ]*%[bB][-/., ]*", " %m ", form).replace(",", " ")
        return text.strip().replace(word[0], number) if word and number else "", " ".join(form.split())

    def number(self, column: dict[str, Any], text: str) -> float | None:
        """Return the number in a text written as its column is; None where it is none."""
        if not column["styles"]:
            return finite(float(text)) if self.plain.fullmatch(text) else None
        for style in self.styles[column["name"]]:
            body = text
            for mark in (style["before"], style["after"]):
                body = body.replace(mark, "") if mark else body
            body = body.strip(self.spec["guards"])
            core = body.strip(self.spec["edges"])
            if not core or not style["grammar"].fullmatch(core):
                continue
            if style["factor"] != 1 and style["after"] not in text:
                continue
            digits = core.replace(style["thousands"], "") if style["thousands"] else core
            try:
                read = finite(float(digits.replace(style["decimal"], ".")))
            except ValueError:
                continue
            if read is not None:
                minus = body[:1] in ("-", "−", "(") or body[-1:] in ("-", "−")
                return style["factor"] * (-read if minus else read)
        return None

    # --- an answer ----------------------------------------------------------------------------------------

    @property
    def answered(self) -> list[str]:
        """Return the names of the columns that are answered, but for `flags`."""
        label = self.spec["label"]
        if label["problem"] == "regression":
            return ["prediction"]
        if self.spec["objective"] == "multi:softmax":
            return ["decision", "prediction"]
        shown = label["classes"][1:] if label["problem"] == "binary" else label["classes"]
        return ["decision", "prediction", "probability", *(f"probability_{name}" for name in shown)]

    def decode(self, raw: np.ndarray, flagged: Sequence[bool] = ()) -> Iterator[dict[str, Any]]:
        """Yield each answer of the model in words: the class by the decision that was stored, and probabilities.

        A person is asked about rows that are `flagged`, and those whose probability the decision leaves to one.
        """
        label, classes = self.spec["label"], self.spec["label"]["classes"]
        if label["problem"] == "regression":
            yield from ({"prediction": value} for value in raw.tolist())
        elif self.spec["objective"] == "multi:softmax":
            yield from ({"decision": classes[int(code)], "prediction": classes[int(code)]} for code in raw)
        elif label["problem"] == "binary":
            table, threshold = self.spec["calibration"], self.spec["threshold"]
            shown = raw if table is None else np.interp(raw, *table)
            low, high = self.ask["band"] if self.ask and self.ask["band"] else (math.inf, -math.inf)
            for place, (score, share) in enumerate(zip(raw.tolist(), shown.tolist(), strict=True)):
                code = int(share >= 0.5)
                decided = classes[code if threshold is None else int(score >= threshold)]
                if self.ask and (low <= score <= high or (flagged and flagged[place])):
                    decided = self.ask["answer"]
                yield {
                    "decision": decided,
                    "prediction": classes[code],
                    "probability": share if code else 1.0 - share,
                    f"probability_{classes[1]}": share,
                }
        else:
            for shares in raw.tolist():
                name = classes[shares.index(max(shares))]
                each = {f"probability_{text}": share for text, share in zip(classes, shares, strict=True)}
                yield {"decision": name, "prediction": name, "probability": max(shares), **each}


def finite(value: float) -> float | None:
    """Return a number, None where it is infinite or none."""
    return value if math.isfinite(value) else None


def feature(column: dict[str, Any], part: str, value: float | datetime | None) -> float:
    """Return one feature of a column's value; NaN, which is XGBoost's missing, where that is blank."""
    if value is None:
        return math.nan
    if isinstance(value, datetime):
        return float(value.isoweekday() if part == "weekday" else getattr(value, part))
    if column["kind"] == "categorical":
        return min(value, float(column["own_codes"]))
    return value if column["kind"] == "boolean" or abs(value) <= FLOAT32_MAX else math.nan


def by_format(text: str, form: str) -> datetime | None:
    """Return the moment in a text of strptime's format; `%q` is a quarter, `@2029` the latest year of two digits."""
    form, _, latest = form.partition("@")
    if form.endswith("%z"):
        text, form = re.sub(ZONE, "", text), form.removesuffix("%z")
    if form == "%q":
        found = QUARTER.fullmatch(text)
        if not found:
            return None
        quarter, year = found[1] or found[4] or found[5], found[2] or found[3] or found[6]
        return datetime(int(year), 3 * int(quarter) - 2, 1)
    try:
        read = datetime.strptime(text, form) if form else iso(text)
    except ValueError:
        return None
    if read is None or not latest:
        return read
    years = -100 if read.year > int(latest) else 100 if read.year <= int(latest) - 100 else 0
    return read.replace(year=read.year + years)


def iso(text: str) -> datetime | None:
    """Return the moment that ISO 8601 writes so; a zone is dropped."""
    text = re.sub(ZONE, "", text) if ":" in text else text
    if not ISO.fullmatch(text):
        return None
    date, _, time = text.replace("/", "-").replace("T", " ").partition(" ")
    hours, *rest = [*time.split(":"), "0", "0"] if time else ["0", "0", "0"]
    try:
        day = datetime(*(int(part) for part in date.split("-")))  # type: ignore[arg-type]
        whole, _, part = rest[1].partition(".")
        if int(hours) == 24 and int(rest[0]) == int(whole) == 0:
            return day + timedelta(days=1)
        return day.replace(
            hour=int(hours), minute=int(rest[0]), second=int(whole), microsecond=int(f"{part:0<6}"[:6])
        )
    except (ValueError, OverflowError):
        return None


class Arithmetic:
    """A derived column's expression over the numbers of one row; blank, None, where it has no finite result."""

    def __init__(self, numbers: Mapping[str, float | None]) -> None:
        self.numbers = numbers

    def value(self, node: ast.expr) -> float | None:
        """Return what an expression is; None where it has no finite result."""
        try:
            return self._value(node)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None

    def _value(self, node: ast.expr) -> float | None:
        match node:
            case ast.Constant(value=int() | float() as value):
                return finite(float(value))
            case ast.Name(id=name):
                return self.numbers[name]
            case ast.Call(func=ast.Name(id="col"), args=[ast.Constant(value=str() as name)]):
                return self.numbers[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._of(lambda a: -a, operand)
            case ast.UnaryOp(operand=operand):
                return self._of(lambda a: a, operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self._of(OPERATORS[type(op)], left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._of(OPERATORS[type(op)], left, right)
            case ast.Call(
                func=ast.Name(id="round"), args=[number, ast.Constant(value=int() | float() as digits)]
            ):
                scale = float(10**digits)
                return self._of(lambda a: math.floor(a * scale + 0.5) / scale, number)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._of(FUNCTIONS[name], *arguments)
            case _:
                raise SyntaxError(f"{ast.unparse(node)} is no arithmetic.")

    def _of(self, act: Callable[..., float], *nodes: ast.expr) -> float | None:
        values = [self.value(node) for node in nodes]
        if any(value is None for value in values):
            return None
        result = act(*values)
        return None if isinstance(result, complex) else finite(float(result))


OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: math.floor(a / b),
    ast.Mod: lambda a, b: a - b * math.floor(a / b),
    ast.Pow: lambda a, b: a**b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": lambda a: abs(a),
    "sqrt": math.sqrt,
    "log": math.log,
    "log1p": lambda a: math.log(a + 1.0),
    "min": min,
    "max": max,
    "round": lambda a: math.floor(a + 0.5),
}


def score_file(scorer: Scorer, rows: Path, output: Path) -> tuple[int, int]:
    """Write the columns of `rows` and the answers beside them; return how many rows there were, and were rejected."""
    spec, total, rejected = scorer.spec, 0, 0
    with (
        rows.open(encoding=spec["encoding"], errors="strict", newline="") as source,
        output.open("w", encoding="utf-8", newline="") as target,
    ):
        reader = csv.DictReader(source, delimiter=spec["delimiter"], quotechar=spec["quote"])
        names = list(reader.fieldnames or [])
        scorer.require(names)
        own = [*scorer.answered, "flags"]
        writer = csv.writer(target, delimiter=spec["delimiter"], lineterminator="\n")
        writer.writerow([*names, *own])
        for block in blocks(reader):
            for row, answer in zip(block, scorer.score(block), strict=True):
                writer.writerow([*(row[name] for name in names), *(answer[name] for name in own)])
                rejected += answer["flags"].startswith("rejected")
            total += len(block)
    return total, rejected


def blocks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in lists of BLOCK at most; one with more or fewer cells than the header is told by its number."""
    block: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise ValueError(f"Row {number:,} has not as many cells as the header.")
        block.append(row)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def check(scorer: Scorer, folder: Path) -> str:
    """Return which row of rows.csv is not answered as expected.csv says; nothing where all are."""
    with (
        (folder / "rows.csv").open(encoding="utf-8", newline="") as given,
        (folder / "expected.csv").open(encoding="utf-8", newline="") as wanted,
    ):
        answers = scorer.score(csv.DictReader(given, delimiter=scorer.spec["delimiter"]))
        for number, (answer, want) in enumerate(zip(answers, csv.DictReader(wanted), strict=True), 1):
            for name, text in want.items():
                told = "" if answer[name] is None else answer[name]
                same = (
                    math.isclose(told, float(text), rel_tol=1e-6)
                    if isinstance(told, float) and text
                    else told == text
                )
                if not same:
                    return (
                        f"Row {number}: {name} is {told!r}, expected was {text!r}. {answer['flags']}".strip()
                    )
    return ""


def main() -> int:
    """Score the file that the command line names, or check the rows that came with the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", type=Path, nargs="?", metavar="ROWS.csv")
    parser.add_argument("--output", type=Path, metavar="OUT.csv")
    parser.add_argument(
        "--check", action="store_true", help="answer the rows that came with the model, and compare"
    )
    args = parser.parse_args()
    scorer = Scorer()
    if args.check:
        odd = check(scorer, HERE)
        print(odd or "Every row is answered as expected.")
        return 1 if odd else 0
    if args.rows is None or args.output is None:
        parser.error("give ROWS.csv and --output OUT.csv, or --check")
    try:
        total, rejected = score_file(scorer, args.rows, args.output)
    except (ValueError, OSError, csv.Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{total:,} rows, {rejected:,} rejected, written to {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
