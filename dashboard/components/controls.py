"""Small pieces that a viewer presses. Each says in `data-action` what a press means; `assets/js/actions.js` sends it."""

from __future__ import annotations

from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component


def attributes(**given: str) -> dict[str, Any]:
    """Attributes whose names have dashes: attributes(aria_label="Close") is {"aria-label": "Close"}."""
    return {name.replace("_", "-"): value for name, value in given.items()}


def icon(name: str) -> Component:
    return html.I(className=f"bi bi-{name}", **attributes(aria_hidden="true"))


def press(
    children: Any,
    event: dict[str, Any],
    *,
    label: str = "",
    className: str = "",
    role: str = "",
    checked: bool | None = None,
) -> Component:
    """A button that sends an event."""
    extra: dict[str, Any] = {"data-action": orjson.dumps(event).decode()}
    if label:
        extra["aria-label"] = label
    if checked is not None:
        extra["aria-checked"] = str(checked).lower()
    if role:
        extra["role"] = role
    return html.Button(children, type="button", className=className, **extra)


def menu_button(
    menu: str, children: Any, *, label: str = "", small: bool = False, bare: bool = False, active: bool = False
) -> Component:
    """A button that opens a menu of that name under itself."""
    classes = " ".join(
        [
            "menu-button",
            *(["small"] if small else []),
            *(["icon-only"] if bare else []),
            *(["active"] if active else []),
        ]
    )
    extra: dict[str, Any] = {"data-menu": menu, "aria-haspopup": "true", "aria-expanded": "false"}
    if label:
        extra["aria-label" if bare else "title"] = label
    return html.Button(
        [children] if bare else [children, html.I(className="bi bi-chevron-down", **attributes(aria_hidden="true"))],
        type="button",
        className=classes,
        **extra,
    )


def menu_item(children: Any, event: dict[str, Any], *, checked: bool = False, hint: str = "") -> Component:
    """One choice of a menu of which one holds."""
    mark = icon("check2") if checked else html.I(className="bi")
    return press(
        [mark, html.Span(children, className="grow"), html.Span(hint, className="hint")],
        event,
        className="menu-item",
        role="menuitemradio",
        checked=checked,
    )


def chip(text: str, event: dict[str, Any], *, excluded: bool = False, label: str = "") -> Component:
    """A filter that holds now, with its ×."""
    return html.Span(
        [html.Span(text), press("×", event, label=label or f"Remove {text}", className="chip-x")],
        className="chip excluded" if excluded else "chip",
    )
