"""Growth: the largest rises and falls from one full month, or quarter, to the next.

These are facts of a ledger, not samples. A test of their days decides which are worth telling, and whether chance is
named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.calendar import Grain, add_months
from analytics.insights.claim import Claim, Value, a_day, change, count, money, percent, period
from analytics.insights.company import Company
from analytics.insights.days import MOST_PERIODS, PeriodDays
from analytics.insights.guard import Period
from analytics.insights.kinds.portrait.periods import totals_of
from analytics.insights.significance import LEVEL, SHOWN_A_SIDE, adjusted

FEW_ORDERS = 10  # of a period, below which a change from or to it is no growth
OTHER_STEPS = 4  # from which what is typical is told
MANY = 100  # orders of both periods from which …
BEYOND_TYPICAL = 3.0  # … a change by this many times the typical one is not called possible chance
RARE = 2.0  # orders a day, below which they are told by the week
LARGE = 50.0  # % from which a change is shown, and named as possible chance, even where no test supports it


def by_month(company: Company) -> list[Claim]:
    """The largest changes between consecutive full months."""
    return _changes(company, "month")


def by_quarter(company: Company) -> list[Claim]:
    """The largest changes between consecutive full quarters."""
    return _changes(company, "quarter")


@dataclass(frozen=True)
class _Step:
    """From one full period to the next; revenue and orders of both."""

    grain: Grain
    before: Period
    now: Period
    revenue: np.ndarray
    orders: np.ndarray
    typical: float  # % by which revenue moves at the other steps; NaN where they are few
    q: float


def _changes(company: Company, grain: Grain) -> list[Claim]:
    """Nothing rises from or falls to periods of fewer than FEW_ORDERS orders: 3 that become 7 are no growth."""
    periods = company.coverage.full(grain)
    if not 2 <= len(periods) <= MOST_PERIODS:
        return []
    revenue, orders = totals_of(company, periods)
    step = np.diff(revenue)
    q = adjusted(PeriodDays.of(company, periods).steps())
    ranked = np.argsort(-np.abs(step), kind="stable")
    rises = [i for i in ranked if step[i] > 0][:SHOWN_A_SIDE]
    falls = [i for i in ranked if step[i] < 0][:SHOWN_A_SIDE]
    moved = np.abs(step) / np.where(revenue[:-1] > 0, revenue[:-1], np.nan) * 100
    enough = (np.minimum(orders[1:], orders[:-1]) >= FEW_ORDERS) & (np.minimum(revenue[1:], revenue[:-1]) > 0)
    enough[-1] &= not _told_as_a_whole(company, grain, periods[-1])
    return [
        _claim(
            company,
            _Step(
                grain=grain,
                before=periods[i],
                now=periods[i + 1],
                revenue=revenue[i : i + 2],
                orders=orders[i : i + 2],
                typical=_typical(np.delete(moved, i)),
                q=float(q[i]),
            ),
        )
        for i in (*rises, *falls)
        if enough[i] and (q[i] <= LEVEL or moved[i] >= LARGE)
    ]


def _told_as_a_whole(company: Company, grain: Grain, last: Period) -> bool:
    """Whether how revenue compares is told of the last full month against the one before (expected.py)."""
    a_year_before = add_months(last.span.start, -12) >= company.now.bounds.start
    return grain == "month" and company.now.base is None and not a_year_before


def _claim(company: Company, step: _Step) -> Claim:
    before, now, revenue, orders = step.before, step.now, step.revenue, step.orders
    rose = revenue[1] > revenue[0]
    worth = revenue / orders
    evidence = {
        "period": period(now.name),
        "before": period(before.name),
        "change": change((revenue[1] / revenue[0] - 1) * 100),
        "by": percent(abs(revenue[1] / revenue[0] - 1) * 100),
        "revenue": money(revenue[1]),
        "revenue_before": money(revenue[0]),
        "orders": count(orders[1]),
        "orders_before": count(orders[0]),
        "worth": money(worth[1]),
        "worth_before": money(worth[0]),
        "orders_a_day": a_day(orders[1] / now.length),
        "revenue_a_day": money(revenue[1] / now.length),
        "orders_a_week": a_day(7 * orders[1] / now.length),
        "missing": count(np.ceil(abs(revenue[1] - revenue[0]) / worth[1])),
        "a_day": change((revenue[1] / now.length / (revenue[0] / before.length) - 1) * 100),
        "days": count(now.length),
        "days_before": count(before.length),
        "q": Value(step.q, "p"),
    }
    caveats = ["growth.unequal.but"] if now.length != before.length else []
    year_before = _year_before(company, step)
    usual = 0.0  # % that was to be expected
    if year_before is not None and (year_before > 0) == rose:
        usual = year_before
        evidence["year_before"] = change(year_before)
        caveats.append(f"growth.season.{step.grain}.but")
    elif not np.isnan(step.typical):
        evidence["typical"] = percent(step.typical)
        caveats.append(f"growth.typical.{step.grain}.but")
    if step.q > LEVEL and not usual and not _beyond_typical(step):
        caveats.append("growth.chance.but")
    return Claim(
        "growth.rose" if rose else "growth.fell",
        evidence,
        {step.grain: now.name},
        "change",
        abs(revenue[1] - revenue[0] * (1 + usual / 100)),
        company.proof("growth_over_time", grain=step.grain),
        (_driver(orders, worth), _plan(step)),
        tuple(caveats),
    )


def _typical(moved: np.ndarray) -> float:
    known = moved[np.isfinite(moved)]
    return float(np.median(known)) if len(known) >= OTHER_STEPS else np.nan


def _year_before(company: Company, step: _Step) -> float | None:
    """The change (%) between the same two periods of the year before; None where they are not known."""
    known = {p.span.start: p for p in company.history.coverage.full(step.grain)}
    earlier = [known.get(add_months(p.span.start, -12)) for p in (step.before, step.now)]
    if None in earlier:
        return None
    first, last = (float(company.history.daily(p.span).sum()) for p in earlier if p)
    return (last / first - 1) * 100 if first > 0 else None


def _plan(step: _Step) -> str:
    """The sentence that says what to plan for after a rise, or what would have made up for a fall."""
    if step.revenue[1] < step.revenue[0]:
        return "growth.missing.do"
    if _driver(step.orders, step.revenue / step.orders) == "growth.larger_orders.do":
        return "growth.last_money.do"
    return "growth.last_week.do" if step.orders[1] < RARE * step.now.length else "growth.last.do"


def _beyond_typical(step: _Step) -> bool:
    """Whether a period of many orders moved so much more than others do that chance is no explanation, though too few
    days are known for a test."""
    moved = abs(step.revenue[1] / step.revenue[0] - 1) * 100
    return bool(min(step.orders) >= MANY and moved > BEYOND_TYPICAL * step.typical)


def _driver(orders: np.ndarray, worth: np.ndarray) -> str:
    """The sentence that says whether more of the change is the number of orders or what each was worth."""
    by_orders = float(np.log(orders[1] / orders[0]))
    by_worth = float(np.log(worth[1] / worth[0]))
    if abs(by_orders) >= abs(by_worth):
        return "growth.more_orders.do" if by_orders > 0 else "growth.fewer_orders.do"
    return "growth.larger_orders.do" if by_worth > 0 else "growth.smaller_orders.do"
