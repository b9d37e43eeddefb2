"""What did a decision change? A treated series against untouched ones, and how large such a difference is by chance.

The days after the decision are compared with the days before it, for the treated series and for a mixture of untouched
ones (the control): the effect is the logarithm of the ratio of the two growths. The mixture is the one, of weights that
are not negative and add up to 1, whose weeks before the decision resemble those of the treated series most (synthetic
control: Abadie, Diamond & Hainmueller 2010), drawn towards the shares of the untouched series by a ridge as strong as
the noise of the weeks says.

Chance is seen in placebos: the same comparison for every untouched series, and for all of them, the treated one too, at
earlier times when nothing was decided. Each effect is divided by the usual size of its own series' placebos at times
that do not overlap with it, so that small, restless series count like large, calm ones. An effect is told where at most
one in twenty placebos is as large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

Array = np.ndarray

WEEK = 7
LONGEST_BASE = 364  # days before a decision that it is compared with, at most
USUAL_BASE = 56
SHORTEST_BASE = 28
FEWEST_APART = 3  # times before the decision that do not overlap, without which chance cannot be seen
MOST_TIMES = 40  # earlier times, the latest ones
CHANCE = 0.05
SOLD_WEEKS = 0.8  # of the weeks must have a sale in a series that serves as control
SUM_TO_ONE = 1e3  # weight of the equation that the weights add up to 1


@dataclass(frozen=True)
class Effect:
    """What was found. All changes are in percent of what was expected without the decision. `low`, `high`: the range
    that is as sure as the verdict; `needed`: the change from which on it would have been told, upwards and downwards;
    `larger` of `comparisons` placebos are as large. `actual`: of the treated series over the days after; `expected`:
    what the control lets expect there. `weights`: of the untouched series that served. `course`: what the control lets
    expect of each day, from `base_days` before the decision to the last day after it."""

    change: float
    low: float
    high: float
    needed: tuple[float, float]
    larger: int
    comparisons: int
    actual: float
    expected: float
    weights: Array
    course: Array
    base_days: int

    @property
    def told(self) -> bool:
        """Whether the effect is larger than chance makes them."""
        return not self.low <= 0 <= self.high


def measured(treated: Array, untouched: Array, start: int, end: int) -> Effect | str:
    """The effect on a treated series (days) from day `start` up to, not including, `end`, by untouched ones
    (series × days). Series are amounts of 0 and more; days before the first are not known.

    A text says why nothing can be measured: `history` (too few days before), `nothing` (too little was sold before or
    after), `controls` (no untouched series with sales), `comparisons` (too few placebos to see chance).
    """
    length = end - start
    base = _base(start, length)
    if not base:
        return "history"
    known = untouched[:, :end]
    serving = np.flatnonzero(_sold(known[:, start - base : start]) >= SOLD_WEEKS)
    if not len(serving):
        return "controls"
    series = np.vstack([treated[None, :end], known[serving]])
    if treated[start - base : start].sum() <= 0 or treated[start:end].sum() <= 0:
        return "nothing"
    times = np.arange(start, base + length - 1, -WEEK)
    times = np.append(start, times[times <= start - length][:MOST_TIMES])
    found = np.array([[_compared(series, unit, int(t), length, base)[0] for t in times] for unit in range(len(series))])
    effect, weights = _compared(series, 0, start, length, base)
    scores, usual = _scores(found, times, length)
    placebos = np.abs(np.delete(scores.ravel(), 0))
    placebos = np.sort(placebos[np.isfinite(placebos)])[::-1]
    most = int(CHANCE * (len(placebos) + 1)) - 1
    if most < 0 or not np.isfinite(scores[0, 0]):
        return "comparisons"
    reach = usual[0] * placebos[most]
    actual = float(treated[start:end].sum())
    all_weights = np.zeros(len(untouched))
    all_weights[serving] = weights
    return Effect(
        _percent(effect),
        _percent(effect - reach),
        _percent(effect + reach),
        (_percent(reach), _percent(-reach)),
        int((placebos >= abs(scores[0, 0])).sum()),
        len(placebos),
        actual,
        actual / float(np.exp(effect)),
        all_weights,
        _course(series, weights, start - base, start, end),
        base,
    )


def _course(series: Array, weights: Array, first: int, start: int, end: int) -> Array:
    """What the mixture lets expect of the treated series, day by day."""
    level = series[:, first:start].mean(axis=1)
    used = np.flatnonzero(weights)
    return np.asarray(level[0] * ((weights[used] / level[used + 1]) @ series[used + 1, first:end]))


def _base(start: int, length: int) -> int:
    """Days before a decision that it is compared with: whole weeks, twice the days after it where the history has
    them, but always few enough to leave FEWEST_APART earlier times. 0 where the history is too short."""
    wanted = min(max(2 * length, USUAL_BASE), LONGEST_BASE)
    base = min(wanted, start - FEWEST_APART * length) // WEEK * WEEK
    return base if base >= SHORTEST_BASE else 0


def _sold(days: Array) -> Array:
    """Share of the weeks with a sale, of each series."""
    return np.asarray((_weeks(days) > 0).mean(axis=1))


def _weeks(days: Array) -> Array:
    return np.asarray(days.reshape(len(days), -1, WEEK).sum(axis=2))


def _compared(series: Array, unit: int, start: int, length: int, base: int) -> tuple[float, Array]:
    """The effect (a logarithm; NaN where nothing was sold) on one of the series, by the others, and their weights. The
    first of them, the treated one, never is a control."""
    others = np.array([i for i in range(1, len(series)) if i != unit])
    weights = np.zeros(len(series) - 1)
    before = series[:, start - base : start]
    level, after = before.mean(axis=1), series[:, start : start + length].mean(axis=1)
    others = others[level[others] > 0] if len(others) else others
    if not len(others) or level[unit] <= 0 or after[unit] <= 0:
        return np.nan, weights
    chosen = _mixture(_weeks(before[unit : unit + 1])[0], _weeks(before[others]), level[others])
    weights[others - 1] = chosen
    growth = float((chosen * after[others] / level[others]).sum())
    if growth <= 0:
        return np.nan, weights
    return float(np.log(after[unit] / level[unit]) - np.log(growth)), weights


def _mixture(wanted: Array, others: Array, level: Array) -> Array:
    """Weights of the other series, each as a share of its own mean."""
    count = len(others)
    shares = level / level.sum()
    goal = wanted / wanted.mean()
    known = (others / others.mean(axis=1, keepdims=True)).T
    noise = float(((goal - known @ shares) ** 2).mean())
    ridge = np.sqrt(noise) * count
    system = np.vstack([known, ridge * np.eye(count), np.full((1, count), SUM_TO_ONE)])
    found: Array = nnls(system, np.concatenate([goal, ridge * shares, [SUM_TO_ONE]]))[0]
    return np.asarray(found / found.sum() if found.sum() > 0 else shares)


def _scores(effects: Array, times: Array, length: int) -> tuple[Array, Array]:
    """Each effect (series × times) over the usual size of its series' effects at earlier or later times that do not
    overlap with it, the decision's own time (the first) left out; and that usual size at the decision's time."""
    apart = (np.abs(times[:, None] - times[None, :]) >= length) & (np.arange(len(times)) > 0)[None, :]
    square = np.nan_to_num(effects) ** 2
    there = np.isfinite(effects).astype(float)
    count = there @ apart.T
    usual = np.sqrt(np.divide(square @ apart.T, count, out=np.full_like(count, np.nan), where=count > 0))
    scores = np.divide(effects, usual, out=np.full_like(effects, np.nan), where=usual > 0)
    return scores, usual[:, 0]


def _percent(logarithm: float) -> float:
    return float(100 * np.expm1(logarithm))
