"""From the token of a link to the viewer of the request.

A share link that needs a login shows what its reader may see, never what its owner may. A published one shows what its
owner may see at the moment it is opened, while the owner has the right to publish. A signed link shows what the policy
of the group that it names allows, less what the link leaves out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import g, request

from analytics.errors import LinkEnded, NotAllowed, NotSignedIn, RequestError
from analytics.language import N_, _
from analytics.selection import Clause, Selection
from dashboard.answers.viewers import EVERYTHING, ME, LinkedView, Right, Viewer
from dashboard.company.policies import Policies, Policy
from dashboard.company.state import State
from dashboard.page.protocol import address as parted
from dashboard.pages import BY_PATH
from dashboard.sharing import shares, signed
from dashboard.sharing.address import Link
from dashboard.sharing.shares import Share
from dashboard.sharing.signed import Claims
from dashboard.sharing.wrong import Wrong
from dashboard.text.moments import day

ENDED = N_("this link has expired or was turned off.")
ASK = N_("Ask the person who sent it for a new one.")
OF_LINES = frozenset({"/reconciliation"})  # pages with order lines among their figures
RIGHTS: frozenset[Right] = frozenset({"view", "export"})


@dataclass(frozen=True)
class Visits:
    """Finds the viewers of links. `policies` gives the policies as they are now; `secrets` sign embedded pages, none
    where there are none."""

    state: State
    policies: Callable[[], Policies]
    secrets: Sequence[str]
    wrong: Wrong

    def viewer(self, link: Link, reader: Callable[[], Viewer | None]) -> Viewer:
        """The viewer of a request by a link; `reader` tells who is signed in, and is called only for a link that needs
        a login. LinkEnded, NotSignedIn, NotAllowed or TooManyRequests where the request shows nothing."""
        sender = request.remote_addr or ""
        if link.kind == "embed":
            return self._embedded(link, sender)
        share = shares.find(self.state, link.token)
        if share is None:
            if not shares.known(self.state, link.token):
                self.wrong.count(sender)
            raise LinkEnded(ENDED, hint=ASK)
        g.link, g.share = f"link {share.id} “{share.title}”", share.id
        g.framed_by = share.terms.parents if share.terms.public else ()
        return self._published(link, share) if share.terms.public else self._read(link, share, reader())

    def _read(self, link: Link, share: Share, person: Viewer | None) -> Viewer:
        if person is None:
            raise NotSignedIn(N_("this link is for people who sign in."))
        if not person.knows(share.terms.data):
            raise NotAllowed(N_("you may not see the data that this link shows."), hint=N_("Ask an administrator."))
        shown = replace(_shown(link, share), lines=True, signed_in=True)
        rights = person.rights & RIGHTS
        return replace(
            person, rights=rights, title="", signs_out=False, sees_source_rows=False, linked=shown,
            datasets=frozenset({share.terms.data}),
        )  # fmt: skip

    def _published(self, link: Link, share: Share) -> Viewer:
        policy = self.policies().of(share.groups)
        if share.rests or policy is None or "publish" not in policy.rights:
            raise LinkEnded(ENDED, hint=ASK)
        found = narrowed(policy, share.terms.data, files=share.terms.files)
        return replace(found.viewer(f"link {share.id}", "", (), signs_out=False), linked=_shown(link, share))

    def _embedded(self, link: Link, sender: str) -> Viewer:
        try:
            claims = signed.read(link.token, self.secrets)
        except LinkEnded:
            self.wrong.count(sender)
            raise
        g.link, g.framed_by = f"embedded page for {claims.name}", claims.parents
        now = time.time()
        if not now < claims.until <= now + signed.LONGEST_SECONDS:
            raise LinkEnded(ENDED, hint=N_("Reload the page that embeds it."))
        page, selection = checked_view(claims)
        policy = self.policies().groups.get(claims.group)
        if policy is None:
            raise LinkEnded(N_("this link names a group without a policy."), hint=ASK)
        found = narrowed(policy, selection.data, claims.clauses, claims.hidden, files=claims.files)
        shown = LinkedView(
            link.root, page, selection.to_query(), charts_of(page), until=claims.until,
            changeable=claims.changeable, lines=claims.lines,
        )  # fmt: skip
        return replace(found.viewer(f"embedded: {claims.name}", "", (), signs_out=False), linked=shown)


def narrowed(
    policy: Policy,
    data: str,
    clauses: Sequence[Clause] = (),
    hidden: frozenset[str] = frozenset(),
    *,
    files: bool,
) -> Policy:
    """A policy for one data set and, where given, fewer rows and fields, that changes nothing."""
    own = () if policy.clauses is EVERYTHING else policy.clauses
    rights = policy.rights & (RIGHTS if files else frozenset({"view"}))
    datasets = frozenset({data}) if policy.datasets is None else policy.datasets & {data}
    return Policy((*own, *clauses) or EVERYTHING, datasets, policy.hidden | hidden, rights)


def checked_view(claims: Claims) -> tuple[str, Selection]:
    """Page and selection of a signed link. LinkEnded where it names no page, no data set, or a page of order lines that
    it does not allow."""
    try:
        path, query = parted(claims.view)
        selection = Selection.from_query(query)[0]
    except RequestError as fault:
        raise LinkEnded(N_("this link shows no page: {reason}", reason=fault.sentence)) from fault
    if path not in BY_PATH:
        raise LinkEnded(N_("this link shows no page of Storesight."))
    if not selection.data:
        raise LinkEnded(N_("this link names no data set."))
    if path in OF_LINES and not claims.lines:
        raise LinkEnded(N_("this page shows order lines, which the link does not allow."))
    return path, selection


def charts_of(page: str) -> frozenset[str]:
    """The charts of a page."""
    return frozenset(chart.name for chart in BY_PATH[page].charts)


def _shown(link: Link, share: Share) -> LinkedView:
    terms = share.terms
    if terms.page not in BY_PATH:
        raise LinkEnded(N_("the page that this link shows no longer exists."), hint=ASK)
    days = {"day": day(share.created_at), "end": day(share.expires_at)}
    told = (
        _("Shared link of {day}, until {end}", **days)
        if share.subject == ME  # who has no name
        else _("Shared by {person} on {day}, until {end}", person=share.person, **days)
    )
    return LinkedView(
        link.root, terms.page, terms.query, charts_of(terms.page), share.title, told, share.expires_at, terms.version,
        terms.changeable, terms.lines,
    )  # fmt: skip
