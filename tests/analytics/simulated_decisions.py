"""Series of which one is touched by a decision: a common course, a season that each follows more or less, good and bad
weeks of their own, and a known effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Setting:
    """`series`: how many there are with the treated one; `days`, `start` and `length`: of the history, the decision and
    the days after it; `lasting`: how much of a good day the next day has; `shock`: how good and bad days are."""

    series: int = 12
    days: int = 420
    start: int = 352
    length: int = 28
    lasting: float = 0.9
    shock: float = 0.05


SETTINGS = {
    "usual": Setting(),
    "few others": Setting(series=4),
    "eight weeks": Setting(length=56),
    "half a year": Setting(days=200, start=160),
    "long moods": Setting(lasting=0.97),
    "many others": Setting(series=30),
    "calm": Setting(shock=0.02),
}


def simulated(random: np.random.Generator, setting: Setting, effect: float = 0.0) -> np.ndarray:
    """Series × days, the treated one first, whose means are (1 + effect) times as high after the decision."""
    day = np.arange(setting.days)
    season = 0.2 * np.sin(2 * np.pi * day / 364) + 0.0005 * day
    week = np.log(np.array([1, 1, 1, 1, 1.2, 1.5, 1.3]))[day % 7]
    size = random.normal(3, 0.8, setting.series)
    common = _moods(random, setting)
    means = [s + random.normal(1, 0.3) * season + week + common + _moods(random, setting) for s in size]
    means[0] = means[0] + np.log1p(effect) * ((day >= setting.start) & (day < setting.start + setting.length))
    return random.poisson(np.exp(means)).astype(float)


def _moods(random: np.random.Generator, setting: Setting) -> np.ndarray:
    moods = random.normal(0, setting.shock, setting.days)
    for day in range(1, setting.days):
        moods[day] += setting.lasting * moods[day - 1]
    return moods
