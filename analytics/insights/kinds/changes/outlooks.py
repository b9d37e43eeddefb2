"""What comes next, and which alert rules fired: forecasts as far as they can be trusted, and rules of the data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.insights.claim import Call, Claim, Value, change, count, money, percent, period, ratio, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST
from analytics.methods.timeseries.alerts import BackTest
from analytics.metrics import METRICS
from analytics.questions import outlook

WORDS = {"day": "days", "week": "weeks", "month": "months"}
STILL = "It fires still: act on it now, or change the rule."
PAST = "See what was done then, and note it."
SHOWN = 2  # rules that fired, latest first


def forecast(company: Company) -> list[Claim]:
    """What revenue is foreseen, within which band, and how well did the method do before? Where it is refused, why."""
    proof = company.proof("forecast")
    try:
        answer = company.ask(outlook.forecast)
    except NotEnoughData as refusal:
        if not _a_business(company):
            return []
        evidence: dict[str, Value] = {"why": text(refusal.message), "none": count(0)}
        advice = "Plan with the range of the last periods rather than with one number."
        return [Claim("No forecast of revenue is given. {why}", evidence, {}, "none", 0.0, proof, advice)]
    ahead = answer.frame[answer.frame["kind"] == "forecast"]
    past = answer.frame[answer.frame["kind"] == "history"]["revenue"].to_numpy(float)[-len(ahead) :]
    low, high, mean = (float(ahead[name].mean()) for name in ("lower_80", "upper_80", "revenue"))
    if not low > 0:  # no band, or one that begins at nothing: no plan can be made of it
        return []
    scores = answer.more["scorecard"]
    mase = dict(zip(scores["method"], scores["mase"], strict=True))
    grain = str(answer.more["grain"]["grain"].iloc[0])
    method = str(answer.more["grain"]["method"].iloc[0])
    aside = next((note for note in answer.notes if "set aside" in note), "")
    evidence = {
        "steps": count(len(ahead)),
        "grain": text(grain),
        "grains": text(WORDS[grain]),
        "until": period(str(ahead["period"].iloc[-1])),
        "mean": money(mean),
        "low": money(low),
        "high": money(high),
        "width": percent((high - low) / mean * 100),
        "recent": money(past.mean()),
        "change": change((mean / past.mean() - 1) * 100 if past.mean() else np.nan),
        "mase": ratio(mase[method if method in mase else "theta"]),
        "rival": ratio(mase["seasonal naive" if "seasonal naive" in mase else "naive"]),
        "origins": count(scores["origins"].iloc[0]),
        "aside": text(aside),
    }
    recent = "" if aside else "; the last {steps} {grains} brought {recent} each ({change})"
    tried = "Over {origins} past forecasts it missed by {mase} (MASE), repeating the last season by {rival}."
    return [
        Claim(
            "Revenue until {until} is foreseen at {mean} a {grain}, in four of five {grains} between about {low} and "
            "{high}" + recent + ".",
            evidence,
            {},
            "width",
            (high - low) / 2 * len(ahead),
            proof,
            "Plan stock and staff for the band, not for its middle.",
            (tried, "{aside}" if aside else "It knows no promotion and no news."),
        )
    ]


def _a_business(company: Company) -> bool:
    """Whether there is something of which one could expect a forecast."""
    orders = company.aggregate(["period"], ["orders", "revenue"], company.now.by("day"))
    return bool(orders["orders"].sum() >= FEWEST and orders["revenue"].nunique() > 1)


def alerts(company: Company) -> list[Claim]:
    """Which of the data set's alert rules fired in the range, when, and how often in twelve months? Their thresholds
    are the whole company's: under a filter nothing is said."""
    if not company.engine.profile.alerts or company.now.clauses:
        return []
    rules = company.engine.profile.alerts
    company.calls.append(
        Call("alerts", ("period",), tuple(sorted({r["metric"] for r in rules})), str(company.now.span))
    )
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
        "metric": text(metric.label.lower()),
        "value": of_metric(value),
        "base": of_metric(round(base, 2)) if known else text(""),
        "change": change(row["change"]),
        "why": text(row["why"]),
        "fired": count(test.fired),
        "months": count(round(test.months)),
    }
    said = "{metric} {value} where about {base} was usual ({change})."
    if test.rule.when == "change":
        said = "{metric} {value} against {base} before ({change})."
    on = {"day": "on {period}", "week": "in the week of {period}"}.get(test.rule.grain, "in {period}")
    times = {1: "Once", 2: "Twice"}.get(test.fired, "{fired} times") + " in {months} months."
    return Claim(
        "The rule “{rule}” fired " + on + ": " + (said if known else "{metric}: {why}") + " " + times,
        evidence,
        {"rule": test.rule.name},
        "fired",
        abs(value - base) if known and metric.unit == "money" else 0.0,
        company.proof("alerts"),
        STILL if test.firing_now else PAST,
    )
