"""Checks the rules of a data set when its data are new, and queues what is to be told.

Each process notices that the version of a data set changed and adds a job, of which the store keeps one; whichever
process comes first does it. Only a rule about old data also has a time: when the data will be too old, if none come.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from analytics.engines.base import Engine
from analytics.errors import NotAllowed, StoresightError
from analytics.language import N_, _, in_language, several, supported
from analytics.methods.alarms.alerts import AlertRule
from analytics.selection import Resolved
from dashboard.alerts import letters, rules
from dashboard.alerts.conditions import Age
from dashboard.alerts.judging import Verdict, failed, judge
from dashboard.alerts.letters import News
from dashboard.alerts.rules import OF_DATA, Rule
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR, Viewer
from dashboard.company.owners import Owner, viewer_of
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.delivery import deliveries, jobs
from dashboard.delivery.deliveries import Told
from dashboard.delivery.jobs import Job, Runner
from dashboard.delivery.messages import Message
from dashboard.delivery.senders import Senders
from dashboard.languages import kept as languages
from dashboard.text.formats import formats_of
from dashboard.text.selections import clause_text

log = logging.getLogger("storesight")

KIND: Final = "alerts"  # of the jobs that check a data set's rules


def install(runner: Runner, service: Service, policies: Callable[[], Policies]) -> Checker:
    """Let the runner check rules whenever data are new."""
    checker = Checker(runner.state, service, policies, runner.senders)
    runner.watch.append(checker.notice)
    runner.handle(KIND, checker.check)
    runner.withheld.append(checker.withheld)
    return checker


class Checker:
    """Checks rules in the background. `now` is the clock, in seconds since 1970."""

    def __init__(
        self,
        state: State,
        service: Service,
        policies: Callable[[], Policies],
        senders: Senders,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._state, self._service, self._policies, self._senders = state, service, policies, senders
        self._now = now or time.time
        self._versions: dict[str, str] = {}

    def notice(self) -> None:
        """Add a job for each data set whose version this process has not seen; nothing is added twice."""
        for name, version in self._service.current_versions().items():
            if self._versions.get(name) != version:
                jobs.add(self._state, KIND, f"{name}@{version}", {"data": name})
                self._versions[name] = version

    def check(self, job: Job) -> None:
        """Check the rules of a data set as its data are now; queue what is to be told, then keep what was found.

        In this order: a process that dies in between leaves rules that are checked again, and what was queued is not
        queued twice.
        """
        data = job.payload["data"]
        self._follow_file(data)
        found = []
        for rule in rules.about(self._state, data):
            with in_language(self._language(rule)):
                found.append((rule, *self._judged(rule)))
        self._tell([(rule, news) for rule, _verdict, news in found if news])
        for rule, verdict, _news in found:
            rules.note(self._state, rule, verdict.rule)
            self._wait_for_age(verdict.rule)

    def _judged(self, rule: Rule) -> tuple[Verdict, list[News]]:
        """What came of one rule; a defect of one must not keep the others from being checked."""
        title, until, filters = rule.data, "", ""
        try:
            engine, selection = self.opened(rule)
            f = formats_of(engine.profile)
            title, until = engine.profile.title, f.day(selection.bounds.complete.last)
            filters = several(clause_text(c, engine.schema) for c in selection.clauses)
            verdict = judge(rule, engine, selection, self.today(engine.profile.time_zone))
        except StoresightError as fault:
            verdict = failed(rule, partial(getattr, fault, "public"), self._version(rule.data))
        except Exception:
            log.exception("an alert could not be checked", extra={"facts": {"alert": rule.id}})
            verdict = failed(
                rule,
                lambda: _("an unexpected error. Ask your administrator to look at the log."),
                self._version(rule.data),
            )
        return verdict, [News(rule, event, filters, title, until) for event in verdict.events]

    def begun(self, rule: Rule) -> Rule:
        """A rule as it stands when it is made: what holds now is noted, and nothing told of it."""
        engine, selection = self.opened(rule)
        fresh = replace(rule, state="new", checked="", told="", listed=(), note="")
        made = judge(fresh, engine, selection, self.today(engine.profile.time_zone)).rule
        self._wait_for_age(made)
        return made

    def opened(self, rule: Rule) -> tuple[Engine, Resolved]:
        """The data of a rule as its owner may see them now, and its selection over all time. A StoresightError says why
        there are none: the owner may not, the data set is gone, or it has no such field or value."""
        service = self._service.for_viewer(self._viewer(rule.owner))
        selection, engine, __ = service.select(rule.query, strict=True)
        return engine, engine.resolve(selection)

    def today(self, zone: str) -> date:
        """Today in a time zone."""
        return datetime.fromtimestamp(self._now(), ZoneInfo(zone)).date()

    def _viewer(self, owner: Owner) -> Viewer:
        if owner.subject == OF_DATA:
            return OPERATOR
        viewer = viewer_of(self._state, self._policies(), owner)
        if not viewer.may("export"):
            raise NotAllowed(N_("{person} may not download figures now.", person=owner.subject))
        return viewer

    def withheld(self, told: Told) -> str:
        """Why what has waited is not sent: the owner of the alert may no longer see it. "" otherwise, for what is none
        of these rules, and for the news that it could not be checked, which says no figures."""
        rule = None if told[1].endswith(" error") else rules.of_key(self._state, told[0])
        try:
            if rule is not None:
                self._viewer(rule.owner)
        except NotAllowed as fault:
            return fault.sentence
        return ""

    def _version(self, data: str) -> str:
        return self._service.current_versions().get(data, "")

    def _tell(self, found: Iterable[tuple[Rule, Sequence[News]]]) -> None:
        """One message for each channel, time and owner, of all that is to be told there: what one person may no longer
        see holds back nothing of another's."""
        by_way: dict[tuple[str, int, str], list[News]] = defaultdict(list)
        for rule, news in found:
            due = self._due(rule)
            for channel in rule.channels:
                by_way[channel, due, rule.owner.subject] += news
        for (channel, due, _owner), news in by_way.items():
            self._queue(channel, due, news)

    def _queue(self, channel: str, due: int, news: Sequence[News]) -> None:
        by_key: dict[Told, News] = {(item.rule.key, item.event.key): item for item in news}

        def write(new: Sequence[Told]) -> Message:
            with in_language(self._language(news[0].rule)):
                return letters.write([by_key[key] for key in new], self._senders.base)

        deliveries.queue(self._state, channel, list(by_key), write, due)

    def _language(self, rule: Rule) -> str:
        """In which language a rule's owner reads: as they chose, or else as the data set's locale is."""
        try:
            locale = self._service.for_viewer(OPERATOR).engine(rule.data).profile.locale
        except StoresightError:
            locale = ""
        return languages.of(self._state, rule.owner.subject) or supported(locale)

    def _due(self, rule: Rule) -> int:
        """When a message may be sent: now (0), or when the quiet hours end."""
        if rule.quiet is None:
            return 0
        try:
            zone = ZoneInfo(self._service.for_viewer(OPERATOR).engine(rule.data).profile.time_zone)
        except StoresightError:
            zone = ZoneInfo("UTC")
        return quiet_until(rule.quiet, datetime.fromtimestamp(self._now(), zone))

    def _follow_file(self, data: str) -> None:
        """The rules of the data set's TOML, where the settings say where these are told."""
        channels = self._senders.alert_channels
        stated: list[AlertRule] = []
        if channels:  # else the data need not be opened for it
            try:
                profile = self._service.for_viewer(OPERATOR).engine(data).profile
            except StoresightError:  # it cannot be opened now: its rules stay as they are
                return
            stated = [AlertRule(**rule) for rule in profile.alerts]
        nobody = Owner(OF_DATA, None, (), 0)
        wanted = [Rule(0, nobody, rule.name, data, f"data={data}", rule, channels) for rule in stated]
        rules.follow_file(self._state, data, wanted)

    def _wait_for_age(self, rule: Rule) -> None:
        """A job for the moment when the data will be too old, if none come until then."""
        if not isinstance(rule.condition, Age) or not rule.checked:
            return
        try:
            zone = ZoneInfo(self.opened(rule)[0].profile.time_zone)
        except StoresightError:
            return
        day = date.fromisoformat(rule.checked) + timedelta(days=rule.condition.days + 1)
        due = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        if due > self._now():
            jobs.add(self._state, KIND, f"{rule.data} too old on {day} {zone.key}", {"data": rule.data}, int(due))


def quiet_until(quiet: tuple[int, int], now: datetime) -> int:
    """When the quiet hours end, in seconds since 1970, where `now` lies in them; 0 where it does not.

    `quiet`: from which hour to which, (20, 7): from eight in the evening to seven in the morning.
    """
    begin, end = quiet
    inside = begin <= now.hour < end if begin < end else now.hour >= begin or now.hour < end
    if not inside:
        return 0
    day = now.date() + timedelta(days=1 if now.hour >= end else 0)
    return int(datetime(day.year, day.month, day.day, end, tzinfo=now.tzinfo).timestamp())
