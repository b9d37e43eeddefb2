"""What customers will be worth: on which segment the next year depends, and how much hangs on who may not come back.

Expectations of models, not counts: the sentences say so, and so do their caveats.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, Value, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST, LEVEL, normal_p
from analytics.questions.customers.models import CustomerModels
from analytics.questions.customers.prospects import SOON, WEEKS, people_ahead
from analytics.questions.customers.segments import ACTIONS, rfm_migration
from analytics.ranges import parse_span

DEPENDENT = 20.0  # % of the expected value from one segment …
WORTH_SAYING = 0.25  # of the value on schedule: less is what the model sees by chance where nobody quits
BEYOND = 1.5  # … that is at least this multiple of its share of the customers
GIVEN_UP = ("Lost", "Lost Customers", "Hibernating", "Others")  # hardly customers even then
SHARED = 1.5  # so much more than of independent customers varies a balance of all: by simulation, days that carry .9
FELL = ("down", "gone")
ROSE = ("up", "new")


def dependence_on_segment(company: Company) -> list[Claim]:
    """Does the next year depend on one segment of customers?"""
    people, tested = people_of(company)
    if len(people) < FEWEST or not people["value"].sum() > 0:
        return []
    by = people.groupby("rfm_segment")["value"].agg(["sum", "size"]).sort_values("sum", ascending=False, kind="stable")
    name = str(by.index[0])
    value = float(by["sum"].iloc[0])
    customers = int(by["size"].iloc[0])
    share = value / people["value"].sum() * 100
    of_all = customers / len(people) * 100
    if len(by) < 2 or share < DEPENDENT or share < BEYOND * of_all:
        return []
    evidence = {
        "segment": text(company.label("rfm_segment", name)),
        "value": money(value),
        "share": percent(share),
        "customers": count(customers),
        "of_all": percent(of_all),
        "each": money(value / customers),
        "weeks": count(WEEKS),
        "action": text(ACTIONS[name]),
    }
    return [
        Claim(
            "segment_value",
            evidence | tested,
            {"rfm_segment": name},
            "share",
            0.0,
            company.proof("clv_by_segment"),
            "segment_value.do",
            ("worth.model.but", *_tried(tested)),
        )
    ]


def churn_at_stake(company: Company) -> list[Claim]:
    """Who has been silent for longer than is usual for them, and how much less is expected from them for it?"""
    people, tested = people_of(company)
    if "at_stake" not in people or len(people) < FEWEST:
        return []
    late = people[people["at_stake"] > 0]
    stakes = np.sort(late["at_stake"].to_numpy(float))[::-1]
    if len(late) < FEWEST or stakes.sum() < WORTH_SAYING * late["on_schedule"].sum():
        return []
    half = int(np.searchsorted(np.cumsum(stakes), stakes.sum() / 2)) + 1
    evidence = {
        "late": count(len(late)),
        "customers": count(len(people)),
        "share": percent(len(late) / len(people) * 100),
        "on_schedule": money(late["on_schedule"].sum()),
        "value": money(late["value"].sum()),
        "at_stake": money(stakes.sum()),
        "half": count(half),
        "held": money(stakes[:half].sum()),
        "weeks": count(WEEKS),
    }
    return [
        Claim(
            "churn",
            evidence | tested,
            {},
            "share",
            float(stakes.sum()),
            company.proof("churn_risk"),
            "churn.do",
            ("churn.but", "worth.model.but", *_tried(tested)),
        )
    ]


def segment_moves(company: Company) -> list[Claim]:
    """Did more customers fall to a lower segment, or leave, in the last year than rose or came, and what did it cost?

    In any two years some fall and others rise: who bought much in the first buys less in the second on average, and the
    other way round. So only the balance of both says something. It is told where it is beyond chance, both by the
    number of customers and by what they spent; and over whole years only, or a season would do.
    """
    try:
        answer = company.ask(rfm_migration)
    except NotEnoughData:
        return []
    windows = answer.more["windows"].iloc[0]
    frame = answer.frame.assign(step=answer.frame["monetary_now"] - answer.frame["monetary_then"])
    fell = frame[frame["moved"].isin(FELL)]
    rose = frame[frame["moved"].isin(ROSE)]
    lost = -float(fell["step"].sum() + rose["step"].sum())
    falls = int(fell["customers"].sum())
    rises = int(rose["customers"].sum())
    if windows["months"] != 12 or falls < max(FEWEST, rises) or lost <= 0:
        return []
    p = max(_chance(falls - rises, falls + rises), _spent_alike(company, windows))
    if p > LEVEL:
        return []
    left = fell.groupby("segment_then")[["step", "customers"]].sum()
    came = rose.groupby("segment_now")[["step", "customers"]].sum().reindex(left.index, fill_value=0)
    balance = left["customers"] - came["customers"]
    wanted = balance.index.difference(list(GIVEN_UP))
    segment = str(balance.reindex(wanted if len(wanted) else balance.index).idxmax())
    evidence = {
        "fell": count(falls),
        "rose": count(rises),
        "lost": money(lost),
        "segment": text(company.label("rfm_segment", segment)),
        "left": count(left["customers"][segment]),
        "came": count(came["customers"][segment]),
        "before": money(frame["monetary_then"].sum()),
        "share": percent(lost / frame["monetary_then"].sum() * 100),
        "p": Value(p, "p"),
    }
    return [
        Claim(
            "segment_moves",
            evidence,
            {"rfm_segment": segment},
            "share",
            lost,
            company.proof("rfm_migration"),
            "segment_moves.do",
            ("segment_moves.but",),
            p,
            p,
        )
    ]


def _spent_alike(company: Company, windows: pd.Series) -> float:
    """p that customers spend as much in both windows of a year: each customer's change, as likely up as down."""
    spent = []
    for name in ("before", "after"):
        found = company.entities("customer", company.now.at(parse_span(windows[name])))
        spent.append(found.frame("code", "revenue").set_index("code")["revenue"])
    step = spent[1].sub(spent[0], fill_value=0.0)
    return _chance(float(step.sum()), float((step**2).sum()))


def _chance(balance: float, variance: float) -> float:
    """p of a balance whose parts are each as likely up as down, with customers who share good and bad weeks."""
    return float(normal_p(balance / (SHARED * max(variance, 1e-9) ** 0.5)))


def people_of(company: Company) -> tuple[pd.DataFrame, dict[str, Value]]:
    """Customers within the filters with segment, value and, where it is known, what is at stake; nobody where the
    models cannot be fitted. And how the models fared on these data, as evidence."""

    def asked() -> tuple[pd.DataFrame, dict[str, Value]]:
        company.entities("customer")
        try:
            people, models = people_ahead(company.engine, company.now, company.models)
        except NotEnoughData:
            return pd.DataFrame({"rfm_segment": [], "value": []}), {}
        return people, _tested(models)

    return company.once("people", asked)


def _tested(models: CustomerModels) -> dict[str, Value]:
    """The purchases that the models predicted for the last weeks and those that were made; empty where untested."""
    found = models.calibration
    if found is None or not found.foreseen > 0:
        return {}
    return {"tested_weeks": count(SOON), "foreseen": count(round(found.foreseen)), "made": count(found.made)}


def _tried(tested: Mapping[str, Value]) -> tuple[str, ...]:
    return ("worth.tried.but",) if tested else ()
