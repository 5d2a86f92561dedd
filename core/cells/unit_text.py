"""What may be written before or behind a number: currencies, per cent, units, and the suffixes that make it larger.

`12 kg` is 12, as `12 %` is 12: a unit that stands behind every number of a column is dropped. What says how large the
number is counts: 1.2M is 1,200,000, and where grams and kilograms mix, 2 kg is 2,000.
"""

from __future__ import annotations

from collections.abc import Collection

MARKS = (*("%", "‰", "€", "$", "£", "¥", "₹", "₽", "₺", "₩", "₪", "₫", "₴", "₱", "฿", "US$", "R$", "MX$", "A$", "C$"),
         *("S/", "Rs.", "Rs", "Fr.", "kr", "zł", "Kč", "Ft", "EUR", "USD", "GBP", "CHF", "JPY", "MXN", "ARS", "COP"),
         *("BRL", "SEK", "NOK", "DKK", "PLN", "INR", "CAD", "AUD", "CNY", "CLP", "PEN", "ZAR"))  # fmt: skip
LARGER: dict[str, float] = {"k": 1e3, "K": 1e3, "M": 1e6}  # these also where they stand alone
FAMILIES: tuple[dict[str, float], ...] = (
    {**LARGER, "Tsd.": 1e3, "mil": 1e3, "m": 1e6, "MM": 1e6, "mn": 1e6, "Mn": 1e6, "mio": 1e6, "Mio": 1e6, "Mio.": 1e6,
     "b": 1e9, "B": 1e9, "bn": 1e9, "Bn": 1e9, "G": 1e9, "Mrd": 1e9, "Mrd.": 1e9, "T": 1e12, "tn": 1e12},
    {"K": 1e3, "L": 1e5, "lakh": 1e5, "Lakh": 1e5, "lakhs": 1e5, "Lac": 1e5, "lac": 1e5, "Cr": 1e7, "cr": 1e7,
     "crore": 1e7, "Crore": 1e7, "crores": 1e7},
    {"B": 1.0, "bytes": 1.0, "kB": 1e3, "KB": 1e3, "K": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1024.0,
     "MiB": 1024.0**2, "GiB": 1024.0**3, "TiB": 1024.0**4},
    {"mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6},
    {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3},
    {"ml": 1e-3, "mL": 1e-3, "cl": 1e-2, "l": 1.0, "L": 1.0},
    {"W": 1.0, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    dict.fromkeys(("st", "nd", "rd", "th", "º", "ª", "°", "er", "e", "ème"), 1.0),  # 1st, 2nd, 3rd
)  # fmt: skip


def factors(marks: Collection[str]) -> dict[str, float] | None:
    """Return {mark: what one of it is worth}, or None where the marks are of things that do not add up."""
    if len({_unit(mark) for mark in marks}) <= 1:
        return {mark: LARGER.get(mark, 1.0) for mark in marks}
    for family in FAMILIES:
        if all(mark in family for mark in marks):
            return {mark: family[mark] for mark in marks}
    return None


def _unit(mark: str) -> str:
    """Return the unit that a mark spells: year, years and Years are one, k and K too; m and M are not."""
    if len(mark) == 1:
        return mark.replace("K", "k")
    unit = mark.casefold().rstrip(".")
    return unit[:-1] if len(unit) > 3 and unit.endswith("s") else unit
