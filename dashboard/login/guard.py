"""Before every request: who sends it, and may they? What is not allowed explicitly is refused.

A browser holds the token of its session in a cookie and nothing else. A request that changes something must come from
a page of this application: the browser says so in headers that no page can set (Sec-Fetch-Site, Origin).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, g, redirect, request

from analytics.errors import LinkEnded, NotAllowed, NotSignedIn, StoresightError
from analytics.language import N_
from analytics.selection.query import PRESENT
from dashboard.answers import viewers
from dashboard.answers.viewers import Right, Viewer
from dashboard.company import api_tokens, audit, sessions
from dashboard.company.api_tokens import ApiToken, Scope
from dashboard.company.policies import EXTENSION as POLICIES
from dashboard.company.policies import Policies
from dashboard.company.sessions import Eyes, Session
from dashboard.company.state import EXTENSION, State
from dashboard.login import pages
from dashboard.login.rights import FOR_TOKENS, PROVEN_BY_ADDRESS, Access, access_of, for_links, reads
from dashboard.sharing import shares
from dashboard.sharing.address import Link, current_link
from dashboard.sharing.visits import Visits
from dashboard.web.hosts import check_origin

FIND = "storesight.session"
SECURE_COOKIE, PLAIN_COOKIE = "__Host-storesight", "storesight"
AUDITED = {  # what the log says of a route that was answered
    "/": "opened a page",
    "/<path:path>": "opened a page",
    "_data": "took figures away",
    "_lines": "took order lines away",
    "_lines_excel": "took order lines away",
    "_excel": "took a workbook away",
    "_report": "took a report away",
    "_deck": "took a deck away",
    "uploads.load": "added data",
    "uploads.change": "changed how data are read",
    "uploads.undo": "put back a version of data",
    "mcp": "asked as an agent",
    "_quality": "took a quality report away",
    "_quality_page": "opened a quality report",
    "people.audit": "read the audit log",
    "people.audit_file": "took the audit log away",
}
REFUSED: Final = "was refused"
OFTEN = frozenset({REFUSED, "read the audit log"})  # of which a minute has MOST_OFTEN entries of a person
MOST_OFTEN = 20
TOLD: dict[Scope, str] = {
    "read": N_("the token “{name}” is not for figures, order lines and workbooks."),
    "mcp": N_("the token “{name}” is not for AI agents."),
}
UNENDING = frozenset({"me", "proxy"})  # methods in which each request says by itself who sends it
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_MISSING: Final = object()


@dataclass(frozen=True)
class Guard:
    """Lets nobody pass who may not. `policies` gives the policies as they are now; `find` finds who sends a request,
    None where a cookie tells; `visits` finds the viewers of links, None where there are no links."""

    state: State
    policies: Callable[[], Policies]
    find: Callable[[], Session | None] | None = None
    per_minute: int = api_tokens.PER_MINUTE  # requests with one token
    often: audit.Bound = field(default_factory=lambda: audit.Bound(MOST_OFTEN))
    visits: Visits | None = None

    def check(self) -> Response | None:
        """Before a request: None lets it pass. NotSignedIn and NotAllowed where it may not."""
        access = access_of(request.endpoint or "")
        if link := current_link():
            return self._check_link(link, access)
        session = current_session() if access != "open" else None
        program = session is not None and session.api_token is not None
        proven = program or request.endpoint in PROVEN_BY_ADDRESS  # no browser adds a token by itself
        if request.method in CHANGING and not proven:
            check_origin()
        if access == "open" or request.endpoint is None:  # the second is a 404
            return None
        if session is None:
            return _to_the_form(access if self.find is None else None)
        if session.api_token is not None:
            self._count(session.api_token)
        if session.looking_as is not None and request.method in CHANGING and not reads(request.endpoint):
            raise NotAllowed(
                N_("you are viewing as {person} and cannot change anything.", person=session.looking_as.title),
                hint=N_("Choose “View as yourself again” at the top of the page first."),
            )
        if access == "signed in" or (access is not None and viewers.current_viewer().may(access)):
            return None
        return _refused(access, session)

    def _count(self, token: ApiToken) -> None:
        """NotAllowed where a token is not for this route, TooManyRequests where it has been used too often."""
        scope = FOR_TOKENS.get(request.endpoint or "")
        if scope is None:
            raise NotAllowed(N_("a token may only read figures."), hint=N_("See docs/people.md."))
        if scope not in token.scopes:
            raise NotAllowed(N_(TOLD[scope], name=token.title), hint=N_("Create another one."))
        api_tokens.count(self.state, token, self.per_minute)

    def session(self) -> Session | None:
        """Who sends the request: a program with a token, else whom `find` or the cookie tells."""
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            token = api_tokens.find(self.state, text.strip())
            return Session("", token.subject, token.title, token.groups, "token", api_token=token) if token else None
        if self.find is not None:
            return self.find()
        cookie = request.cookies.get(SECURE_COOKIE if request.is_secure else PLAIN_COOKIE, "")
        return sessions.find(self.state, cookie) if cookie else None

    def viewer(self) -> Viewer:
        """The viewer of the request; one who may do nothing where nobody is signed in, or no policy is theirs."""
        if link := current_link():
            if self.visits is None:
                raise LinkEnded(N_("there are no links."))
            g.visitor = self.visits.viewer(link, self._reader)
            visitor: Viewer = g.visitor
            return visitor
        return self._person(current_session())

    def _reader(self) -> Viewer | None:
        """Who is signed in and follows a link; a program is nobody."""
        session = current_session()
        return None if session is None or session.api_token else self._person(session)

    def _person(self, session: Session | None) -> Viewer:
        policy = self.policies().of(session.groups) if session else None
        if session is not None and session.looking_as is not None and policy and "administer" in policy.rights:
            return self._looking(session, session.looking_as)
        if session is None or policy is None:
            return Viewer(session.subject if session else "nobody", viewers.NOTHING, rights=frozenset())
        if session.api_token:
            return session.api_token.narrowed(policy).viewer(session.subject, "", session.groups, signs_out=False)
        return policy.viewer(session.subject, session.title, session.groups, signs_out=session.method not in UNENDING)

    def _looking(self, session: Session, eyes: Eyes) -> Viewer:
        """An administrator with the eyes of somebody else. The name is nobody's, so that what belongs to that person
        alone (saved views, when they looked last) is neither shown nor touched."""
        name, policy = f"{session.subject} as {eyes.title}", self.policies().of(eyes.groups)
        if policy is None:
            nothing = frozenset[Right]()
            return Viewer(name, viewers.NOTHING, rights=nothing, title=eyes.title, administrator=session.title)
        seen = policy.viewer(name, eyes.title, eyes.groups, signs_out=True)
        return replace(seen, administrator=session.title)

    def _check_link(self, link: Link, access: Access | None) -> Response | None:
        """Before a request by a link: it reaches the link's page and what that calls, and nothing else."""
        g.linked = True
        if request.endpoint is None or request.method == "OPTIONS":  # a 404; or what a browser asks before it asks
            return None
        if not for_links(request.endpoint) or access is None:
            raise NotAllowed(N_("a link shows one page and nothing else."))
        opens_page = access == "view" and request.method == "GET"
        try:
            viewer = viewers.current_viewer()
        except NotSignedIn:
            if opens_page and self.find is None:  # else a proxy would have named them
                return redirect(f"/login?next={quote(f'{link.root}/', safe='')}")  # type: ignore[return-value]
            raise
        except (LinkEnded, NotAllowed) as refused:
            viewers.refuse_viewer()
            if opens_page:
                return pages.shown(pages.link_ended(refused), 410)
            raise
        if request.method in CHANGING and viewer.linked and viewer.linked.signed_in:  # a cookie says who it is
            check_origin()
        if access not in viewer.rights:
            raise NotAllowed(N_("this link does not allow that."), hint=N_("Ask the person who sent it."))
        if request.endpoint == "/" and viewer.linked:
            there = f"{link.root}{viewer.linked.page}?{viewer.linked.query}"
            return redirect(there + _presented())  # type: ignore[return-value]
        return None

    def note(self, response: Response) -> Response:
        """After a request: what the audit log says of it."""
        who, by = _sender()
        if not who:
            return response
        refused = response.status_code in (403, 429)
        action = REFUSED if refused else AUDITED.get(request.endpoint or "")
        if action and (refused or response.status_code < 300):
            query = g.get("audited") or request.query_string.decode("utf-8", "replace")
            visitor: Viewer | None = g.get("visitor")  # anybody may open a public link, as often as they like
            public = visitor is not None and visitor.linked is not None and not visitor.linked.signed_in
            entry = (self.state, who, action + by, request.path, query)
            try:
                self.often.settle(self.state)
                if action in OFTEN or public:  # from however many addresses a link is opened
                    self.often.record(*entry, kind=action)
                else:
                    audit.record(*entry)
                if action == "opened a page" and g.get("share"):
                    shares.note_opening(self.state, g.share)
            except StoresightError as fault:  # what cannot be logged is not given
                response.close()
                return current_app.make_response(current_app.handle_user_exception(fault))
        return response


def _sender() -> tuple[str, str]:
    """Whom the audit log names, and by what they came; "" where nobody was let in."""
    if current_link() is not None:
        found: Viewer | None = g.get("visitor")
        if found is None or found.linked is None:
            return "", ""
        return found.name, f" by the {g.link}" + ("" if found.linked.signed_in else f" from {request.remote_addr}")
    session = g.get("session")
    if session is None:
        return "", ""
    by = f" with the token “{session.title}”" if session.api_token else ""
    return session.subject, by + (f" as {session.looking_as.title}" if session.looking_as else "")


def install(server: Flask, guard: Guard) -> None:
    """Put the guard before every request."""
    server.before_request(guard.check)
    server.after_request(guard.note)
    viewers.install(server, guard.viewer)
    server.extensions[EXTENSION] = guard.state
    server.extensions[FIND] = guard.session
    server.extensions[POLICIES] = guard.policies


def current_session() -> Session | None:
    """Who is signed in and sends the request; None where nobody is."""
    found: Any = g.get("session", _MISSING)
    if found is _MISSING:
        found = g.session = current_app.extensions[FIND]()
    session: Session | None = found
    return session


def _to_the_form(access: Access | None) -> Response:
    """Lead somebody who opens a page to the form; NotSignedIn for any other request."""
    if access is not None and _opens_a_page(access):
        return redirect(f"/login?next={quote(_here(), safe='')}")  # type: ignore[return-value]
    raise NotSignedIn(N_("you are not signed in, or your session has ended."), hint=N_("Sign in at /login."))


def _refused(access: Access | None, session: Session) -> Response:
    """A page for somebody who opens one that they may not see; NotAllowed for any other request."""
    if access == "view" and request.method == "GET":
        eyes = session.looking_as
        return pages.shown(pages.no_access(eyes.title if eyes else session.title), 403)
    if access is not None and _opens_a_page(access):
        return pages.shown(pages.not_allowed(access), 403)
    raise NotAllowed(N_("you may not do this."), hint=N_("Ask an administrator of Storesight."))


def _opens_a_page(access: Access) -> bool:
    """Whether a browser shows the answer as a page of its own, rather than a script reading it."""
    if request.method != "GET":
        return False
    shown = request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"
    return shown or (access == "view" and request.accept_mimetypes.accept_html)


def leaving(server: Flask, state: State, elsewhere: Callable[[Session], str]) -> None:
    """Add POST /logout, which ends the session here and then leads to the address that `elsewhere` gives."""

    @server.post("/logout")
    def sign_out() -> Response:
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        sessions.end(state, session)
        audit.record(state, session.subject, "signed out")
        address = elsewhere(session)
        if address.startswith("/"):
            response: Response = redirect(address, 303)  # type: ignore[assignment]
        else:  # the answer to a form may not lead to another site: form-action in the content policy
            response = pages.shown(pages.signed_out(address))
            response.headers["Refresh"] = f"0; url={address}"
        keep(response, "")
        return response


def keep(response: Response, token: str) -> None:
    """Give the browser the token of its session; "" takes it away."""
    secure = request.is_secure
    name = SECURE_COOKIE if secure else PLAIN_COOKIE
    if token:
        age = sessions.LONGEST_SECONDS
        response.set_cookie(name, token, max_age=age, secure=secure, httponly=True, samesite="Lax", path="/")
    else:
        response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax", path="/")


def safe_next(address: str) -> str:
    """An address of this application that somebody wanted to open before signing in; "/" for anything else."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if plain and len(address) < 16_000 and address.isprintable() else "/"


def _here() -> str:
    return request.full_path.rstrip("?")


def _presented() -> str:
    """That the address begins a presentation, as for a screen on the wall: what follows from it for the next one."""
    seconds = request.args.get(PRESENT, "")
    return f"&{PRESENT}={seconds}" if re.fullmatch("[0-9]{1,4}", seconds) else ""
