"""Companies of two years with groups of products, channels and countries, in which the second year moves as planted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights.company import Company
from analytics.profile import Profile
from analytics.selection import Selection
from tests.analytics.companies import Tables
from tests.analytics.simulated_days import persistent

GROUPS = {"product": ("A", "B", "C", "D"), "channel": ("Web", "Shop", "Mail"), "country": ("X", "Y", "Z")}
QUERY = "range=2024-01-01..2025-01-01&compare=year"

Planted = Callable[[pd.DataFrame], np.ndarray]


def days(start: str = "2023-01-01", end: str = "2025-01-01") -> np.ndarray:
    """Consecutive days up to, not including, the last."""
    return np.arange(start, end, dtype="datetime64[D]")


def sold(now: Planted, each: int = 60, seed: int = 2, *, carried: float = 0.0, swing: float = 0.0) -> pd.DataFrame:
    """Lines of 2023 and 2024, alike in every combination of the groups but for what `now` leaves of each in 2024 (1 is
    all). `carried`, `swing`: how each product's days vary for reasons of its own, as in simulated_days.revenue."""
    rng = np.random.default_rng(seed)
    cells = pd.MultiIndex.from_product(GROUPS.values(), names=list(GROUPS)).to_frame(index=False)
    every = days()
    level = np.exp(swing * persistent(rng, len(GROUPS["product"]), len(every), carried) - swing**2 / 2)
    later = every >= np.datetime64("2024-01-01")
    mean = each / 365 * level[cells["product"].map(GROUPS["product"].index)]
    mean = mean * np.where(later, now(cells)[:, None], 1.0)
    number = rng.poisson(mean)
    cell, day = np.nonzero(number)
    repeated = np.repeat(np.arange(len(cell)), number[cell, day])
    lines = cells.iloc[cell[repeated]].assign(day=every[day[repeated]])
    return lines.sort_values("day", kind="stable").reset_index(drop=True)


def company(lines: pd.DataFrame, query: str, until: str = "2024-12-31") -> Company:
    """Of lines with a day, and columns that name them; each its own order of amount 50 where none is given."""
    frame = lines.reset_index(drop=True)
    given = {
        "order_id": [f"{n:06d}" for n in range(len(frame))],
        "ordered_at": pd.to_datetime(frame["day"]).astype("datetime64[us]"),
        "product": "Thing",
        "amount": 50.0,
        "quantity": 1.0,
        "sale": True,
    }
    frame = frame.assign(**{name: value for name, value in given.items() if name not in frame}).drop(columns="day")
    engine = ColumnarEngine(store.in_memory(Tables(frame, Profile("toy", "Toy", data_until=until))))
    selection, _ = Selection.from_query(f"data=toy&{query}")
    return Company(engine, engine.resolve(selection), selection)
