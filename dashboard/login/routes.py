"""The routes of local accounts.

GET  /login?next=…       the form
POST /login              sign in
POST /login/code         the code of a second factor: token, code
POST /logout             sign out
GET  /password/<token>   the form behind a link of invitation or reset
POST /password           choose the password
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, redirect, request

from analytics.errors import Busy, NotAllowed, RequestError
from analytics.language import N_, _
from dashboard.company import audit, sessions, users
from dashboard.company.state import State
from dashboard.company.users import ADMINISTRATORS, User
from dashboard.components.refusals import refusal
from dashboard.login import pages, totp
from dashboard.login.guard import keep, leaving, safe_next

log = logging.getLogger("storesight")

HASHES_AT_ONCE = 2  # checking a password takes 20 MB and a twentieth of a second
MOST_REFUSED = 60  # sign-ins that the log of a minute names
LONGEST_FIELD = 2000


TURNS = "storesight.turns"  # of the server: turns at checking passwords


class Turns:
    """Lets few passwords be checked at a time, and half of a worker's threads at most wait for it: whoever sends many
    must not keep pages from being answered."""

    def __init__(self, threads: int) -> None:
        self._waiting = threading.BoundedSemaphore(max(HASHES_AT_ONCE, threads // 2))
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)

    @contextmanager
    def take(self) -> Iterator[None]:
        """A turn. Busy where too many wait for one."""
        if not self._waiting.acquire(blocking=False):
            raise Busy(N_("many people are signing in right now."), hint=N_("Try again in a few seconds."))
        try:
            with self._hashing:
                yield
        finally:
            self._waiting.release()


def install(server: Flask, state: State, audit_days: int, threads: int = 4) -> None:
    """Add the routes of signing in. Entries of the audit log older than `audit_days` go when somebody signs in.
    `threads`: of this process."""
    turns, refused = Turns(threads), audit.Bound(MOST_REFUSED)
    server.extensions[TURNS] = turns

    @server.get("/login")
    def login() -> Response:
        return pages.shown(pages.sign_in(safe_next(request.args.get("next", "/"))))

    @server.post("/login", endpoint="sign_in")
    def sign_in() -> Response:
        name, password = _field("name"), _field("password")
        target = safe_next(_field("next") or "/")
        try:
            with turns.take():
                user = users.verify(state, name, password)
        except Busy as busy:
            return pages.shown(pages.sign_in(target, name, str(busy)), 503)
        except NotAllowed as wrong:
            # Anybody may type any name, so these are bounded together.
            refused.record(state, name, "sign-in refused", detail=str(request.remote_addr), key="everybody")
            return pages.shown(pages.sign_in(target, name, str(wrong)), 403)
        return _next(state, user, target, audit_days)

    _install_code(server, state, refused, audit_days)
    leaving(server, state, lambda _: "/login")

    @server.get("/password/<token>")
    def password(token: str) -> Response:
        try:
            user = users.invited(state, token)
        except NotAllowed as refused:
            return pages.shown(pages.message(_("This link does not work"), str(refused)), 403)
        return pages.shown(pages.choose_password(token, user.name))

    @server.post("/password")
    def choose_password() -> Response:
        token, chosen = _field("token"), _field("password")
        try:
            user = users.invited(state, token)
            with turns.take():
                user = users.choose_password(state, token, chosen)
        except Busy as busy:
            return pages.shown(pages.choose_password(token, user.name, str(busy)), 503)
        except RequestError as fault:
            return pages.shown(pages.choose_password(token, user.name, refusal(fault)), 400)
        except NotAllowed as refused:
            return pages.shown(pages.message(_("This link does not work"), str(refused)), 403)
        audit.record(state, user.name, "chose a password")
        return _next(state, user, "/", audit_days)


def _install_code(server: Flask, state: State, refused: audit.Bound, audit_days: int) -> None:
    """Add the route that takes the code of a second factor."""

    @server.post("/login/code", endpoint="sign_in_code")
    def sign_in_code() -> Response:
        token, target = _field("token"), safe_next(_field("next") or "/")
        try:
            user = totp.awaited(state, token)
        except NotAllowed as late:
            return pages.shown(pages.sign_in(target, fault=str(late)), 403)
        try:
            totp.check(state, user, _field("code"))
        except NotAllowed as wrong:
            refused.record(state, user.name, "sign-in refused", "code", str(request.remote_addr), key="everybody")
            return pages.shown(pages.ask_code(token, target, str(wrong)), 403)
        sessions.end_token(state, token)
        return _signed_in(state, user, target, audit_days)


def first_administrator(state: State, base: str) -> str:
    """The address with which the first administrator chooses a password; "" where there is an administrator who has
    one. Each call ends the link of the call before."""
    everybody = users.all_users(state)
    administrators = [u for u in everybody if ADMINISTRATORS in u.groups and u.active]
    if any(u.ready for u in administrators):
        return ""
    if administrators:
        user = administrators[0]
    else:
        taken = {u.name for u in everybody}  # an account of that name may be switched off, or in other groups by now
        name = next(n for n in ("admin", *(f"admin-{i}" for i in range(2, len(taken) + 3))) if n not in taken)
        try:
            user = users.add(state, name, "Administrator", [ADMINISTRATORS])
        except RequestError:  # another process, which starts at the same moment, has added it
            user = users.find(state, name)
    return f"{base}/password/{users.invite(state, user)}"


def _next(state: State, user: User, target: str, audit_days: int) -> Response:
    """After the password: signed in, or asked for a code."""
    if user.second:
        return pages.shown(pages.ask_code(totp.wait(state, user), target))
    return _signed_in(state, user, target, audit_days)


def _signed_in(state: State, user: User, target: str, audit_days: int) -> Response:
    token = sessions.begin(state, user.name, user.title, user.groups, "local", user_id=user.id)
    audit.record(state, user.name, "signed in", detail=str(request.remote_addr))
    audit.forget(state, audit_days)
    response = redirect(target, 303)
    keep(response, token)  # type: ignore[arg-type]
    return response  # type: ignore[return-value]


def _field(name: str) -> str:
    text = request.form.get(name, "")
    if len(text) > LONGEST_FIELD and name != "next":
        raise RequestError(N_("enter at most {most} characters.", most=LONGEST_FIELD), where=name)
    return text
