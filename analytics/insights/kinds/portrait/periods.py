"""Peaks and troughs: which month stands out, and whether it does so every year. Months are judged by their mean day, as
they differ in length."""

from __future__ import annotations

import numpy as np

from analytics.calendar import TimeRange
from analytics.insights.claim import Claim, Value, change, count, money, percent, period, text
from analytics.insights.claim import months as months_of_year
from analytics.insights.company import Company
from analytics.insights.days import MOST_PERIODS, PeriodDays
from analytics.insights.guard import Period
from analytics.insights.significance import FEWEST, LEVEL, adjusted

FEWEST_MONTHS = 4  # of fewer, one is always far from the average
MOST_PEAKS = 3  # months that can share a yearly peak
AROUND = 6  # months on either side, with which the same month of another year is compared
ALIKE = 5.0  # % within which two months are told as equally strong, where chance explains the rest


def totals_of(company: Company, periods: list[Period]) -> tuple[np.ndarray, np.ndarray]:
    """Revenue and orders of consecutive full periods."""
    place = np.repeat(np.arange(len(periods)), [p.length for p in periods])
    span = TimeRange(periods[0].span.start, periods[-1].span.end)
    return np.bincount(place, company.daily(span)), np.bincount(place, company.daily(span, "orders"))


def peak_and_trough(company: Company) -> list[Claim]:
    """Which full month made the most a day, and which the least? Is it apart from all the others?"""
    months = company.coverage.full("month")
    if not FEWEST_MONTHS <= len(months) <= MOST_PERIODS:
        return []
    revenue, _ = totals_of(company, months)
    days = PeriodDays.of(company, months, alike=True)
    p = days.against_rest()
    q = adjusted(p)
    a_day = revenue / days.lengths
    found = []
    for side in (1, -1):
        at, second = (int(i) for i in np.argsort(-side * a_day, kind="stable")[:2])
        if q[at] <= LEVEL and revenue.mean() > 0:
            alike = abs(a_day[second] / a_day[at] - 1) * 100 <= ALIKE and days.pair(at, second) > LEVEL
            found.append(
                _extreme(company, months, revenue, at, second if alike else None, float(p[at]), float(q[at]), side > 0)
            )
    return found


def _extreme(
    company: Company,
    months: list[Period],
    revenue: np.ndarray,
    at: int,
    second: int | None,
    p: float,
    q: float,
    peak: bool,
) -> Claim:
    month = months[at]
    average = float(revenue.mean())
    evidence = {
        "month": period(month.name),
        "name": months_of_year([int(month.name[5:])]),
        "revenue": money(revenue[at]),
        "apart": change((revenue[at] / average - 1) * 100),
        "by": percent(abs(revenue[at] / average - 1) * 100),
        "average": money(average),
        "a_day": money(revenue[at] / month.length),
        "q": Value(q, "p"),
    }
    caveats: tuple[str, ...] = () if company.history.coverage.seasons_can_show else ("extreme.few_years.but",)
    if second is not None:
        evidence["second"] = period(months[second].name)
        evidence["second_a_day"] = money(revenue[second] / months[second].length)
        caveats = ("extreme.as_strong.but" if peak else "extreme.as_weak.but", *caveats)
    elif at != int(revenue.argmax() if peak else revenue.argmin()):
        caveats = ("extreme.by_day.but", *caveats)
    side = "strongest" if peak else "weakest"
    return Claim(
        f"extreme.{side}",
        evidence,
        {"month": month.name},
        "apart",
        abs(revenue[at] - average),
        company.proof("revenue_over_time", grain="month"),
        f"extreme.{side}{_in_other_years(company, month, peak)}.do",
        caveats,
        p,
        q,
    )


def _in_other_years(company: Company, month: Period, peak: bool) -> str:
    """What is known of the same month of other years: ".new" where there is none, ".once" where one of them was not on
    the same side of the months around it, "" where all were."""
    known = company.history.coverage.full("month")
    others = [i for i, m in enumerate(known) if m.name[5:] == month.name[5:] and m.name != month.name]
    if not others:
        return ".new"
    a_day = totals_of(company.history, known)[0] / np.array([m.length for m in known])
    usual = [np.mean(a_day[max(i - AROUND, 0) : i + AROUND + 1]) for i in others]
    return "" if all((a_day[i] > mean) == peak for i, mean in zip(others, usual, strict=True)) else ".once"


def seasonality(company: Company) -> list[Claim]:
    """Do the same months lead every year, by their mean day? Over the whole history up to the end of the range, where
    it holds two or more whole years; an F-test of months against what changes from year to year. Up to MOST_PEAKS
    months share a peak where each of them was above all others in every year.
    """
    coverage = company.history.coverage
    if not coverage.seasons_can_show:
        return []
    years = coverage.whole_years
    names = list(years)
    inside = [month for year in years.values() for month in year]
    revenue, orders = totals_of(company.history, inside)
    table = revenue.reshape(len(years), 12)
    a_day = table / np.array([m.length for m in inside]).reshape(len(years), 12)
    if (table <= 0).any() or orders.sum() < FEWEST * 12:
        return []
    p = months_alike(a_day)
    peaks = peaks_of(a_day)
    if p > LEVEL or not peaks:
        return []
    start = int(inside[0].name[5:]) - 1
    numbers = [str((start + month) % 12 + 1) for month in peaks]
    shares = table / table.sum(axis=1, keepdims=True) * 100
    together = table[:, peaks].sum(axis=1)
    evidence = {
        "month": months_of_year([int(n) for n in numbers]),
        "years": count(len(years)),
        "first": money(together[0]),
        "first_year": text(names[0]),
        "last": money(together[-1]),
        "last_year": text(names[-1]),
        "share": percent(shares[:, peaks].sum(axis=1).mean()),
        "q": Value(p, "p"),
    }
    role = "one" if len(peaks) == 1 else "several"
    return [
        Claim(
            f"seasonality.{role}",
            evidence,
            {"month": numbers[0]},
            "share",
            float((together - len(peaks) * table.mean(axis=1)).mean()),
            company.proof("year_over_year"),
            f"seasonality.{role}.do",
            ("seasonality.seen.but",),
            p,
            p,
        )
    ]


def months_alike(a_day: np.ndarray) -> float:
    """p that the months (years × 12 mean days, above 0) differ only as they do from year to year: an F-test on their
    logarithms, two-way without interaction."""
    from scipy.special import fdtrc

    logs = np.log(a_day)
    by_month = logs.mean(axis=0)
    left = logs - by_month - logs.mean(axis=1)[:, None] + logs.mean()
    freedom = 11 * (len(a_day) - 1)
    f = (len(a_day) * ((by_month - logs.mean()) ** 2).sum() / 11) / max((left**2).sum() / freedom, 1e-12)
    return float(fdtrc(11, freedom, f))


def peaks_of(a_day: np.ndarray) -> list[int]:
    """The fewest months, up to MOST_PEAKS, that were above all others in every year (years × 12 mean days)."""
    order = np.argsort(-a_day.mean(axis=0), kind="stable")
    for size in range(1, MOST_PEAKS + 1):
        inside, outside = order[:size], order[size:]
        if (a_day[:, inside].min(axis=1) > a_day[:, outside].max(axis=1)).all():
            return sorted(int(month) for month in inside)
    return []
