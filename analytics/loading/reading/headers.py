"""Headers: which row is one, and how columns are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.spec import Source

MOST_LINES_BEFORE_HEADER = 1000


def is_header(cells: Iterable[str], source: Source) -> bool:
    """Whether a row has all values of source.header, or aliases of them; case and white space around do not count."""
    written = [cell.strip().strip("\ufeff") for cell in cells]
    found = {text.casefold() for cell in written for text in (cell, source.plain_name(cell))}
    return all(text.strip().casefold() in found for text in source.header)


def no_header(name: str, source: Source) -> SourceError:
    """The error for a file in which no row has the values of source.header."""
    shown = " and ".join(map(repr, source.header))
    return SourceError(
        N_("none of the first {most} rows has {names}.", most=MOST_LINES_BEFORE_HEADER, names=shown),
        where=name,
        hint=N_("Write the column names in source.header as in the file."),
    )


def unique(names: Sequence[str]) -> list[str]:
    """Column names, trimmed. The second "Name" becomes "Name (2)"; an empty third one becomes "column 3"."""
    seen: dict[str, int] = {}
    found = []
    for at, column in enumerate(names):
        name = column.strip().strip("\ufeff") or f"column {at + 1}"
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
