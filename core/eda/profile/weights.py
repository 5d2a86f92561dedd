"""The column that says how much each row counts: a number of each, and none below 0."""

from __future__ import annotations

from core.eda.profile.describe import TableProfile
from core.errors import BadWeight
from core.language import tr, trn
from core.numbers import integer, number


def check_weight(profile: TableProfile, name: str) -> None:
    """Refuse weights that XGBoost cannot use. Raises BadWeight."""
    measured = profile.stats[name]
    low, high, missing = measured.get("minimum"), measured.get("maximum"), measured["missing"]
    reason = ""
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        reason = tr("It holds no numbers.")
    elif missing:
        reason = trn(
            "{rows} row has no number in it.",
            "{rows} rows have no number in it.",
            missing,
            rows=integer(missing),
        )
    elif low < 0:
        reason = tr("Its smallest is {low}; a weight is 0 or more.", low=number(low))
    elif high == 0:
        reason = tr("It is 0 in every row.")
    if reason:
        raise BadWeight(column=name, reason=reason)
