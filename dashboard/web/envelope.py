"""What a browser may post to Dash's callback route: a body of the shape that the page itself would send, and no other.

Dash believes the ids and the number of values of a body and fails inside where they are wrong. Here such a body is
answered with 400 and a sentence before Dash reads it. Values are anything that JSON can say: each callback checks its
own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
from dash import Dash
from flask import request

from analytics.errors import RequestError

ROUTE = "/_dash-update-component"
LONGEST_ID = 100
Declared = Mapping[str, Mapping[str, Any]]


def install(app: Dash) -> None:
    """Refuse bodies that no page sends."""

    @app.server.before_request
    def refuse() -> None:
        if request.path == ROUTE and request.method == "POST":
            check(request.get_data(), app.callback_map)


def check(raw: bytes, callbacks: Declared) -> None:
    """RequestError unless `raw` is a call of one of the callbacks, with its own inputs, states and outputs.

    Texts are whole characters: JSON that holds half of a surrogate pair is refused.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RequestError("a callback's body must be JSON whose texts are whole characters.") from None
    if not isinstance(body, dict):
        raise RequestError("a callback's body must be an object.")
    name = body.get("output")
    declared = callbacks.get(name) if isinstance(name, str) else None
    if declared is None or "callback" not in declared:
        raise RequestError("there is no such callback.")
    several = str(name).startswith("..")
    outputs = [_split(o) for o in (str(name)[2:-2].split("...") if several else [str(name)])]
    filled: dict[str, str] = {}
    _same("outputs", body.get("outputs") if several else [body.get("outputs")], outputs, filled)
    for part in ("inputs", "state"):
        _same(part, body.get(part, []), [(x["id"], x["property"]) for x in declared[part]], filled)
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(c, str) for c in changed):
        raise RequestError("a callback's changedPropIds must be a list of texts.")


def _same(part: str, given: Any, expected: list[tuple[str, str]], filled: dict[str, str]) -> None:
    """RequestError unless these are the declared ids and properties; `filled` remembers what MATCH stands for."""
    if not isinstance(given, list) or len(given) != len(expected):
        raise RequestError(f"a callback's {part} must be the {len(expected)} that it declares.")
    for item, (ident, prop) in zip(given, expected, strict=True):
        every = item if isinstance(item, list) and '["ALL"]' in ident else [item]
        if not all(
            isinstance(i, dict) and i.get("property") == prop and _is(i.get("id"), ident, filled) for i in every
        ):
            raise RequestError(f"a callback's {part} must be those that it declares.")


def _is(given: Any, declared: str, filled: dict[str, str]) -> bool:
    if not declared.startswith("{"):
        return bool(given == declared)
    pattern = json.loads(declared)
    if not isinstance(given, dict) or set(given) != set(pattern):
        return False
    return all(_fits(given[k], pattern[k], k, filled) for k in pattern)


def _fits(value: Any, pattern: Any, key: str, filled: dict[str, str]) -> bool:
    if pattern not in (["MATCH"], ["ALL"]):
        return bool(value == pattern)
    known = isinstance(value, str) and len(value) <= LONGEST_ID
    return known and (pattern == ["ALL"] or filled.setdefault(key, value) == value)


def _split(output: str) -> tuple[str, str]:
    ident, _, prop = output.rpartition(".")
    return ident, prop
