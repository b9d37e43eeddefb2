"""Measures that the store has added up: they need no order lines, wherever these are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from analytics.engines.common import cubes
from analytics.engines.common.cubes import Filters
from analytics.engines.common.dimensions import Domain
from analytics.engines.common.units import in_own_unit
from analytics.engines.narwhals.measures import key_of
from analytics.measures import MEASURES, Measure
from analytics.store import StoredDataset


def from_store(
    data: StoredDataset, names: Iterable[str], dimensions: Sequence[Domain], filters: Filters[Domain] | None
) -> dict[str, np.ndarray]:
    """`lines` and those of some measures that ingest has stored, in their own units, for each code of the dimension
    (one number without one); empty where it has not stored `lines`. `filters`: None where a policy hides lines."""
    if filters is None or len(dimensions) > 1:
        return {}
    by = dimensions[0] if dimensions else None
    field = cubes.cube_of(data, [*dimensions, *filters.dimensions])

    def summed(measure: Measure) -> np.ndarray | None:
        if measure.kind == "difference":
            first, second = (summed(MEASURES[part]) for part in measure.parts)
            return None if first is None or second is None else first - second
        found = cubes.buyers(data, measure, by, filters)
        return cubes.summed(data, measure, by, filters, field) if found is None else found

    wanted = [MEASURES[name] for name in dict.fromkeys(("lines", *names)) if name in MEASURES]
    found = {measure.name: sums for measure in wanted if (sums := summed(measure)) is not None}
    if "lines" not in found:
        return {}
    return {name: in_own_unit(data, name, sums) + 0 for name, sums in found.items()}  # no negative zero


def occurring(stored: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The groups that have lines."""
    return pd.DataFrame({key_of(0): np.flatnonzero(stored["lines"])})


def with_stored(groups: pd.DataFrame, stored: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Groups with what was stored of each."""
    codes = groups[key_of(0)].to_numpy("int64")
    return groups.assign(**{name: values[codes] for name, values in stored.items()})
