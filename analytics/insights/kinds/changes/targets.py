"""How far the selection is from its target, and how likely it gets there."""

from __future__ import annotations

import numpy as np

from analytics.insights.claim import Claim, Value, count, money, percent, ratio, text
from analytics.insights.company import Company
from analytics.metrics import KEY_FIGURES, METRICS
from analytics.questions.targets.standing import Goal, Standing, standing
from analytics.questions.targets.target import Target

UNITS = {"money": money, "percent": percent, "count": count}
ORDER = {name: place for place, name in enumerate(KEY_FIGURES)}


def against_target(company: Company) -> list[Claim]:
    """Is the target of the selection met, or will it be? The one of the most important metric that has one, the unnamed
    before the named."""
    goals = sorted(company.goals, key=lambda g: (ORDER.get(g.target.metric, len(ORDER)), g.target.title))
    if not goals or not goals[0].target.value > 0:
        return []
    goal = goals[0]
    target, found = goal.target, standing(company.engine, company.now, goal, company.now.span)
    if found.state == "unknown":
        return []
    company.aggregate([], [target.metric])
    evidence = _evidence(target, found)
    behind = found.state == "behind" and not np.isnan(found.needed_per_day)
    gap = abs(target.value - found.actual) if METRICS[target.metric].unit == "money" and not found.days_left else 0.0
    proof = company.proof("kpis")
    return [Claim(_says(target, found, goal), evidence, {}, "progress", gap, proof, "target.do" if behind else ())]


def _evidence(target: Target, found: Standing) -> dict[str, Value]:
    write = UNITS.get(METRICS[target.metric].unit, ratio)
    days = target.span.days - found.days_left
    return {
        "metric": text(METRICS[target.metric].label),
        "span": Value(str(target.span), "span"),
        "value": write(target.value),
        "actual": write(found.actual),
        "progress": percent(found.progress),
        "short": write(abs(target.value - found.actual)),
        "reached": count(np.round(found.progress)),
        "pace": percent(found.pace),
        "days": count(days),
        "left": count(found.days_left),
        "needed": write(found.needed_per_day),
        "daily": write(found.actual / days if days and target.adds_up else np.nan),
        "chance": count(np.round(min(max(found.chance, 1.0), 99.0))),
    }


def _says(target: Target, found: Standing, goal: Goal) -> tuple[str, ...]:
    if found.state in ("met", "missed"):
        return (f"target.{found.state}",)
    if found.state == "not begun":
        said = "target.begins"
    elif not target.adds_up:
        said = "target.level"
    else:
        said = "target.running.limit" if target.at_most else "target.running"
    if not np.isnan(found.chance):
        return said, "target.chance"
    return (said, "target.pace") if target.adds_up and not goal.pending and found.pace > 0 else (said,)
