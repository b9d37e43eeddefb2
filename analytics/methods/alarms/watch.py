"""What was to be expected of each day, and of the seven days that end with it, given the days before?

One step ahead: the level is a discounted mean, with the discount that foresaw this series best so far, times what the
weekday sold of the level in the last 84 days. Errors of the past say how much days differ beyond the chance of single
orders (compound.py). Seven days together are compared with the level before them, so that a fall that lasts is not
learnt before it is seen. What is flagged leaves the level; seven flagged days on one side become the new one.

Source: discounted counts as in Harvey & Fernandes 1989 (Journal of Business & Economic Statistics 7(4)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.methods.alarms.compound import MOST_FREEDOM, Law
from analytics.methods.alarms.learning import TINY, Horizon, Noise, Values

WEIGHTS = np.array([0.02, 0.05, 0.12, 0.3, 0.6])  # of the newest period in the level: candidates
STEADY = 1  # the candidate by whose weight the mean value of an order is told
PRIOR = 5.0  # orders by which a weekday is drawn to the mean of all
CLOSED = 12.0  # orders that a weekday would have had, had it been open: none came, so it is closed
MOST_PULL = 3.0  # standard deviations by which one period may move the level
LEAST_LEVEL = 0.01  # orders a period
FEWEST_ORDERS = 5.0  # that a level rests on, unless it is the steadiest
MOST_LEFT_OUT = 2  # of the periods judged together
SCREEN = 0.5  # of the distance at which a normal total is flagged: below, none is
OVERLAP = 2.0  # sums of seven days, each a day later, that teach as much as one
FEWEST_FREEDOM = 3.0
AS_A_YEAR_BEFORE = 0.5  # of a difference (logarithm), which the same time of the year before must have had


@dataclass(frozen=True)
class Window:
    """How a grain is watched: season and window in periods, those that begin the level, those that only teach, how many
    flagged ones make a new level, how many are judged together (0: none), and how many are a year, give or take how
    many.
    """

    season: int
    length: int
    first: int
    learn: int
    shift: int
    together: int
    year: int
    about: int


@dataclass
class Watch:
    """What was seen, a row per period, a column per series.

    `alone`: the law of each period's total; `joint`: that of the periods judged together, `total` being their sum
    without periods flagged alone (NaN: not judged). `orders`: how many were expected of the period. `flagged`: alone,
    `jointly`: together with those before; `shifted`: the level became a new one; `seasonal`: unlikely, but as a year
    before. `whole` and `usual`: what all periods
    judged together brought, and would have brought at the level before them, (orders, totals) × series.
    """

    alone: Law
    joint: Law
    total: np.ndarray
    orders: np.ndarray
    flagged: np.ndarray
    jointly: np.ndarray
    shifted: np.ndarray
    seasonal: np.ndarray
    whole: np.ndarray
    usual: np.ndarray


def watch(orders: np.ndarray, totals: np.ndarray, window: Window, level: float) -> Watch:
    """Runs down the rows of periods × series, all series at once.

    `orders`: the numbers of orders behind the totals; NaN in either is unknown. `level`: below which p a period is
    flagged; a period that is judged alone and with those before has half of it alone. Series begin with a sale.
    """
    watcher = _Watcher(orders, totals, window, level)
    for t in range(window.first, len(totals)):
        watcher.step(t)
    return watcher.seen()


class _Watcher:
    """Arrays are (orders, totals) × series, the candidates of the level before them where there are some."""

    def __init__(self, orders: np.ndarray, totals: np.ndarray, window: Window, level: float) -> None:
        rows, columns = totals.shape
        self.window = window
        self.level = level
        self.known = ~np.isnan(orders + totals)
        self.pairs = np.where(self.known[:, None], np.stack([orders, totals], axis=1), 0.0)
        self.signed = np.asarray((self.pairs[:, 1] < 0).any(axis=0))
        self.may_be_negative = np.stack([np.zeros_like(self.signed), self.signed])
        self.kinds = np.arange(2)[:, None]
        self.columns = np.arange(columns)
        begin = slice(0, window.first)
        level_of_first = _usual(self.pairs[begin], self.known[begin])
        self.values = Values.of(self.pairs[begin, 0], self.pairs[begin, 1])
        self.over = np.minimum(1 / WEIGHTS, window.first)[:, None, None] * np.ones((1, 2, columns))
        self.sums = level_of_first * self.over
        self.worth = self.sums[STEADY].copy()  # orders and totals of the same periods, whichever gets a new level
        self.levels = np.zeros((rows, len(WEIGHTS), 2, columns))
        self.levels[begin] = level_of_first
        self.factors = np.ones((rows, 2, columns))
        self.entered = np.zeros((rows, 2, 2, columns))  # what a period adds to `seasons`
        self.seasons = np.zeros((window.season, 2, 2, columns))  # sold, and usual on a day of any kind
        self.kept = np.zeros((rows, 2, columns), dtype=bool)
        self.by_itself = Horizon(len(WEIGHTS), rows, columns)
        self.together = Horizon(len(WEIGHTS), rows, columns)
        self.run = np.zeros((2, columns), dtype=int)  # flagged periods in a row, negative when below
        self.since = np.full((2, columns), rows)  # periods since the level became a new one
        self.means = np.full((rows, 2, columns), np.nan)
        self.seasonal = np.zeros((rows, 2, columns), dtype=bool)
        self.joint_total = np.full((rows, 2, columns), np.nan)
        self.whole = np.full((rows, 2, columns), np.nan)
        self.usual = np.full((rows, 2, columns), np.nan)
        self.level_then = np.repeat(level_of_first[None], rows, axis=0)  # as it was, whatever became of it
        self.alone = np.zeros((rows, 2, columns), dtype=bool)
        self.jointly = np.zeros((rows, 2, columns), dtype=bool)
        self.shifted = np.zeros((rows, 2, columns), dtype=bool)
        for t in range(min(window.first, rows)):
            self._enter(t, np.where(self.known[t], self.pairs[t], level_of_first), level_of_first)

    def step(self, t: int) -> None:
        """Judges one period, and learns from it."""
        mean_value = np.maximum(self.worth[1] / np.maximum(self.worth[0], TINY), TINY)
        units = self._units(mean_value)
        factor = self._factor(t, units[0])
        least = np.full((2, len(mean_value)), LEAST_LEVEL)
        least[1] *= mean_value
        levels = np.maximum(self.sums / self.over, least)
        pair = self.pairs[t]
        open_day = self.known[t] & (factor[0] > 0)
        now = self._best(self.by_itself)
        law = self._law(self._chosen(levels, now) * factor, units, self.by_itself.noise, self._evidence(now), 1.0)
        error = np.where(open_day, pair - law.mean, 0.0)
        judged = t >= self.window.learn
        alone_level = self.level / 2 if self.window.together else self.level
        self.means[t] = law.mean
        found = open_day & judged & _unlikely(law, pair, alone_level)
        self.alone[t] = found & ~self._as_a_year_before(t, found, self.pairs, self.means)
        self.factors[t] = factor
        self.kept[t] = open_day & ~self.alone[t]
        self.levels[t] = self.sums / self.over
        self.level_then[t] = self._chosen(levels, now)
        self.by_itself.laws.append(law)
        side = np.sign(error)
        if self.window.together:
            side = np.where(self.alone[t], side, self._step_jointly(t, units, least))
        self.by_itself.compare(law, pair - levels * factor, self.kept[t])
        self.by_itself.learn(t, law, error, open_day)
        reach = MOST_PULL * np.sqrt(law.variance)
        seen = law.mean + np.clip(error, -reach, reach)
        self.worth = np.where(self.kept[t].all(axis=0), (1 - WEIGHTS[STEADY]) * self.worth + seen, self.worth)
        self._shift(t, side)
        self.values.learn(pair[0], pair[1], mean_value, open_day & ~self.alone[t].any(axis=0))
        weight = np.where(self.kept[t] & ~self.shifted[t], WEIGHTS[:, None, None], 0.0)
        self.sums = (1 - weight) * self.sums + (weight > 0) * seen
        self.over = (1 - weight) * self.over + (weight > 0) * factor
        usual = self._chosen(self.levels[t], now)
        sold = np.where(self.known[t] & (factor == 0), self.pairs[t], usual * factor)  # a closed day may open
        self._enter(t, np.where(self.kept[t], seen, sold), usual)

    def _step_jointly(self, t: int, units: np.ndarray, least: np.ndarray) -> np.ndarray:
        """Judges the periods that end with this one together, those flagged alone left out; on which side they are."""
        before = t - self.window.together
        span = slice(before + 1, t + 1)
        kept = self.kept[span]
        factor = np.where(kept, self.factors[span], 0.0).sum(axis=0)
        total = np.where(kept, self.pairs[span], 0.0).sum(axis=0)
        self.whole[t] = np.where(self.known[span][:, None], self.pairs[span], 0.0).sum(axis=0)
        open_factor = np.where(self.known[span][:, None], self.factors[span], 0.0).sum(axis=0)
        self.usual[t] = self.level_then[before + 1] * open_factor
        then = self._best(self.together)
        levels = np.maximum(self.levels[before + 1], least)
        mean = self._chosen(levels, then) * factor
        law = self._law(mean, units, self.together.noise, self._evidence(then), OVERLAP)
        left_out = (~self.known[span][:, None] | self.alone[span]).sum(axis=0)
        settled = self.since >= 2 * self.window.together  # the level before these periods is known again
        enough = (left_out <= MOST_LEFT_OUT) & (before >= self.window.first) & (factor > 0) & settled
        self.joint_total[t] = np.where(enough, total, np.nan)
        found = enough & self.kept[t] & (t >= self.window.learn) & _unlikely(law, total, self.level)
        self.jointly[t] = found & ~self._as_a_year_before(t, found, self.whole, self.usual)
        self.together.laws.append(law)
        self.together.compare(law, total - levels * factor, enough)
        self.together.learn(t, law, total - law.mean, enough)
        return np.asarray(np.sign(total - law.mean))

    def _as_a_year_before(self, t: int, found: np.ndarray, came: np.ndarray, usual: np.ndarray) -> np.ndarray:
        """Whether the same time of the year before differed as well, to the same side: then it is the season."""
        last = t - self.window.year
        if last - self.window.about < self.window.learn or not found.any():
            return np.zeros_like(found)
        span = slice(last - self.window.about, last + self.window.about + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            now = np.log(np.maximum(came[t], 0.0) / usual[t])
            then = np.log(np.maximum(came[span], 0.0) / usual[span])
            same = (then * np.sign(now) >= AS_A_YEAR_BEFORE * np.abs(now)).any(axis=0)
        self.seasonal[t] |= found & same
        return np.asarray(same)

    def _best(self, horizon: Horizon) -> np.ndarray:
        """The candidate that foresaw best, for each series, of those that rest on some orders."""
        loss = np.where(self.sums[:, :1] < FEWEST_ORDERS, np.inf, horizon.loss)
        loss[0] = horizon.loss[0]
        return np.asarray(loss.argmin(axis=0))

    def _chosen(self, candidates: np.ndarray, place: np.ndarray) -> np.ndarray:
        """The value of the chosen candidate."""
        return np.asarray(candidates[place, self.kinds, self.columns])

    def _evidence(self, place: np.ndarray) -> np.ndarray:
        """Number of orders behind the chosen level."""
        return np.asarray(self.sums[place, 0, self.columns])

    def _units(self, mean_value: np.ndarray) -> np.ndarray:
        """What an order counts in the lower and in the upper tail: 1 in numbers of orders."""
        unit, large = self.values.units(mean_value, self.signed)
        units = np.ones((2, 2, len(unit)))
        units[0, 1] = unit
        units[1, 1] = large
        return units

    def _factor(self, t: int, unit: np.ndarray) -> np.ndarray:
        """What this place in the season sells of the level; 0 where it is closed."""
        if self.window.season == 1:
            return np.ones_like(unit)
        sold, usual = self.seasons[:, 0], self.seasons[:, 1]
        factors = (sold + PRIOR * unit) / (usual + PRIOR * unit)
        closed = (sold[:, :1] == 0) & (usual[:, :1] > CLOSED)
        factors = np.where(closed, 0.0, factors)
        factors[:, 1] = np.where(self.signed, factors[:, 0], factors[:, 1])
        return np.asarray(factors[t % self.window.season] / np.maximum(factors.mean(axis=0), TINY))

    def _law(self, mean: np.ndarray, units: np.ndarray, noise: Noise, orders: np.ndarray, overlap: float) -> Law:
        """`orders`: how many the level rests on; of few, it is as uncertain as they are few."""
        mean = np.maximum(mean, TINY)
        own = np.maximum(noise.own, 1 / (np.maximum(orders, 0) + 0.5))
        estimated = own * mean / (units[0] + own * mean)
        freedom = np.clip(noise.seen / overlap / np.maximum(estimated, 1e-3) ** 2, FEWEST_FREEDOM, MOST_FREEDOM)
        return Law(mean, units[0], units[1], own, freedom, self.may_be_negative)

    def _shift(self, t: int, side: np.ndarray) -> None:
        """Periods flagged in a row on one side become the new level."""
        hit = self.alone[t] | self.jointly[t]
        side = np.where(hit, side, 0).astype(int)
        run = np.where(np.sign(self.run) == side, self.run + side, side)
        self.since = self.since + 1
        self.run = np.where(hit, run, np.where(self.known[t] & (self.factors[t] > 0), 0, self.run))
        lasting = np.abs(self.run) >= self.window.shift
        if not lasting.any():
            return
        span = slice(t - self.window.shift + 1, t + 1)
        known = self.known[span][:, None] & (self.factors[span] > 0)
        sold = np.where(known, self.pairs[span], 0.0).sum(axis=0)
        level = sold / np.maximum(np.where(known, self.factors[span], 0.0).sum(axis=0), TINY)
        self.worth = np.where(lasting.any(axis=0), sold, self.worth)
        self.over = np.where(lasting, np.minimum(self.over, self.window.shift), self.over)
        self.sums = np.where(lasting, level * self.over, self.sums)
        self.since = np.where(lasting, 0, self.since)
        since = slice(max(t - self.window.shift - self.window.together, 0), t + 1)
        for horizon in (self.by_itself, self.together):
            horizon.noise.forget(np.where(lasting, horizon.excess[since].sum(axis=0), 0.0))
        self.levels[span] = np.where(lasting, level, self.levels[span])
        self.shifted[t] = lasting
        self.run = np.where(lasting, 0, self.run)

    def _enter(self, t: int, sold: np.ndarray, usual: np.ndarray) -> None:
        """Keeps what the season is told by: the last `length` periods."""
        place = t % self.window.season
        self.entered[t] = sold, usual
        self.seasons[place] += self.entered[t]
        if t >= self.window.length:
            self.seasons[place] -= self.entered[t - self.window.length]

    def seen(self) -> Watch:
        """The totals' part of it."""
        rows, _, columns = self.pairs.shape
        alone = _stacked(self.by_itself.laws, rows, columns)
        joint = _stacked(self.together.laws, rows, columns)
        return Watch(
            alone, joint, self.joint_total[:, 1], _means(self.by_itself.laws, rows, columns),
            self.alone[:, 1], self.jointly[:, 1], self.shifted[:, 1], self.seasonal[:, 1], self.whole,
            self.usual,
        )  # fmt: skip


def _usual(pairs: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The mean of the first periods, single peaks cut off."""
    values = np.where(known[:, None], pairs, np.nan)
    some = known.any(axis=0)
    values[:, :, ~some] = 0.0
    low, high = np.nanquantile(values, (0.1, 0.9), axis=0)
    cut = np.nanmean(np.clip(values, low, high), axis=0)
    return np.asarray(np.where(cut == 0, np.nanmean(values, axis=0), cut))


def _unlikely(law: Law, value: np.ndarray, level: float) -> np.ndarray:
    """Where chance alone would hardly take the value as far from its mean."""
    from scipy.special import ndtri

    found = np.zeros(value.shape, dtype=bool)
    far = np.abs(value - law.mean) > -SCREEN * ndtri(level / 2) * np.sqrt(law.variance)
    if far.any():
        found[far] = law.at(far).chance(value[far]) < level
    return found


def _stacked(laws: list[Law], rows: int, columns: int) -> Law:
    """The totals' laws as rows; blank for the periods before the first."""

    def of(name: str) -> np.ndarray:
        values = np.full((rows, columns), np.nan)
        if laws:
            values[rows - len(laws) :] = [getattr(law, name)[1] for law in laws]
        return values

    signed = np.broadcast_to(laws[0].signed[1] if laws else np.zeros(columns, dtype=bool), (rows, columns))
    return Law(of("mean"), of("unit"), of("large"), of("own"), of("freedom"), signed)


def _means(laws: list[Law], rows: int, columns: int) -> np.ndarray:
    """How many orders were expected, as rows."""
    values = np.full((rows, columns), np.nan)
    if laws:
        values[rows - len(laws) :] = [law.mean[0] for law in laws]
    return values
