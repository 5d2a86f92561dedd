"""Derived columns: `avg_color=(R+G+B)/3`, arithmetic over columns and nothing else.

The text is parsed with `ast` and every node must be on a whitelist, so an expression can read columns, never
files, names or attributes. It compiles to one narwhals expression in float64 which gives the same numbers on every
engine: whatever has no finite result (division by zero, log of a negative number, overflow) is blank.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterable

import narwhals as nw

from core.errors import BadExpression
from core.language import either, joined, tr
from core.reading.column_keys import col, key

MAX_LENGTH = 1_000  # characters
MAX_NODES = 200
MAX_EXPONENT = 64.0
# Guards repeat their operands in the compiled expression, so nesting multiplies its size.
MAX_COMPILED = 4_000

_COMPARISONS: dict[type[ast.cmpop], Callable[[nw.Expr, nw.Expr], nw.Expr]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def columns_of(name: str, expression: str) -> list[str]:
    """Return the names of the columns that `expression` reads, in order of appearance. Raises BadExpression."""
    return list(dict.fromkeys(_Compiler(name, None).columns(_parse(name, expression))))


def compile_expression(name: str, expression: str, columns: Iterable[str]) -> nw.Expr:
    """Compile `expression` over numeric `columns` to a float64 narwhals expression called `name`.

    Raises BadExpression: unparsable, a node that is not allowed, too large, or an unknown column.
    """
    compiler = _Compiler(name, list(columns))
    return finite(compiler.expr(_parse(name, expression))).alias(key(name))


def finite(value: nw.Expr) -> nw.Expr:
    """Return `value` with NaN and infinity blanked (XGBoost's own missing)."""
    return nw.when(value.is_finite()).then(value)


def _parse(name: str, expression: str) -> ast.expr:
    if len(expression) > MAX_LENGTH:
        raise BadExpression(
            name=name, reason=tr("It is longer than {characters} characters.", characters=MAX_LENGTH)
        )
    try:
        body = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        reason = tr("'{expression}' is not arithmetic that can be read.", expression=expression)
        raise BadExpression(name=name, reason=reason) from None
    if sum(1 for _ in ast.walk(body)) > MAX_NODES:
        raise BadExpression(name=name, reason=tr("It has more than {parts} parts.", parts=MAX_NODES))
    if _compiled_size(body) > MAX_COMPILED:
        raise BadExpression(name=name, reason=tr("It is nested too deeply; derive a part of it first."))
    return body


def _compiled_size(node: ast.AST) -> int:
    """Estimate how many operations `node` compiles to."""
    match node:
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            return 2 * _compiled_size(left) + 3 * _compiled_size(right)
        case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv(), right=right):
            return _compiled_size(left) + 2 * _compiled_size(right)
        case ast.BinOp(left=left, op=ast.Pow()):
            return 4 * _compiled_size(left)
        case ast.Call(func=ast.Name(id="min" | "max"), args=args):
            size = 0
            for argument in args:
                size = 3 * (size + _compiled_size(argument))
            return size
        case ast.Call() | ast.Compare():
            return 2 * sum(_compiled_size(child) for child in ast.iter_child_nodes(node))
        case _:
            return 1 + sum(_compiled_size(child) for child in ast.iter_child_nodes(node))


class _Compiler:
    """Walks a parsed expression once; `known` is None when only the names are wanted."""

    def __init__(self, name: str, known: list[str] | None) -> None:
        self.name = name
        self.known = known

    def refuse(self, reason: str) -> BadExpression:
        return BadExpression(name=self.name, reason=reason)

    def columns(self, body: ast.expr) -> list[str]:
        called = {id(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}
        names = [n.id for n in ast.walk(body) if isinstance(n, ast.Name) and id(n) not in called]
        quoted = [self.quoted(n) for n in ast.walk(body) if isinstance(n, ast.Call) and _called(n) == "col"]
        return names + quoted

    def quoted(self, node: ast.Call) -> str:
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise self.refuse(tr('col(...) takes one name in quotes, such as col("name with space").'))
        return argument.value

    def column(self, name: str) -> nw.Expr:
        known = self.known or []
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = tr("Numeric columns: {columns}.", columns=", ".join(known[:20]))
            if near:
                hint = tr("Did you mean {columns}?", columns=either(near))
            raise self.refuse(joined([tr("There is no numeric column '{column}'.", column=name), hint]))
        return col(name).cast(nw.Float64)

    def expr(self, node: ast.expr) -> nw.Expr:
        match node:
            case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
                return nw.lit(self.number(value), nw.Float64)
            case ast.Name(id=name):
                return self.column(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return nw.lit(0.0, nw.Float64) - self.expr(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expr(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(left, op, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                a, b = self.expr(left), self.expr(right)
                truth = _COMPARISONS[type(op)](a, b).cast(nw.Float64)
                return nw.when(~a.is_null(), ~b.is_null()).then(truth)
            case ast.Call() if not node.keywords:
                return self.call(node)
            case _:
                raise self.refuse(
                    tr(
                        "'{part}' is not allowed: only numbers, columns, arithmetic and comparisons of two values, and"
                        " the functions {functions}.",
                        part=ast.unparse(node)[:60],
                        functions=", ".join(sorted(_FUNCTIONS)),
                    )
                )

    def number(self, value: float) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if abs(number) > 1e300:
            raise self.refuse(tr("It holds a number that is too large."))
        return number

    def binary(self, left: ast.expr, op: ast.operator, right: ast.expr) -> nw.Expr:
        a, b = self.expr(left), self.expr(right)
        match op:
            case ast.Add():
                return a + b
            case ast.Sub():
                return a - b
            case ast.Mult():
                return a * b
            case ast.Div():
                return _divide(a, b)
            case ast.FloorDiv():
                return _divide(a, b).floor()
            case ast.Mod():  # the sign of the divisor, as in Python, on every engine
                return a - b * _divide(a, b).floor()
            case ast.Pow():
                return self.power(a, right)
            case _:
                raise self.refuse(tr("Only + - * / // % and ** are operators here."))

    def power(self, base: nw.Expr, exponent: ast.expr) -> nw.Expr:
        try:
            value = float(ast.literal_eval(exponent))
        except (ValueError, TypeError, SyntaxError, OverflowError):
            raise self.refuse(tr("The exponent of ** must be a plain number.")) from None
        if abs(value) > MAX_EXPONENT:
            raise self.refuse(
                tr("The exponent of ** must lie between -{most} and {most}.", most=f"{MAX_EXPONENT:g}")
            )
        allowed = base if value.is_integer() else _blank_unless(base >= 0, base)
        allowed = _blank_unless(allowed != 0, allowed) if value < 0 else allowed
        return allowed**value

    def call(self, node: ast.Call) -> nw.Expr:
        name = _called(node)
        if name == "col":
            return self.column(self.quoted(node))
        if name not in _FUNCTIONS:
            raise self.refuse(
                tr(
                    "There is no function '{function}'; there are {functions}.",
                    function=name,
                    functions=", ".join(sorted(_FUNCTIONS)),
                )
            )
        fewest, most, build = _FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            if fewest == most:
                raise self.refuse(tr("{function} takes {values} value(s).", function=name, values=fewest))
            raise self.refuse(tr("{function} takes {values} or more value(s).", function=name, values=fewest))
        if name == "round" and len(node.args) == 2:
            return self.rounded(node)
        return build(*[self.expr(argument) for argument in node.args])

    def rounded(self, node: ast.Call) -> nw.Expr:
        digits = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
        if not isinstance(digits, int | float) or digits not in range(0, 13):
            raise self.refuse(tr("round takes a number of digits between 0 and 12."))
        scale = float(10**digits)
        return _round(self.expr(node.args[0]) * scale) / scale


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)[:40]


def _blank_unless(condition: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(value)


def _divide(a: nw.Expr, b: nw.Expr) -> nw.Expr:
    return a / _blank_unless(b != 0, b)


def _round(value: nw.Expr) -> nw.Expr:
    # Half up, written out: engines disagree on halves (numpy rounds them to even, DuckDB away from zero).
    return (value + 0.5).floor()


def _log(value: nw.Expr) -> nw.Expr:
    return _blank_unless(value > 0, value).log()  # guarded: DuckDB raises where numpy answers -inf


def _extreme(pick: Callable[[nw.Expr, nw.Expr], nw.Expr]) -> Callable[..., nw.Expr]:
    def build(*values: nw.Expr) -> nw.Expr:
        best = values[0]
        for value in values[1:]:
            chosen = nw.when(pick(best, value)).then(best).otherwise(value)
            best = nw.when(~best.is_null(), ~value.is_null()).then(chosen)  # blank if any is blank
        return best

    return build


def _abs(value: nw.Expr) -> nw.Expr:
    return value.abs()


def _sqrt(value: nw.Expr) -> nw.Expr:
    return _blank_unless(value >= 0, value).sqrt()


def _log1p(value: nw.Expr) -> nw.Expr:
    return _log(value + 1.0)


_FUNCTIONS: dict[str, tuple[int, int, Callable[..., nw.Expr]]] = {
    "abs": (1, 1, _abs),
    "sqrt": (1, 1, _sqrt),
    "log": (1, 1, _log),
    "log1p": (1, 1, _log1p),
    "min": (2, 20, _extreme(lambda a, b: a <= b)),
    "max": (2, 20, _extreme(lambda a, b: a >= b)),
    "round": (1, 2, _round),
}
