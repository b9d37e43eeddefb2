"""Did a rate change, or is it the small number behind it? Exact tests on counts, for ratios and for events.

A conversion of 10 % is 1 of 10 or 1,000 of 10,000: only the counts tell how sure it is. Sources: Fisher's exact test;
Przyborowski & Wilenski 1940 (Biometrika 31) for two Poisson counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from analytics.calendar import Day
from analytics.errors import DataError
from analytics.methods.timeseries.series import days_of

WINDOW, LEARN = 84, 28
USUAL_CHI_SQUARE = 0.4549  # median of a squared standard normal
POINTS = ["period", "successes", "trials", "rate", "expected", "p", "state"]


def rate_test(successes: int, trials: int, base_successes: int, base_trials: int) -> float:
    """How likely is a difference of two rates at least this large, if both were the same? Two-sided Fisher test (tails
    doubled).

    NaN without trials on either side. DataError where successes are not between 0 and trials.
    """
    for found, made in ((successes, trials), (base_successes, base_trials)):
        if not 0 <= found <= made:
            raise DataError(f"successes between 0 and trials were expected: {found} of {made}.", where="rate_test")
    one = (np.array([float(number)]) for number in (successes, trials, base_successes, base_trials))
    return float(_fisher(*one)[0])


def _fisher(found: np.ndarray, made: np.ndarray, base: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Two-sided p per element, twice the smaller tail; NaN where either side has no trials."""
    from scipy.stats import hypergeom

    total, marked = made + tried, found + base
    at_most, at_least = hypergeom.cdf(found, total, marked, made), hypergeom.sf(found - 1, total, marked, made)
    p = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    return np.where((made > 0) & (tried > 0), p, np.nan)


def count_test(count: int, exposure: float, base_count: int, base_exposure: float) -> float:
    """How likely is a difference of two event rates at least this large, if both were the same? Exact conditional
    Poisson test.

    `exposure`: days, sessions or orders behind each count. NaN where an exposure is 0. DataError for a negative number.
    """
    from scipy.special import bdtr, bdtrc

    if min(count, base_count) < 0 or min(exposure, base_exposure) < 0:
        raise DataError("counts and exposures of at least 0 were expected.", where="count_test")
    if not exposure or not base_exposure:
        return np.nan
    events, share = count + base_count, exposure / (exposure + base_exposure)
    at_most = bdtr(count, events, share) if events else 1.0
    at_least = bdtrc(count - 1, events, share) if count > 0 else 1.0
    return float(min(1.0, 2 * min(at_most, at_least)))


def rate_anomalies(
    successes: pd.Series,
    trials: pd.Series,
    *,
    holidays: Iterable[date | Day | str] | None = None,
    level: float = 0.001,
) -> pd.DataFrame:
    """On which days was a rate (conversion, refunds, repeat orders) out of line with its last 84 days?

    `successes`, `trials`: whole numbers on the same dates; drop a partial last day first. Each day is tested by
    `rate_test` against the days before it that were not flagged; where those days themselves vary more than chance
    (weekdays, campaigns) the p-value is widened by that factor. Returns a row per day: period, successes, trials, rate
    and expected (%), p, state (ok, alert, learning, holiday, unknown: no trials). The first 28 days only teach. Empty
    input gives an empty frame. DataError where dates differ or counts are impossible.
    """
    if not successes.index.equals(trials.index):
        raise DataError("the same dates were expected for successes and trials.", where="rate_anomalies")
    days = days_of(successes.index)
    if len(np.unique(days)) < len(days) or not successes.index.is_monotonic_increasing:
        raise DataError("one row per day, in order, was expected.", where="rate_anomalies")
    found, made = successes.to_numpy(dtype=float), trials.to_numpy(dtype=float)
    if not ((found >= 0) & (found <= made)).all():
        raise DataError("successes between 0 and trials were expected.", where="rate_anomalies")
    closed = np.isin(days, days_of(holidays))
    counts = (made > 0) & ~closed
    expected, p = _against_past(found, made, counts)
    expected, p = _against_past(found, made, counts & ~(p < level))
    p[closed] = np.nan
    state = np.where(np.isnan(p), "learning", np.where(p < level, "alert", "ok"))
    state[made == 0] = "unknown"
    state[closed] = "holiday"
    rate = 100 * found / np.where(made > 0, made, np.nan)
    columns = [days.astype(str), found, made, rate, expected, p, state]
    return pd.DataFrame(dict(zip(POINTS, columns, strict=True)))


def _against_past(found: np.ndarray, made: np.ndarray, teaches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rate (%) of each day's window and the p-value of the day against it; NaN where too few days teach."""
    from scipy.special import ndtr, ndtri

    base, tried, wide = np.zeros(len(made)), np.zeros(len(made)), np.ones(len(made))
    for t in range(LEARN, len(made)):
        window = slice(max(0, t - WINDOW), t)
        past = teaches[window]
        if past.sum() < LEARN // 2:
            continue
        base[t], tried[t] = found[window][past].sum(), made[window][past].sum()
        wide[t] = _overdispersion(found[window][past], made[window][past])
    p = _fisher(found, made, base, tried)
    p = np.where(wide > 1, 2 * ndtr(ndtri(np.maximum(p, 1e-300) / 2) / np.sqrt(wide)), p)
    return 100 * base / np.where(tried > 0, tried, np.nan), p


def _overdispersion(found: np.ndarray, made: np.ndarray) -> float:
    """How much more than chance the days vary: typical squared deviation over that of the binomial; at least 1."""
    rate = found.sum() / made.sum()
    if not 0 < rate < 1:
        return 1.0
    squares = (found - made * rate) ** 2 / (made * rate * (1 - rate))
    return max(1.0, float(np.median(squares)) / USUAL_CHI_SQUARE)
