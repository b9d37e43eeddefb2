"""Work that must be done once, and messages that must arrive once: jobs, mail, webhooks.

How a message is sent:

    runner = delivery.of(server)                        # None where there is no state store
    runner.handle("digest", make)                       # a kind of job, done by whichever process comes first
    jobs.add(state, "digest", "3:2026-W12", {...})      # once, however many processes add it
    deliveries.queue(state, "mail:ann@example.com",     # a message, sent once for a rule and a period
                     [("alert:12", "2026-03-01")], message)

A handler that has its own messages to send (with attachments, which are not kept in the store) calls
`runner.senders.send(channel, message, ident)` itself, in a job of its own for each channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask

from dashboard.company.state import EXTENSION as STATE
from dashboard.settings import Settings

if TYPE_CHECKING:
    from dashboard.delivery.jobs import Runner

EXTENSION: Final = "storesight.delivery"


def install(server: Flask, settings: Settings) -> Runner | None:
    """What does the jobs of this application, where it has a state store; the background loop calls its `tick`.

    ConfigError where the settings of mail or webhooks do not fit together.
    """
    state = server.extensions.get(STATE)
    if state is None:
        return None
    from dashboard.delivery import deliveries
    from dashboard.delivery.jobs import Runner
    from dashboard.delivery.senders import Senders

    runner = server.extensions[EXTENSION] = Runner(state, Senders(settings), settings.audit_days)
    runner.handle(deliveries.KIND, deliveries.handler(state, runner.senders, runner.withheld))
    return runner


def of(server: Flask) -> Runner | None:
    """What does the jobs of an application; None where it has no state store."""
    found: Runner | None = server.extensions.get(EXTENSION)
    return found
