"""Questions of the first screen: one sentence on how things stand, and what drove revenue."""

from analytics.questions.summary.drivers import drivers
from analytics.questions.summary.headline import headline

__all__ = ["drivers", "headline"]
