"""Peaks and troughs: which month stands out, and whether it does so every year."""

from __future__ import annotations

import numpy as np

from analytics.insights.claim import Claim, Value, change, count, money, percent, period, text
from analytics.insights.company import Company
from analytics.insights.guard import Period
from analytics.insights.significance import FEWEST, LEVEL, DailyNoise, adjusted
from analytics.schema import MONTHS

FEWEST_MONTHS = 4  # of fewer, one is always far from the average
FEW_YEARS = "Fewer than two whole years are there: whether this returns every year cannot be told yet."


def months_of(company: Company, periods: list[Period]) -> tuple[np.ndarray, np.ndarray, DailyNoise]:
    """Revenue and orders of consecutive full periods, and how much their days vary."""
    lengths = [p.length for p in periods]
    place = np.repeat(np.arange(len(periods)), lengths)
    span = type(periods[0].span)(periods[0].span.start, periods[-1].span.end)
    revenue = company.daily(span)
    orders = company.daily(span, "orders")
    return np.bincount(place, revenue), np.bincount(place, orders), DailyNoise.of(revenue, place)


def peak_and_trough(company: Company) -> list[Claim]:
    """Which full month made the most, and which the least? Tested a day: is it apart from all the others?"""
    months = company.coverage.full("month")
    if len(months) < FEWEST_MONTHS:
        return []
    revenue, _, noise = months_of(company, months)
    p = noise.against_rest()
    q = adjusted(p)
    found = []
    for at, peak in ((int(revenue.argmax()), True), (int(revenue.argmin()), False)):
        if q[at] <= LEVEL and revenue.mean() > 0:
            found.append(_extreme(company, months, revenue, at, float(p[at]), float(q[at]), peak))
    return found


def _extreme(
    company: Company, months: list[Period], revenue: np.ndarray, at: int, p: float, q: float, peak: bool
) -> Claim:
    month = months[at]
    average = float(revenue.mean())
    year = month.name[:4]
    in_year = [i for i, m in enumerate(months) if m.name[:4] == year]
    whole_year = len(in_year) == 12
    whole = float(revenue[in_year].sum() if whole_year else revenue.sum())
    evidence = {
        "month": period(month.name),
        "name": text(MONTHS[int(month.name[5:]) - 1]),
        "revenue": money(revenue[at]),
        "share": percent(revenue[at] / whole * 100),
        "whole": text(year) if whole_year else text(f"the {len(months)} full months of the range"),
        "apart": change((revenue[at] / average - 1) * 100),
        "average": money(average),
        "q": Value(q, "p"),
    }
    role = "the strongest" if peak else "the weakest"
    advice = (
        "Have stock, staff and delivery ready before {name} comes round again, and check whether it returns."
        if peak
        else (
            "Find out what was missing in {month}: fewer orders, or smaller ones; costs that do not shrink weigh "
            "most there."
        )
    )
    return Claim(
        f"{{month}} was {role} month: {{revenue}}, {{share}} of {{whole}} and {{apart}} against the average month.",
        evidence,
        {"month": month.name},
        "apart",
        abs(revenue[at] - average),
        company.proof("revenue_over_time", grain="month"),
        advice,
        () if company.history.coverage.seasons_can_show else (FEW_YEARS,),
        p,
        q,
    )


def seasonality(company: Company) -> list[Claim]:
    """Does the same month lead every year? Over the whole history up to the end of the range, where it holds two or
    more whole years; an F-test of months against what changes from year to year.
    """
    from scipy.special import fdtrc

    coverage = company.history.coverage
    if not coverage.seasons_can_show:
        return []
    years = coverage.whole_years
    names = list(years)
    inside = [month for year in years.values() for month in year]
    revenue, orders, _ = months_of(company.history, inside)
    table = revenue.reshape(len(years), 12)
    if (table <= 0).any() or orders.sum() < FEWEST * 12:
        return []
    logs = np.log(table)
    by_month = logs.mean(axis=0)
    by_year = logs.mean(axis=1)
    left = logs - by_month - by_year[:, None] + logs.mean()
    freedom = 11 * (len(years) - 1)
    f = (len(years) * ((by_month - logs.mean()) ** 2).sum() / 11) / max((left**2).sum() / freedom, 1e-12)
    p = float(fdtrc(11, freedom, f))
    shares = table / table.sum(axis=1, keepdims=True) * 100
    lead = int(shares.mean(axis=0).argmax())
    every_year = bool((table.argmax(axis=1) == lead).all())
    if p > LEVEL or not every_year:
        return []
    start = int(inside[0].name[5:]) - 1
    average = table.mean(axis=1)
    evidence = {
        "month": text(MONTHS[(start + lead) % 12]),
        "years": count(len(years)),
        "first": money(table[0, lead]),
        "first_year": text(names[0]),
        "last": money(table[-1, lead]),
        "last_year": text(names[-1]),
        "share": percent(shares[:, lead].mean()),
        "q": Value(p, "p"),
    }
    month = str((start + lead) % 12 + 1)
    return [
        Claim(
            "{month} was the peak of each of the {years} whole years ({first} in {first_year}, {last} in "
            "{last_year}): {share} of a year on average.",
            evidence,
            {"month": month},
            "share",
            float((table[:, lead] - average).mean()),
            company.proof("year_over_year"),
            "Plan the year around {month}: buy, hire and advertise before it, and judge it against the same "
            "month of the year before.",
            ("Seen in {years} years; {q} for months that differ alike every year.",),
            p,
            p,
        )
    ]
