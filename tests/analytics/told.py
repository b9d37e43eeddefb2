"""Everything that insights can say of an engine under a selection, before it is merged into stories."""

from __future__ import annotations

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.insights import Insight, candidates
from analytics.insights.company import Company
from analytics.selection import Resolved, Selection


def insights(
    engine: Engine,
    selection: Resolved,
    query: Selection | None = None,
    topic: str | None = None,
    models: Answer | None = None,
) -> list[Insight]:
    """News, most weight first, then the portrait. Arguments as of Company and candidates."""
    return candidates(Company(engine, selection, query, models), topic)
