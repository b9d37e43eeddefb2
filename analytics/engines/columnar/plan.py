"""One aggregation: which groups a selection has, and the measures of each, from cubes where they fit and from the rows
where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.internals import create_dataframe_from_blocks  # type: ignore[import-not-found]

from analytics.engines.columnar import cubes, measures
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.grouping import Grouping
from analytics.metrics import MEASURES, METRICS, spread_of
from analytics.selection import Resolved
from analytics.store import StoredDataset

BESIDE = ("days", "sessions")  # measures that do not come from order lines
SIGNS = frozenset((*measures.SUMS, *measures.COUNTED)) - {"refunds"}
REMEMBERED = 1 << 17  # groups of an answer up to which it is kept
FEW = 1 << 14  # values of a field up to so many are added up in place of rows
Beside = Callable[[str, Mapping[str, Any], int], np.ndarray]


def measures_of(name: str) -> tuple[str, ...]:
    """The measures that a metric needs; a measure's name stands for itself."""
    return METRICS[name].measures if name in METRICS else (name,)


@dataclass(frozen=True)
class Question:
    """Measures of a selection by dimensions, and the answers found so far.

    `grouping` gives the rows' groups, made only where cubes do not answer; `asked_by` is the same question by one other
    field; `days` is the range of the data's days when everything in them may be seen, None otherwise."""

    data: StoredDataset
    selection: Resolved
    dimensions: Sequence[Dimension]
    dimension: Callable[[str], Dimension]
    grouping: Callable[[], Grouping]
    asked_by: Callable[[str], Question]
    days: slice | None
    answers: dict[str, Any] = field(default_factory=dict)

    def vector(self, measure: str) -> np.ndarray:
        """A measure of every group, occurring or not."""
        if measure == "refunds":
            stored = self.stored("gross") - self.stored("revenue") + 0.0
        elif measure not in MEASURES:
            statistic, name = spread_of(measure) or ("", "")
            spread: np.ndarray = self.remembered(measure, lambda: measures.spread(self.grouping(), name, statistic))
            return spread
        else:
            stored = self.stored(measure)
        found = stored / measures.scale_of(self.data, measure)
        whole = measure in measures.COUNTS or (measure == "units" and self.data.fields["quantity"].whole)
        return found.astype("int64") if whole else found

    def stored(self, measure: str) -> np.ndarray:
        """The same in stored units."""
        found: np.ndarray = self.remembered(measure, lambda: self._stored(measure))
        return found

    def remembered(self, what: str, make: Callable[[], Any]) -> Any:
        """Something about this question, made once (by two threads at the same moment: twice, and equal)."""
        found = self.answers.get(what)
        if found is None:
            found = make()
            parts = found.values() if isinstance(found, dict) else (found,)
            if sum(map(len, parts)) <= REMEMBERED:
                self.answers[what] = found
        return found

    def _stored(self, measure: str) -> np.ndarray:
        for way in (self._from_cube, self._rolled_up):
            found = way(measure)
            if found is not None:
                return found
        counted = measures.COUNTED.get(measure)
        return counted(self.grouping()) if counted else measures.total(self.grouping(), measure)

    def _from_cube(self, measure: str) -> np.ndarray | None:
        if self.days is None or len(self.dimensions) > 1:
            return None
        by = self.dimensions[0] if self.dimensions else None
        if (
            measure == "customers"
            and by is None
            and not self.selection.clauses
            and self.days == slice(0, self.data.facts.days)
        ):
            return np.array([self.data.facts.buyers])
        return cubes.summed(self.data, measure, by, self.selection.clauses, self.dimension, self.days, self._cube)

    @cached_property
    def _cube(self) -> str | None:
        return cubes.cube_of(self.data, [*self.dimensions, *(self.dimension(c.field) for c in self.selection.clauses)])

    def _rolled_up(self, measure: str) -> np.ndarray | None:
        """A sum by what a finer field decides, out of the sum by that field: categories out of products."""
        by = self.dimensions[0] if len(self.dimensions) == 1 else None
        if by is None or measure not in measures.SUMS or not measures.exact(self.data, measure):
            return None
        finer = self.data.finer(by.name)
        if not finer or len(self.data.dictionaries[finer]) > FEW:
            return None
        return np.bincount(self.data.parents[by.name], self.asked_by(finer).stored(measure), by.size)

    def shown(self, vectors: Mapping[str, np.ndarray]) -> np.ndarray:
        """The groups that have rows; all periods, where periods alone are asked for."""
        size = self._size
        if not self.dimensions or [d.name for d in self.dimensions] == ["period"]:
            return np.arange(size)
        if any(
            m in SIGNS and v.all() for m, v in vectors.items()
        ):  # nothing adds up to something only where there are rows
            return np.arange(size)
        for measure in self.data.facts.positive:
            if measure in vectors:
                return np.flatnonzero(vectors[measure])
        lines = self._from_cube("lines")
        return self.grouping().occurring if lines is None else np.flatnonzero(lines)

    @property
    def _size(self) -> int:
        if len(self.dimensions) < 2:
            return self.dimensions[0].size if self.dimensions else 1
        return self.grouping().size

    def values(self, shown: np.ndarray) -> dict[str, Any]:
        """The dimensions' values of groups."""
        if len(self.dimensions) == 1:
            return {self.dimensions[0].name: self.dimensions[0].values(shown)}
        return self.grouping().values(shown) if self.dimensions else {}


def frame_of(columns: Mapping[str, Any], names: pd.Index) -> pd.DataFrame:
    """A frame of these columns, which nobody else holds; the constructor's questions would take longer than a small
    aggregation."""
    rows, blocks = 0, []
    for at, column in enumerate(columns.values()):
        rows = len(column)
        blocks.append((column.reshape(1, -1) if isinstance(column, np.ndarray) else column, np.array([at])))
    return create_dataframe_from_blocks(blocks, index=pd.RangeIndex(rows), columns=names)


def columns(question: Question, names: Sequence[str], beside: Beside) -> dict[str, Any]:
    """Dimensions and metrics of the groups that occur; `beside` gives the measures that do not come from lines."""
    needed = dict.fromkeys(m for n in names for m in measures_of(n))
    vectors = {m: question.vector(m) for m in needed if m not in BESIDE}
    shown = question.remembered("shown", lambda: question.shown(vectors))
    found = {n: v.copy() for n, v in question.remembered("values", lambda: question.values(shown)).items()}
    size = len(shown)
    values = {m: v.copy() if len(v) == size else v[shown] for m, v in vectors.items()}
    values |= {m: beside(m, found, size) for m in needed if m in BESIDE}
    for name in names:
        plain = name not in METRICS or METRICS[name].measures == (name,)
        found[name] = values[name] if plain else METRICS[name].compute(values)
    return found
