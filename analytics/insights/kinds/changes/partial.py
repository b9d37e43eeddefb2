"""What must not be compared as it stands: years the data do not fill, and one name that is two places."""

from __future__ import annotations

import numpy as np

from analytics.calendar import TimeRange, add_months
from analytics.gazetteer import state_shape
from analytics.insights.claim import Claim, Value, change, count, money, period, text
from analytics.insights.company import Company
from analytics.insights.guard import Period
from analytics.schema import place_label, place_parts

SHOWN = 2  # names that are several places: the two with most money on the lesser ones
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
        if year.full or not ((cut_start and data_start) or (cut_end and data_end)):
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
    template = (
        "{year} is incomplete: the data hold {part} ({days} of {length} days, {revenue}), "
        "so it cannot be compared with a whole year."
    )
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
            template += " Over the same days of the year before, {before}, revenue was {base}: {change}."
    return Claim(
        template,
        evidence,
        {"year": year.name},
        "days",
        0.0,
        company.proof("year_over_year"),
        "Compare {year} only with the same days of other years.",
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
            "first": text(place_label(str(own["place"].iloc[0]))),
            "second": text(place_label(str(own["place"].iloc[1]))),
            "revenue": money(own["revenue"].iloc[0]),
            "second_revenue": money(own["revenue"].iloc[1]),
            "sum": money(own["revenue"].sum()),
        }
        also = "" if len(own) == 2 else ", and more"
        apart = _are_apart([place_parts(str(p)) for p in own["place"]])
        found.append(
            Claim(
                ("{name} is {places} places: " if apart else "{name} is booked under {places} regions: ")
                + "{first} with {revenue} and {second} with {second_revenue}"
                + also
                + ".",
                evidence,
                {"city": str(name)},
                "second_revenue",
                0.0,
                company.proof("revenue_by_city", {"city": (str(name),)}),
                "Count them apart: together they look like one place of {sum}."
                if apart
                else "If they are one place, it brings {sum}: give it one region in the source.",
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
