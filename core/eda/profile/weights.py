"""The column that says how much each row counts: a number of each, and none below 0."""

from __future__ import annotations

from core.eda.profile.describe import TableProfile
from core.errors import BadWeight
from core.numbers import count, number


def check_weight(profile: TableProfile, name: str) -> None:
    """Refuse weights that XGBoost cannot use. Raises BadWeight."""
    measured = profile.stats[name]
    low, high, missing = measured.get("minimum"), measured.get("maximum"), measured["missing"]
    reason = ""
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        reason = "It holds no numbers."
    elif missing:
        reason = f"{count(missing, 'row has', 'rows have')} no number in it."
    elif low < 0:
        reason = f"Its smallest is {number(low)}; a weight is 0 or more."
    elif high == 0:
        reason = "It is 0 in every row."
    if reason:
        raise BadWeight(column=name, reason=reason)
