"""A recap: what one version of a data set says, in short. Two of them tell what changed in between.

A recap is made through the service for one viewer, so it knows only what that viewer may see; it is kept by `scope`,
which is the same for all who may see the same rows and fields.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from analytics.calendar import Grain, TimeRange
from analytics.engines.base import Engine
from analytics.errors import EngineError, NotEnoughData, NotInData, StateError
from analytics.language import ENGLISH, LANGUAGES, N_, in_language, language
from analytics.questions.overview import table
from analytics.selection import Clause, Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import Viewer
from dashboard.chart import Chart, Explanation
from dashboard.pages import CHARTS
from dashboard.text.told import in_each

MEASURES = ("revenue", "gross", "orders", "refund_lines")
MOST_MONTHS = 120
MOST_DAYS = 70
MOST_ALERTS = 100
LONGEST_SENTENCE = 400


class Totals(NamedTuple):
    """What one month or day brought: revenue and gross revenue in the data set's currency, orders, refunds (lines)."""

    revenue: float = 0.0
    gross: float = 0.0
    orders: int = 0
    refunds: int = 0


@dataclass(frozen=True)
class Story:
    """A story of the news: what it is about as a text that stays the same while its numbers move, its sentence in each
    language (dashboard/text/told.py), and the address of the chart that shows it."""

    about: str
    sentence: str
    link: str


@dataclass(frozen=True)
class Recap:
    """One version in short. `until`: the end of its complete days, not included (ISO). `months` and `days` by ISO name,
    the newest MOST_MONTHS and MOST_DAYS, up to `until`; `alerts`: the rules of the data set that fired."""

    version: str
    until: str
    months: dict[str, Totals] = field(default_factory=dict)
    days: dict[str, Totals] = field(default_factory=dict)
    stories: tuple[Story, ...] = ()
    alerts: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As the state store keeps it."""
        return json.dumps(
            {
                "version": self.version,
                "until": self.until,
                "months": self.months,
                "days": self.days,
                "stories": [[s.about, s.sentence, s.link] for s in self.stories],
                "alerts": self.alerts,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Recap:
        """The recap that `to_json` wrote. StateError for any other text."""
        try:
            found = json.loads(text)
            months, days = ({k: Totals(*v) for k, v in found[name].items()} for name in ("months", "days"))
            stories = tuple(Story(*story) for story in found["stories"])
            return cls(found["version"], found["until"], months, days, stories, tuple(found["alerts"]))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise StateError(N_("a recap in the state store cannot be read.")) from fault


def scope_of(viewer: Viewer, clauses: tuple[Clause, ...] = ()) -> str:
    """A digest of what a viewer may see, under these filters: recaps of equal scope may be compared, and nobody gets
    one of another scope."""
    told = repr((viewer.policy, sorted(viewer.hidden), sorted(clauses)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def recap(service: ViewerService, selection: Selection, engine: Engine, *, stories: bool = True) -> Recap:
    """The recap of the engine's version under the filters of the selection. `stories`: with the news of the view that
    the selection is, which takes long."""
    now = engine.resolve(selection)
    complete = engine.bounds.complete
    first = complete.end.astype("datetime64[M]") - np.timedelta64(MOST_MONTHS - 1, "M")
    return Recap(
        engine.version,
        str(complete.end),
        _totals(service, now, engine, "month", first.astype("datetime64[D]")),
        _totals(service, now, engine, "day", complete.end - np.timedelta64(MOST_DAYS, "D")),
        _stories(service, now, engine) if stories else (),
        _alerts(service, replace(now, span=complete), engine),
    )


def _totals(
    service: ViewerService, now: Resolved, engine: Engine, grain: Grain, since: np.datetime64
) -> dict[str, Totals]:
    """By month or day, over the complete days from `since` on, where there is one."""
    span = engine.bounds.complete.clipped(TimeRange(since, engine.bounds.complete.end))
    if not span.days:
        return {}
    frame = service.answer(TOTALS[grain], now.at(span).by(grain), {}, engine).frame
    rows = zip(frame["period"], *(frame[name] for name in MEASURES), strict=True)
    return {str(p): Totals(round(float(r), 4), round(float(g), 4), int(o), int(n)) for p, r, g, o, n in rows}


def _stories(service: ViewerService, now: Resolved, engine: Engine) -> tuple[Story, ...]:
    try:
        found = {code: _news(service, now, engine, code) for code in LANGUAGES}
    except (NotInData, NotEnoughData, EngineError):  # the data cannot tell
        return ()

    def sentence(about: str) -> str:
        return found[language()].get(about, ("", ""))[0]

    return tuple(Story(about, in_each(partial(sentence, about)), proof) for about, (_, proof) in found[ENGLISH].items())


def _news(service: ViewerService, now: Resolved, engine: Engine, code: str) -> dict[str, tuple[str, str]]:
    """The sentence and the address of each story in a language, by what it is about."""
    with in_language(code):
        frame = service.answer(CHARTS["insights"], now, {}, engine).frame
    news = frame[(frame["list"] == "news") & (frame["kind"] != "nothing")]
    return {
        _about(row): (str(row["sentence"])[:LONGEST_SENTENCE], str(row["proof"])) for row in news.to_dict("records")
    }


def _about(row: dict[Any, Any]) -> str:
    return json.dumps([row["kind"], sorted(json.loads(row["evidence"])["about"].items())])


def _alerts(service: ViewerService, now: Resolved, engine: Engine) -> tuple[str, ...]:
    try:
        frame = service.answer(CHARTS["alerts"], now, {}, engine).frame
    except (NotInData, NotEnoughData, EngineError):  # a data set without rules, or without a history
        return ()
    return tuple(frame.loc[frame["firing_now"] == "yes", "rule"].head(MOST_ALERTS))


def _chart(grain: Grain) -> Chart:
    """Totals by period, as any chart: kept, within the policy, and of one version."""
    return Chart(
        name=f"recap by {grain}",
        title="Totals",
        question=N_("What did each period bring?"),
        compute=partial(table, metrics=MEASURES, by=("period",)),
        draw=lambda answer, context: {},
        columns=("period", *MEASURES),
        explanation=Explanation(N_("Revenue, gross revenue, orders and refunds by period.")),
        grain=grain,
    )


TOTALS: dict[Grain, Chart] = {"month": _chart("month"), "day": _chart("day")}
