"""Options that several charts share."""

from __future__ import annotations

from analytics.metrics import offered
from analytics.schema import FIELDS, HIERARCHIES
from dashboard.chart import Option, metric_option

TOP = Option("top", "Show", {"5": "Top 5", "10": "Top 10", "20": "Top 20", "50": "Top 50"}, "10")
RANK_METRIC = metric_option(offered("ranking"))
RANK_OPTIONS = (RANK_METRIC, TOP)
PRODUCT_LEVEL = Option("level", "Level", {level: FIELDS[level].plural for level in HIERARCHIES["product"]}, "product")
PLACE_LEVEL = Option("level", "Level", {level: FIELDS[level].plural for level in HIERARCHIES["place"]}, "city")
