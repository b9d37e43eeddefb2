"""What a question gives back, and the options it takes: the form every chart, export and report reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analytics.metrics import METRICS


@dataclass(frozen=True)
class Answer:
    """`frame`: dimensions first, then metrics, every row. `notes`: sentences a reader must know (partial periods, what
    was left out). `more`: further small frames by name that the picture needs beside the frame (such as sparklines)."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """No row, or periods of which none has anything, now or in the comparison."""
        if self.frame.empty or self.frame.columns[0] != "period":
            return self.frame.empty
        told = [c for c in self.frame.columns if c.removeprefix("base_") in METRICS]
        return bool(told) and not self.frame[told].fillna(0).to_numpy(bool).any()


Options = Mapping[str, str]
