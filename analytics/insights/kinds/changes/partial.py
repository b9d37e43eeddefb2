"""What must not be compared as it stands: years the data do not fill, a last day that was cut short, and one name that
is two places."""

from __future__ import annotations

import numpy as np

from analytics.calendar import ONE_DAY, TimeRange, add_months
from analytics.gazetteer import state_shape
from analytics.insights.claim import Claim, Value, change, count, money, period, text
from analytics.insights.company import Company
from analytics.insights.guard import Period
from analytics.methods.timeseries.silences import cut_short
from analytics.schema import place_parts

SHOWN = 2  # names that are several places: the two with most money on the lesser ones
NEARLY_WHOLE = 0.98  # of a year's days; with as many, it may be compared with a whole year
DAYS_BEFORE = 28  # by which a last day is judged, …
WEEKS_BEFORE = 10  # … or this number of days of the same weekday
CUT = 0.01  # how likely a last day as short must be by chance
FEWEST_DAYS = 28  # a shorter part of a year says nothing against the same days of another


def partial_years(company: Company) -> list[Claim]:
    """Years that the data (not the chosen range) leave incomplete; compared over the same days where the year before
    has them."""
    now = company.now
    data_end = now.span.end == now.bounds.end
    data_start = now.span.start == now.bounds.start
    found = []
    for year in company.coverage.periods("year"):
        cut_start = year.span.start < now.span.start
        cut_end = year.span.end > company.coverage.covered.end
        nearly = year.days >= NEARLY_WHOLE * year.length
        chosen = not year.span.clipped(now.bounds.span).within(now.span)  # the range leaves out days that the data have
        if year.full or nearly or chosen or not ((cut_start and data_start) or (cut_end and data_end)):
            continue
        found.append(_partial(company, year))
    return found


def _partial(company: Company, year: Period) -> Claim:
    inside = year.span.clipped(company.now.span)
    revenue = float(company.aggregate([], ["revenue"], company.now.at(inside))["revenue"].iloc[0])
    evidence = {
        "year": period(year.name),
        "days": count(inside.days),
        "length": count(year.length),
        "revenue": money(revenue),
        "part": Value(str(inside), "span"),
    }
    says: tuple[str, ...] = ("partial_year",)
    before = TimeRange(add_months(inside.start, -12), add_months(inside.end, -12))
    shared = (
        inside.days >= FEWEST_DAYS
        and inside.end <= company.coverage.covered.end
        and before.within(company.now.bounds.span)
    )
    if shared:
        base = float(company.aggregate([], ["revenue"], company.now.at(before))["revenue"].iloc[0])
        if base > 0:
            evidence |= {
                "before": Value(str(before), "span"),
                "base": money(base),
                "change": change((revenue / base - 1) * 100),
            }
            says = ("partial_year", "partial_year.same_days")
    return Claim(
        says,
        evidence,
        {"year": year.name},
        "days",
        0.0,
        company.proof("year_over_year"),
        "partial_year.do",
    )


def ends_early(company: Company) -> list[Claim]:
    """Does the last day of the data stop before its usual end, although nobody declared where complete days end?"""
    now = company.now
    if company.engine.profile.data_until or now.span.end != now.bounds.end or now.span.days < 2 or now.clauses:
        return []
    start = max(now.bounds.start, now.bounds.end - (DAYS_BEFORE + 1) * ONE_DAY)
    span = TimeRange(start, now.bounds.end)
    if "hour" not in company:
        return _too_few(company, span)
    frame = company.aggregate(["period", "hour"], ["orders", "revenue"], now.at(span).by("day"))
    place = (frame["period"].astype(str).to_numpy("datetime64[D]") - span.start).astype(int)
    hour = frame["hour"].to_numpy(int)
    last = int(hour[place == span.days - 1].max(initial=-1))
    if last < 0:
        return []
    later = hour > last
    orders = np.bincount(place[later], frame["orders"].to_numpy(float)[later], minlength=span.days)
    p = cut_short(orders[:-1], 0.0)
    if p > CUT:
        return []
    missing = float(frame["revenue"].to_numpy(float)[later].sum()) / (span.days - 1)
    evidence = {
        "day": period(str(now.span.last)),
        "hour": text(company.label("hour", last + 1)),
        "days": count(span.days - 1),
        "missing": money(missing),
        "usual": count(round(float(orders[:-1].mean()))),
        "q": Value(p, "p"),
    }
    return [_ends(company, "ends_early.hour", evidence, missing, p)]


def _too_few(company: Company, span: TimeRange) -> list[Claim]:
    """The last day against the same weekdays before, where the data tell no hours."""
    now = company.now
    wider = TimeRange(max(now.bounds.start, now.bounds.end - WEEKS_BEFORE * 7 * ONE_DAY - ONE_DAY), now.bounds.end)
    orders = company.history.daily(wider, "orders")[::-1]  # the last day first, then every seventh before it
    same = orders[7::7]
    p = cut_short(same, float(orders[0]))
    if p > CUT or not company.history.daily(span).sum() > 0:
        return []
    revenue = company.history.daily(wider)[::-1]
    missing = float(revenue[7::7].mean() - revenue[0])
    evidence = {
        "day": period(str(now.span.last)),
        "orders": count(orders[0]),
        "expected": count(round(float(same.mean()))),
        "missing": money(max(missing, 0.0)),
        "q": Value(p, "p"),
    }
    return [_ends(company, "ends_early.day", evidence, max(missing, 0.0), p)]


def _ends(company: Company, says: str, evidence: dict[str, Value], missing: float, p: float) -> Claim:
    day = company.now.span.last
    return Claim(
        says,
        evidence,
        {"day": str(day)},
        "missing",
        missing,
        company.proof("revenue_over_time", grain="day"),
        "ends_early.do",
        (),
        p,
        p,
        day,
    )


def namesakes(company: Company) -> list[Claim]:
    """City names that stand for several places, or under which one place is booked several times, and what each
    brings."""
    frame = company.groups("place")
    levels = [len(place_parts(str(p))) for p in frame["place"]]
    if not len(frame) or max(levels) < 2:
        return []
    names = np.array([place_parts(str(p))[-1] for p in frame["place"]], dtype=object)
    found = []
    for name in dict.fromkeys(names):
        own = frame[(names == name)]
        if not name or len(own) < 2:
            continue
        evidence = {
            "name": text(name),
            "places": count(len(own)),
            "first": text(company.label("place", own["place"].iloc[0])),
            "second": text(company.label("place", own["place"].iloc[1])),
            "revenue": money(own["revenue"].iloc[0]),
            "second_revenue": money(own["revenue"].iloc[1]),
            "sum": money(own["revenue"].sum()),
            "more": count(len(own) - 2),
        }
        apart = _are_apart([place_parts(str(p)) for p in own["place"]])
        case = "apart" if apart else "regions"
        found.append(
            Claim(
                (f"namesakes.{case}", "namesakes.revenue", *(("namesakes.more",) if len(own) > 2 else ())),
                evidence,
                {"city": str(name)},
                "second_revenue",
                0.0,
                company.proof("revenue_by_city", {"city": (str(name),)}),
                "" if apart else "namesakes.regions.do",
            )
        )
    return sorted(found, key=lambda c: -float(c.evidence["second_revenue"].value))[:SHOWN]


def _are_apart(places: list[tuple[str, ...]]) -> bool:
    """Are places of one name surely different: in different countries, or in states of the U.S.?

    A region may as well be a sales territory, and then one city may be booked in two.
    """
    paths = [p[:-1] for p in places]
    countries = {p[0] for p in paths if p}
    if len(countries) == len(places):
        return True
    return all(len(p) > 1 and state_shape(p[1]) for p in paths)
