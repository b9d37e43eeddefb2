"""What a browser posts to the application: the render call of a chart, for those who have no browser."""

from __future__ import annotations

import json
from typing import Any

from dashboard.pages import CHARTS


def render_call(dependencies: list[dict[str, Any]], chart: str, href: str) -> bytes:
    """The body for a chart under an address; `dependencies` is what /_dash-dependencies answers."""
    kind = CHARTS[chart].kind
    spec = next(c for c in dependencies if '"type":"card"' in c["output"] and f'"kind":"{kind}"' in c["output"])
    itself = {"type": "ask", "kind": kind, "chart": chart}

    def part(given: dict[str, Any], value: Any) -> dict[str, Any]:
        return {"id": json.loads(given["id"]) | {"chart": chart}, "property": given["property"], "value": value}

    outputs = [o.rpartition(".") for o in spec["output"].strip(".").split("...")]
    return json.dumps(
        {
            "output": spec["output"],
            "outputs": [{"id": json.loads(i) | {"chart": chart}, "property": p} for i, _, p in outputs],
            "inputs": [part(i, {"href": href, "version": None}) for i in spec["inputs"]],
            "state": [part(i, itself) for i in spec.get("state", [])],
            "changedPropIds": [],
        }
    ).encode()
