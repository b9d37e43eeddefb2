"""Digests on their way: which are due, and the job that writes and sends one.

`plan` runs in the background loop of every process and adds a job for each digest, scope and period, which the state
store lets be there once. The job writes the mail once and hands it over for each address; what was handed over is noted
in the table of deliveries, so that a job that goes on after a failure sends nobody a second mail. Only where a process
dies between handing over and noting it the mail comes again, with the same Message-ID.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import sqlalchemy as sa

from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.errors import DeliveryError, NotAllowed, RequestError, StoresightError
from analytics.language import ENGLISH, N_, _, in_language, supported
from analytics.ranges import parse_span
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import Viewer
from dashboard.changes.recap import scope_of
from dashboard.company import audit
from dashboard.company.owners import viewer_of
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.company.tables import DELIVERIES, JOBS
from dashboard.delivery import jobs
from dashboard.delivery.jobs import Job
from dashboard.delivery.messages import Attachment, Message
from dashboard.delivery.senders import MAIL, Senders
from dashboard.digests import kept, letter
from dashboard.digests.content import Told, compose, place_of, whole_period
from dashboard.digests.kept import KIND, Digest
from dashboard.digests.letter import Foot
from dashboard.digests.recipients import Share, shares
from dashboard.digests.schedule import GRAINS, due, last_period, newest_whole, overdue
from dashboard.languages import kept as languages
from dashboard.pages import BY_PATH
from dashboard.report.content import collect
from dashboard.report.page import write
from dashboard.text.formats import numbers_of
from dashboard.web.exports import EXCEL, workbook_of
from dashboard.web.outlines import outlines

log = logging.getLogger("storesight")

QUARTER = 15 * 60  # an hour of any time zone begins with a quarter of an hour of UTC
LONGEST_WORK = 5 * 60  # after which the rest of the mails waits for the next turn: well within a job's lease


@dataclass(frozen=True)
class Status:
    """How a digest stands: the period that comes next, whether its hour has come and the data do not reach its end, and
    through which day they are."""

    next: TimeRange
    waits: bool
    through: np.datetime64
    zone: str


TO_GROUP: Final = {
    "daily": N_("{person} sends it to the group {group} every day."),
    "weekly": N_("{person} sends it to the group {group} every week."),
    "monthly": N_("{person} sends it to the group {group} every month."),
}
TO_YOU: Final = {
    "daily": N_("{person} sends it to this address every day."),
    "weekly": N_("{person} sends it to this address every week."),
    "monthly": N_("{person} sends it to this address every month."),
}


class Post:
    """Plans and sends digests."""

    def __init__(self, service: Service, state: State, policies: Callable[[], Policies], senders: Senders) -> None:
        self.service, self.state, self.policies, self.senders = service, state, policies, senders
        self._seen: tuple[object, ...] = ()

    # --- planning
    def plan(self) -> None:
        """Add a job for each digest that is due; nothing is looked at while neither the hour nor the data changed."""
        now = (int(time.time()) // QUARTER, self.service.current_versions())
        if now == self._seen or not self.senders.domains:
            return
        for digest in kept.active(self.state):
            self._plan_one(digest)
        self._seen = now

    def _plan_one(self, digest: Digest) -> None:
        try:
            found = shares(self.state, self.policies(), digest)
        except StoresightError as fault:  # of this digest alone; the page tells its owner
            log.warning("the digest %s is sent to nobody: %s", digest.id, fault)
            return
        for share in found:
            try:
                period = self._due(digest, share)
            except StoresightError as fault:
                log.warning("the digest %s is not sent to some: %s", digest.id, fault)
                continue
            if period is not None:
                payload = {"digest": digest.id, "scope": share.scope, "period": str(period)}
                jobs.add(self.state, KIND, f"{digest.id}:{share.scope}:{period.end}", payload)

    def _due(self, digest: Digest, share: Share) -> TimeRange | None:
        engine = place_of(self.service.for_viewer(share.viewer), digest.draft)[2]
        profile, draft = engine.profile, digest.draft
        last = last_period(draft.rhythm, draft.hour, profile.time_zone, profile.calendar, time.time())
        whole = newest_whole(draft.rhythm, profile.calendar, engine.bounds.complete)
        return due(last, whole, self._sent(digest, share.scope))

    def _sent(self, digest: Digest, scope: str) -> np.datetime64:
        issue = kept.newest_issue(self.state, digest.id, scope)
        return np.datetime64(max(digest.since, issue.until if issue else ""), "D")

    def status(self, digest: Digest, service: ViewerService) -> Status:
        """How a digest stands, by the days that the person who asks sees. A StoresightError where it cannot be made for
        them."""
        engine = place_of(service, digest.draft)[2]
        profile, draft, complete = engine.profile, digest.draft, engine.bounds.complete
        last = last_period(draft.rhythm, draft.hour, profile.time_zone, profile.calendar, time.time())
        whole = newest_whole(draft.rhythm, profile.calendar, complete)
        sent = np.datetime64(max(digest.since, kept.told_until(self.state, digest.id)), "D")
        begin = last.end if last.end <= sent else last.start
        following = TimeRange(begin, profile.calendar.next(begin, GRAINS[draft.rhythm]))
        return Status(following, overdue(last, whole, sent), complete.last, profile.time_zone)

    def since(self, service: ViewerService, draft: kept.Draft) -> str:
        """From which day on a new digest tells: what was due before it was made is not sent."""
        engine = place_of(service, draft)[2]
        profile = engine.profile
        return str(last_period(draft.rhythm, draft.hour, profile.time_zone, profile.calendar, time.time()).end)

    # --- sending
    def send(self, job: Job) -> int | None:
        """Do the job of one digest, scope and period, or that of a trial for one address."""
        digest = kept.find(self.state, int(job.payload["digest"]))
        if digest is None:
            return None
        if "trial" in job.payload:
            self._try(job, digest, str(job.payload["trial"]))
            return None
        if not digest.active:
            return None
        found = [s for s in shares(self.state, self.policies(), digest) if s.scope == job.payload["scope"]]
        if not found:  # nobody may see it so any more, or all have left
            return None
        share, service = found[0], self.service.for_viewer(found[0].viewer)
        period = parse_span(job.payload["period"])
        engine = place_of(service, digest.draft)[2]
        if engine.bounds.complete.end < period.end:  # the data were taken back
            return int(time.time()) + QUARTER
        before = kept.newest_issue(self.state, digest.id, share.scope)
        refused: list[DeliveryError] = []
        for code, mails in self._by_language(digest, share.mails, engine).items():
            with in_language(code), numbers_of(engine.profile):
                told = compose(service, digest.draft, period, before, self.state, owner_of(digest))
                files, note = self._files(service, digest, told)
                later = self._hand_over(job, digest, replace(share, mails=mails), told, files, note, refused)
            if later is not None:
                return later
        if refused and len(refused) == len(share.mails):
            raise refused[0]
        for why in refused:
            log.warning("the digest %s was refused: %s", digest.id, why)
        kept.sent(self.state, digest.id, share.scope, str(period.end), told.recap)
        return None

    def _by_language(self, digest: Digest, mails: tuple[str, ...], engine: Engine) -> dict[str, tuple[str, ...]]:
        """Addresses by the language in which their people read: what they chose, else what the digest's owner chose,
        else that of the data set."""
        otherwise = languages.of(self.state, digest.owner.subject) or supported(engine.profile.locale) or ENGLISH
        return languages.by_mail(self.state, mails, otherwise)

    def _hand_over(
        self,
        job: Job,
        digest: Digest,
        share: Share,
        told: Told,
        files: tuple[Attachment, ...],
        note: str,
        refused: list[DeliveryError],
    ) -> int | None:
        """Send the mail to each address that has not had it; when to go on, where that takes too long. Why somebody
        cannot be reached at all is added to `refused`; DeliveryError where trying again may help."""
        began, period = time.monotonic(), job.payload["period"]
        for mail in share.mails:
            if self._had(digest, period, mail) or mail in kept.leavers(self.state, digest.id):
                continue
            if time.monotonic() - began > LONGEST_WORK:
                return int(time.time())
            mark = hashlib.sha256(f"{digest.id} {period} {mail}".encode()).hexdigest()[:16]
            try:
                self.senders.send(
                    f"{MAIL}:{mail}", self.message(digest, share.viewer, told, mail, files, note), f"digest-{mark}"
                )
            except DeliveryError as fault:
                if not fault.final:
                    raise
                refused.append(fault)
                continue
            self._note(job, digest, period, mail)
            audit.record(self.state, digest.owner.subject, "sent a digest", f"{digest.id}: {told.title}", mail)
        return None

    def try_now(self, digest: Digest, mail: str) -> None:
        """Send the newest whole period to one address, as the owner sees it, besides what is due."""
        now = int(time.time())
        jobs.add(self.state, KIND, f"{digest.id}:trial:{now}", {"digest": digest.id, "trial": mail})

    def _try(self, job: Job, digest: Digest, mail: str) -> None:
        viewer = viewer_of(self.state, self.policies(), digest.owner)
        if not viewer.may("view"):
            raise NotAllowed(N_("{person} may not see any pages now.", person=digest.owner.subject))
        service = self.service.for_viewer(viewer)
        engine = place_of(service, digest.draft)[2]
        before = kept.newest_issue(self.state, digest.id, scope_of(viewer))
        period, owner = whole_period(digest.draft, engine), digest.owner.subject
        with in_language(next(iter(self._by_language(digest, (mail,), engine)))), numbers_of(engine.profile):
            told = compose(service, digest.draft, period, before, self.state, owner)
            files, note = self._files(service, digest, told)
            self.senders.send(f"{MAIL}:{mail}", self.message(digest, viewer, told, mail, files, note), job.ident)

    def message(
        self,
        digest: Digest,
        viewer: Viewer,
        told: Told,
        mail: str,
        files: tuple[Attachment, ...] = (),
        note: str = "",
    ) -> Message:
        """The mail for one address."""
        base = self.senders.base
        leave = f"{base}/digests/{digest.id}/leave/{kept.leave_token(digest, mail)}" if base else ""
        foot = Foot(why_of(digest), eyes_of(digest, viewer), leave, note)
        return Message(
            letter.subject(told),
            letter.text(told, foot, base),
            letter.html(told, foot, base),
            f"{base}{told.link}" if base else "",
            attachments=files,
            unsubscribe=leave,
        )

    def preview(self, service: ViewerService, draft: kept.Draft, patience: float | None = 0.2) -> str:
        """The newest issue of a draft as its viewer would get it."""
        engine = place_of(service, draft)[2]
        told = compose(service, draft, whole_period(draft, engine), None, self.state, service.viewer.name, patience)
        name = service.viewer.title or service.viewer.name
        foot = Foot(_("This is a preview."), _("Figures as {person} sees them.", person=name))
        icon = '<link rel="icon" href="/_favicon.ico">'  # else browsers ask for one that is not there
        return letter.html(told, foot, "").replace("</head>", f"{icon}</head>", 1)

    # --- notes
    def _had(self, digest: Digest, period: str, mail: str) -> bool:
        wanted = sa.and_(
            DELIVERIES.c.rule == digest.key, DELIVERIES.c.period == period, DELIVERIES.c.channel == f"{MAIL}:{mail}"
        )
        with self.state.read() as connection:
            return connection.execute(sa.select(DELIVERIES.c.id).where(wanted)).first() is not None

    def _note(self, job: Job, digest: Digest, period: str, mail: str) -> None:
        row = {"job_id": job.id, "rule": digest.key, "period": period, "channel": f"{MAIL}:{mail}"}
        with self.state.write() as connection:
            jobs.insert_new(connection, DELIVERIES, row)

    def last_job(self, digest: Digest) -> tuple[str, int, str] | None:
        """State, end (seconds since 1970) and error of the digest's newest job; None where there was none."""
        mine = sa.and_(JOBS.c.kind == KIND, JOBS.c.name.startswith(f"{digest.id}:", autoescape=True))
        query = sa.select(JOBS.c.state, JOBS.c.ended_at, JOBS.c.error).where(mine).order_by(JOBS.c.id.desc()).limit(1)
        with self.state.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.state, row.ended_at, row.error)

    # --- files
    def _files(self, service: ViewerService, digest: Digest, told: Told) -> tuple[tuple[Attachment, ...], str]:
        """The attachments, and a sentence where they are left out. They are figures that leave the application, so they
        need that right."""
        wanted = digest.draft.files
        if not wanted:
            return (), ""
        if not service.viewer.may("export"):
            return (), _("Without the attached files: the people who get this may not download figures.")
        name = _file_name(told)
        engine = service.engine(told.selection.data)
        found = []
        if "report" in wanted:
            page = write(collect(service, told.selection), outlines)
            found.append(Attachment(f"{name}.html", "text/html", page.encode()))
        if "workbook" in wanted:
            link = f"{self.senders.base}{told.link}"
            book = workbook_of(service, BY_PATH[told.page].page, told.page.strip("/"), told.selection, engine, link)
            found.append(Attachment(f"{name}.xlsx", EXCEL, book))
        return tuple(found), ""


def owner_of(digest: Digest) -> str:
    """Whose own alerts the digest tells: its owner's, where it shows what they see."""
    return "" if digest.draft.audience == "group" else digest.owner.subject


def why_of(digest: Digest) -> str:
    """Why somebody gets the mail."""
    if digest.draft.audience == "group":
        return _(TO_GROUP[digest.draft.rhythm], person=digest.owner.subject, group=digest.draft.group)
    return _(TO_YOU[digest.draft.rhythm], person=digest.owner.subject)


def eyes_of(digest: Digest, viewer: Viewer) -> str:
    """Whose view the figures are."""
    if digest.draft.audience == "group":
        return _("Figures as you see them in the group {group}.", group=digest.draft.group)
    return _("Figures as {person} sees them.", person=viewer.title or viewer.name)


def checked_mails(senders: Senders, mails: list[str]) -> tuple[str, ...]:
    """Addresses as they are kept. RequestError for one to which nothing may be sent."""
    found = [senders.checked(f"{MAIL}:{mail}").partition(":")[2] for mail in mails]
    if len(found) > kept.MOST_MAILS:
        raise RequestError(N_("a digest may have at most {most} addresses.", most=kept.MOST_MAILS), where="mails")
    return tuple(dict.fromkeys(found))


def _file_name(told: Told) -> str:
    """'quillmere 2025-11-17': the data set and the first day."""
    return f"{told.selection.data} {told.selection.range.partition('..')[0]}"
