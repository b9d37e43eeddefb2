"""What a question gives back, and the options it takes: the form every chart, export and report reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Answer:
    """`frame`: dimensions first, then metrics, every row. `notes`: sentences a reader must know (partial periods, what
    was left out). `more`: further small frames by name that the picture needs beside the frame (such as sparklines)."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return self.frame.empty


Options = Mapping[str, str]
