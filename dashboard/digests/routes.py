"""The routes of digests.

GET  /digests                    the page; ?view=ADDRESS fills the form with a page, ?number=N with a digest
POST /digests                    do = save: keep it; do = preview: the mail, as the person who asks sees it
GET  /digests/<number>           the mail of a digest, as the person who asks sees it
POST /digests/<number>           do = try, pause, resume or delete
GET  /digests/<number>/leave/…   asks whether an address shall get no more; needs no login, the link proves enough
POST /digests/<number>/leave/…   does it, also for mail programs that unsubscribe by themselves (RFC 8058)
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, cast

from flask import Flask, Response, redirect, request

from analytics.errors import NotAllowed, RequestError, StoresightError
from analytics.language import N_, _, several
from dashboard.administration.forms import field
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import ME, current_viewer
from dashboard.company import audit, views
from dashboard.company.owners import Owner, confirm, owner_of
from dashboard.components.refusals import refusal
from dashboard.digests import kept
from dashboard.digests.content import page_title, place_of
from dashboard.digests.kept import Audience, Digest, Draft
from dashboard.digests.page import FIRST, Choices, Form, Row, coming, leaving, page, standing
from dashboard.digests.recipients import own_mail, shares
from dashboard.digests.schedule import Rhythm
from dashboard.digests.sending import Post, checked_mails
from dashboard.login import pages
from dashboard.login.guard import current_session
from dashboard.page.protocol import address as parted
from dashboard.pages import BY_PATH
from dashboard.text.formats import formats_of
from dashboard.text.selections import clause_text

TEXTS: Final = ("title", "address", "rhythm", "hour", "for", "mails")
NO_MEMBER: Final = N_(
    "Nobody gets it: no member of the group has a known e-mail address, or all have unsubscribed. To send it to "
    "others, choose “Addresses”."
)
LONGEST: Final = {"address": views.LONGEST_ADDRESS, "mails": 4000}  # other fields: SHORT
SHORT: Final = 300
GROUP: Final = "group:"
MOST_LEFT: Final = 3  # entries of the audit log a minute for an address that leaves a digest or takes it again


def install(server: Flask, post: Post) -> None:
    """Add the routes."""
    desk = _Desk(post)
    for rule, view, method in (
        ("/digests", desk.listed, "GET"),
        ("/digests", desk.save, "POST"),
        ("/digests/<int:number>", desk.shown, "GET"),
        ("/digests/<int:number>", desk.change, "POST"),
        ("/digests/<int:number>/leave/<token>", desk.leaving, "GET"),
        ("/digests/<int:number>/leave/<token>", desk.leave, "POST"),
    ):
        server.add_url_rule(rule, f"digests.{view.__name__}", view, methods=[method])


class _Desk:
    """What the routes do."""

    def __init__(self, post: Post) -> None:
        self._post, self._state = post, post.state
        self._often = audit.Bound(MOST_LEFT)  # the link needs no login, and may be followed by anybody

    def listed(self) -> Response:
        """The page with a new form, or that of a digest."""
        confirm(self._state, self._owner())
        try:
            form = self._asked()
        except StoresightError as fault:
            form = self._empty(refusal(fault))
        return self._page(form)

    def save(self) -> Response:
        """Keep what the form holds, or show its mail."""
        service, do = self._service(), field("do", SHORT)
        if do not in ("save", "preview"):
            raise RequestError("do must be save or preview.", where="do")
        texts = {name: field(name, LONGEST.get(name, SHORT)) for name in TEXTS}
        files, number = request.form.getlist("files")[:10], _number(field("number", SHORT))
        try:
            draft = self._draft(service, texts, files)
            if do == "preview":
                return self._preview(service, draft)
            if problem := self._no_mail():
                raise RequestError(problem, where="settings")
            ident = kept.save(self._state, self._owner(), draft, self._post.since(service, draft), number)
        except StoresightError as fault:
            return self._page(self._form(service, texts, files, number, refusal(fault)), status=400)
        whom = f"the group {draft.group}" if draft.audience == "group" else ", ".join(draft.mails)
        audit.record(self._state, service.viewer.name, "saved a digest", f"{ident}: {draft.title}, to {whom}")
        return redirect("/digests", 303)  # type: ignore[return-value]

    def shown(self, number: int) -> Response:
        """The mail of a digest that the person sees in the list."""
        return self._preview(self._service(), self._listed(number).draft)

    def change(self, number: int) -> Response:
        """Pause a digest, let it go on, delete it, or send it to oneself."""
        viewer, do = current_viewer(), field("do", SHORT)
        if do == "delete":
            kept.delete(self._state, viewer, number)
        elif do in ("pause", "resume"):
            kept.pause(self._state, viewer, number, active=do == "resume")
        elif do == "try":
            digest, mail = self._listed(number), own_mail(self._state, viewer)
            if digest.owner.subject != viewer.name or not mail:
                raise NotAllowed(N_("only the owner can have a digest sent right away, to their own address."))
            self._post.try_now(digest, checked_mails(self._post.senders, [mail])[0])
        else:
            raise RequestError("do must be try, pause, resume or delete.", where="do")
        audit.record(self._state, viewer.name, "changed a digest", f"{number}: {do}")
        return redirect("/digests", 303)  # type: ignore[return-value]

    def leaving(self, number: int, token: str) -> Response:
        """Ask before an address gets no more."""
        digest, mail = self._left(number, token)
        gone = mail in kept.leavers(self._state, digest.id)
        return pages.shown(leaving(digest.draft.title, mail, gone=gone))

    def leave(self, number: int, token: str) -> Response:
        """Send an address no more, or once more."""
        digest, mail = self._left(number, token)
        again = request.form.get("do") == "again"
        kept.leave(self._state, digest.id, mail, again=again)
        self._often.record(self._state, mail, "takes a digest again" if again else "left a digest", str(number))
        return pages.shown(leaving(digest.draft.title, mail, gone=not again))

    # --- what is there
    def _preview(self, service: ViewerService, draft: Draft) -> Response:
        text = self._post.preview(service, draft)
        audit.record(self._state, service.viewer.name, "looked at a digest", draft.title, draft.address)
        return pages.shown(text)

    def _left(self, number: int, token: str) -> tuple[Digest, str]:
        digest = kept.find(self._state, number)
        if digest is None or len(token) > SHORT * 3:  # a deleted one says no more than a forged link
            raise NotAllowed(kept.NO_LINK, hint=kept.WHOLE_LINK)
        return digest, kept.who_leaves(digest, token)

    def _listed(self, number: int) -> Digest:
        found = [d for d in kept.seen_by(self._state, current_viewer()) if d.id == number]
        if not found:
            raise RequestError(N_("you have no digest {number}.", number=str(number)), where="digest")
        return found[0]

    # --- the form
    def _asked(self) -> Form | None:
        """The form that the address asks for; None where there are no data."""
        service = self._service()
        if number := _number(request.args.get("number", "")[:20]):
            found = [d for d in kept.seen_by(self._state, service.viewer) if d.id == number]
            if not found or found[0].owner.subject != service.viewer.name:
                raise RequestError(N_("you have no digest {number}.", number=str(number)), where="digest")
            draft = found[0].draft
            whom = f"{GROUP}{draft.group}" if draft.audience == "group" else draft.audience
            texts = {
                "title": draft.title, "address": draft.address, "rhythm": draft.rhythm, "hour": str(draft.hour),
                "for": whom, "mails": ", ".join(draft.mails) if draft.audience == "mails" else "",
            }  # fmt: skip
            return self._form(service, texts, draft.files, number)
        view = request.args.get("view", "")[: views.LONGEST_ADDRESS + 1]
        if not view and not [d for d in service.datasets() if not d.error]:
            return None
        return self._form(service, {**FIRST, "address": _plain(service, view or "/overview")})

    def _empty(self, fault: str) -> Form | None:
        service = self._service()
        try:
            return self._form(service, {**FIRST, "address": _plain(service, "/overview")}, fault=fault)
        except StoresightError:
            return None

    def _form(
        self,
        service: ViewerService,
        texts: dict[str, str],
        files: list[str] | tuple[str, ...] = (),
        number: int = 0,
        fault: str = "",
    ) -> Form:
        return Form(texts, about(service, texts["address"]), files, number, fault)

    def _draft(self, service: ViewerService, texts: dict[str, str], files: list[str]) -> Draft:
        """The draft of the form. A StoresightError says what is wrong."""
        viewer, whom = service.viewer, texts["for"]
        choices = self._choices(service)
        if whom not in choices.audiences:
            raise NotAllowed(N_("you may not send a digest to them."), hint=N_("Choose one from the list."))
        audience = "group" if whom.startswith(GROUP) else whom
        mails: list[str] = []
        if audience == "me":
            mails = [own_mail(self._state, viewer)]
        elif audience == "mails":
            mails = [part for part in re.split(r"[\s,;]+", texts["mails"]) if part]
        if not re.fullmatch(r"[0-9]{1,2}", texts["hour"]):
            raise RequestError(N_("choose an hour from 0 to 23."), where="hour")
        return kept.checked(
            Draft(
                texts["title"],
                _plain(service, texts["address"]),
                cast("Rhythm", texts["rhythm"]),  # checked
                int(texts["hour"]),
                cast("Audience", audience),
                whom.removeprefix(GROUP) if audience == "group" else "",
                checked_mails(self._post.senders, mails) if self._post.senders.domains else tuple(mails),
                kept.files_of(files),
            )
        )

    def _choices(self, service: ViewerService) -> Choices:
        viewer = service.viewer
        groups = list(
            dict.fromkeys([*viewer.groups, *(self._post.policies().groups if viewer.may("administer") else ())])
        )
        mail = own_mail(self._state, viewer)
        audiences = {"me": _("Me ({mail})", mail=mail)} if mail else {}
        audiences |= {f"{GROUP}{group}": _("The group {group}", group=group) for group in groups if group != ME}
        if viewer.may("export"):
            audiences["mails"] = _("Addresses")
        named = [(f"/overview?{service.default_view(d.name)}", "") for d in service.datasets() if not d.error]
        named += [(view.address, _("View “{title}”", title=view.title)) for view in views.seen_by(self._state, viewer)]
        saved = {}
        for told, title in named:
            try:
                address = _plain(service, told)
            except StoresightError:  # it shows something that is gone
                continue
            saved[address] = title or about(service, address)
        return Choices(audiences, saved, self._no_mail())

    def _no_mail(self) -> str:
        if not self._post.senders.domains:
            return _("E-mail cannot be sent: no mail server is set up (STORESIGHT_SMTP).")
        if not self._post.senders.base:
            return _("Digests need the address of the application for their links: set STORESIGHT_URL.")
        return ""

    # --- the list
    def _page(self, form: Form | None, status: int = 200) -> Response:
        service = self._service()
        rows = [self._row(service, digest) for digest in kept.seen_by(self._state, service.viewer)]
        return pages.shown(page(form, rows, self._choices(service)), status)

    def _row(self, service: ViewerService, digest: Digest) -> Row:
        own, last = digest.owner.subject == service.viewer.name, self._post.last_job(digest)
        after = standing(*last) if last else ""
        left = len(kept.leavers(self._state, digest.id))
        row = Row(digest, about(service, digest.draft.address), "", after, own=own, left=left)
        try:
            found = shares(self._state, self._post.policies(), digest)
            if not found:
                return replace(
                    row,
                    fault=_(NO_MEMBER)
                    if digest.draft.audience == "group"
                    else _("Nobody gets it: everybody has unsubscribed."),
                )
            row = replace(row, people=sum(len(share.mails) for share in found))
            status = self._post.status(digest, service)
            f = formats_of(place_of(service, digest.draft)[2].profile)
        except StoresightError as fault:
            return replace(row, fault=fault.public)
        when = coming(status.next.end, digest.draft.hour, status.zone, status.waits, status.through, f)
        trial = own and bool(own_mail(self._state, service.viewer)) and not self._no_mail()
        return replace(row, zone=status.zone, standing=f"{when} {after}".strip(), trial=trial)

    # --- who is there
    def _owner(self) -> Owner:
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        return owner_of(self._state, session)

    def _service(self) -> ViewerService:
        return self._post.service.for_viewer(current_viewer())


def about(service: ViewerService, address: str) -> str:
    """A page's address in words: 'Overview, Quillmere · Region: North'."""
    try:
        path, query = parted(address)
        selection, engine, __ = service.select(query)
    except StoresightError:
        return _("a view that no longer exists")
    filters = several(clause_text(c, engine.schema) for c in selection.clauses)
    about = _("{page}, {data}", page=page_title(path), data=engine.profile.title)
    return f"{about} · {filters}" if filters else about


def _plain(service: ViewerService, address: str) -> str:
    """A page's address as the application itself writes it. RequestError where it is none, or names what is not
    there."""
    path, query = parted(address[: views.LONGEST_ADDRESS])
    own = address.startswith("/") and not address.startswith("//") and len(address) <= views.LONGEST_ADDRESS
    if path not in BY_PATH or not own:
        raise RequestError(N_("this is not the address of a page."), where="address")
    if not query:
        query = service.default_view(service.default_dataset())
    selection, _, _ = service.select(query, strict=True)
    return f"{path}?{replace(selection, range='all', grain='auto').to_query()}"


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
