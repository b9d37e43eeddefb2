"""What the histories of all customers teach about the next year: a dozen numbers, learnt once for each data version.

Purchases by BG/NBD, what one brings by Gamma-Gamma, and how an expectation becomes a probability by a rehearsal of the
last weeks. Filters never refit: they only choose the customers shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.language import english
from analytics.methods.customers.churn import Calibration, rehearse
from analytics.methods.customers.clv import BgNbd, GammaGamma, MeanSpend, spend_model, summary
from analytics.methods.customers.season import EVEN, SeasonClock
from analytics.methods.customers.season_fit import season_clock
from analytics.selection import Resolved

KINDS: Mapping[str, Any] = {
    "purchases": BgNbd,
    "spend": GammaGamma,
    "mean_spend": MeanSpend,
    "calibration": Calibration,
    "season": SeasonClock,
}
WHOLE = ("customers", "bought", "made")  # parameters that count


@dataclass(frozen=True)
class CustomerModels:
    """The fitted models, or why there are none (`refused`), or none of the last kind (`uncalibrated`)."""

    purchases: BgNbd | None = None
    spend: GammaGamma | MeanSpend | None = None
    calibration: Calibration | None = None
    season: SeasonClock = EVEN
    refused: str = ""
    uncalibrated: str = ""


def learn(engine: Engine, selection: Resolved) -> Answer:
    """What do all customers' histories up to the end of the range teach? Grain: one row per parameter of a model.

    Columns: model (purchases, spend or mean_spend, calibration, season), parameter, value. more["refused"]: model and
    reason, where one could not be fitted. Never raises for want of data: a refusal is an answer, and is remembered like
    one. Methods: clv.py, churn.py, season_fit.py.
    """
    models: dict[str, Any] = {}
    reasons: list[tuple[str, str]] = []
    lines = purchases_of(engine, selection)
    clock = season_clock(lines[0], lines[1], lines[3])
    history = summary(*lines, clock)
    try:
        models["purchases"] = BgNbd.fit(history["x"], history["t_x"], history["T"])
        spend = spend_model(history["x"], history["z"])
        models["spend" if isinstance(spend, GammaGamma) else "mean_spend"] = spend
    except NotEnoughData as why:
        models = {}
        reasons = [("purchases", english(why.text))]
    try:
        if models:
            models["calibration"] = rehearse(*lines, season=clock)
    except NotEnoughData as why:
        reasons = [("calibration", english(why.text))]
    if models and not clock.even:
        models["season"] = clock
    rows = [(name, p, float(v)) for name, model in models.items() for p, v in asdict(model).items()]
    return Answer(
        pd.DataFrame(rows, columns=["model", "parameter", "value"]),
        more={"refused": pd.DataFrame(reasons, columns=["model", "reason"])},
    )


def models_of(learnt: Answer) -> CustomerModels:
    """The models of an answer of `learn`."""
    made = {}
    for name, part in learnt.frame.groupby("model", sort=False):
        given = {p: int(v) if p in WHOLE else float(v) for p, v in zip(part["parameter"], part["value"], strict=True)}
        made[str(name)] = KINDS[str(name)](**given)
    reasons = dict(learnt.more["refused"].itertuples(index=False, name=None))
    return CustomerModels(
        made.get("purchases"),
        made.get("spend") or made.get("mean_spend"),
        made.get("calibration"),
        made.get("season", EVEN),
        reasons.get("purchases", ""),
        reasons.get("calibration", ""),
    )


def purchases_of(engine: Engine, selection: Resolved) -> tuple[pd.Series, pd.Series, pd.Series, str]:
    """Customer codes, moments and amounts of all orders of known customers up to the end of the range, and its last
    day; orders that refunds made negative are left out."""
    whole = selection.to_date.only()
    orders = engine.entities("order", whole).frame("customer", "ordered_at", "revenue")
    known = orders[(orders["customer"] >= 0) & (orders["revenue"] >= 0)]
    return known["customer"], known["ordered_at"], known["revenue"], str(whole.span.end - np.timedelta64(1, "D"))
