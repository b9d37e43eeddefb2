"""Which days stand out, beyond what their weekday, their level, their usual noise and the chance of single orders
explain?

Each day is judged one step ahead (watch.py) as the total of its orders (compound.py), and so are the seven days
that end with it, by the level before them: a persistent fall shows there before any day does. Whatever is flagged stays
out of the baseline. Source, for many series at once: Benjamini & Hochberg 1995 (JRSS B 57).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Day, Grain
from analytics.errors import RequestError
from analytics.methods.alarms.watch import Watch, Window, watch
from analytics.methods.inference.false_discovery import benjamini_hochberg
from analytics.methods.timeseries.series import History, days_of, history_of
from analytics.runtime.lru import LruCache

POINTS = [
    *("series", "period", "value", "expected", "lower", "upper", "p", "q", "state"),
    *("days", "total", "usual", "orders", "orders_expected"),
]
ALERTS = ["series", "period", "until", "periods", "direction", "kind", "value", "expected", "change", "p", "q"]
SMALL_COUNT = 50  # whole numbers below this are taken as numbers of orders, where those are not given
FINE = 1e4  # orders that a series without them is taken to have in its median period, where it stays away from zero
JUDGED = 1e-9  # orders that must be expected: of a closed day, none are
EPISODE_GAP = 2  # quiet periods that do not end an episode
FEW_ZEROS = 0.05  # up to this share of non-positive values may be outages of a series that is otherwise far from zero
FAR_FROM_ZERO = 0.3  # … that is, whose low values (5 % of the positive ones) exceed this share of its median

WINDOWS: dict[Grain, Window] = {
    "day": Window(season=7, length=84, first=28, learn=84, shift=7, together=7, year=364, about=3),
    "week": Window(season=1, length=32, first=8, learn=32, shift=4, together=0, year=52, about=1),
}

WATCHED: LruCache[Watch] = LruCache(count=8)  # single series, by their content


@dataclass(frozen=True)
class Anomalies:
    """`points`: a row per series and whole period; value, expected and its band (unit of the series), p, q (adjusted
    over the series of that period), state: ok, alert, learning, holiday, unknown, closed (a weekday that sells
    nothing), season (as unlikely as an alert, but so was the same time of the year before). p is that of the period
    alone or of the seven days that end with it, whichever is less likely (`days`: 1 or 7; `total` and `usual`: what
    these days brought, and what was to be expected of them, `orders` and `orders_expected` likewise; the day alone
    counts twice, so that both together keep the level).

    `alerts`: a row per episode, by period and series: first and last period, how many, direction (up, down), kind
    ("spike"; "run", seven days together; "shift", where the new level lasted and became the baseline), and of its most
    unlikely period, or seven days, value, expected, change (%), p, q.
    """

    points: pd.DataFrame
    alerts: pd.DataFrame


def _orders_of(values: np.ndarray) -> np.ndarray:
    """Numbers to stand for the orders of a series that comes without them.

    Small whole numbers are orders themselves. Money that stays away from zero hides how many orders are behind it, so
    their chance is taken as small; money that does not is counted in amounts the size of a small period's.
    """
    known = values[~np.isnan(values)]
    positive = known[known > 0]
    if not len(positive):
        return np.asarray(np.where(np.isnan(values), np.nan, 0.0))
    middle = float(np.median(positive))
    if middle < SMALL_COUNT and (known == np.round(known)).all():
        return np.asarray(np.maximum(values, 0))
    zeros = len(known) - len(positive)
    low = float(np.quantile(positive, 0.05))
    steady = zeros == 0 or (zeros <= FEW_ZEROS * len(known) and low > FAR_FROM_ZERO * middle)
    return np.asarray(np.maximum(values, 0) / (middle / FINE if steady else low))


def _as_table(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """The frame; a series as its only column, named "value" where it has no name."""
    if isinstance(frame, pd.DataFrame):
        return frame
    return frame.to_frame("value" if frame.name is None else frame.name)


def anomalies(
    frame: pd.DataFrame | pd.Series,
    *,
    orders: pd.DataFrame | pd.Series | None = None,
    spacing: Grain | None = None,
    holidays: Iterable[date | Day | str] | None = None,
    partial: Iterable[bool] | None = None,
    data_until: date | Day | str | None = None,
    calendar: Calendar | None = None,
    additive: bool = True,
    level: float = 0.001,
    false_share: float = 0.05,
    bands: bool = True,
) -> Anomalies:
    """On which days (or weeks) did something happen, that chance does not explain?

    `frame`: values by the first day of each period, a column per series (or one Series); periods, NaN, `partial`,
    `data_until` and `additive` as in `series.history_of`. `orders`: the numbers of orders behind the values, by the
    same periods and columns: few orders differ much by chance. A series begins at its first non-zero value. `level`:
    the p below which a value is flagged; with several series its q over those of the same period must also be ≤
    `false_share`. Days in `holidays` are neither judged nor learnt from. The first 84 days (32 weeks) of a series only
    teach. Seven flagged days (four weeks) on one side become the new level. Without `bands`, lower and upper are blank.

    An empty frame, or one too short, gives points in state "learning" and no alerts. Raises DataError for what is no
    dated series of finite numbers, RequestError for another grain or level.
    """
    if not 0 < level < 1 or not 0 < false_share < 1:
        raise RequestError(f"probabilities between 0 and 1 are needed, not {level} and {false_share}.", where="level")
    table = _as_table(frame)
    counts = None if orders is None else _as_table(orders).set_axis(table.columns, axis=1)
    marks = None if partial is None else list(partial)

    def ready(column: pd.Series) -> History:
        return history_of(
            column, spacing=spacing, partial=marks, data_until=data_until, calendar=calendar, additive=additive
        )

    histories = {}
    for name in table.columns:
        history = ready(table[name])
        numbers = _orders_of(history.values) if counts is None else _aligned(ready(counts[name]), history)
        histories[str(name)] = _from_first_sale(replace(history, orders=numbers))
    histories = {name: history for name, history in histories.items() if len(history.days)}
    if not histories:
        return Anomalies(_empty(POINTS), _empty(ALERTS))
    grain = next(iter(histories.values())).grain
    if grain not in WINDOWS:
        raise RequestError(f"anomalies are looked for by {' or '.join(WINDOWS)}, not by {grain}.", where="spacing")
    points = _judged(histories, WINDOWS[grain], days_of(holidays), level, bands)
    _adjust(points, len(histories))
    likely = (len(histories) > 1) & (points["q"] > false_share)
    points["state"] = points["state"].mask(likely & (points["state"] == "alert"), "ok")
    return Anomalies(points[POINTS].reset_index(drop=True), _episodes(points))


def _aligned(orders: History, history: History) -> np.ndarray:
    """The numbers of orders of the days of another history."""
    return pd.Series(orders.values, index=orders.days).reindex(history.days).to_numpy(float)


def _from_first_sale(history: History) -> History:
    sold = np.flatnonzero(np.nan_to_num(history.values) != 0)
    begin = slice(sold[0] if len(sold) else len(history.values), None)
    assert history.orders is not None
    return replace(
        history, days=history.days[begin], values=history.values[begin], orders=history.orders[begin], notes=()
    )


def _judged(
    histories: dict[str, History], window: Window, holidays: np.ndarray, level: float, bands: bool
) -> pd.DataFrame:
    """A row per series and period with its test. Series begin at row 0 whenever they began: places in the season stay
    aligned.
    """
    longest = max(len(history.days) for history in histories.values())
    totals = np.full((longest, len(histories)), np.nan)
    orders = totals.copy()
    for column, history in enumerate(histories.values()):
        assert history.orders is not None, "added by _from_first_sale"
        open_day = ~np.isin(history.days, holidays)
        totals[: len(open_day), column] = np.where(open_day, history.values, np.nan)
        orders[: len(open_day), column] = np.where(open_day, history.orders, np.nan)
    seen = _seen(orders, totals, window, level)
    tests = _tests(seen, orders, totals, window, level, bands)
    parts = []
    for column, (name, history) in enumerate(histories.items()):
        n = len(history.days)
        own = {key: values[:n, column] for key, values in tests.items()}
        state = np.where(np.isnan(own["p"]), np.where(np.arange(n) < window.learn, "learning", "closed"), "ok")
        state[own["seasonal"]] = "season"
        state[own["flagged"]] = "alert"
        state[np.isnan(history.values)] = "unknown"
        state[np.isin(history.days, holidays)] = "holiday"
        dated = {
            "series": name,
            "day": history.days.astype("datetime64[s]"),
            "period": history.days.astype(str),
            "value": history.values,
            "state": state,
            "row": np.arange(n),
        }
        parts.append(pd.DataFrame(dated | own))
    return pd.concat(parts, ignore_index=True)


def _seen(orders: np.ndarray, totals: np.ndarray, window: Window, level: float) -> Watch:
    """As watch. One series is often watched several times in a row, by an alert rule and for unusual days: the last few
    are kept."""
    if totals.shape[1] > 1:
        return watch(orders, totals, window, level)
    key = (orders.tobytes(), totals.tobytes(), window, level)
    return WATCHED.get_or_make(key, lambda: watch(orders, totals, window, level))


def _tests(
    seen: Watch, orders: np.ndarray, totals: np.ndarray, window: Window, level: float, bands: bool
) -> dict[str, np.ndarray]:
    """Columns of `points`, each periods × series."""
    own_level = level / 2 if window.together else level
    judged = seen.orders > JUDGED
    judged[: window.learn] = False
    judged &= ~np.isnan(totals) & ~seen.seasonal
    alone = np.where(judged, seen.alone.chance(totals), np.nan)
    joint = np.where(judged & ~seen.flagged, seen.joint.chance(seen.total), np.nan) if window.together else alone
    p = np.minimum(2 * alone, 1) if window.together else alone
    jointly = joint < p
    expected = np.where(np.isnan(seen.orders), np.nan, np.where(seen.orders > JUDGED, seen.alone.mean, 0.0))
    lower = np.full_like(p, np.nan)
    upper = lower.copy()
    if bands:
        lower[judged], upper[judged] = seen.alone.at(judged).band(own_level)
    length = max(window.together, 1)
    total = np.where(jointly, seen.whole[:, 1], totals)
    usual = np.where(jointly, seen.usual[:, 1], expected)
    number = np.where(jointly, seen.whole[:, 0], orders)
    usual_number = np.where(jointly, seen.usual[:, 0], seen.orders)
    return {
        "expected": expected,
        "orders": number,
        "orders_expected": usual_number,
        "lower": lower,
        "upper": upper,
        "p": np.fmin(p, joint),
        "flagged": seen.flagged | seen.jointly,
        "days": np.where(jointly, length, 1),
        "total": total,
        "usual": usual,
        "above": total > usual,
        "shifted": seen.shifted,
        "seasonal": seen.seasonal,
    }


def _adjust(points: pd.DataFrame, series: int) -> None:
    """Adds q: p adjusted over the series of the same period."""
    days, row = np.unique(points["day"], return_inverse=True)
    column = pd.factorize(points["series"])[0]
    grid = np.full((len(days), series), np.nan)
    grid[row, column] = points["p"]
    for tests in grid:
        made = ~np.isnan(tests)
        tests[made] = benjamini_hochberg(tests[made])
    points["q"] = grid[row, column]


def _episodes(points: pd.DataFrame) -> pd.DataFrame:
    """One alert per episode: flagged periods of one series on one side, at most EPISODE_GAP quiet ones apart. It begins
    with the first flagged day or, where only seven days together are flagged, with the first of them."""
    hits = points[points["state"] == "alert"]
    if hits.empty:
        return _empty(ALERTS)
    begins = hits["row"] - hits["days"] + 1
    fresh = (
        (hits["series"] != hits["series"].shift())
        | (begins - hits["row"].shift() > EPISODE_GAP + 1)
        | (hits["above"] != hits["above"].shift())
    )
    rows = []
    for _, episode in hits.groupby(fresh.cumsum()):
        worst = episode.iloc[int(episode["p"].to_numpy().argmin())]
        first = episode.index[0]
        if (episode["days"] > 1).all():
            first = max(first - int(episode["days"].iloc[0]) + 1, first - int(episode["row"].iloc[0]))
        kind = "run" if worst["days"] > 1 else "spike"
        rows.append(
            {
                "series": worst["series"],
                "period": points["period"].iloc[first],
                "until": episode["period"].iloc[-1],
                "periods": episode.index[-1] - first + 1 if kind == "run" else len(episode),
                "direction": "up" if worst["above"] else "down",
                "kind": "shift" if episode["shifted"].any() else kind,
                "value": worst["total"],
                "expected": worst["usual"],
                "change": 100 * (worst["total"] / worst["usual"] - 1) if worst["usual"] else np.nan,
                "p": worst["p"],
                "q": worst["q"],
            }
        )
    return pd.DataFrame(rows, columns=ALERTS).sort_values(["period", "series"], ignore_index=True)


def _empty(columns: list[str]) -> pd.DataFrame:
    words = {"series", "period", "until", "direction", "kind", "state"}
    return pd.DataFrame({name: pd.Series(dtype="str" if name in words else "float64") for name in columns})
