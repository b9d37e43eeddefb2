"""Bodies that no page sends, refused with 400 and a sentence whatever route they are posted to.

Dash trusts the bodies of its own routes: it takes any JSON for an input, and raises whatever it stumbles over where a
body is not even that. So each of our callbacks is called through `guarded`; what Dash raises itself, before or after
it, is the body's fault.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from dash import Dash
from flask import g
from werkzeug.exceptions import BadRequest, HTTPException

from analytics.errors import RequestError, StoresightError
from analytics.language import N_

log = logging.getLogger("dashboard.requests")

Function = Callable[..., Any]


def guarded(callback: Function, wanted: int) -> Function:
    """A callback that is called only with as many values as wanted, all of them JSON that can be written again: texts
    of whole characters, not nested without end. Anything else raises RequestError."""

    @wraps(callback)
    def called(*values: Any) -> Any:
        if len(values) != wanted:
            raise RequestError(N_("a callback's values must be the {wanted} that it declares.", wanted=wanted))
        try:
            orjson.dumps(values)
        except (TypeError, ValueError):
            raise RequestError(N_("a callback's values must be JSON whose texts are whole characters.")) from None
        try:
            return callback(*values)
        except Exception:
            g.callback_failed = True
            raise

    return called


def install(app: Dash) -> None:
    """Refuse what Dash cannot read. A fault of another route stays what it is, with a traceback in the log."""
    for rule in app.server.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("/_"):
            view = app.server.view_functions[rule.endpoint]
            app.server.view_functions[rule.endpoint] = _refusing(view)


def _refusing(view: Function) -> Function:
    @wraps(view)
    def answer(**path: Any) -> Any:
        try:
            return view(**path)
        except Exception as error:
            own = g.get("callback_failed") or isinstance(error, StoresightError)
            if own or (isinstance(error, HTTPException) and not isinstance(error, BadRequest)):
                raise
            log.info("Dash could not read a body: %s", type(error).__name__)
            raise RequestError(N_("the body is not one that a page sends.")) from None

    return answer
