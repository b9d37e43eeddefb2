"""Which channel earns the sale: where the answer depends on who is asked."""

from __future__ import annotations

import numpy as np

from analytics.errors import NotEnoughData
from analytics.insights.claim import Claim, count, money, percent, text
from analytics.insights.company import Company
from analytics.questions import operations

MODEL = "markov"
RIVAL = "last"


def ranking_flips(company: Company) -> list[Claim]:
    """Do two ways of crediting channels rank them differently, and how much credit moves between the two? Journeys know
    no filters: under one nothing is said."""
    if company.now.clauses:
        return []
    try:
        frame = company.ask(operations.attribution).frame
    except NotEnoughData:
        return []
    mine = frame[MODEL].to_numpy(float)
    theirs = frame[RIVAL].to_numpy(float)
    ahead = mine[:, None] - mine[None, :]
    behind = theirs[None, :] - theirs[:, None]
    flip = np.where((ahead > 0) & (behind > 0), ahead + behind, 0.0)
    if not flip.any():
        return []
    one, two = np.unravel_index(int(flip.argmax()), flip.shape)
    moved = float(np.abs(mine - theirs).sum()) / 2
    total = float(theirs.sum())
    each = float(frame["value"].sum()) / total if frame["value"].notna().all() else np.nan
    evidence = {
        "one": text(company.label("channel", str(frame["channel"].iloc[one]))),
        "two": text(company.label("channel", str(frame["channel"].iloc[two]))),
        "model": text(operations.MODELS[MODEL]),
        "rival": text(operations.MODELS[RIVAL]),
        "one_model": count(round(mine[one])),
        "two_model": count(round(mine[two])),
        "one_rival": count(round(theirs[one])),
        "two_rival": count(round(theirs[two])),
        "pairs": count(int((flip > 0).sum())),
        "moved": percent(moved / total * 100),
        "money": money(moved * each),
    }
    worth = "attribution.moved" if np.isnan(each) else "attribution.worth"
    return [
        Claim(
            ("attribution", worth),
            evidence,
            {"channel": str(frame["channel"].iloc[one]), "against": str(frame["channel"].iloc[two])},
            "moved",
            float(np.nan_to_num(moved * each)),
            company.proof("attribution"),
            "attribution.do",
            ("attribution.but",),
        )
    ]
