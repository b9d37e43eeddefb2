"""What a picture needs beside its answer."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.answer import Options
from analytics.schema import Schema, place_parts
from analytics.selection import Resolved
from dashboard.text.formats import Formats


@dataclass(frozen=True)
class Context:
    """The selection as asked (with the chart's own filters), the chart's options filled in, the data set's formats and
    fields."""

    title: str
    selection: Resolved
    options: Options
    formats: Formats
    schema: Schema
    emits: tuple[str, ...] = ()  # the dimensions that a click on a mark filters

    def selected(self, dimension: str) -> tuple[str, ...]:
        """Values of the dimension that are filtered now: the picture keeps their marks bright and dims the others. A
        place coarser than the marks dims none, as Chart.own reads it."""
        values = self.selection.values(dimension)
        if dimension != "place":
            return values
        depth = len(self.schema.place_levels(self.options.get("level", "")))
        return () if all(len(place_parts(v)) < depth for v in values) else values
