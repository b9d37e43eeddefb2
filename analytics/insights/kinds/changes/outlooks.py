"""What comes next, and which alert rules fired: forecasts as far as they can be trusted, and rules of the data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.errors import NotEnoughData
from analytics.insights.claim import Call, Claim, Names, Value, change, count, money, percent, period, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST
from analytics.language import N_
from analytics.methods.alarms.alerts import BackTest
from analytics.methods.timeseries.verdict import REPEATED
from analytics.metrics import METRICS
from analytics.questions import outlook

WORDS = {"day": (N_("day"), N_("days")), "week": (N_("week"), N_("weeks")), "month": (N_("month"), N_("months"))}
STILL = "alert.now.do"
SEASONAL = 5.0  # % by which this year and the last must change for the season to be the reason
WIDE = 5.0  # times the lower end: with a band that reaches so far up, nobody plans
SHOWN = 2  # rules that fired, latest first
FIRED = {0: "alert.once", 1: "alert.once", 2: "alert.twice"}  # how often a rule did


def forecast(company: Company) -> list[Claim]:
    """What revenue is foreseen, within which band, and how well did the method do before? Where it is refused, why."""
    proof = company.proof("forecast")
    try:
        answer = company.ask(outlook.forecast)
    except NotEnoughData as refusal:
        if not _a_business(company):
            return []
        evidence: dict[str, Value] = {"why": text(refusal.text), "none": count(0)}
        return [
            Claim(
                "forecast.refused", evidence, {}, "none", 0.0, proof, "forecast.refused.do", ("forecast.refused.but",)
            )
        ]
    ahead = answer.frame[answer.frame["kind"] == "forecast"]
    past = answer.frame[answer.frame["kind"] == "history"]["revenue"].to_numpy(float)[-len(ahead) :]
    low, high, mean = (float(ahead[name].mean()) for name in ("lower_80", "upper_80", "revenue"))
    if not low > 0:  # no band, or one that begins at nothing: no plan can be made of it
        return []
    scores = answer.more["scorecard"]
    missed = dict(zip(scores["method"], scores["wape"], strict=True))
    grain = str(answer.more["grain"]["grain"].iloc[0])
    method = str(answer.more["grain"]["method"].iloc[0])
    aside = int(answer.more["grain"]["set_aside"].iloc[0])
    rival = "seasonal naive" if "seasonal naive" in missed else "naive"
    evidence = {
        "steps": count(len(ahead)),
        "grain": text(WORDS[grain][0]),
        "grains": text(WORDS[grain][1]),
        "until": period(str(answer.more["grain"]["until"].iloc[0])),
        "mean": money(mean),
        "low": money(low),
        "high": money(high),
        "width": percent((high - low) / mean * 100),
        "recent": money(past.mean()),
        "change": change((mean / past.mean() - 1) * 100 if past.mean() else np.nan),
        "by": percent(abs(mean / past.mean() - 1) * 100 if past.mean() else np.nan),
        "missed": percent(missed[method if method in missed else "theta"]),
        "rival": percent(missed[rival]),
        "repeated": text(REPEATED[grain]),
        "origins": count(scores["origins"].iloc[0]),
        "aside": count(aside),
        "periods": text(WORDS[grain][aside != 1]),
        "season": change(_season(answer) if "year" in method and grain != "month" else np.nan),
    }
    trial = "forecast.tried" if missed.get(method, np.inf) < missed[rival] else "forecast.tried.alone"
    if method not in missed:
        trial = "forecast.untried"
    return [
        Claim(
            _told(evidence, aside),
            evidence,
            {},
            "width",
            0.0,
            proof,
            "forecast.do" if high < WIDE * low else "forecast.wide.do",
            ("forecast.but", trial, *(("forecast.aside",) if aside else ())),
        )
    ]


def _season(answer: Answer) -> float:
    """By how many per cent a year before the days now ahead differed from those before them; NaN where unknown."""
    then = answer.more["last_year"]
    if then.empty or not then["before"].iloc[0] > 0:
        return np.nan
    return float((then["after"].iloc[0] / then["before"].iloc[0] - 1) * 100)


def _told(evidence: Mapping[str, Value], aside: int) -> Names:
    """The sentences: alone, with the recent level, or with the season that explains why it changes."""
    one = float(evidence["steps"].value) == 1
    said = "forecast.one" if one else "forecast.average"
    if aside:
        return said
    now, then = (float(evidence[name].value) for name in ("change", "season"))
    if np.isnan(now):
        return said
    way = "more" if now > 0 else "less"
    if min(abs(now), abs(then)) >= SEASONAL and now * then > 0:
        return said, f"forecast.season.{way}"
    return said, f"forecast.one.{way}" if one else f"forecast.recent.{way}"


def _a_business(company: Company) -> bool:
    """Whether there is something of which one could expect a forecast."""
    orders = company.aggregate(["period"], ["orders", "revenue"], company.now.by("day"))
    return bool(orders["orders"].sum() >= FEWEST and orders["revenue"].nunique() > 1)


def alerts(company: Company) -> list[Claim]:
    """Which of the data set's alert rules fired in the range, when, and how often in twelve months? Their thresholds
    are the whole company's: under a filter nothing is said."""
    rules = outlook.rules_of(company.engine)
    if not rules or company.now.clauses:
        return []
    company.calls.append(Call("alerts", ("period",), tuple(sorted({r.metric for r in rules})), str(company.now.span)))
    tried: list[BackTest] = company.once("alerts", lambda: outlook.tried_rules(company.engine, company.now))
    fired = []
    for test in tried:
        episodes = test.firings[test.firings["until"].astype(str) >= str(company.now.span.start)[:7]]
        if len(episodes):
            fired.append((test, episodes.iloc[-1]))
    fired.sort(key=lambda found: str(found[1]["until"]), reverse=True)
    return [_fired(company, test, row) for test, row in fired[:SHOWN]]


def _fired(company: Company, test: BackTest, row: pd.Series) -> Claim:
    metric = METRICS[test.rule.metric]
    of_metric: Any = money if metric.unit == "money" else count
    value = float(row["value"])
    base = float(row["base"])
    known = not np.isnan(base)
    evidence = {
        "rule": text(test.rule.name),
        "period": period(str(row["period"])),
        "metric": text(metric.label),
        "value": of_metric(value),
        "base": of_metric(round(base, 2)) if known else text(""),
        "change": change(row["change"]),
        "days": count(row["days"]),
        "fired": count(test.fired),
        "months": count(round(test.months)),
    }
    said = _sort(known, test.rule.when)
    on = ".week" if test.rule.grain == "week" else ""
    if row["days"] > 1:
        on = ".days"
    return Claim(
        (f"alert.{said}{on}", FIRED.get(test.fired, "alert.often")),
        evidence,
        {"rule": test.rule.name},
        "fired",
        abs(value - base) if known and metric.unit == "money" else 0.0,
        company.proof("anomalies" if _of_unusual_days(test) else "alerts"),
        STILL if test.firing_now else (),
        since=np.datetime64(str(row["until"])[:10], "D"),
    )


def _of_unusual_days(test: BackTest) -> bool:
    """Whether the chart of unusual days marks what the rule fires at."""
    return (test.rule.when, test.rule.grain, test.rule.metric) == ("outside", "day", "revenue")


def _sort(known: bool, when: str) -> str:
    """Which sentence tells a firing: against a usual level, against the period before, or plainly."""
    if not known:
        return "plain"
    return "change" if when == "change" else "level"
