"""Webhooks: a message posted as JSON to an address that STORESIGHT_WEBHOOKS names.

The shape `plain` is for programs: `id`, `title`, `text`, `link`, `at` and `facts`. `slack` and `teams` are what these
take; names in a message cannot become links or mentions there. The receiver checks who sent it by

    Storesight-Signature: t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>" with STORESIGHT_WEBHOOK_SECRET, in hex>

refuses what is older than some minutes, and what has the same `Idempotency-Key` as a message before: where this process
dies between the sending and the note of it, the message is sent again with that key.

The shape `apprise` hands the message to the package of that name, which knows the service by its address, and which is
imported when it sends first.

Redirections are not followed, and private networks reached only where STORESIGHT_WEBHOOK_PRIVATE names the address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from http.client import HTTPException
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from analytics.errors import ConfigError, DeliveryError, RequestError, SourceError
from analytics.language import N_, _, in_language
from dashboard.delivery.messages import Message, one_line, printable
from dashboard.outgoing import Address, connected, parsed

SETTING: Final = "STORESIGHT_WEBHOOKS"
LARGEST_ANSWER = 10_000  # bytes that are read of what a receiver answers
LONGEST_CHAT = 3000  # characters, above which Slack cuts a message
TRY_AGAIN = (408, 425, 429)  # of the answers from 400 to 499, those that may pass


@dataclass(frozen=True)
class Webhook:
    """One webhook of the settings."""

    name: str
    shape: str  # plain, slack, teams or apprise
    address: Address | None = field(repr=False)  # holds a key; None with apprise
    service: str = field(default="", repr=False)  # an address of apprise, which holds a key too


def read(texts: Collection[str], secret: str) -> dict[str, Webhook]:
    """The webhooks of the setting, by name. ConfigError where one cannot be used."""
    found = {}
    for text in texts:
        name, _, rest = text.partition("=")
        shape, _, address = rest.partition("+")
        if shape == "apprise":
            if find_spec("apprise") is None:
                hint = "Run `pip install -r requirements-notify.txt`."
                raise ConfigError(f"{name} needs Apprise, which is not installed.", where=SETTING, hint=hint)
            found[name] = Webhook(name, shape, None, address)
            continue
        try:
            found[name] = Webhook(name, shape, parsed(address))
        except RequestError as fault:
            raise ConfigError(f"the address of {name} cannot be used: {fault.message}", where=SETTING) from fault
        if shape == "plain" and not secret:
            hint = "Set STORESIGHT_WEBHOOK_SECRET to a long random text that the receiver knows too."
            raise ConfigError(f"messages to {name} must be signed.", where=SETTING, hint=hint)
    return found


def body(hook: Webhook, message: Message, ident: str, now: int) -> dict[str, Any]:
    """What is posted, in the webhook's shape."""
    title, text = one_line(message.subject), printable(message.text)
    with in_language(message.language):
        way = _("Open in Storesight")
    if hook.shape == "slack":
        link = f"\n<{message.link}|{way}>" if message.link else ""
        return {"text": f"*{_slack(title)}*\n{_slack(text[:LONGEST_CHAT])}{link}", "unfurl_links": False}
    if hook.shape == "teams":
        return _teams(title, text[:LONGEST_CHAT], message.link, way)
    facts = {"title": title, "text": text, "link": message.link, "facts": dict(message.facts)}
    return {"id": ident, "at": now, **facts}


def signature(secret: str, now: int, data: bytes) -> str:
    """The header with which a receiver can tell that the message comes from here."""
    made = hmac.new(secret.encode(), f"{now}.".encode() + data, hashlib.sha256).hexdigest()
    return f"t={now},v1={made}"


def send(
    hook: Webhook,
    message: Message,
    ident: str,
    *,
    secret: str = "",
    private: Collection[str] = (),
    trusted: ssl.SSLContext | None = None,
) -> None:
    """Post a message. DeliveryError says why it was not taken, and whether it ever will be."""
    if hook.address is None:
        _by_apprise(hook, message)
        return
    now = int(time.time())
    data = json.dumps(body(hook, message, ident, now)).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Storesight", "Idempotency-Key": ident}
    if secret:
        headers["Storesight-Signature"] = signature(secret, now, data)
    where = f"webhook {hook.name}"  # the address is a secret
    try:
        connection = connected(hook.address, private, trusted, "STORESIGHT_WEBHOOK_PRIVATE")
        try:
            connection.request("POST", hook.address.target, data, headers)
            answer = connection.getresponse()
            answer.read(LARGEST_ANSWER)
            status = answer.status
        finally:
            connection.close()
    except SourceError as fault:
        raise DeliveryError(fault.text, where=where, hint=fault.advice) from fault
    except (OSError, HTTPException) as fault:
        told = getattr(fault, "strerror", None) or str(fault)
        raise DeliveryError(N_("cannot be reached: {reason}.", reason=one_line(told)), where=where) from fault
    if not 200 <= status < 300:
        raise DeliveryError(
            N_("answers {status}; expected 200 to 299.", status=str(status)),
            where=where,
            final=300 <= status < 500 and status not in TRY_AGAIN,
        )


def _by_apprise(hook: Webhook, message: Message) -> None:
    """Hand a message to Apprise, as plain text. It says only whether the service took it, and its log why not."""
    sender, where = import_module("apprise").Apprise(), f"webhook {hook.name}"
    if not sender.add(hook.service):
        raise DeliveryError(N_("Apprise does not know this kind of address."), where=where, final=True)
    text = "\n".join(part for part in (printable(message.text)[:LONGEST_CHAT], message.link) if part)
    if not sender.notify(title=one_line(message.subject), body=text, body_format="text"):
        raise DeliveryError(N_("Apprise could not hand it over; the log has its reason."), where=where)


def _slack(text: str) -> str:
    """A text in which Slack finds no link, mention or channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(title: str, text: str, link: str, way: str) -> dict[str, Any]:
    """An adaptive card of text runs, in which Teams reads no Markdown."""

    def run(line: str, **more: str) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line, **more}]}

    lines = [line for line in text.splitlines() if line]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [run(title, weight="Bolder", size="Medium"), *(run(line) for line in lines)],
    }
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": way, "url": link}]
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }
