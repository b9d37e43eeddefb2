"""Where is it going, what was unusual, and why did it change: the methods of time as questions of a selection."""

from analytics.questions.outlook.bridges import order_value_bridge, revenue_bridge
from analytics.questions.outlook.days import daily, known_events
from analytics.questions.outlook.forecasts import forecast
from analytics.questions.outlook.rules import alerts, history_for, rules_of, tried_rules
from analytics.questions.outlook.unusual import anomalies

__all__ = [
    "alerts",
    "anomalies",
    "daily",
    "forecast",
    "history_for",
    "known_events",
    "order_value_bridge",
    "revenue_bridge",
    "rules_of",
    "tried_rules",
]
