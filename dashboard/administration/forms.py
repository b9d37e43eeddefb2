"""What the pages of this room share: fields of a form as they are sent, checked."""

from __future__ import annotations

from typing import Any

from flask import request
from markupsafe import Markup

from analytics.errors import RequestError
from analytics.language import N_
from dashboard.components.controls import confirmed
from dashboard.components.refusals import refused

LONGEST_FIELD = 20_000


def field(name: str, longest: int = LONGEST_FIELD) -> str:
    """A field of the form that was sent; "" where it is missing. RequestError where it is too long."""
    text = request.form.get(name, "")
    if len(text) > longest:
        raise RequestError(N_("enter at most {most} characters.", most=longest), where=name)
    return text


def listed_groups() -> list[str]:
    """The names in the field `groups`, which commas separate."""
    return [group.strip() for group in field("groups").split(",") if group.strip()]


def button(do: str, text: str, ask: str = "") -> Markup:
    """One of the buttons of a form: which one was used is the field `do`. `ask`: a question that comes first."""
    return Markup('<button name="do" value="{}"{}>{}</button>').format(do, confirmed(ask), text)


def told(fault: str, message: list[Any]) -> list[Any]:
    """What stands above a form after it was sent: why it failed, and what came of it."""
    return [*refused(fault), *message]
