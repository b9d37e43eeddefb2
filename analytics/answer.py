"""What a question returns, and the options it takes: the form that every chart, export and report reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analytics.metrics import METRICS


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    frame: dimensions first, then metrics; every row.
    notes: sentences that a reader must know, such as which periods are partial and what was left out.
    more: further small frames, by name, that the figure needs, such as those of sparklines.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show: no row, or periods whose metrics are all 0 or blank, now and in the
        comparison."""
        if self.frame.empty or self.frame.columns[0] != "period":
            return self.frame.empty
        metrics = [c for c in self.frame.columns if c.removeprefix("base_") in METRICS]
        return bool(metrics) and not self.frame[metrics].fillna(0).to_numpy(bool).any()


Options = Mapping[str, str]
