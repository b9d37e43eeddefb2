"""What a draw function needs besides its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics.answer import Answer, Options
from analytics.schema import Schema, place_parts
from analytics.selection import Resolved
from dashboard.text.formats import Formats


@dataclass(frozen=True)
class Context:
    """The chart's title, the selection (with the filters that the chart's own marks set, at the chart's grain), its
    options with defaults filled in, and the data set's formats and fields."""

    title: str
    selection: Resolved
    options: Options
    formats: Formats
    schema: Schema
    emits: tuple[str, ...] = ()  # the dimensions that a click on a mark filters
    platform: str = ""  # in whose words the ledger is told
    colours: Mapping[str, str] = field(default_factory=dict)  # of marks that are values compared on the page, by value

    def selected(self, dimension: str) -> tuple[str, ...]:
        """The values of the dimension that are filtered now: their marks stay bright, the others are dimmed. A place
        coarser than the marks dims none, as in Chart.own."""
        values = self.selection.values(dimension)
        if dimension != "place":
            return values
        depth = len(self.schema.place_levels(self.options.get("level", "")))
        return () if all(len(place_parts(v)) < depth for v in values) else values


@dataclass(frozen=True)
class Side:
    """One of the values that are shown side by side: what people call it, its colour on the whole page, as a role, and
    the chart's answer for it alone."""

    value: str
    label: str
    colour: str
    answer: Answer
