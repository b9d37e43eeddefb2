"""In which language somebody reads: their account says so, or the browser's choice in the menu, or what the browser
asks for, or the data set that opens; English otherwise.

    POST /language    language = en, de or fr: kept in a cookie and, of somebody who is signed in, with their account;
                      language = browser: what was chosen is forgotten, and the browser is asked again;
                      next = /account leads back to that page

Where nobody signs in (STORESIGHT_LOGIN=me), all browsers are one person: each reads in the language chosen in it, and
mails are written in the one chosen last.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from analytics.errors import StoresightError, UnknownName
from analytics.language import ENGLISH, LANGUAGES, _, begin_language, supported
from dashboard.answers.service import Service
from dashboard.answers.viewers import ME, Viewer, current_viewer
from dashboard.company.state import current_state
from dashboard.web.server import QUIET

COOKIE: Final = "storesight_language"  # one of LANGUAGES; it allows nothing, and any other value is ignored
ACCOUNT: Final = "/account"  # whose form leads back there
BROWSER: Final = "browser"  # the choice of none of LANGUAGES
YEAR: Final = 365 * 24 * 3600
# What programs read and operators search is English, whoever asks.
ENGLISH_ONLY: Final = frozenset(
    {"_catalogue", "_data", "_lines", "_quality", "_metrics", "mcp", "mcp_stream", "healthz", "readyz"}
)
FILES: Final = (*QUIET, "/client/")  # the same for everybody


def follow_browsers(server: Flask) -> None:
    """Write each answer in the language that its browser asks for. To be called before the guard, whose refusals are
    written so."""

    @server.before_request
    def begin() -> None:
        begin_language(ENGLISH if request.endpoint in ENGLISH_ONLY else _of_browser() or ENGLISH)

    @server.teardown_request
    def end(_error: BaseException | None) -> None:
        begin_language(ENGLISH)


def install(server: Flask, service: Service) -> None:
    """The same for people who are signed in and chose one, and for browsers that ask for none of ours; and the route of
    the choice. To be called after the guard."""

    @server.before_request
    def begin() -> None:
        endpoint = request.endpoint
        if not endpoint or endpoint in ENGLISH_ONLY or request.path.startswith(FILES) or _is_open(endpoint):
            return
        if request.method == "OPTIONS":  # what a browser asks before it asks, of an ended link too
            return
        viewer = current_viewer()
        begin_language(_of_account(viewer) or _of_browser() or _of_data(service, viewer) or ENGLISH)

    @server.post("/language", endpoint="language.choose")
    def choose() -> Response:
        code = request.form.get("language", "")
        if code not in (*LANGUAGES, BROWSER):
            raise UnknownName("language", code, [*LANGUAGES, BROWSER], where="language")
        state, viewer = current_state(), current_viewer()
        if state is not None and viewer.title and viewer.linked is None:
            from dashboard.company import audit  # both need packages that only a state store needs
            from dashboard.languages import kept

            if code == BROWSER:
                kept.forget(state, viewer.name)
            else:
                kept.keep(state, viewer.name, code)
            audit.record(state, viewer.name, "changed their account", f"language {code}")
        account = request.form.get("next") == ACCOUNT
        answer = Response(status=303, headers={"Location": ACCOUNT}) if account else Response(status=204)
        secure = request.is_secure
        if code == BROWSER:
            answer.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="Lax", path="/")
            return answer
        answer.set_cookie(COOKIE, code, max_age=YEAR, secure=secure, httponly=True, samesite="Lax", path="/")
        return answer


def _is_open(endpoint: str) -> bool:
    """Whether nobody need be signed in here, though people sign in elsewhere."""
    if current_state() is None:
        return False
    from dashboard.login.rights import access_of

    return access_of(endpoint) in ("open", None)


def _of_account(viewer: Viewer) -> str:
    state = current_state()
    if state is None or not viewer.title or viewer.name == ME or viewer.linked is not None:
        return ""
    from dashboard.languages import kept

    return kept.of(state, viewer.name)


def _of_browser() -> str:
    return _of_cookie() or next(filter(None, (supported(tag) for tag, _quality in request.accept_languages)), "")


def _of_cookie() -> str:
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else ""


def _of_data(service: Service, viewer: Viewer) -> str:
    """The language of the data set that opens first; "" where none does."""
    seen = service.for_viewer(viewer)
    try:
        return supported(seen.engine(request.args.get("data") or seen.default_dataset()).profile.locale)
    except StoresightError:
        return ""


def choices() -> list[tuple[str, str, bool]]:
    """Each language, by its code and how it names itself, then none of them; and which of these the viewer has
    chosen."""
    chosen = _of_account(current_viewer()) or _of_cookie() or BROWSER
    return [
        (code, name, code == chosen)
        for code, name in (*LANGUAGES.items(), (BROWSER, _("Language as the browser asks")))
    ]
