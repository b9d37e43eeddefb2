"""How the web server behaves whatever page it serves: request lines in the log, security headers, health, limits, 404s.

Each concern is one function over the Flask server; create_app calls them in the order in which they stand here.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import logging.config
import re
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, request
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from analytics.errors import (
    BeingComputed,
    Busy,
    EngineError,
    LinkEnded,
    NotAllowed,
    NotEnoughData,
    NotInData,
    NotSignedIn,
    RequestError,
    StateError,
    StoreError,
    StoresightError,
    TooLarge,
    TooManyRequests,
)
from dashboard import journal

log = logging.getLogger("dashboard.requests")

LARGEST_BODY = 1024 * 1024  # of a request: callbacks carry a URL and small states
QUIET = (
    "/assets/",
    "/vendor/",
    "/_dash-component-suites/",
    "/scripts/",
    "/client/",
    "/healthz",
    "/readyz",
    "/_favicon.ico",
)
CATCH_ALL = "/<path:path>"  # Dash's route that answers every unknown path with the application

RETRY_SECONDS = "5"
PASSING = (BeingComputed, Busy, StateError)  # what may well be over in a moment
STATUS: dict[type[StoresightError], int] = {  # the first that fits
    TooLarge: 413,
    RequestError: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    LinkEnded: 410,
    NotInData: 404,
    NotEnoughData: 422,
    TooManyRequests: 429,
    EngineError: 501,
    StoreError: 503,
    StateError: 503,
    BeingComputed: 503,
    Busy: 503,
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# For the page of a link, which another site may have put into a sandbox, where it is of no origin: what its own
# requests need. The link in their address is the whole permission; without one, or with a login, nothing comes of it.
SANDBOXED = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Content-Type, X-CSRFToken"}
POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'self'"
)
NOT_FOUND = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>No such page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem}</style>
</head><body><h1>There is no such page</h1><p>Go to the <a href="/">overview</a>.</p></body></html>"""


def install_log(server: Flask, level: str) -> None:
    """JSON logs; one line a request with id, method, path, status, milliseconds and the facts noted in journal.

    The id of a request is the X-Request-ID that a router gave it, else a new one; the answer carries it too.
    """
    logging.config.dictConfig(journal.configuration(level))

    @server.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        ident = given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else uuid.uuid4().hex[:16]
        g.facts, g.began = journal.begin(request=ident), time.perf_counter()

    @server.after_request
    def end(response: Response) -> Response:
        facts = g.get("facts")
        if facts is None:  # refused before our hook ran
            return response
        response.headers["X-Request-ID"] = facts["request"]
        quiet = request.path.startswith(QUIET) and response.status_code < 400
        line = {
            "method": request.method,
            "path": request.path[:500],
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.began) * 1000, 1),
        }
        log.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"facts": line | facts})
        return response

    @server.teardown_request
    def forget(_: BaseException | None) -> None:
        journal.end()


def install_limits(server: Flask, largest_body: int = LARGEST_BODY) -> None:
    """A larger body is answered with 413 before anybody reads it."""
    server.config["MAX_CONTENT_LENGTH"] = largest_body


def install_errors(
    server: Flask,
    page: Callable[[StoresightError], str] | None = None,
    failed: Callable[[str], str] | None = None,
) -> None:
    """Errors of the application's own family with the status that they mean; any other is a 500 with the request's id,
    by which the log has its traceback. They are JSON or, for a browser that shows the answer, the `page` of the error,
    and `failed` of an id."""

    @server.errorhandler(500)
    def defect(_: Exception) -> Response:
        ident = str(journal.facts().get("request", "unknown"))
        if failed is not None and _is_shown():
            try:
                return Response(failed(ident), 500, mimetype="text/html")
            except Exception:  # what failed may be what a page needs
                log.exception("the page about a defect failed")
        answer = jsonify(error=f"The server failed; its log has the reason under the error id {ident}.", id=ident)
        answer.status_code = 500
        return answer

    @server.errorhandler(StoresightError)
    def refused(error: StoresightError) -> Response:
        if page is not None and _is_shown():
            answer = Response(page(error), mimetype="text/html")
        else:
            answer = jsonify(error=str(error), kind=type(error).__name__)
        answer.status_code = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        if isinstance(error, PASSING):
            answer.headers["Retry-After"] = RETRY_SECONDS
            if answer.mimetype == "text/html" and request.method == "GET":
                answer.headers["Refresh"] = RETRY_SECONDS  # whoever waits for the page need not do it
        if isinstance(error, TooManyRequests):
            answer.headers["Retry-After"] = str(error.seconds)
        return answer


def _is_shown() -> bool:
    """Whether a browser shows the answer to somebody, rather than a program reading it."""
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def install_proxy(server: Flask, proxies: int) -> None:
    """Trust the X-Forwarded headers of this number of proxies in front; of none by default."""
    if proxies:
        server.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            server.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=proxies
        )


def install_security(server: Flask, hashes: Callable[[], Sequence[str]], inline_scripts: Sequence[str] = ()) -> None:
    """Security headers on every answer, and a content policy without unsafe-eval.

    `hashes`: app.csp_hashes, called at the first answer, since Dash adds inline scripts until then. `inline_scripts`:
    texts of further scripts in the index page. `g.framed_by` holds the origins whose pages may show the answer in a
    frame; nobody's may unless a link says so.
    """
    server.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True)
    own = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline_scripts]
    policy: list[str] = []

    @server.after_request
    def protect(response: Response) -> Response:
        if not policy:
            policy.append(POLICY.format(scripts=" ".join(dict.fromkeys([*hashes(), *own]))))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        own_policy = policy[0]
        if parents := g.get("framed_by"):
            del response.headers["X-Frame-Options"]  # it knows no names
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            own_policy = own_policy.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(parents)}")
        if g.get("linked"):  # the address holds the link's secret
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers.update(SANDBOXED)
        response.headers.setdefault("Content-Security-Policy", own_policy)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


def install_privacy(server: Flask) -> None:
    """Nothing is stored by browsers or proxies unless its route allows it: data are for the viewer who requested them.
    A page may be stored by the browser, which checks with the server before it uses it."""

    @server.after_request
    def keep_private(response: Response) -> Response:
        kept = "no-cache" if response.mimetype == "text/html" else "no-store"
        response.headers.setdefault("Cache-Control", f"private, {kept}")
        return response


def install_health(
    server: Flask, reasons: Callable[[], Sequence[str]], facts: Callable[[], Mapping[str, Any]] = dict
) -> None:
    """/healthz: this process answers. /readyz: 200, or 503 with the reasons why it cannot serve yet; and `facts`."""

    @server.get("/healthz")
    def healthz() -> Response:
        return _never_stored(jsonify(status="ok"))

    @server.get("/readyz")
    def readyz() -> Response:
        why = list(reasons())
        answer = jsonify(status="not ready" if why else "ready", reasons=why, **facts())
        answer.status_code = 503 if why else 200
        if why:
            answer.headers["Retry-After"] = RETRY_SECONDS
        return _never_stored(answer)


def install_pages_only(
    server: Flask, pages: Collection[str], missing: Callable[[str], str] = lambda _: NOT_FOUND
) -> None:
    """A path that is no page ("/", "/trends") and no other route is a 404, where Dash would show the application.
    `missing`: the HTML that says so of a path."""
    known = {_trimmed(page) for page in pages}

    @server.before_request
    def refuse() -> Response | None:
        if request.endpoint == CATCH_ALL and _trimmed(request.path) not in known:
            return make_response(missing(request.path), 404, {"Content-Type": "text/html; charset=utf-8"})
        return None


def install_compression(server: Flask) -> None:
    """Compress answers made for a request: zstd where the browser takes it, else gzip. Static files are static.py's."""
    server.config.update(
        COMPRESS_ALGORITHM=["zstd", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["zstd"],
        COMPRESS_ZSTD_LEVEL=3,
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=500,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/plain",
            "text/csv",
            "application/json",
            "application/geo+json",
            "image/svg+xml",
        ],
    )
    Compress(server)


def _never_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _trimmed(path: str) -> str:
    return path.rstrip("/") or "/"
