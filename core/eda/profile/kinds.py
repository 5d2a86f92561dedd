"""Which kind each column is, from its type and its profile, and why some become no feature."""

from __future__ import annotations

import re

from core.eda.config import Treatment
from core.eda.profile.column_stats import ColumnStats, ends
from core.encoding.contract import FALSE, TRUE, Kind
from core.errors import BadSetting
from core.language import tr
from core.numbers import integer

MAX_CATEGORIES = 10_000  # more distinct texts than this are text, not categories
IDENTIFIER_ROWS = 50  # below this many rows, all distinct says nothing
# What a number or a code can be that of, in the singular: num_orders counts.
_THING = (
    "("
    "customer|client|user|member|person|people|patient|employee|emp|staff|student|passenger|"
    "subscriber|account|loan|policy|claim|contract|order|invoice|ticket|transaction|payment|"
    "booking|reservation|visit|session|case|record|product|item|listing|property|device|vehicle|"
    "trip|ride|cust|acct|txn|cliente|usuario|socio|paciente|empleado|alumno|cuenta|prestamo|"
    "préstamo|poliza|póliza|contrato|pedido|factura|expediente|operacion|operación|kunde|kunden|"
    "auftrag|konto|vertrag|bestell|rechnung|producto|row|line|record|fila|línea|linea|registro|zeile"
    ")"
)
_ID_NAME = re.compile(
    rf"(^|[^a-z]){_THING}id$|"
    r"(^|[_\s.-])(id|key|uuid|guid|index|idx|rowid|row)$|^unnamed|^column_1$|(?-i:[a-z]I[dD]$)"
    r"|^id[_\s.-]|(?-i:^(id|ID)[A-ZÁÉÍÓÚ][a-záéíóú])",
    re.IGNORECASE,
)
_NUMBER = r"(id|n[º°o][.]?|nr|num|nbr|nummer|number|numero|número|ref|reference|code|codigo|código|cod|key|#)"
_SEPARATOR = r"[_\s.-]*(de[_\s.-]*)?"
_KEY_NAME = re.compile(
    rf"(^|[^a-z]){_THING}{_SEPARATOR}{_NUMBER}$|^(n|{_NUMBER}){_SEPARATOR}{_THING}$"
    r"|^(dni|nif|nie|cedula|cédula|cpf|cnpj|rut|ssn|nhc|matricula|matrícula|folio|legajo|expediente)$",
    re.IGNORECASE,
)


def named_like_a_key(name: str) -> bool:
    """Return whether a column's name says that it holds keys."""
    return bool(_ID_NAME.search(name))


def _named_like_a_number(name: str) -> bool:
    """Return whether its name says that its numbers are those of customers, loans and the like, as CLIENTNUM does.

    Rows may share such a number and it may still tell something: only where none do is it a key.
    """
    return named_like_a_key(name) or bool(_KEY_NAME.search(name))


def kind_of(name: str, stats: ColumnStats, treat: Treatment | None = None) -> tuple[Kind, str | None]:
    """Return (kind, why it is dropped or None) of a column.

    `stats` holds type, rows, missing, distinct, and as they apply minimum, maximum, mean_length,
    parsed_numbers and parsed_datetimes (shares of the cells that are not blank) and lower_values.
    `treat` is the kind that was requested; raises BadSetting where a column holds nothing of it.
    """
    filled = stats["rows"] - stats["missing"]
    distinct = stats["distinct"]
    if filled == 0:
        return "constant", tr("it is blank in every row")
    if distinct <= 1:
        return "constant", tr("it has the same value in every row")
    if treat:
        return _treated(name, stats, treat)
    unique = distinct == filled and filled >= IDENTIFIER_ROWS
    if stats["type"] in ("DATE", "TIMESTAMP"):
        return "datetime", None
    if stats["type"] in ("BIGINT", "DOUBLE"):
        low, high = ends(stats)
        dense = stats["type"] == "BIGINT" and high - low < 2 * filled
        whole = stats["type"] == "BIGINT" or low % 1 == high % 1 == 0
        if unique and (dense or (whole and _named_like_a_number(name))):
            return "identifier", tr("it has another value in every row, as a row number or key has")
        return "numeric", None
    return _kind_of_text(filled, distinct, stats)


def _treated(name: str, stats: ColumnStats, treat: Treatment) -> tuple[Kind, str | None]:
    number = stats["type"] in ("BIGINT", "DOUBLE") or stats.get("parsed_numbers", 0.0) > 0
    if treat == "numeric" and not number:
        reason = tr("No cell of '{name}' is a number, so it cannot be treated as numeric.", name=name)
        raise BadSetting(name="treat", reason=reason, source="--treat, or the Configuration page")
    if treat not in ("text", "identifier"):
        return treat, None
    return treat, tr("it is treated as {kind} on request", kind=treat)


def _kind_of_text(filled: int, distinct: int, stats: ColumnStats) -> tuple[Kind, str | None]:
    if stats.get("parsed_numbers", 0.0) >= 0.95:
        return "numeric", None
    if stats.get("parsed_datetimes", 0.0) >= 0.95:
        return "datetime", None
    values = set(stats.get("lower_values", ()))
    if distinct <= 4 and values and values <= {*TRUE, *FALSE} and values & set(TRUE) and values & set(FALSE):
        return "boolean", None
    if (length := stats.get("mean_length", 0)) > 40:
        return "text", tr("it is free text ({length} characters a cell)", length=f"{length:.0f}")
    if filled >= IDENTIFIER_ROWS and distinct > 0.9 * filled:
        return (
            "identifier",
            tr(
                "{distinct} of {filled} values are distinct: it names rows, it does not describe them",
                distinct=integer(distinct),
                filled=integer(filled),
            ),
        )
    if distinct > MAX_CATEGORIES or (filled >= IDENTIFIER_ROWS and distinct > 0.5 * filled):
        told = {"distinct": integer(distinct), "filled": integer(filled)}
        return "text", tr("it has {distinct} distinct values in {filled} rows", **told)
    return "categorical", None
