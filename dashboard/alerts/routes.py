"""The routes of alerts.

GET  /alerts             the page: a form, one's rules, what was sent. ?view=ADDRESS takes data set and filters of a
                         page, ?data=NAME a data set, ?rule=NUMBER fills the form with a rule
POST /alerts             do = try: what it would have told; do = save: keep it, where just this was tried
POST /alerts/<number>    do = pause, resume or delete
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Flask, Response, redirect, request

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError, TooLarge, TooManyRequests
from analytics.language import N_, _, several
from analytics.methods.alarms.alerts import AlertRule
from analytics.selection import Resolved, Selection
from dashboard.administration.forms import field
from dashboard.alerts import conditions, letters, rules
from dashboard.alerts.checking import Checker
from dashboard.alerts.page import Draft, Shown, page
from dashboard.alerts.rules import MOST_CHANNELS, Rule, checked_title, read_quiet
from dashboard.alerts.trials import trial
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit
from dashboard.company.owners import Owner, confirm, owner_of
from dashboard.components.refusals import refusal
from dashboard.delivery import deliveries
from dashboard.delivery.jobs import Runner
from dashboard.delivery.senders import HOOK, MAIL
from dashboard.login import pages
from dashboard.login.guard import current_session
from dashboard.page.protocol import address
from dashboard.text.selections import clause_text

TEXTS: Final = ("query", "title", "metric", "grain", "kind", "number", "mails", "quiet")
LONGEST: Final = {"query": 16_000, "mails": 1000}  # other fields: SHORT
SHORT: Final = 200
FIRST: Final = {"metric": "revenue", "grain": "day", "kind": "below"}  # what the form begins with
MOST_SENT = 30
MOST_TESTS, HOUR = 10, 3600  # tests that somebody may send an hour: whom they reach did not ask for them
CHANGED: Final = "changed an alert"  # in the audit log


def install(server: Flask, runner: Runner, service: Service, checker: Checker) -> None:
    """Add the routes."""
    desk = _Desk(runner, service, checker)
    server.add_url_rule("/alerts", "alerts.listed", desk.listed, methods=["GET"])
    server.add_url_rule("/alerts", "alerts.save", desk.save, methods=["POST"])
    server.add_url_rule("/alerts/<int:number>", "alerts.change", desk.change, methods=["POST"])
    server.add_url_rule("/alerts/messages/<int:number>", "alerts.again", desk.again, methods=["POST"])


class _Desk:
    """What the routes do."""

    def __init__(self, runner: Runner, service: Service, checker: Checker) -> None:
        self._state, self._senders = runner.state, runner.senders
        self._service, self._checker = service, checker

    def listed(self) -> Response:
        """The page with a new form, or that of a rule."""
        confirm(self._state, self._owner())
        fault = ""
        try:
            draft = self._asked()
        except StoresightError as told:
            fault, draft = refusal(told), None
        return self._shown(draft or self._empty(fault))

    def save(self) -> Response:
        """Try what the form holds, or keep it where just that was tried."""
        service, do = self._viewer_service(), field("do", SHORT)
        if do not in ("try", "save"):
            raise RequestError("do must be try or save.", where="do")
        texts = {name: field(name, LONGEST.get(name, SHORT)) for name in TEXTS}
        draft = self._draft(service, texts, request.form.getlist("hook")[: MOST_CHANNELS + 1], _number("rule"))
        try:
            rule, engine, selection = self._made(service, draft)
            digest = _digest(rule)
            if do == "save" and field("tried", SHORT) == digest:
                return self._kept(rule)
            found = trial(rule.condition, engine, selection, self._checker.today(engine.profile.time_zone))
        except StoresightError as told:
            return self._shown(replace(draft, fault=refusal(told)), 400)
        again = _("You changed the alert. Look at the new test result, then save.") if do == "save" else ""
        return self._shown(replace(draft, trial=found, digest=digest, fault=again))

    def change(self, number: int) -> Response:
        """Pause a rule, let it go on, delete it, or send a test."""
        viewer, do = current_viewer(), field("do", SHORT)
        if do == "delete":
            rules.delete(self._state, viewer, number)
        elif do in ("pause", "resume"):
            rules.pause(self._state, viewer, number, active=do == "resume")
        elif do == "test":
            self._test(number)
        else:
            raise RequestError("do must be pause, resume, delete or test.", where="do")
        audit.record(self._state, viewer.name, CHANGED, f"{number}: {do}")
        return redirect("/alerts", 303)  # type: ignore[return-value]

    def _test(self, number: int) -> None:
        """A message on each channel of a rule of one's own, once a minute, and MOST_TESTS an hour of all together.
        TooManyRequests beyond that."""
        rule, hour_ago = self._own(str(number)), int(time.time()) - HOUR
        changes = audit.entries(self._state, who=current_viewer().name, action=CHANGED, since=hour_ago)
        if sum(change.what.endswith(": test") for change in changes) >= MOST_TESTS:
            raise TooManyRequests(N_("you may send at most {most} tests an hour.", most=MOST_TESTS), seconds=HOUR)
        minute = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time()))
        for channel in rule.channels:
            message = letters.test_of(rule, self._senders.base)
            deliveries.queue(self._state, channel, [(rule.key, f"{minute} test")], message)

    def again(self, number: int) -> Response:
        """Send a message once more that could not be sent, of a rule that one sees."""
        viewer = current_viewer()
        keys = [rule.key for rule in rules.seen_by(self._state, viewer)]
        if not deliveries.again(self._state, number, keys):
            raise RequestError(
                N_("message {number} does not wait to be sent again.", number=str(number)), where="message"
            )
        audit.record(self._state, viewer.name, "sent a message again", str(number))
        return redirect("/alerts", 303)  # type: ignore[return-value]

    def _own(self, number: str) -> Rule:
        found = [rule for rule in rules.of(self._state, current_viewer().name) if str(rule.id) == number]
        if not found:
            raise RequestError(N_("you have no alert {number}.", number=str(number)), where="alert")
        return found[0]

    # --- what the form holds
    def _asked(self) -> Draft | None:
        """The form that the address asks for; None where there are no data."""
        service = self._viewer_service()
        if number := request.args.get("rule", "")[:20]:
            return self._draft(service, *_filled(self._own(number)))
        view = request.args.get("view", "")
        if len(view) > LONGEST["query"]:
            raise TooLarge(N_("the address is too long."), where="view")
        query = address(view)[1] if view else ""
        if not query and (name := request.args.get("data", "")):
            query = Selection(data=name[:SHORT]).to_query()
        if not query and not [d for d in service.datasets() if not d.error]:
            return None
        selection, _, _ = service.select(query)
        texts = {**self._first(), "query": Selection(data=selection.data, clauses=selection.clauses).to_query()}
        return replace(self._draft(service, texts), wanted=bool(query))

    def _empty(self, fault: str) -> Draft | None:
        """The form for the first data set; None where there are none."""
        service = self._viewer_service()
        try:
            query = Selection(data=service.default_dataset()).to_query()
        except StoresightError:
            return None
        return replace(self._draft(service, {**self._first(), "query": query}), fault=fault)

    def _first(self) -> dict[str, str]:
        """What a new form begins with: also one's own address, where one's name is one that mail may go to."""
        try:
            own = self._senders.checked(f"{MAIL}:{current_viewer().name}").partition(":")[2]
        except RequestError:
            own = ""
        return {**FIRST, "mails": own}

    def _draft(self, service: ViewerService, texts: dict[str, str], hooks: Sequence[str] = (), rule: int = 0) -> Draft:
        selection, engine, _ = service.select(texts["query"])
        filters = several(clause_text(c, engine.schema) for c in selection.clauses)
        return Draft(texts, engine, filters, hooks, rule)

    def _made(self, service: ViewerService, draft: Draft) -> tuple[Rule, Engine, Resolved]:
        """The rule of the form, with its data. A StoresightError says what is wrong."""
        selection, engine, _ = service.select(draft.text("query"), strict=True)
        query = Selection(data=selection.data, clauses=selection.clauses).to_query()
        title = checked_title(draft.text("title"))
        made = conditions.made(
            title, draft.text("kind"), draft.text("metric"), draft.text("grain"), draft.text("number"), engine
        )
        named = [part.strip() for part in draft.text("mails").replace(";", ",").split(",") if part.strip()]
        wanted = [f"{MAIL}:{mail}" for mail in named] + [f"{HOOK}:{hook}" for hook in draft.hooks]
        channels = tuple(dict.fromkeys(self._senders.checked(channel) for channel in wanted[: MOST_CHANNELS + 1]))
        if len(wanted) > MOST_CHANNELS:
            raise TooLarge(N_("an alert may have at most {most} addresses.", most=MOST_CHANNELS), where="channel")
        quiet = read_quiet(draft.text("quiet"))
        rule = Rule(draft.rule, self._owner(), title, engine.name, query, made, channels, quiet)
        return rule, engine, engine.resolve(Selection.from_query(query)[0])

    def _kept(self, rule: Rule) -> Response:
        ident = rules.save(self._state, self._checker.begun(rule))
        what = f"{ident}: {rule.title}, to {', '.join(rule.channels) or 'nobody'}"
        audit.record(self._state, rule.owner.subject, "saved an alert", what, rule.query)
        return redirect("/alerts", 303)  # type: ignore[return-value]

    # --- who is there
    def _owner(self) -> Owner:
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        return owner_of(self._state, session)

    def _viewer_service(self) -> ViewerService:
        return self._service.for_viewer(current_viewer())

    def _shown(self, draft: Draft | None, status: int = 200) -> Response:
        service = self._viewer_service()
        seen = rules.seen_by(self._state, service.viewer)
        sent = deliveries.newest(self._state, [rule.key for rule in seen], MOST_SENT) if seen else []
        titles = {d.name: d.title for d in service.datasets() if not d.error}
        return pages.shown(page(service, draft, Shown(seen, sent, self._senders, titles)), status)


def _filled(rule: Rule) -> tuple[dict[str, str], list[str], int]:
    """The form of a rule: its texts, its webhooks, its number."""
    names = {kind: [c.partition(":")[2] for c in rule.channels if c.startswith(f"{kind}:")] for kind in (MAIL, HOOK)}
    quiet = "-".join(map(str, rule.quiet)) if rule.quiet else ""
    texts = {"query": rule.query, "title": rule.title, "mails": ", ".join(names[MAIL]), "quiet": quiet}
    return {**FIRST, **texts, **conditions.form_of(rule.condition)}, names[HOOK], rule.id


def _digest(rule: Rule) -> str:
    """What was tried: another name, channel or hour need not be tried again."""
    tried = replace(rule.condition, name="") if isinstance(rule.condition, AlertRule) else rule.condition
    return hashlib.sha256(repr((rule.query, tried)).encode()).hexdigest()


def _number(name: str) -> int:
    text = field(name, 20)
    return int(text) if text.isascii() and text.isdigit() else 0
