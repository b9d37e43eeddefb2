"""Groups of customers: which of them leave, whose new customers come back more seldom, and how many good customers are
lapsing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from analytics.calendar import ONE_DAY, TimeRange
from analytics.insights.claim import Claim, Proof, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.kinds.changes.season import came_then, year_ago
from analytics.insights.kinds.portrait.worth import people_of
from analytics.insights.proofs import side_by_side
from analytics.insights.significance import LEVEL, adjusted
from analytics.methods.customers.groups import departures, returning
from analytics.questions.customers.segments import LAPSING, newly_lapsing, scored
from analytics.schema import MISSING
from analytics.selection import Clause

GROUPS = ("segment", "age_group", "gender", "channel", "country")
WON_THROUGH = ("channel",)
MOST_GROUPS = 12
HORIZON = 90  # days within which a second order is waited for, where the data reach over three times as many
SHORT_HORIZON = 30
COHORT_DAYS = 365  # first orders of one year
LEAVING = 0.9  # of the customers expected: a smaller lag is no news
MATERIAL = 0.85  # of the rate of all others: a smaller lag is no news


FIRST = Clause("new_or_returning", ("New",))


def departing_group(company: Company) -> list[Claim]:
    """Which group of customers buys no longer, while the others go on?"""
    if company.now.before is None:
        return []
    own = tuple(f.name for f in company.fields.own if f.level == "customer")
    tables = [(field, table) for field in (*GROUPS, *own) if (table := _active(company, field)) is not None]
    tried = [departures(*(t[name].to_numpy(float) for name in ("base", "now", "both"))) for _, t in tables]
    q = adjusted(np.concatenate([p for _, p in tried]) if tried else [])
    found: list[Claim] = []
    start = 0
    for (field, table), (expected, p) in zip(tables, tried, strict=True):
        rates = q[start : start + len(p)]
        start += len(p)
        short = (expected - table["now"].to_numpy(float)) * table["worth"].to_numpy(float)
        kept = table["both"] / table["base"].clip(lower=1)
        others = (table["both"].sum() - table["both"]) / (table["base"].sum() - table["base"]).clip(lower=1)
        away = (table["now"].to_numpy(float) < LEAVING * expected) & (kept <= others).to_numpy()
        left = [
            at
            for at in map(int, np.flatnonzero((rates <= LEVEL) & away))
            if not _rests(company, field, table.index[at], float(table["now"].iloc[at] / expected[at]))
        ]
        if left:
            worst = int(left[np.argmax(short[left])])
            row = table.iloc[worst].copy()
            found.append(
                _leaves(company, field, table, row, float(expected[worst]), float(p[worst]), float(rates[worst]))
            )
    return sorted(found, key=lambda claim: -claim.gap)[:1]


def _rests(company: Company, field: str, name: object, part: float) -> bool:
    """Whether the group bought less in the same range a year ago too; `part`: of those expected, how many came now."""
    then = year_ago(company)
    table = None if then is None else _active(then, field)
    if table is None or name not in table.index:
        return False
    expected, p = departures(*(table[column].to_numpy(float) for column in ("base", "now", "both")))
    at = list(table.index).index(name)
    return came_then(part - 1, float(table["now"].iloc[at]) / max(float(expected[at]), 1.0) - 1, float(p[at]))


def _active(company: Company, field: str) -> pd.DataFrame | None:
    """Customers who bought, by the values of a field: base, now, both, and worth (revenue of each in the base)."""
    before = company.now.before
    if field not in company or before is None or not 2 <= len(company.groups(field)) <= MOST_GROUPS:
        return None
    now, base = (
        company.aggregate([field], ["customers", "known_revenue"], s).set_index(field) for s in (company.now, before)
    )
    names = [v for v in now.index.union(base.index) if str(v) != MISSING]
    table = pd.DataFrame(
        {
            "base": base["customers"].reindex(names).fillna(0),
            "now": now["customers"].reindex(names).fillna(0),
            "worth": (base["known_revenue"] / base["customers"].where(base["customers"] > 0)).reindex(names).fillna(0),
        }
    )
    table["both"] = 0.0
    if before.span.end == company.now.span.start:  # who bought in either, less who bought in one: who bought in both
        whole = company.now.at(TimeRange(before.span.start, company.now.span.end))
        either = company.aggregate([field], ["customers"], whole).set_index(field)["customers"]
        table["both"] = (table["base"] + table["now"] - either.reindex(names).fillna(0)).clip(lower=0)
    return table


def _leaves(
    company: Company, field: str, table: pd.DataFrame, row: pd.Series, expected: float, p: float, q: float
) -> Claim:
    others = table.drop(index=row.name)[["base", "now", "both"]].sum()
    lost = (expected - float(row["now"])) * float(row["worth"])
    evidence = {
        "name": text(company.label(field, row.name)),
        "customers": count(row["now"]),
        "customers_base": count(row["base"]),
        "by": percent(abs(float(row["now"]) / float(row["base"]) - 1) * 100),
        "expected": count(round(expected)),
        "others": change((float(others["now"]) / float(others["base"]) - 1) * 100),
        "kept": percent(100 * float(row["both"]) / float(row["base"])),
        "others_kept": percent(100 * float(others["both"]) / float(others["base"])),
        "stayed_away": count(float(row["base"]) - float(row["both"])),
        "lost": money(lost),
        "base_span": company.base_span,
        "q": Value(q, "p"),
    }
    known = float(others["both"]) > 0
    return Claim(
        ("departing_group.fewer", "departing_group.kept") if known else "departing_group.fewer",
        evidence,
        {field: str(row.name)},
        "by",
        lost,
        side_by_side(company, field, str(row.name)),
        "departing_group.do" if known else "departing_group.do_shorter",
        (),
        p,
        q,
    )


def worse_repeat(company: Company) -> list[Claim]:
    """Whose new customers come back more seldom than those of all other channels?"""
    if company.now.clauses:  # under a filter, "the first order" is only the first that the filter keeps
        return []
    tables = [(field, t) for field in WON_THROUGH if (t := _won(company, field)) is not None]
    tried = [returning(t["won"].to_numpy(float), t["back"].to_numpy(float)) for _, t in tables]
    q = adjusted(np.concatenate([p for _, p in tried]) if tried else [])
    found: list[Claim] = []
    start = 0
    for (field, table), (others, p) in zip(tables, tried, strict=True):
        rates = q[start : start + len(p)]
        start += len(p)
        own = (table["back"] / table["won"].clip(lower=1)).to_numpy(float)
        missing = (others - own) * table["won"].to_numpy(float) * table["worth"].to_numpy(float)
        news = np.flatnonzero((rates <= LEVEL) & (own < MATERIAL * others))
        if len(news):
            worst = int(news[np.argmax(missing[news])])
            found.append(
                _repeats(company, field, table.iloc[worst], float(others[worst]), float(p[worst]), float(rates[worst]))
            )
    return sorted(found, key=lambda claim: -claim.gap)[:1]


def _won(company: Company, field: str) -> pd.DataFrame | None:
    """Customers by the field of their first order: won (whose horizon has passed), back (ordered again within it),
    worth (revenue of those within it, each), horizon."""
    groups = company.groups(field)
    if not 2 <= len(groups) <= MOST_GROUPS:
        return None
    firsts = _first_orders(company)
    if firsts is None:
        return None
    rows = []
    for value in map(str, groups[field]):
        chosen = company.history.now.at(firsts.attrs["span"]).only(FIRST, Clause(field, (value,)))
        codes = company.entities("order", chosen).columns["code"]
        own = firsts[np.isin(firsts["order"].to_numpy(), codes)]
        rows.append((value, len(own), int(own["back"].sum()), float(own["later"].sum())))
    table = pd.DataFrame(rows, columns=["value", "won", "back", "later"]).set_index("value")
    worth = float(table["later"].sum()) / max(float(table["back"].sum()), 1.0)
    return table.assign(worth=worth, horizon=int(firsts.attrs["horizon"]), days=firsts.attrs["span"].days)


def _first_orders(company: Company) -> pd.DataFrame | None:
    """The first order of each customer won in the last year whose horizon has passed: order, back, later (revenue of
    the orders within the horizon after it)."""
    return company.once("first orders", lambda: _watched(company))


def _watched(company: Company) -> pd.DataFrame | None:
    span = company.history.now.span
    horizon = next((h for h in (HORIZON, SHORT_HORIZON) if span.days >= 3 * h), 0)
    if not horizon:
        return None
    end = span.end - horizon * ONE_DAY
    start = max(span.start + horizon * ONE_DAY, end - COHORT_DAYS * ONE_DAY)  # who comes first in the data may be old
    if start >= end:
        return None
    history = company.history.now
    new = company.entities("order", history.at(TimeRange(start, end)).only(FIRST)).frame(
        "code", "customer", "ordered_at"
    )
    first = new[new["customer"] >= 0].drop_duplicates("customer").set_index("customer")
    orders = company.entities("order", history.at(TimeRange(start, span.end))).frame(
        "customer", "ordered_at", "revenue"
    )
    orders = orders[(orders["customer"] >= 0) & (orders["revenue"] > 0)]  # a document that only refunds is no order
    won_at = first["ordered_at"].reindex(orders["customer"]).to_numpy("datetime64[D]")
    since = orders["ordered_at"].to_numpy("datetime64[D]") - won_at
    soon = orders[(since > 0 * ONE_DAY) & (since <= horizon * ONE_DAY)]  # false for customers won before
    later = soon.groupby("customer")["revenue"].sum().reindex(first.index)
    found = pd.DataFrame(
        {
            "order": first["code"].to_numpy(),
            "back": later.notna().to_numpy(bool),
            "later": later.fillna(0.0).to_numpy(float),
        }
    )
    found.attrs.update(horizon=horizon, span=TimeRange(start, end))
    return found


def _repeats(company: Company, field: str, row: pd.Series, others: float, p: float, q: float) -> Claim:
    own = float(row["back"]) / float(row["won"])
    missing = (others - own) * float(row["won"])
    every_day = replace(company.query, range="all")  # a month alone shows nobody who came back within 90 days
    part = min(1.0, company.now.span.days / float(row["days"]))  # of the days in which they were won
    evidence = {
        "name": text(company.label(field, row.name)),
        "what": text(company.fields[field].plural),
        "won": count(row["won"]),
        "back": count(row["back"]),
        "rate": percent(100 * own),
        "others": percent(100 * others),
        "horizon": count(row["horizon"]),
        "missing": count(round(missing)),
        "worth": money(row["worth"]),
        "lost": money(missing * float(row["worth"])),
        "gap": money(missing * float(row["worth"]) * part),
        "watched": count(row["days"]),
        "q": Value(q, "p"),
    }
    return Claim(
        "worse_repeat",
        evidence,
        {"won_through": str(row.name)},  # not the channel itself: why it rose or fell is another story
        "rate",
        missing * float(row["worth"]) * part,
        Proof("cohort_retention", every_day.with_clause(Clause(field, (str(row.name),))).to_query()),
        "worse_repeat.do" if part == 1 else "worse_repeat.do_part",
        ("worse_repeat.but",),
        p,
        q,
    )


def lapsing(company: Company) -> list[Claim]:
    """Who was a good customer at the start of the range and is lapsing at its end, and what have they spent in all, as
    their list says? The gap is what they spent in a year of their time as customers: their silence does not shrink
    it.

    Not told where their silence has cost nothing, or is not known to have: the list would say so, and ask for nothing.
    """
    now, bounds = company.now, company.now.bounds
    if not now.span.days or now.span.start <= bounds.start or "rfm_segment" not in company:
        return []
    before = now.at(TimeRange(bounds.start, now.span.start))
    was, is_now = (company.once(("scored", s), partial(scored, company.engine, s)) for s in (before, now))
    new = newly_lapsing(was, is_now)
    spent = is_now.loc[new, "monetary"]
    if not len(new) or spent.sum() <= 0:
        return []
    people, _tested = people_of(company)
    if "at_stake" not in people or not people["at_stake"].reindex(new).sum() > 0:
        return []
    times = company.entities("customer", now.to_date).frame("code", "first", "last").set_index("code").loc[new]
    years = (times["last"] - times["first"]).dt.days / 365
    lost = float((spent / years.clip(lower=1.0)).clip(lower=0).sum())
    evidence = {"customers": count(len(new)), "spent": money(float(spent.sum()))}
    about = {"rfm_segment": LAPSING[0]}
    listed = company.proof("churn_risk", option=("who", "new"))
    return [Claim("lapsing", evidence, about, "customers", lost, listed, "lapsing.do")]
