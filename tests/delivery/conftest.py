"""A state store of each kind, a clock, and sinks for mail and webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.company.state import State
from dashboard.delivery import deliveries
from dashboard.delivery.jobs import Runner
from dashboard.delivery.senders import Senders
from dashboard.settings import Settings
from tests.company.conftest import Clock, _opened, clock, state
from tests.delivery.sinks import HookSink, MailSink

__all__ = ["Clock", "_opened", "clock", "state"]

SECRET = "a secret of both sides"


@pytest.fixture(scope="module")
def _mail_server() -> Iterator[MailSink]:
    made = MailSink()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def _hook_server() -> Iterator[HookSink]:
    made = HookSink()
    yield made
    made.stop()


@pytest.fixture
def mails(_mail_server: MailSink) -> MailSink:
    """A mail server that has no mail yet."""
    _mail_server.mails.clear()
    _mail_server.recipients.clear()
    _mail_server.answers.clear()
    return _mail_server


@pytest.fixture
def hooks(_hook_server: HookSink) -> HookSink:
    """A web server to which nothing has been posted yet."""
    _hook_server.posts.clear()
    _hook_server.statuses.clear()
    return _hook_server


@pytest.fixture
def settings(mails: MailSink, hooks: HookSink) -> Settings:
    """Mail to example.org and example.com, a webhook of each shape."""
    shapes = ("plain", "slack", "teams")
    return Settings(
        smtp=mails.address,
        mail_from="Storesight <reports@example.org>",
        mail_domains=("example.org", "example.com"),
        webhooks=tuple(f"{shape}={shape}+{hooks.address}/{shape}?key=hidden" for shape in shapes),
        webhook_secret=SECRET,
        webhook_private=("127.0.0.1",),
        url="https://shop.example.org",
    )


def runner_of(state: State, settings: Settings) -> Runner:
    """A process that sends messages."""
    runner = Runner(state, Senders(settings))
    runner.handle(deliveries.KIND, deliveries.handler(state, runner.senders, runner.withheld))
    return runner


@pytest.fixture
def runner(state: State, settings: Settings) -> Runner:
    """A process that sends messages."""
    return runner_of(state, settings)
