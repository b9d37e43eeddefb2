"""Silences: days on which something that sells steadily did not sell at all, and a last day that was cut short."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray

RATE_DAYS = 28  # the days before, and after, from which is taken what a silence would have brought
RECENT_DAYS = 14  # a product that is fading is judged by its last two weeks
BLOCK_DAYS = 7  # sums over these show how much demand varies beyond chance, its clusters included
FEWEST_EXPECTED = 5.0  # in a silence; with fewer, it is no news
FEWEST_SOLD = 20  # in the days that the rate is taken from, …
FEWEST_SOLD_DAYS = 6  # … on at least this number of them: who invoices once a week or month is no steady seller
RHYTHM = 3  # other silences at least half as long: then pausing is how the series goes
A_YEAR = 364  # days: as many whole weeks as fit into a year
SEASONAL = 0.25  # of the rate: a series that sold less than this in the same days a year before is out of season
ROUNDED = 1e-6  # of a number: more than sums in another order can differ


class Silence(NamedTuple):
    """Days without a sale, from `start` up to, not including, `end` (numbers of days), of one series.

    `expected`: what would have been counted; `p`: how likely a silence of this kind is somewhere in the series by
    chance; `resumed`: whether something was sold after it.
    """

    series: int
    start: int
    end: int
    expected: float
    p: float
    resumed: bool


def silences(counts: Array, exposure: Array) -> list[Silence]:
    """When did a series that sells steadily stop for days?

    `counts`: series × days of counts, such as orders with a product; `exposure`: how much of a usual day each day is,
    such as the orders of everything over their mean (days × 1, or as `counts`). A day of exposure 0, on which nobody
    sells, makes no silence and ends none. What a silence would have brought is the least of the rates over the last
    RECENT_DAYS and RATE_DAYS before it, and over as many after it, times its exposure: a series that fades, or that
    resumes at a lower level, is not overstated. Its probability is that of no event at all where counts vary as their
    weekly sums do (a negative binomial whose variance is their index of dispersion times the mean), times the number
    of days on which it might have begun. Silences are given where the expectation is FEWEST_EXPECTED or more and the
    series sold FEWEST_SOLD before, on FEWEST_SOLD_DAYS days or more, unless it was as silent a year before, or RHYTHM
    other silences are at least half as long; most expected first. Ten sold a day for 100 days, none for 3 days:
    expected 30.
    """
    sold = np.asarray(counts, dtype=np.float64)
    weight = np.broadcast_to(np.asarray(exposure, dtype=np.float64), sold.shape)
    found = []
    for number, (series, days) in enumerate(zip(sold, weight, strict=True)):
        runs = _long_enough(series, days, _runs(series, days))
        judged = [_judged(number, series, days, start, end) for start, end in runs]
        own = [silence for silence in judged if silence is not None]
        lengths = np.array([silence.end - silence.start for silence in own])
        found += [s for s in own if (lengths >= (s.end - s.start) / 2).sum() <= RHYTHM]
    return sorted(found, key=lambda s: (-s.expected, s.series, s.start))


def cut_short(after: Array, last_after: float) -> float:
    """How likely is it that the last day ends so early by chance?

    `after`: for each earlier day that compares, how much it had after the hour at which the last day ends;
    `last_after`: the same of the last day. The probability of as little, or less, where counts vary as those days do;
    1 with fewer than 8 days. Forty orders after 11 o'clock on each of 20 days, none on the last: p < 1e-9.
    """
    from scipy.special import betainc

    known = np.asarray(after, dtype=np.float64)
    if len(known) < 8 or not known.mean() > 0:
        return 1.0
    mean = float(known.mean())
    spread = max(float(known.var(ddof=1)) / mean, 1.0 + 1e-6)
    size = mean / (spread - 1)
    return float(betainc(size, np.floor(last_after) + 1, 1 / spread))  # distribution function of a negative binomial


def _runs(series: Array, days: Array) -> Array:
    """First day and day after the last of each run without a sale; closed days at its edges are no part of it."""
    opened = np.flatnonzero(days > 0)
    silent = np.concatenate([[False], series[opened] <= 0, [False]])
    edges = np.flatnonzero(silent[1:] != silent[:-1])
    pairs = edges.reshape(-1, 2)
    return np.column_stack([opened[pairs[:, 0]], opened[pairs[:, 1] - 1] + 1])


def _long_enough(series: Array, days: Array, runs: Array) -> list[tuple[int, int]]:
    """The runs that `_judged` may give, and some more: most are a day or two of which nothing was to be expected, and
    the sums up to each day tell that of all of them at once. A little is allowed for how such sums are rounded."""
    sold, weight = (np.concatenate([[0.0], np.cumsum(each)]) for each in (series, days))
    start, end = runs[:, 0], runs[:, 1]
    rate = np.full(len(runs), np.inf)
    for back in (RECENT_DAYS, RATE_DAYS):
        since = np.maximum(start - back, 0)
        exposure = weight[start] - weight[since]
        rate = np.minimum(rate, (sold[start] - sold[since]) / np.where(exposure > 0, exposure, np.inf))
    expected = rate * (weight[end] - weight[start])
    before = sold[start] - sold[np.maximum(start - RATE_DAYS, 0)]
    kept = (expected >= FEWEST_EXPECTED * (1 - ROUNDED)) & (before >= FEWEST_SOLD * (1 - ROUNDED))
    return [(int(first), int(after)) for first, after in runs[kept]]


def _judged(number: int, series: Array, days: Array, start: int, end: int) -> Silence | None:
    resumed = bool(series[end:].any())
    rates = [_rate(series, days, start - back, start) for back in (RECENT_DAYS, RATE_DAYS)]
    if resumed:
        rates.append(_rate(series, days, end, end + RATE_DAYS))
    rate = min(rates)
    expected = rate * float(days[start:end].sum())
    before = series[max(start - RATE_DAYS, 0) : start]
    if expected < FEWEST_EXPECTED or before.sum() < FEWEST_SOLD or (before > 0).sum() < FEWEST_SOLD_DAYS:
        return None
    if start >= A_YEAR:
        year_before = slice(start - A_YEAR, end - A_YEAR)
        if series[year_before].sum() < SEASONAL * rate * days[year_before].sum():
            return None
    spread = _dispersion(np.delete(series, slice(start, end)), np.delete(days, slice(start, end)))
    log_p = -expected * np.log(spread) / (spread - 1)
    p = min(1.0, float(np.exp(log_p)) * max(len(series) - (end - start), 1))
    return Silence(number, start, end, expected, p, resumed)


def _rate(series: Array, days: Array, start: int, end: int) -> float:
    part = slice(max(start, 0), end)
    exposure = float(days[part].sum())
    return float(series[part].sum()) / exposure if exposure > 0 else 0.0


def _dispersion(series: Array, days: Array) -> float:
    """Variance over mean of sums of BLOCK_DAYS days, at the same exposure; above 1."""
    whole = len(series) // BLOCK_DAYS * BLOCK_DAYS
    if whole < 3 * BLOCK_DAYS:
        return 2.0
    sums = series[-whole:].reshape(-1, BLOCK_DAYS).sum(axis=1)
    exposure = days[-whole:].reshape(-1, BLOCK_DAYS).sum(axis=1)
    expected = exposure * sums.sum() / max(exposure.sum(), 1e-12)
    known = expected > 0
    if known.sum() < 3:
        return 2.0
    pearson = float(((sums[known] - expected[known]) ** 2 / expected[known]).sum() / (known.sum() - 1))
    return max(pearson, 1.0 + 1e-6)
