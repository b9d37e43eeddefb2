"""Digests over a data set that the test loads again and again, with senders that keep what they are given."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.errors import DeliveryError, RequestError
from analytics.selection import Clause
from dashboard.company import users
from dashboard.company.owners import Owner
from dashboard.company.policies import Policies, Policy
from dashboard.company.state import State
from dashboard.delivery.jobs import Runner
from dashboard.delivery.messages import Message
from dashboard.digests import content, kept
from dashboard.digests.kept import KIND, Draft
from dashboard.digests.sending import Post
from tests.changes.conftest import Clock, Shop, _opened, _sqlite, clock, each_state, shop, state

__all__ = ["Clock", "Shop", "_opened", "_sqlite", "clock", "each_state", "shop", "state"]

POLICIES = Policies(
    {
        "administrators": Policy(rights=frozenset({"view", "export", "administer"})),
        "web": Policy((Clause("channel", ("web",)),)),
        "managers": Policy(rights=frozenset({"view", "export"})),
        "readers": Policy(),
    }
)
VIEW = "/overview?data=shop&range=all"


@dataclass
class Sink:
    """Takes mail; `broken`: addresses that cannot be reached, with whether that is final."""

    base: str = "https://shop.example.com"
    domains: tuple[str, ...] = ("example.org",)
    sent: list[tuple[str, Message, str]] = field(default_factory=list)
    broken: dict[str, bool] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def checked(self, channel: str) -> str:
        """As of Senders."""
        if not channel.endswith("@example.org"):
            raise RequestError("mail may not be sent there.")
        return channel

    def send(self, channel: str, message: Message, ident: str) -> None:
        """As of Senders."""
        mail = channel.removeprefix("mail:")
        if mail in self.broken:
            raise DeliveryError("cannot be reached.", final=self.broken[mail])
        with self.lock:
            self.sent.append((mail, message, ident))

    @property
    def mails(self) -> list[str]:
        """To whom mail went."""
        return [mail for mail, _, _ in self.sent]

    def to(self, mail: str) -> Message:
        """The last message to an address."""
        return next(message for name, message, _ in reversed(self.sent) if name == mail)


class Office:
    """A state store, a sink, and the background loop of one process or of several."""

    def __init__(self, shop: Shop, state: State, clock: Clock) -> None:
        self.shop, self.state, self.clock, self.sink = shop, state, clock, Sink()
        self.post, self.runner = self.process()

    def process(self) -> tuple[Post, Runner]:
        """Another process of the same application."""
        post = Post(self.shop.service, self.state, lambda: POLICIES, self.sink)  # type: ignore[arg-type]
        runner = Runner(self.state, self.sink)  # type: ignore[arg-type]
        runner.handle(KIND, post.send)
        runner.watch.append(post.plan)
        return post, runner

    def account(self, name: str, *groups: str) -> Owner:
        """An account, as the owner of a digest."""
        user = users.add(self.state, f"{name}@example.org", name.title(), groups)
        return Owner(user.name, user.id, (), 0)

    def digest(self, owner: Owner, **more: object) -> int:
        """A daily digest at 7 for its owner, unless said otherwise; made now."""
        given = {"audience": "me", "mails": (owner.subject,), "title": "Daily", **more}
        draft = Draft(**{"address": VIEW, "rhythm": "daily", "hour": 7, **given})  # type: ignore[arg-type]
        reader = POLICIES.groups["readers"].viewer("x", "", (), signs_out=False)
        since = self.post.since(self.shop.service.for_viewer(reader), replace(draft, address=VIEW))
        return kept.save(self.state, owner, draft, since)

    def at(self, text: str, zone: str = "UTC") -> None:
        """Set the clock."""
        self.clock.now = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()

    def tick(self) -> list[str]:
        """One turn of the background loop; to whom mail went in it."""
        before = len(self.sink.sent)
        self.runner.tick()
        return self.sink.mails[before:]


@pytest.fixture
def office(shop: Shop, state: State, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The data reach 20 November 2026; it is that day, 12 o'clock."""
    monkeypatch.setattr(content, "_stories", lambda *_: ())  # one test looks at them; they take long
    made = Office(shop, state, clock)
    made.at("2026-11-21T12:00")
    return made
