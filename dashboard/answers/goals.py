"""The targets that a viewer may see, and the chance of meeting each: fitted like a model, once per data version."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import BeingComputed
from analytics.questions.targets.standing import Goal, declared, known, remaining
from analytics.questions.targets.target import Target, within
from analytics.selection import Clause, Policy, Resolved
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.chart import Chart

MOST_PREPARED = 200  # chances of a data set that are computed before anybody asks
Fitted = Callable[[str, Callable[[], Answer], Engine, float | None], Answer]


class Goals:
    """Targets as one viewer sees them. `stored`: those of a data set in the state store, ended ones too; `fitted`: what
    is fitted under a name, once for all workers (ViewerService)."""

    def __init__(self, viewer: Viewer, stored: Callable[[str], Sequence[Target]], fitted: Fitted) -> None:
        self._viewer, self._stored, self._fitted = viewer, stored, fitted

    @property
    def limits(self) -> tuple[Clause, ...]:
        """The clauses that limit the viewer's rows."""
        return () if self._viewer.policy is EVERYTHING else self._viewer.policy

    def seen(self, engine: Engine, *, ended: bool = False) -> tuple[Target, ...]:
        """The targets of the engine's data set that the viewer may see: those whose metric and filters the viewer has,
        and whose rows they see all of. One in the state store stands for the declared one of the same meaning.
        `ended`: also those that no longer count. Whoever follows a link without a login sees none: what a company has
        set itself is not for strangers."""
        linked = self._viewer.linked
        if linked is not None and not linked.signed_in:
            return ()
        stored = self._stored(engine.name)
        own = _declared(cast("Any", engine), engine.version, engine.policy)
        if own:
            replaced = {target.key for target in stored if not target.withdrawn}
            own = tuple(t for t in own if t.key not in replaced)
        counting = (t for t in (*stored, *own) if ended or not t.ended)
        return tuple(t for t in known(engine, counting) if within(t, self.limits))

    def declared(self, engine: Engine) -> tuple[Target, ...]:
        """Those of the data set's file, whatever stands for them in the state store, as far as the viewer sees them."""
        own = _declared(cast("Any", engine), engine.version, engine.policy)
        return tuple(t for t in known(engine, own) if within(t, self.limits))

    def of_chart(self, chart: Chart, now: Resolved, engine: Engine, patience: float | None) -> tuple[Goal, ...]:
        """What a chart is held against. Chances that take longer than `patience` seconds, all together, are pending
        (None waits for them)."""
        assert chart.targets is not None
        found = chart.targets(self.seen(engine), now, self.limits)
        if not chart.chances:
            return tuple(map(Goal, found))
        end = None if patience is None else time.monotonic() + patience
        goals: list[Goal] = []
        for target in found:
            late = any(goal.pending for goal in goals)  # one at a time: many at once would take all processors
            goals.append(Goal(target, pending=True) if late else self._goal(target, now, engine, end))
        return tuple(goals)

    def prepare(self, engine: Engine, now: Resolved) -> None:
        """Compute the chances that belong to the data as they are."""
        for target in self.seen(engine)[:MOST_PREPARED]:
            self._goal(target, now, engine, None)

    def _goal(self, target: Target, now: Resolved, engine: Engine, end: float | None) -> Goal:
        if target.span.end <= now.bounds.complete.end:  # nothing is left to chance
            return Goal(target)
        if not target.adds_up:
            return Goal(target, remaining(engine, now, target))  # which only says why there is none
        left = None if end is None else max(end - time.monotonic(), 0.0)
        name = repr(("remaining", target.metric, str(target.span), target.clauses))
        try:
            return Goal(target, self._fitted(name, lambda: remaining(engine, now, target), engine, left))
        except BeingComputed:
            return Goal(target, pending=True)


@lru_cache(maxsize=64)
def _declared(engine: Any, version: str, policy: Policy) -> tuple[Target, ...]:
    return declared(engine)[0]
