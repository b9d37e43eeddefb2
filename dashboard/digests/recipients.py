"""Who gets a digest, and with whose eyes: one mail for each policy, however many people get it.

A digest for oneself or for addresses shows what its owner may see. One for a group shows each member what that member
may see: members whose policies are the same get the same mail, and nobody gets more than on the pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from analytics.errors import NotAllowed
from analytics.language import N_
from dashboard.answers.viewers import Viewer
from dashboard.changes.recap import scope_of
from dashboard.company import owners, users
from dashboard.company.owners import viewer_of
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.digests import kept
from dashboard.digests.kept import Digest
from dashboard.settings.readers import MAIL_ADDRESS


@dataclass(frozen=True)
class Share:
    """People who get the same mail: whose eyes it is written with, and their addresses."""

    viewer: Viewer
    mails: tuple[str, ...]

    @property
    def scope(self) -> str:
        """Equal for shares of equal policy."""
        return scope_of(self.viewer)


def shares(state: State, policies: Policies, digest: Digest) -> list[Share]:
    """To whom a digest goes now, without those who left. NotAllowed where its owner may see nothing any more: then it
    goes to nobody, whomever it is for."""
    owner = viewer_of(state, policies, digest.owner)
    if not owner.may("view"):
        raise NotAllowed(N_("{person} may not see any pages now.", person=digest.owner.subject))
    gone = kept.leavers(state, digest.id)
    draft = digest.draft
    if draft.audience != "group":
        if draft.audience == "mails" and not owner.may("export"):
            raise NotAllowed(N_("{person} may not download figures now.", person=digest.owner.subject))
        # Addresses are no person: what is written for the owner alone, or for a group, is not for them.
        viewer = owner if draft.audience == "me" else replace(owner, name=f"mails of {owner.name}", groups=())
        found = [Share(viewer, draft.mails)]
    elif draft.group in owner.groups or owner.may("administer"):
        found = of_group(state, policies, draft.group)
    else:
        raise NotAllowed(
            N_("{person} no longer belongs to the group {group}.", person=digest.owner.subject, group=draft.group)
        )
    return [replace(share, mails=left) for share in found if (left := tuple(m for m in share.mails if m not in gone))]


def of_group(state: State, policies: Policies, group: str) -> list[Share]:
    """The members of a group, by what they may see: accounts that are named by an address, and people whose identity
    provider has verified one."""
    members = [(user.name, user.groups) for user in users.all_users(state) if user.active and is_mail(user.name)]
    found: dict[str, Share] = {}
    for mail, groups in dict([*owners.visitors(state), *members]).items():
        policy = policies.of(groups) if group in groups else None
        if policy is None or "view" not in policy.rights:
            continue
        # No person: notes that are somebody's own are not for the group.
        viewer = policy.viewer(f"group {group}", group, (group,), signs_out=False)
        share = found.get(scope_of(viewer)) or Share(viewer, ())
        found[share.scope] = Share(_least(share.viewer, viewer), (*share.mails, mail))
    return list(found.values())


def _least(one: Viewer, other: Viewer) -> Viewer:
    """Of two viewers of the same rows and fields, one with the rights that both have, and the data sets too."""
    if one.datasets is None or other.datasets is None:
        datasets = one.datasets if other.datasets is None else other.datasets
    else:
        datasets = one.datasets & other.datasets
    return replace(one, rights=one.rights & other.rights, datasets=datasets)


def own_mail(state: State, viewer: Viewer) -> str:
    """A person's own address: the name of their account, the address that their identity provider has verified, or what
    it calls them; "" where none is one. With many providers people call themselves as they like, so that the last may
    be anybody's address: it is for those who may take figures away."""
    if is_mail(viewer.name):
        return viewer.name
    named = viewer.title if viewer.may("export") and is_mail(viewer.title) else ""
    return owners.verified_mail(state, viewer.name) or named


def is_mail(text: str) -> bool:
    """Whether a text is a mail address."""
    return re.fullmatch(MAIL_ADDRESS, text) is not None
