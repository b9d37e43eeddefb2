"""From stored units, in which engines add up, to the units that people read.

Money and quantities are stored as whole multiples of 1/scale where one scale holds every value of a field exactly; then
sums are sums of integers, the same in whatever order they are added.
"""

from __future__ import annotations

from typing import Any

from analytics.measures import MEASURES
from analytics.store import StoredDataset


def scale_of(data: StoredDataset, measure: str) -> float:
    """What a measure in stored units is divided by; 1 for numbers of things."""
    field = MEASURES[measure].unit_field
    return data.fields[field].divisor if field else 1.0


def exact(data: StoredDataset, measure: str) -> bool:
    """Whether a measure is a sum of integers in stored units, the same however it is added up."""
    field = MEASURES[measure].unit_field
    return not field or data.fields[field].exact


def field_in_own_unit(data: StoredDataset, field: str, stored: Any) -> Any:
    """Stored numbers of a field (an array or Series) in its own unit: whole for quantities where all of them are."""
    numbers = stored / data.fields[field].divisor
    return numbers.astype("int64") if field == "quantity" and data.fields[field].whole else numbers


def in_own_unit(data: StoredDataset, measure: str, stored: Any) -> Any:
    """A measure (an array or Series) in its own unit; numbers of things are whole."""
    field = MEASURES[measure].unit_field
    return field_in_own_unit(data, field, stored) if field else stored.astype("int64")
