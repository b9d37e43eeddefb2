"""The order of insights."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analytics.insights.claim import Insight
from analytics.insights.significance import LEVEL


def ranked(insights: Iterable[Insight]) -> list[Insight]:
    """Most money at stake first; what chance alone can explain comes last. Ties by kind."""
    return sorted(insights, key=lambda i: (i.tested and i.claim.q > LEVEL, -_money(i), i.kind))


def _money(insight: Insight) -> float:
    return float(np.nan_to_num(insight.at_stake))
