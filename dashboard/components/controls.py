"""Small parts that a viewer clicks. Each says in `data-action` which action a click is (dashboard/actions.py, or one of
the browser's own); `assets/js/actions.js` carries it out."""

from __future__ import annotations

from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.language import _

Sent = dict[str, Any]  # an action as it is sent: {"kind": …}


def attributes(**given: str) -> dict[str, Any]:
    """Attributes whose names have dashes: attributes(aria_label="Close") is {"aria-label": "Close"}."""
    return {name.replace("_", "-"): value for name, value in given.items()}


def icon(name: str) -> Component:
    """A Bootstrap icon, which screen readers leave out."""
    return html.I(className=f"bi bi-{name}", **attributes(aria_hidden="true"))


def action_button(
    children: Any,
    action: Sent,
    *,
    label: str = "",
    className: str = "",
    role: str = "",
    checked: bool | None = None,
    disabled: bool = False,
) -> Component:
    """A button whose click is this action. `label` is what screen readers say instead of its text."""
    extra: dict[str, Any] = {"data-action": orjson.dumps(action).decode()}
    if label:
        extra["aria-label"] = label
    if checked is not None:
        extra["aria-checked"] = str(checked).lower()
    if role:
        extra["role"] = role
    if disabled:
        extra["disabled"] = True
    return html.Button(children, type="button", className=className, **extra)


def theme_button() -> Component:
    """A button that exchanges light and dark."""
    return html.Button(
        icon("moon-stars"),
        type="button",
        id="theme-button",
        className="menu-button icon-only",
        title=_("Light or dark"),
        **attributes(aria_label=_("Light or dark"), data_theme_toggle="1"),
    )


def menu_button(
    menu: str,
    children: Any,
    *,
    label: str = "",
    small: bool = False,
    bare: bool = False,
    active: bool = False,
    role: str = "",
) -> Component:
    """A button that opens the menu of this name below itself. `bare`: an icon alone, without the arrow. `role`: of one
    that stands in a menu itself."""
    states = {"small": small, "icon-only": bare, "active": active}
    extra: dict[str, Any] = {"data-menu": menu, "aria-haspopup": "true", "aria-expanded": "false"}
    if label:
        extra["title"] = label  # which somebody reads who points at it
    if label and bare:
        extra["aria-label"] = label
    if role:
        extra["role"] = role
    return html.Button(
        [children] if bare else [children, icon("chevron-down")],
        type="button",
        className=" ".join(["menu-button", *(name for name, on in states.items() if on)]),
        **extra,
    )


def confirmed(question: str) -> Markup:
    """The attribute of a button that cannot be taken back: the browser asks first (assets/js/confirming.js). "" for
    none."""
    return Markup(' data-confirm="{}"').format(question) if question else Markup("")


def menu_item(
    children: Any, action: Sent, *, checked: bool = False, hint: str = "", disabled: bool = False
) -> Component:
    """One of a menu's choices, of which one holds."""
    mark = icon("check2") if checked else html.I(className="bi")
    return action_button(
        [mark, html.Span(children, className="grow"), html.Span(hint, className="hint")],
        action,
        className="menu-item",
        role="menuitemradio",
        checked=checked,
        disabled=disabled,
    )


def chip(text: str, action: Sent, *, excluded: bool = False, label: str = "") -> Component:
    """A clause of the selection, with its ×."""
    remove = action_button("×", action, label=label or _("Remove {text}", text=text), className="chip-x")
    return html.Span([html.Span(text, title=text), remove], className="chip excluded" if excluded else "chip")
