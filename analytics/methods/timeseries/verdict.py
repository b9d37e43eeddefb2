"""Is a forecast better than repeating the past? What its tests say, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analytics.calendar import Grain
from analytics.language import N_
from analytics.methods.timeseries.candidates import GrainRule, Tried
from analytics.methods.timeseries.series import counted

REPEATED = {"day": N_("the last week"), "week": N_("the last week"), "month": N_("the same months of last year")}


def verdict(best: Tried, rule: GrainRule, grain: Grain) -> tuple[list[str], str]:
    """What to say about the scorecard, and why it forbids the forecast ('' where it does not)."""
    if best.unproven:
        untested = N_("It follows last year’s pattern at this year’s level; the history is too short to test that.")
        return [untested], ""
    scores = best.scores.set_index("method")
    wape, mase, rival = scores["wape"], scores["mase"], rule.rival
    by_sales = bool(wape[best.method] < wape[rival])
    error = wape if by_sales else mase
    tests = {
        "origins": int(scores["origins"].iloc[0]),
        "periods": counted(int(scores["steps"].iloc[0]), grain),
        "repeated": REPEATED[grain],
    }
    if np.isnan(error[best.method]) or np.isnan(error[rival]):
        why = N_("Sales hardly changed, so forecasts of {periods} cannot be judged.", periods=tests["periods"])
        return [], why
    if not error[best.method] < error[rival]:
        why = N_("In {origins:test|tests} of {periods}, forecasts did no better than repeating {repeated}.", **tests)
        return [], why
    said: list[str] = []
    if by_sales:
        said += _misses(best, wape, rival, tests)
    else:
        said.append(N_("In {origins:test|tests} of {periods}, it did better than repeating {repeated}.", **tests))
    if not np.isnan(best.held[80]):
        said.append(N_("In these tests, 80% bands held {held}% of the values.", held=round(float(best.held[80]))))
    return said, ""


def _misses(best: Tried, wape: pd.Series, rival: str, tests: Mapping[str, Any]) -> list[str]:
    """By how much the method missed, and others that did better."""
    missed = {str(name): round(float(value), 1) for name, value in wape.items()}
    first = N_(
        "In {origins:test|tests} of {periods}, it missed by {missed}% of sales, and repeating {repeated} by {other}%.",
        missed=missed[best.method],
        other=missed[rival],
        **tests,
    )
    said: list[str] = [first]
    if best.method != "theta":
        said.append(N_("The recent trend alone would have missed by {missed}%.", missed=missed["theta"]))
    if rival != "naive" and not wape[best.method] < wape["naive"]:
        said.append(N_("Repeating the last value would have missed by {missed}%.", missed=missed["naive"]))
    return said
