"""Recaps are made in the background: a job for each version and scope that somebody will compare with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from analytics.errors import UnknownName
from dashboard.answers.service import Service
from dashboard.answers.viewers import Viewer
from dashboard.changes import keeping
from dashboard.changes.recap import recap, scope_of
from dashboard.company.policies import Policies
from dashboard.company.state import State

AGAIN_SECONDS = 20.0  # between two looks for what is lacking


def viewers_of(policies: Policies) -> Iterator[Viewer]:
    """One viewer for each policy that somebody may have."""
    for policy in (*policies.groups.values(), *([policies.default] if policies.default else [])):
        if "view" in policy.rights:
            yield policy.viewer("recap", "", (), signs_out=False)


def make(service: Service, state: State, policies: Policies, data: str, scope: str) -> bool:
    """Make and keep the recap of a data set's current version for the policy of this scope; False where no policy is of
    it any more, or it may not see the data set."""
    viewer = next((v for v in viewers_of(policies) if scope_of(v) == scope), None)
    if viewer is None:
        return False
    answers = service.for_viewer(viewer)
    try:
        selection, engine, _ = answers.select(answers.default_view(data), strict=True)
    except UnknownName:
        return False
    if keeping.of_version(state, data, scope, engine.version) is None:
        keeping.keep(state, data, scope, recap(answers, selection, engine))
    return True


class Watch:
    """Says which recaps are lacking, now and then. `add` is called with the data set, the version and the scope of
    each; adding one twice must be harmless."""

    def __init__(self, service: Service, state: State, add: Callable[[str, str, str], object]) -> None:
        self._service, self._state, self._add = service, state, add
        self._next = 0.0

    def __call__(self) -> None:
        """Look, unless that was done a moment ago."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + AGAIN_SECONDS
        for lacking in keeping.lacking(self._state, self._service.current_versions().items()):
            self._add(*lacking)
