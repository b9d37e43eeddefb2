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
from analytics.hypergeometric import tails
from analytics.series import days_of

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
    if not trials or not base_trials:
        return np.nan
    total, marked = int(trials + base_trials), int(successes + base_successes)
    at_least, below = tails([successes], total, [marked], [trials])
    at_most = 1.0 - tails([successes + 1], total, [marked], [trials])[0][0] if successes < min(marked, trials) else 1.0
    at_most = max(float(at_most), float(below[0]))
    return float(min(1.0, 2 * min(float(at_least[0]), at_most)))


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
    from scipy.special import ndtr, ndtri

    if not successes.index.equals(trials.index):
        raise DataError("the same dates were expected for successes and trials.", where="rate_anomalies")
    days = days_of(successes.index) if len(successes) else np.empty(0, "datetime64[D]")
    found, made = successes.to_numpy(dtype=float), trials.to_numpy(dtype=float)
    if not ((found >= 0) & (found <= made)).all():
        raise DataError("successes between 0 and trials were expected.", where="rate_anomalies")
    closed = np.isin(days, days_of(holidays))
    teaches = (made > 0) & ~closed
    expected, p = np.full(len(days), np.nan), np.full(len(days), np.nan)
    state = np.where(closed, "holiday", np.where(made > 0, "learning", "unknown"))
    for t in range(LEARN, len(days)):
        past = np.flatnonzero(teaches[max(0, t - WINDOW) : t]) + max(0, t - WINDOW)
        if len(past) < LEARN // 2 or not made[t] or closed[t]:
            continue
        base, tried = found[past].sum(), made[past].sum()
        expected[t] = 100 * base / tried
        p[t] = rate_test(int(found[t]), int(made[t]), int(base), int(tried))
        wide = _overdispersion(found[past], made[past])
        if wide > 1:
            p[t] = 2 * ndtr(ndtri(max(p[t], 1e-300) / 2) / np.sqrt(wide))
        state[t] = "alert" if p[t] < level else "ok"
        teaches[t] = p[t] >= level
    rate = 100 * found / np.where(made > 0, made, np.nan)
    columns = [days.astype(str), found, made, rate, expected, p, state]
    return pd.DataFrame(dict(zip(POINTS, columns, strict=True)))


def _overdispersion(found: np.ndarray, made: np.ndarray) -> float:
    """How much more than chance the days vary: typical squared deviation over that of the binomial; at least 1."""
    rate = found.sum() / made.sum()
    if not 0 < rate < 1:
        return 1.0
    squares = (found - made * rate) ** 2 / (made * rate * (1 - rate))
    return max(1.0, float(np.median(squares)) / USUAL_CHI_SQUARE)
