"""A change of one value of a TOML that a viewer may have written: nothing else may change by it."""

from __future__ import annotations

import tomllib
from typing import Any

from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.written.toml_text import TomlText


def with_value(toml: str, place: str, value: str) -> str:
    """The TOML with this value, a TOML text, at a place such as "fields.amount"; without that key where it is "".

    DataError where the text cannot be changed so and leave all else as it was: where a value takes several lines, or a
    table is written in another way.
    """
    text = TomlText(toml)
    if value:
        text.put(place, value)
    else:
        text.remove(place)
    if _parsed(str(text)) != _expected(_parsed(toml), place, value):
        raise DataError(
            N_("{place} cannot be changed here.", place=place),
            hint=N_("Change the text under “How the files are read” instead."),
        )
    return str(text)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _expected(before: dict[str, Any] | None, place: str, value: str) -> dict[str, Any]:
    """What the changed TOML must say; {}, which no TOML with a place says, where that cannot be."""
    if before is None:
        return {}
    *tables, key = place.split(".")
    inside: Any = before
    for name in tables:
        inside = inside.setdefault(name, {})
        if not isinstance(inside, dict):
            return {}
    if value:
        inside[key] = tomllib.loads(f"value = {value}")["value"]
    else:
        inside.pop(key, None)
    return before
