"""What customers will be worth: on which segment the next year depends, and how much hangs on who may not come back.

Expectations of models, not counts: the sentences say so, and so do their caveats.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST
from analytics.questions.customers.prospects import WEEKS, people_ahead, rehearsal, rfm_migration
from analytics.questions.customers.segments import ACTIONS

DEPENDENT = 20.0  # % of the expected value from one segment …
WORTH_SAYING = 0.01  # of the value on schedule: where silence tells the model nothing, it costs nothing
BEYOND = 1.5  # … that is so many times its share of the customers
GIVEN_UP = ("Lost", "Lost Customers", "Hibernating", "Others")  # hardly customers even then
FELL = ("down", "gone")
ROSE = ("up", "new")
MODEL = (
    "Expected by models from whole histories: they know the season, where two years show one, but no price or campaign."
)


def dependence_on_segment(company: Company) -> list[Claim]:
    """Does the next year depend on one segment of customers?"""
    people, tried = _people(company)
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
        "segment": text(name),
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
            "{segment} are {of_all} of the customers and {share} of what customers are expected to bring in the next "
            "{weeks} weeks: {value}, {each} each.",
            evidence,
            {"rfm_segment": name},
            "share",
            0.0,
            company.proof("clv_by_segment"),
            "Keep them before winning others. {action}",
            (MODEL, *tried),
        )
    ]


def churn_at_stake(company: Company) -> list[Claim]:
    """Who has been silent for longer than is usual for them, and how much less is expected from them for it?"""
    people, tried = _people(company)
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
            "{late} of {customers} customers ({share}) have not ordered for longer than is usual for them. In the next "
            "{weeks} weeks they are expected to spend {value}; on schedule it would be {on_schedule}, {at_stake} more.",
            evidence,
            {},
            "share",
            float(stakes.sum()),
            company.proof("churn_risk"),
            f"Contact the first {'{half}' if half > 1 else 'one'} of the list: half of the loss is theirs ({{held}}).",
            (
                "Usual is up to one and a half of a customer's own mean intervals between orders; who came once has "
                "none and is left out. A rank, not a verdict on one customer.",
                MODEL,
                *tried,
            ),
        )
    ]


def segment_moves(company: Company) -> list[Claim]:
    """How many customers fell to a lower segment or left between two windows, and what did that cost?"""
    try:
        answer = company.ask(rfm_migration)
    except NotEnoughData:
        return []
    frame = answer.frame.assign(step=answer.frame["monetary_now"] - answer.frame["monetary_then"])
    fell = frame[frame["moved"].isin(FELL)]
    rose = frame[frame["moved"].isin(ROSE)]
    lost = -float(fell["step"].sum())
    gained = float(rose["step"].sum())
    if fell["customers"].sum() < FEWEST or lost <= 0:
        return []
    worth_asking = fell if fell["segment_then"].isin(GIVEN_UP).all() else fell[~fell["segment_then"].isin(GIVEN_UP)]
    by = worth_asking.groupby("segment_then")[["step", "customers"]].sum().sort_values("step", kind="stable")
    evidence = {
        "fell": count(fell["customers"].sum()),
        "lost": money(lost),
        "rose": count(rose["customers"].sum()),
        "gained": money(gained),
        "months": count(answer.more["windows"]["months"].iloc[0]),
        "segment": text(by.index[0]),
        "of_segment": count(by["customers"].iloc[0]),
        "segment_lost": money(-by["step"].iloc[0]),
        "before": money(fell["monetary_then"].sum()),
        "share": percent(lost / fell["monetary_then"].sum() * 100),
    }
    return [
        Claim(
            "Between the last {months} months and the {months} before, {fell} customers fell to a lower segment or did "
            "not come again: they spent {lost} less. {rose} rose or were new"
            + (" and spent {gained} more." if gained > 0 else "."),
            evidence,
            {"rfm_segment": str(by.index[0])},
            "share",
            lost,
            company.proof("rfm_migration"),
            "Begin with the {of_segment} who were {segment}: they spent {segment_lost} less.",
            ("Segments of both windows by the cut points of the first; near them customers move by chance.",),
        )
    ]


def _people(company: Company) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Customers within the filters with segment, value and, where it is known, what is at stake; nobody where the
    models cannot be fitted. And how the models fared on these data, in words."""

    def asked() -> tuple[pd.DataFrame, tuple[str, ...]]:
        company.entities("customer")
        try:
            people, models = people_ahead(company.engine, company.now, company.models)
        except NotEnoughData:
            return pd.DataFrame({"rfm_segment": [], "value": []}), ()
        return people, tuple(rehearsal(models))

    return company.once("people", asked)
