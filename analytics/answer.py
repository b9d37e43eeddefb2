"""What a question returns, and the options it takes: the form that every chart, export and report reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.metrics import METRICS


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    frame: dimensions first, then metrics; every row.
    notes: sentences that a reader must know, such as which periods are partial and what was left out. A question
        writes them with N_(…), so that one answer serves viewers of every language.
    more: further small frames, by name, that the figure needs, such as those of sparklines.
    why: of an answer without rows, the reason, as a sentence made with N_(…), where the chart cannot know it.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    why: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show: no row, or periods whose metrics are all 0 or blank, now and in the
        comparison."""
        if self.frame.empty or self.frame.columns[0] != "period":
            return self.frame.empty
        metrics = [c for c in self.frame.columns if c.removeprefix("base_") in METRICS]
        return bool(metrics) and not filled(self.frame, metrics).any()


def filled(frame: pd.DataFrame, columns: Iterable[str]) -> np.ndarray:
    """Whether each row has a number other than 0 in one of these columns."""
    found = np.zeros(len(frame), bool)
    for name in columns:
        column = frame[name]
        values = column.to_numpy()
        if values.dtype.kind in "fiub":
            found |= (values != 0) & (values == values)  # a blank is no number
        else:
            found |= column.fillna(0).to_numpy(bool)
    return found


Options = Mapping[str, str]
