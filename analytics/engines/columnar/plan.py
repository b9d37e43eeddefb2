"""The plan of one aggregation: which groups a selection has, and each measure of them from the cheapest place that
holds it: a stored fact, a cube, the sums by a finer field, a joint cube, or the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.internals import create_dataframe_from_blocks  # type: ignore[import-not-found]

from analytics.engines.columnar import joint, measures
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.grouping import Grouping
from analytics.engines.common import cubes
from analytics.engines.common.units import exact, in_own_unit
from analytics.measures import MEASURES, Measure, statistic
from analytics.metrics import METRICS, measures_of
from analytics.selection import Resolved
from analytics.store import StoredDataset

KEPT = 1 << 17  # results of up to this number of groups are kept with the plan
FEW = 1 << 14  # up to this number of values of a finer field, its sums are added up instead of rows

# Computes a measure that does not come from order lines: (its name, the groups' dimensions, their number) → values.
Elsewhere = Callable[[str, Mapping[str, Any], int], np.ndarray]


@dataclass(frozen=True)
class Plan:
    """One aggregation of a selection by dimensions, with the results found so far.

    grouping: makes the groups of the selected rows; called only where neither cubes nor finer sums answer.
    counted: the same groups of orders, for distinct orders and customers, where that is quicker; None elsewhere.
    plan_by: the plan of the same selection by one other field.
    filters: the clauses and the range of the data's days, where everything in them may be seen; None otherwise, and
        then nothing that was stored for all viewers may be used.
    """

    data: StoredDataset
    selection: Resolved
    dimensions: Sequence[Dimension]
    grouping: Callable[[], Grouping]
    counted: Callable[[], Grouping | None]
    plan_by: Callable[[str], Plan]
    filters: cubes.Filters[Dimension] | None
    results: dict[str, Any] = field(default_factory=dict)

    def vector(self, name: str) -> np.ndarray:
        """A measure or statistic of every group, whether it has rows or not, in its own unit."""
        found: np.ndarray
        if name in MEASURES:
            found = in_own_unit(self.data, name, self.stored(MEASURES[name]))
        else:
            wanted = statistic(name)
            assert wanted is not None, name
            found = self.once(name, lambda: measures.statistic_of_groups(self.grouping(), wanted))
        return found

    def stored(self, measure: Measure) -> np.ndarray:
        """A measure of every group in stored units."""
        found: np.ndarray = self.once(measure.name, lambda: self._stored(measure))
        return found

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """A result of this plan, made at the first call. Two threads may both make it; the results are equal."""
        found = self.results.get(name)
        if found is None:
            found = make()
            parts = found.values() if isinstance(found, dict) else (found,)
            if sum(map(len, parts)) <= KEPT:
                self.results[name] = found
        return found

    def _stored(self, measure: Measure) -> np.ndarray:
        if measure.kind == "difference":
            first, second = (self.stored(MEASURES[part]) for part in measure.parts)
            difference: np.ndarray = first - second + 0.0  # no negative zero
            return difference
        for way in (self._from_facts, self._from_cube, self._from_finer, self._from_joint_cube):
            found = way(measure)
            if found is not None:
                return found
        counted = self.counted() if measure.kind == "distinct" else None
        return measures.of_groups(counted or self.grouping(), measure)

    def _from_facts(self, measure: Measure) -> np.ndarray | None:
        if self.filters is None or self.dimensions:
            return None
        return cubes.buyers(self.data, measure, None, self.filters)

    def _from_cube(self, measure: Measure) -> np.ndarray | None:
        if self.filters is None or len(self.dimensions) > 1:
            return None
        return cubes.summed(self.data, measure, self._by, self.filters, self._cube_field)

    def _from_joint_cube(self, measure: Measure) -> np.ndarray | None:
        if self.filters is None or len(self.dimensions) > 1:
            return None
        return joint.summed(self.data, measure, self._by, self.filters, self._shape)

    @property
    def _by(self) -> Dimension | None:
        return self.dimensions[0] if self.dimensions else None

    @cached_property
    def _cube_field(self) -> str | None:
        assert self.filters is not None
        return cubes.cube_of(self.data, [*self.dimensions, *self.filters.dimensions])

    @cached_property
    def _shape(self) -> joint.Shape | None:
        assert self.filters is not None
        return joint.shape_of(self.data, [*self.filters.dimensions, *self.dimensions], self.filters.span)

    def _from_finer(self, measure: Measure) -> np.ndarray | None:
        """A sum by a field out of the sums by a finer field that decides it: by category out of by product."""
        by = self.dimensions[0] if len(self.dimensions) == 1 else None
        if by is None or measure.kind != "sum" or not exact(self.data, measure.name):
            return None
        finer = self.data.finer(by.name)
        if not finer or len(self.data.dictionaries[finer]) > FEW:
            return None
        return np.bincount(self.data.parents[by.name], self.plan_by(finer).stored(measure), by.size)

    def shown(self, vectors: Mapping[str, np.ndarray]) -> np.ndarray:
        """The groups that have rows; where periods alone are asked for, all of them.

        A measure of lines that is nowhere 0 proves that every group has rows, and one to which every line adds
        something is 0 only where there are none.
        """
        if not self.dimensions or [d.name for d in self.dimensions] == ["period"]:
            return np.arange(self._size)
        if any(name in MEASURES and vector.all() for name, vector in vectors.items()):
            return np.arange(self._size)
        for name in self.data.facts.positive:
            if name in vectors:
                return np.flatnonzero(vectors[name])
        lines = self._from_cube(MEASURES["lines"])
        if lines is None:
            lines = self._from_joint_cube(MEASURES["lines"])
        return self.grouping().occurring if lines is None else np.flatnonzero(lines)

    @property
    def _size(self) -> int:
        """Number of groups, whether they have rows or not."""
        if len(self.dimensions) > 1:
            return self.grouping().size
        return self.dimensions[0].size if self.dimensions else 1

    def values(self, shown: np.ndarray) -> dict[str, Any]:
        """The dimensions' values of groups."""
        if len(self.dimensions) == 1:
            return {self.dimensions[0].name: self.dimensions[0].values(shown)}
        return self.grouping().values(shown) if self.dimensions else {}


def columns(plan: Plan, names: Sequence[str], elsewhere: Elsewhere) -> dict[str, Any]:
    """Dimensions, then metrics (or measures, or statistics), of the groups that have rows.

    `elsewhere` gives the measures that do not come from lines.
    """
    needed = measures_of(names)
    others = [n for n in needed if n in MEASURES and not MEASURES[n].of_lines]
    vectors = {n: plan.vector(n) for n in needed if n not in others}
    shown = plan.once("shown", lambda: plan.shown(vectors))
    found = {n: v.copy() for n, v in plan.once("values", lambda: plan.values(shown)).items()}
    size = len(shown)
    values = {n: v.copy() if len(v) == size else v[shown] for n, v in vectors.items()}
    values |= {n: elsewhere(n, found, size) for n in others}
    for name in names:
        plain = name not in METRICS or METRICS[name].measures == (name,)
        found[name] = values[name] if plain else METRICS[name].compute(values)
    return found


def frame_of(columns: Mapping[str, Any], names: pd.Index) -> pd.DataFrame:
    """A frame of columns that nothing else refers to. The constructor of pandas checks and copies for longer (0.13 ms
    for two columns) than a small aggregation takes; this function of its public API does neither (0.025 ms)."""
    rows = 0
    blocks = []
    for position, column in enumerate(columns.values()):
        rows = len(column)
        block = column.reshape(1, -1) if isinstance(column, np.ndarray) else column
        blocks.append((block, np.array([position])))
    frame: pd.DataFrame = create_dataframe_from_blocks(blocks, index=pd.RangeIndex(range(rows)), columns=names)
    return frame
