"""Which days stand out, beyond what their weekday, their level and their usual noise explain?

The detector looks one step ahead: logarithm, weekday medians, an exponentially weighted level, and the one-step error
measured against the median absolute error of the last 84 days, as Student t with 8 degrees of freedom. Whatever is
flagged stays out of the baseline. Sources: Benjamini & Hochberg 1995 (JRSS B 57) for many series at once; window
lengths as in the practice of web analytics.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.calendar import Calendar, Day, Grain
from analytics.errors import RequestError
from analytics.methods.inference.false_discovery import benjamini_hochberg
from analytics.methods.timeseries.series import History, days_of, history_of

POINTS = ["series", "period", "value", "expected", "lower", "upper", "p", "q", "state"]
ALERTS = ["series", "period", "until", "periods", "direction", "kind", "value", "expected", "change", "p", "q"]
SMALL_COUNT = 50  # whole numbers below this are skewed in logarithms
EPISODE_GAP = 2  # quiet periods that do not end an episode
FEW_ZEROS = 0.05  # up to this share of non-positive values may be outages of a series that is otherwise far from zero
FAR_FROM_ZERO = 0.3  # … that is, whose low values (5 % of the positive ones) exceed this share of its median


@dataclass(frozen=True)
class Window:
    """How a grain is watched: season and window in periods, those that only teach, the level's weight, the tail, a
    shift's length.
    """

    season: int
    length: int
    first: int
    learn: int
    weight: float
    freedom: int
    shift: int


WINDOWS: dict[Grain, Window] = {
    "day": Window(season=7, length=84, first=28, learn=84, weight=0.15, freedom=8, shift=7),
    "week": Window(season=1, length=32, first=8, learn=32, weight=0.15, freedom=5, shift=4),
}


@dataclass(frozen=True)
class Anomalies:
    """`points`: a row per series and whole period; value, expected and its band (unit of the series), p, q (adjusted
    over the series of that period), state: ok, alert, learning, holiday, unknown.

    `alerts`: a row per episode, by period and series: first and last flagged period, how many, direction (up, down),
    kind ("spike", or "shift" where the new level lasted and became the baseline), and of its most unlikely period
    value, expected, change (%), p, q.
    """

    points: pd.DataFrame
    alerts: pd.DataFrame


@dataclass(frozen=True)
class Scale:
    """The scale on which a series is judged, with the least spread that is believed there.

    Logarithm where values stay away from zero (floor 1 % of the median). Else, and for small whole numbers, the square
    root of counts (of money: of amounts the size of a small period's): there the purest chance has a spread of 0.5, so
    a rare sale is no alarm.
    """

    logarithm: bool
    unit: float
    least: float

    @classmethod
    def of(cls, values: np.ndarray) -> Scale:
        """The scale that suits these values."""
        known = values[~np.isnan(values)]
        positive = known[known > 0]
        if not len(positive):
            return cls(logarithm=False, unit=1.0, least=0.5)
        middle = float(np.median(positive))
        zeros = len(known) - len(positive)
        low = float(np.quantile(positive, 0.05))
        if middle < SMALL_COUNT and (known == np.round(known)).all():
            return cls(logarithm=False, unit=1.0, least=0.5)
        if zeros == 0 or (zeros <= FEW_ZEROS * len(known) and low > FAR_FROM_ZERO * middle):
            return cls(logarithm=True, unit=middle, least=0.01)
        return cls(logarithm=False, unit=low, least=0.5)

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Values on the scale."""
        relative = values / self.unit
        if self.logarithm:
            return np.asarray(np.log(np.maximum(relative, 0.01)))
        return np.asarray(np.sqrt(np.maximum(relative, 0) + 0.375))

    def back(self, scaled: np.ndarray) -> np.ndarray:
        """Values of the scale in the unit of the series."""
        if self.logarithm:
            return np.asarray(np.exp(scaled) * self.unit)
        return np.asarray(np.maximum(np.maximum(scaled, 0) ** 2 - 0.375, 0) * self.unit)


@dataclass
class Watch:
    """What the detector saw, a row per period, a column per series, on the scale of each; NaN where nothing was
    tested.
    """

    expected: np.ndarray
    spread: np.ndarray
    p: np.ndarray
    shifted: np.ndarray


def watch(scaled: np.ndarray, window: Window, level: float, least: np.ndarray) -> Watch:
    """Runs the detector down the rows of `scaled` (NaN: unknown), all columns at once. `level`: p below which a value
    leaves the baseline.
    """
    from scipy.special import stdtr, stdtrit

    rows, columns = scaled.shape
    scale_per_mad = 1 / float(stdtrit(window.freedom, 0.75))
    nothing = np.full((rows, columns), np.nan)
    seen = Watch(nothing, nothing.copy(), nothing.copy(), np.zeros((rows, columns), dtype=bool))
    if rows <= window.first:
        return seen
    start = scaled[: window.first]
    base = np.array([np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0 for column in start.T])
    above = np.zeros((rows, columns))  # value minus the previous level
    above[: window.first] = np.where(np.isnan(start), 0.0, start - base)
    errors = np.zeros((rows, columns))
    run = np.zeros(columns, dtype=int)  # flagged periods in a row, negative when below
    for t in range(window.first, rows):
        effect = _season_effect(above, t, window)
        error = scaled[t] - base - effect
        known = ~np.isnan(error)
        past = np.abs(errors[max(window.first, t - window.length) : t])
        usual = _median(past) if len(past) else np.zeros(columns)
        spread = scale_per_mad * usual
        if (spread == 0).any() and len(past):
            spread = np.where(spread == 0, np.sqrt((past**2).mean(axis=0)), spread)
        spread = np.maximum(spread, least)
        flagged = np.zeros(columns, dtype=bool)
        if t >= window.learn:
            p = 2 * stdtr(window.freedom, -np.abs(error) / spread)
            flagged = known & (p < level)
            seen.p[t] = p
            seen.spread[t] = np.where(known, spread, np.nan)
        seen.expected[t] = base + effect
        kept = known & ~flagged
        above[t] = np.where(kept, effect + error, effect)
        errors[t] = np.where(kept, error, usual)
        move = np.clip(np.where(kept, error, 0.0), -3 * spread, 3 * spread) if len(past) >= window.season else error
        base = base + window.weight * np.where(kept, move, 0.0)
        side = np.where(flagged, np.sign(error), 0).astype(int)
        run = np.where(flagged, np.where(np.sign(run) == side, run + side, side), np.where(known, 0, run))
        lasting = np.abs(run) >= window.shift
        if lasting.any():
            latest = slice(t - window.shift + 1, t + 1)
            recent = scaled[latest, lasting] - seen.expected[latest, lasting]
            base[lasting] += np.nanmedian(recent, axis=0)
            seen.shifted[t, lasting] = True
            run[lasting] = 0
    return seen


def _as_table(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """The frame; a series as its only column, named "value" where it has no name."""
    if isinstance(frame, pd.DataFrame):
        return frame
    return frame.to_frame("value" if frame.name is None else frame.name)


def _median(rows: np.ndarray) -> np.ndarray:
    """np.median over the first axis of numbers that are all known, in a fifth of its time."""
    low = (len(rows) - 1) // 2
    high = len(rows) // 2
    parted = np.partition(rows, (low, high), axis=0)
    return np.asarray(0.5 * (parted[low] + parted[high]))


def _season_effect(above: np.ndarray, t: int, window: Window) -> np.ndarray:
    """What row t's place in the season adds to the level: its median over the window, against that of all places."""
    if window.season == 1:
        return np.zeros(above.shape[1])
    seasons = min(t, window.length) // window.season
    recent = above[t - seasons * window.season : t].reshape(seasons, window.season, -1)
    medians = _median(recent)
    return np.asarray(medians[0] - medians.mean(axis=0))


def anomalies(
    frame: pd.DataFrame | pd.Series,
    *,
    spacing: Grain | None = None,
    holidays: Iterable[date | Day | str] | None = None,
    partial: Iterable[bool] | None = None,
    data_until: date | Day | str | None = None,
    calendar: Calendar | None = None,
    additive: bool = True,
    level: float = 0.001,
    false_share: float = 0.05,
) -> Anomalies:
    """On which days (or weeks) did something happen, that chance does not explain?

    `frame`: values by the first day of each period, a column per series (or one Series); periods, NaN,
    `partial`, `data_until` and `additive` as in `series.history_of`. A series begins at its first non-zero value.
    `level`: the p below which a value is flagged; with several series its q over those of the same period must also be
    ≤ `false_share`. Days in `holidays` are neither judged nor learnt from. The first 84 days (32 weeks) of a series
    only teach. Seven flagged days (four weeks) on one side become the new level.

    An empty frame, or one too short, gives points in state "learning" and no alerts. Raises DataError for what is no
    dated series of finite numbers, RequestError for another grain or level.
    """
    if not 0 < level < 1 or not 0 < false_share < 1:
        raise RequestError(f"probabilities between 0 and 1 are needed, not {level} and {false_share}.", where="level")
    table = _as_table(frame)
    marks = None if partial is None else list(partial)
    histories = {
        str(name): _from_first_sale(
            history_of(
                table[name], spacing=spacing, partial=marks, data_until=data_until, calendar=calendar, additive=additive
            )
        )
        for name in table.columns
    }
    histories = {name: history for name, history in histories.items() if len(history.days)}
    if not histories:
        return Anomalies(_empty(POINTS), _empty(ALERTS))
    grain = next(iter(histories.values())).grain
    if grain not in WINDOWS:
        raise RequestError(f"anomalies are looked for by {' or '.join(WINDOWS)}, not by {grain}.", where="spacing")
    closed = days_of(holidays)
    points = _judged(histories, WINDOWS[grain], closed, level)
    _adjust(points, len(histories))
    unlikely = (points["p"] < level) & ((len(histories) == 1) | (points["q"] <= false_share))
    points["state"] = points["state"].mask(unlikely & (points["state"] == "ok"), "alert")
    return Anomalies(points[POINTS].reset_index(drop=True), _episodes(points, WINDOWS[grain]))


def _from_first_sale(history: History) -> History:
    sold = np.flatnonzero(np.nan_to_num(history.values) != 0)
    first = sold[0] if len(sold) else len(history.values)
    return History(history.days[first:], history.values[first:], history.grain, history.calendar)


def _judged(histories: dict[str, History], window: Window, holidays: np.ndarray, level: float) -> pd.DataFrame:
    """A row per series and period with its test. Series begin at row 0 whenever they began: places in the season stay
    aligned.
    """
    from scipy.special import stdtrit

    longest = max(len(history.days) for history in histories.values())
    scales = [Scale.of(history.values) for history in histories.values()]
    scaled = np.full((longest, len(histories)), np.nan)
    for column, (history, scale) in enumerate(zip(histories.values(), scales, strict=True)):
        values = np.where(np.isin(history.days, holidays), np.nan, history.values)
        scaled[: len(values), column] = scale.forward(values)
    seen = watch(scaled, window, level, np.array([scale.least for scale in scales]))
    reach = -stdtrit(window.freedom, level / 2) * seen.spread
    parts = []
    for column, (name, history) in enumerate(histories.items()):
        n = len(history.days)
        scale = scales[column]
        p = seen.p[:n, column]
        state = np.where(np.isnan(p), "learning", "ok")
        state[np.isnan(history.values)] = "unknown"
        state[np.isin(history.days, holidays)] = "holiday"
        middle = seen.expected[:n, column]
        parts.append(
            pd.DataFrame(
                {
                    "series": name,
                    "day": history.days.astype("datetime64[s]"),
                    "period": history.days.astype(str),
                    "value": history.values,
                    "expected": scale.back(middle),
                    "lower": scale.back(middle - reach[:n, column]),
                    "upper": scale.back(middle + reach[:n, column]),
                    "p": p,
                    "state": state,
                    "above": scaled[:n, column] > middle,
                    "shifted": seen.shifted[:n, column],
                    "row": np.arange(n),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


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


def _episodes(points: pd.DataFrame, window: Window) -> pd.DataFrame:
    """One alert per episode: flagged periods of one series on one side, at most EPISODE_GAP quiet ones apart."""
    hits = points[points["state"] == "alert"]
    if hits.empty:
        return _empty(ALERTS)
    fresh = (
        (hits["series"] != hits["series"].shift())
        | (hits["row"].diff() > EPISODE_GAP + 1)
        | (hits["above"] != hits["above"].shift())
    )
    rows = []
    for _, episode in hits.groupby(fresh.cumsum()):
        worst = episode.iloc[int(episode["p"].to_numpy().argmin())]
        rows.append(
            {
                "series": worst["series"],
                "period": episode["period"].iloc[0],
                "until": episode["period"].iloc[-1],
                "periods": len(episode),
                "direction": "up" if worst["above"] else "down",
                "kind": "shift" if episode["shifted"].any() else "spike",
                "value": worst["value"],
                "expected": worst["expected"],
                "change": 100 * (worst["value"] / worst["expected"] - 1) if worst["expected"] else np.nan,
                "p": worst["p"],
                "q": worst["q"],
            }
        )
    return pd.DataFrame(rows, columns=ALERTS).sort_values(["period", "series"], ignore_index=True)


def _empty(columns: list[str]) -> pd.DataFrame:
    words = {"series", "period", "until", "direction", "kind", "state"}
    return pd.DataFrame({name: pd.Series(dtype="str" if name in words else "float64") for name in columns})
