"""Components of Dash inside HTML that is the server's own: a portal shows its children in the body of a card."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Portal(Component):
    """Shows its children inside the card of a chart (assets/js/dash.js)."""

    _namespace = "storesight"
    _type = "Portal"
    _children_props: list[str] = []  # noqa: RUF012 - as Dash declares it
    _base_nodes = ["children"]  # noqa: RUF012
    _prop_names = ["children", "chart"]  # noqa: RUF012
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012
    available_properties = _prop_names
    available_wildcard_properties: list[str] = []  # noqa: RUF012

    def __init__(self, children: Any, chart: str) -> None:
        super().__init__(children=children, chart=chart)  # type: ignore[no-untyped-call]
