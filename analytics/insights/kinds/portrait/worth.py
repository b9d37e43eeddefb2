"""What customers will be worth: on which segment the next year depends, and how much hangs on who may not come back.

Expectations of models, not counts: the sentences say so, and so do their caveats.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, count, money, percent, text
from analytics.insights.significance import FEWEST
from analytics.insights.view import View
from analytics.questions.customers.prospects import SOON, WEEKS, people_ahead, rfm_migration
from analytics.questions.customers.segments import ACTIONS

DEPENDENT = 20.0  # % of the expected value from one segment …
BEYOND = 1.5  # … that is so many times its share of the customers
TENTH = 0.1
GIVEN_UP = ("Lost", "Lost Customers", "Hibernating", "Others")  # hardly customers even then
FELL = ("down", "gone")
ROSE = ("up", "new")
HELD = 2.0  # times an even share that the tenth with most at stake holds, for the list to be worth a sentence
MODEL = (
    "Expected by models from whole histories: they know no season, price or campaign, and foresaw about 12 % too "
    "little when tried on published data."
)


def dependence_on_segment(view: View) -> list[Claim]:
    """Does the next year depend on one segment of customers?"""
    people = _people(view)
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
            value,
            view.proof("clv_by_segment"),
            "Keep them before winning others. {action}",
            (MODEL,),
        )
    ]


def churn_at_stake(view: View) -> list[Claim]:
    """How much of the next year hangs on customers who may not come back soon, and on how few of them most?"""
    people = _people(view)
    if "at_stake" not in people or len(people) < FEWEST:
        return []
    stakes = np.sort(people["at_stake"].to_numpy(float))[::-1]
    top = int(np.ceil(TENTH * len(stakes)))
    if not stakes.sum() > 0 or stakes[:top].sum() / stakes.sum() < HELD * TENTH:
        return []
    evidence = {
        "at_stake": money(stakes.sum()),
        "value": money(people["value"].sum()),
        "top": count(top),
        "customers": count(len(people)),
        "held": money(stakes[:top].sum()),
        "share": percent(stakes[:top].sum() / stakes.sum() * 100),
        "weeks": count(WEEKS),
        "soon": count(SOON),
    }
    return [
        Claim(
            "Of {value} expected from customers in the next {weeks} weeks, {at_stake} hangs on whether they buy within "
            "{soon} weeks; a tenth of the customers ({top} of {customers}) hold {share} of that.",
            evidence,
            {},
            "share",
            float(stakes[:top].sum()),
            view.proof("churn_risk"),
            "Call or write to these {top} first: the list, most at stake on top, can be exported.",
            ("A rank, not a verdict on one customer.", MODEL),
        )
    ]


def segment_moves(view: View) -> list[Claim]:
    """How many customers fell to a lower segment or left between two windows, and what did that cost?"""
    try:
        answer = view.ask(rfm_migration)
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
            "not come again: they spent {lost} less. {rose} rose or were new and spent {gained} more.",
            evidence,
            {"rfm_segment": str(by.index[0])},
            "share",
            lost,
            view.proof("rfm_migration"),
            "Begin with the {of_segment} who were {segment}: they spent {segment_lost} less.",
            ("Segments of both windows by the cut points of the first; near them customers move by chance.",),
        )
    ]


def _people(view: View) -> pd.DataFrame:
    """Customers within the filters with segment, value and, where it is known, what is at stake; nobody where the
    models cannot be fitted."""

    def asked() -> pd.DataFrame:
        view.entities("customer")
        try:
            return people_ahead(view.engine, view.now, view.models)[0]
        except NotEnoughData:
            return pd.DataFrame({"rfm_segment": [], "value": []})

    found: pd.DataFrame = view.once("people", asked)
    return found
