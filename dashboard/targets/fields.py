"""Fields of the forms of targets, as HTML that needs no script."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.components.controls import confirmed


def form(action: str, fields: Sequence[Markup]) -> Markup:
    """A form that is sent to this address."""
    shown = Markup('<form method="post" action="{}" class="target-form">{}</form>')
    return shown.format(action, Markup("").join(fields))


def hidden(name: str, value: str) -> Markup:
    """A field that nobody sees."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def entry(name: str, label: str, value: str, *, required: bool = False, **more: str) -> Markup:
    """A field to type into; `more`: its other attributes."""
    extra = Markup("").join(Markup(' {}="{}"').format(key, text) for key, text in more.items())
    must = Markup(" required") if required else ""
    return Markup('<label>{}<input name="{}" value="{}"{}{}></label>').format(label, name, value, extra, must)


def select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> Markup:
    """A list to choose from: values and what they are called."""
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(v, Markup(" selected") if v == chosen else "", text)
        for v, text in choices
    )
    return Markup('<label>{}<select name="{}">{}</select></label>').format(label, name, options)


def button(do: str, text: str, hint: str = "", *, main: bool = False, ask: str = "") -> Markup:
    """A button: what it does is the field `do`. `main`: the form's own; `ask`: a question that comes first."""
    look = "apply" if main else "menu-button"
    button = Markup('<button name="do" value="{}" class="{}" title="{}"{}>{}</button>')
    ends = Markup(" formnovalidate") + confirmed(ask) if do == "end" else ""
    return button.format(do, look, hint, ends, text)
