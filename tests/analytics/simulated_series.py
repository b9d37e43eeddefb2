"""Daily series of known kinds, with what really came next: by them forecasts are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

WEEK = np.array([1.15, 0.9, 0.9, 0.95, 1.05, 1.3, 0.75])
AHEAD = 28


@dataclass(frozen=True)
class Simulated:
    """A history by day, the mean that really holds for the days after it, and one draw of them."""

    history: pd.Series
    mean_ahead: np.ndarray
    ahead: np.ndarray


def season(days: pd.DatetimeIndex, height: float) -> np.ndarray:
    """A year that peaks from mid November to Christmas, at 1 + `height` times the other days, and dips in January."""
    year_day = days.day_of_year.to_numpy()
    peak = np.exp(-0.5 * ((year_day - 345) / 14) ** 2) * (year_day <= 359)
    dip = np.exp(-0.5 * ((year_day - 20) / 15) ** 2)
    return 1 + height * peak - 0.2 * dip


def made(
    rng: np.random.Generator,
    end: str,
    days: int,
    *,
    height: float = 0.0,
    growth: float = 0.0,
    level: float = 40.0,
    weekly: bool = True,
    shift: float = 1.0,
    walk: float = 0.0,
    closed: tuple[int, ...] = (),
    spend: float = 0.6,
    special: Mapping[str, float] | None = None,
    ahead: int = AHEAD,
    adds: bool = False,
) -> Simulated:
    """Orders by day as Poisson numbers, each of a random value (mean 1, standard deviation `spend`).

    `growth`: a year, as a part; `shift`: the level is multiplied by it 60 days before the end; `walk`: standard
    deviation of the level's daily steps, in logarithms; `closed`: weekdays without any order (0 is Monday); `special`:
    what the mean of a date is multiplied by; `ahead`: days after the history; `adds`: the season
    adds what it adds at the first level, whatever the growth.
    """
    index = pd.date_range(end=pd.Timestamp(end) + pd.Timedelta(days=ahead), periods=days + ahead)
    time = np.arange(len(index))
    grown = level * (1 + growth) ** (time / 365)
    mean = grown + level * (season(index, height) - 1) if adds else grown * season(index, height)
    mean = mean * np.exp(np.cumsum(rng.normal(0, walk, len(index)))) if walk else mean
    mean = np.where(time >= days - 60, mean * shift, mean)
    weekday = index.day_of_week.to_numpy()
    mean = mean * (WEEK[weekday] if weekly else 1.0)
    mean = np.where(np.isin(weekday, closed), 0.0, mean)
    mean = mean * np.array([(special or {}).get(day, 1.0) for day in index.strftime("%Y-%m-%d")])
    orders = rng.poisson(mean)
    value = np.array([rng.gamma(n / spend**2, spend**2) if n else 0.0 for n in orders])
    return Simulated(pd.Series(value[:days], index[:days]), mean[days:], value[days:])


def around(dates: tuple[str, ...], factors: Mapping[int, float]) -> dict[str, float]:
    """By date what its mean is multiplied by: `factors` by days from each of the `dates`."""
    return {str(np.datetime64(day) + offset): factor for day in dates for offset, factor in factors.items()}


EASTER = around(("2023-04-09", "2024-03-31", "2025-04-20"), {-2: 0.3, -1: 0.6, 0: 0.2, 1: 0.3})
BLACK_FRIDAY = around(("2022-11-25", "2023-11-24", "2024-11-29"), {0: 3.0, 1: 1.8, 2: 1.8, 3: 2.2})
CHRISTMAS = around(("2023-12-25", "2024-12-25", "2025-12-25"), {0: 0.0, 1: 0.0, 7: 0.0})

Kind = Callable[[np.random.Generator], Simulated]

KINDS: dict[str, Kind] = {
    "flat": lambda rng: made(rng, "2025-06-30", 400, weekly=False),
    "weekly": lambda rng: made(rng, "2025-06-30", 300),
    "short": lambda rng: made(rng, "2025-06-30", 120),
    "growing": lambda rng: made(rng, "2025-06-30", 700, growth=0.6),
    "shrinking": lambda rng: made(rng, "2025-06-30", 700, growth=-0.4),
    "ends at a peak, 2 years": lambda rng: made(rng, "2024-12-31", 731, height=1.5),
    "ends at a peak, 3 years": lambda rng: made(rng, "2024-12-31", 1096, height=1.5, growth=0.2),
    "ends at a peak, 14 months": lambda rng: made(rng, "2024-12-31", 430, height=1.5),
    "ends before a peak, 2 years": lambda rng: made(rng, "2024-10-31", 730, height=1.5),
    "ends before a peak, 3 years": lambda rng: made(rng, "2024-10-31", 1100, height=1.5, growth=0.2),
    "ends before a peak, 14 months": lambda rng: made(rng, "2024-10-31", 430, height=1.5),
    "wandering, ends at a peak": lambda rng: made(rng, "2025-12-31", 731, height=1.0, growth=0.15, walk=0.01),
    "wandering, ends before a peak": lambda rng: made(rng, "2025-10-31", 670, height=1.0, growth=0.15, walk=0.01),
    "seasonal, ends in spring": lambda rng: made(rng, "2025-04-30", 850, height=1.5),
    "level shift": lambda rng: made(rng, "2025-06-30", 500, shift=1.6),
    "wandering": lambda rng: made(rng, "2025-06-30", 500, walk=0.03),
    "wandering, 14 months": lambda rng: made(rng, "2025-06-30", 430, walk=0.03),
    "flat, 14 months": lambda rng: made(rng, "2025-01-31", 430),
    "intermittent": lambda rng: made(rng, "2025-06-30", 500, level=1.2),
    "closed on two days": lambda rng: made(rng, "2025-06-30", 500, closed=(5, 6)),
    "closed on Saturdays, seasonal": lambda rng: made(rng, "2024-10-31", 800, closed=(5,), height=1.0),
    "ends at a peak of one height, growing": lambda rng: made(
        rng, "2024-12-31", 1096, height=2.0, growth=0.5, adds=True
    ),
    "ends before a peak of one height, growing": lambda rng: made(
        rng, "2024-10-31", 1100, height=2.0, growth=0.5, adds=True
    ),
    "Easter moves": lambda rng: made(rng, "2025-04-05", 800, special=EASTER),
    "Black Friday moves": lambda rng: made(rng, "2024-11-10", 760, height=0.8, special=BLACK_FRIDAY),
    "closed at Christmas": lambda rng: made(rng, "2025-12-15", 760, height=1.0, special=CHRISTMAS),
}


def by_month(rng: np.random.Generator, months: int) -> Simulated:
    """A company with a year's season, some growth and a wandering level, whose history is this number of whole
    months that end anywhere in a year, and the year after it."""
    end = pd.Timestamp("2020-01-01") + pd.DateOffset(months=months + int(rng.integers(12)))
    start = end - pd.DateOffset(months=months)
    days = (end - start).days
    height = rng.uniform(0.3, 1.5)
    growth = rng.uniform(-0.1, 0.3)
    return made(
        rng, str((end - pd.Timedelta(days=1)).date()), days, height=height, growth=growth, walk=0.006, ahead=366
    )
