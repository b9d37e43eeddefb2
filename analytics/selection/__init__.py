"""What a viewer is looking at: data set, time range, comparison, grain and clauses, as one frozen value.

A Selection is what the URL says. `resolve` turns its words into dates, against the days that the data cover. Engines
compute with the Resolved selection, and cache keys are made of it, so URLs that mean the same share their answers.
"""

from analytics.selection.opening import opening_range
from analytics.selection.query import DIMENSIONS, GRAIN_LABELS, MAX_VALUE, filterable, not_compared
from analytics.selection.resolved import MOST_COMPARED, Bounds, Clause, Policy, Resolved, compared
from analytics.selection.selection import Selection

__all__ = [
    "DIMENSIONS",
    "GRAIN_LABELS",
    "MAX_VALUE",
    "MOST_COMPARED",
    "Bounds",
    "Clause",
    "Policy",
    "Resolved",
    "Selection",
    "compared",
    "filterable",
    "not_compared",
    "opening_range",
]
