"""How people read the values of dimensions, and how places are written."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from analytics.language import N_, english

MISSING = ""  # the stored value of a category that a row does not give
MISSING_LABEL = N_("(not given)")
PARTS_OF_DAY = ("Night", "Morning", "Afternoon", "Evening")  # 0–5, 6–11, 12–17, 18–23
WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)

# How large an order is, in products or units: the first size of each band, and the bands' names.
SIZE_EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 21, 51, 101, 201, 501, 1001)
SIZES = (
    *(str(a) if b == a + 1 else f"{a}–{b - 1}" for a, b in pairwise(SIZE_EDGES)),
    f"{SIZE_EDGES[-1]:,} or more",
)

# How people read the values of derived dimensions, which are numbers or English words in frames and URLs. hour: 0–23,
# weekday: 0 is Monday, month: 1–12.
VALUE_LABELS: dict[str, dict[str, str]] = {
    "weekday": {str(i): name for i, name in enumerate(WEEKDAYS)},
    "month": {str(i + 1): name for i, name in enumerate(MONTHS)},
    "hour": {str(h): f"{h:02d}:00" for h in range(24)},
    "quarter": {str(q): f"Q{q}" for q in range(1, 5)},
    "part_of_day": {english(p): p for p in (N_("Night"), N_("Morning"), N_("Afternoon"), N_("Evening"))},
    "value_tier": {"High": N_("High"), "Medium": N_("Medium"), "Low": N_("Low")},
    "line_kind": {"Sale": N_("Sale"), "Refund": N_("Refund")},
    "new_or_returning": {"New": N_("New"), "Returning": N_("Returning")},
    "rfm_segment": {
        "VIPs": N_("VIPs"),
        "Champions": N_("Champions"),
        "Loyal Customers": N_("Loyal Customers"),
        "Potential Loyalists": N_("Potential Loyalists"),
        "New Customers": N_("New Customers"),
        "Promising": N_("Promising"),
        "Need Attention": N_("Need Attention"),
        "About To Sleep": N_("About To Sleep"),
        "Can't Lose Them": N_("Can't Lose Them"),
        "At Risk": N_("At Risk"),
        "Hibernating": N_("Hibernating"),
        "Others": N_("Others"),
        "Lost Customers": N_("Lost Customers"),
        "Lost": N_("Lost"),
    },
}


def value_label(field: str, value: object) -> str:
    """How people read a value of a dimension: 'Monday' for weekday 0, '(not given)' for a missing value."""
    text = str(value)
    if text == MISSING:
        return str(MISSING_LABEL)
    return str(place_label(text) if field == "place" else VALUE_LABELS.get(field, {}).get(text, text))


def place_path(parts: Iterable[str]) -> str:
    """Join the names of a place, from coarse to fine, into a path such as 'US/OR/Portland'.

    Inside a name `~` is written `~0` and `/` is written `~1`, as in a JSON Pointer, so every path can be taken apart
    again: place_path(("US", "O/R", "Port~land")) is 'US/O~1R/Port~0land'.
    """
    return "/".join(p.replace("~", "~0").replace("/", "~1") for p in parts)


def place_parts(path: str) -> tuple[str, ...]:
    """The names of a place path, from coarse to fine; the inverse of place_path."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in path.split("/"))


def place_label(path: str) -> str:
    """'Portland (OR)' for 'US/OR/Portland': the finest name and the next coarser one, as the data write them."""
    named = [p for p in place_parts(path) if p]
    if not named:
        return MISSING_LABEL
    return named[-1] if len(named) == 1 else f"{named[-1]} ({named[-2]})"
