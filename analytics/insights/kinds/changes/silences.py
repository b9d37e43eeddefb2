"""What stopped selling for days: a product that was perhaps out of stock, a place or channel that the data perhaps
lack, days without any order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.calendar import ONE_DAY, TimeRange
from analytics.insights.claim import Claim, Value, a_day, count, money, percent, period, text
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL, adjusted
from analytics.methods.timeseries.silences import Silence, silences
from analytics.selection import Clause

PARTS = ("country", "place", "channel")  # from coarse to fine
MOST_DAYS = 760  # looked back over: two years show what a season's end is
MOST_SERIES = 120  # the largest products, places or channels
LONGEST = 120  # days; a longer silence is no stock-out
FEWEST_DAYS = 2
FEWEST_CLOSED = 3  # days without any order; fewer are holidays
RARE = 0.05  # of the mean: a weekday that sells less is closed
TOLD = 2
WORTH_DAYS = 56  # before a silence: what an order with it brought

CASES = {  # what was counted of a product that was not sold, and whether it was sold again: which sentence
    ("unknown", True): "gap",
    ("unknown", False): "open",
    ("out", True): "out",
    ("out", False): "out_now",
    ("there", True): "in_stock",
    ("there", False): "in_stock",
}


@dataclass(frozen=True)
class Quiet:
    """A silence of one value of a dimension within the range: its days, what they would have brought, and q."""

    value: str
    days: TimeRange
    resumed: bool
    orders: float
    worth: float
    p: float
    q: float

    @property
    def lost(self) -> float:
        """The revenue that would have been expected."""
        return self.orders * self.worth


def lost_sales(company: Company) -> list[Claim]:
    """Which steadily sold products were not sold for days, and what would they have brought?"""
    return company.once("lost sales", lambda: _lost_sales(company))


def _lost_sales(company: Company) -> list[Claim]:
    if not _judges(company):
        return []
    start = company.now.span.start
    found = [quiet for quiet in _quiet(company, "product") if quiet.resumed or quiet.days.start > start]
    return [_product(company, quiet) for quiet in found[:TOLD]]  # what the whole range lacks is a product that is gone


def missing_parts(company: Company) -> list[Claim]:
    """From which places, channels or payment methods did orders stop for days while all others went on?"""
    if not _judges(company):
        return []
    found: dict[TimeRange, Claim] = {}
    own = tuple(f.name for f in company.fields.own if f.level == "order")  # such as stores
    for field in (*PARTS, *own):
        if field in company:
            for quiet in _quiet(company, field):
                found.setdefault(quiet.days, _part(company, field, quiet))  # a country's cities are silent with it
    return sorted(found.values(), key=lambda claim: -claim.gap)[:TOLD]


def missing_days(company: Company) -> list[Claim]:
    """On which days was nothing sold at all, although orders come on every such weekday?"""
    if not _judges(company):
        return []
    span = _window(company)
    daily = company.history.daily(span, "orders")
    weekday = (span.start.astype(int) + np.arange(span.days)) % 7
    usual = np.bincount(weekday, daily, minlength=7) / np.maximum(np.bincount(weekday, minlength=7), 1)
    usual = np.where(usual < RARE * usual.mean(), 0.0, usual)
    if not usual.any():
        return []
    found = silences(daily[None, :], usual[weekday] / usual.mean())
    sold = company.history.daily(span)
    news = [s for s in found if s.end - s.start >= FEWEST_CLOSED and _within(company, span, s) and s.p <= LEVEL]
    return [_no_orders(company, span, silence, _worth(daily, sold, silence.start)) for silence in news[:TOLD]]


def _judges(company: Company) -> bool:
    """Whether the range can be judged: filters on lines would make silences of their own."""
    return company.now.span.days > 0 and all(company.fields[c.field].level != "line" for c in company.now.clauses)


def _window(company: Company) -> TimeRange:
    """The days looked at: those before the range too, up to its last complete day."""
    end = min(company.now.span.end, company.now.bounds.until)
    return TimeRange(max(company.now.bounds.start, end - MOST_DAYS * ONE_DAY), end)


def _within(company: Company, span: TimeRange, silence: Silence) -> bool:
    """Whether it ends within the range, or is still going on."""
    return bool(span.start + silence.end * ONE_DAY > company.now.span.start) and silence.end - silence.start <= LONGEST


def _quiet(company: Company, field: str) -> list[Quiet]:
    """The silences of a dimension's values that chance cannot explain, most lost first."""
    span = _window(company)
    groups = company.groups(field, ("revenue", "orders"))
    if len(groups) < 2 or span.days < 1:
        return []
    values = [str(v) for v in groups[field][:MOST_SERIES]]
    orders, sold = _series(company, field, values, span, few=len(groups) <= MOST_SERIES)
    total = company.history.daily(span, "orders")
    others = np.maximum(total - orders, 0.0)
    mean = others.mean(axis=1, keepdims=True)
    exposure = np.divide(others, mean, out=np.zeros_like(others), where=mean > 0)
    found = silences(orders, exposure)
    p = np.ones(len(values))
    for silence in found:
        p[silence.series] = min(p[silence.series], silence.p)
    q = adjusted(p)
    kept = []
    for s in found:
        if s.p <= LEVEL and q[s.series] <= LEVEL and s.end - s.start >= FEWEST_DAYS and _within(company, span, s):
            days = TimeRange(span.start + s.start * ONE_DAY, span.start + s.end * ONE_DAY)
            worth = _worth(orders[s.series], sold[s.series], s.start)
            kept.append(Quiet(values[s.series], days, s.resumed, s.expected, worth, s.p, float(q[s.series])))
    return sorted(kept, key=lambda quiet: -quiet.lost)


def _series(
    company: Company, field: str, values: list[str], span: TimeRange, *, few: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Orders and gross revenue of each value on each day."""
    chosen = company.now.at(span).by("day")
    if not few and not any(c.field == field for c in chosen.clauses):
        chosen = replace(chosen, clauses=tuple(sorted((*chosen.clauses, Clause(field, tuple(values))))))
    frame = company.aggregate([field, "period"], ["orders", "gross"], chosen)
    row = frame[field].astype(str).map({v: n for n, v in enumerate(values)})
    known = row.notna().to_numpy()
    at = row[known].to_numpy(int)
    day = (frame["period"].astype(str)[known].to_numpy("datetime64[D]") - span.start).astype(int)
    found = []
    for metric in ("orders", "gross"):
        matrix = np.zeros((len(values), span.days))
        matrix[at, day] = frame[metric].to_numpy(float)[known]
        found.append(matrix)
    return found[0], found[1]


def _worth(orders: np.ndarray, sold: np.ndarray, start: int) -> float:
    """What an order brought in the weeks before."""
    before = slice(max(start - WORTH_DAYS, 0), start)
    return float(sold[before].sum() / max(orders[before].sum(), 1.0))


def _evidence(quiet: Quiet, name: str) -> dict[str, Value]:
    days = quiet.days.days
    return {
        "name": text(name),
        "days": count(days),
        "span": Value(str(quiet.days), "span"),
        "first": period(str(quiet.days.start)),
        "a_day": a_day(quiet.orders / days),
        "orders": count(round(quiet.orders)),
        "lost": money(quiet.lost),
        "a_week": money(quiet.lost / days * 7),
        "two_weeks": count(round(quiet.orders / days * 14)),
        "q": Value(quiet.q, "p"),
    }


def _product(company: Company, quiet: Quiet) -> Claim:
    counted = _counted(company, quiet)
    case = CASES[_stock(counted), quiet.resumed]
    evidence = _evidence(quiet, company.label("product", quiet.value)) | {"on_hand": count(counted or 0)}
    return Claim(
        (f"lost_sales.{case}", "lost_sales.missed"),
        evidence,
        {"product": quiet.value},
        "days",
        quiet.lost,
        company.proof("revenue_over_time", {"product": (quiet.value,)}, grain="day"),
        f"lost_sales.{case}.do",
        ("lost_sales.but",),
        quiet.p,
        quiet.q,
        quiet.days.start,
    )


def _stock(counted: float | None) -> str:
    if counted is None:
        return "unknown"
    return "there" if counted > 0 else "out"


def _counted(company: Company, quiet: Quiet) -> float | None:
    """The least number of pieces counted in those days; None where nobody counted."""
    if "stock" not in company:
        return None
    table = company.engine.table("stock").dropna(subset=["on_hand"])
    day = table["date"].to_numpy("datetime64[D]")
    own = (table["product"].astype(str) == quiet.value) & (day >= quiet.days.start) & (day < quiet.days.end)
    pieces = table[own].groupby("date")["on_hand"].sum()
    return float(pieces.min()) if len(pieces) else None


def _part(company: Company, field: str, quiet: Quiet) -> Claim:
    share = quiet.lost / quiet.days.days * company.now.span.days / company.revenue if company.revenue > 0 else 0.0
    evidence = _evidence(quiet, company.label(field, quiet.value)) | {
        "what": text(company.fields[field].label.lower()),
        "share": percent(min(100 * share, 100.0)),
    }
    case = "gap" if quiet.resumed else "open"
    return Claim(
        (f"missing_part.{case}", "missing_part.others"),
        evidence,
        {field: quiet.value},
        "days",
        quiet.lost,
        company.proof("revenue_over_time", {field: (quiet.value,)}, grain="day"),
        f"missing_part.{case}.do",
        (),
        quiet.p,
        quiet.q,
        quiet.days.start,
    )


def _no_orders(company: Company, span: TimeRange, silence: Silence, worth: float) -> Claim:
    days = TimeRange(span.start + silence.start * ONE_DAY, span.start + silence.end * ONE_DAY)
    quiet = Quiet("", days, silence.resumed, silence.expected, worth, silence.p, silence.p)
    case = "gap" if quiet.resumed else "open"
    return Claim(
        f"missing_days.{case}",
        _evidence(quiet, ""),
        {"day": str(days.start)},
        "days",
        quiet.lost,
        company.proof("revenue_over_time", grain="day"),
        f"missing_days.{case}.do",
        (),
        quiet.p,
        quiet.q,
        days.start,
    )
