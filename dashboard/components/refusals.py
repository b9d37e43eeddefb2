"""Why a form was refused, above it; the browser points at the field that is wrong (assets/js/standing.js)."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.errors import StoresightError, capital
from dashboard.components.controls import attributes


class Refusal(str):
    """Why a form was refused, as its reader is told. `field`: the name of the field that is wrong; "" where no single
    one is."""

    field: str = ""


def refusal(fault: StoresightError) -> Refusal:
    """What the error says and what to do. Its place is no word for people, but the name of a field."""
    told = Refusal(capital(f"{fault.message} {fault.hint}".strip()))
    told.field = str.__str__(fault.place) if fault.place.isidentifier() else ""
    return told


def refused(told: str) -> list[Any]:
    """The words above the form, for a Refusal with its field; [] for ""."""
    about = attributes(data_field=told.field if isinstance(told, Refusal) else "")
    return [html.P(capital(str(told)), className="fault", role="alert", **about)] if told else []
