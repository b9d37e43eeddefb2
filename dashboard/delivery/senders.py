"""Where messages can be sent, as the settings of the installation say, and the sending.

A channel is a text: `mail:ann@example.com` or `hook:ops`. What the settings do not allow is refused twice: when
somebody names it, and again when a message is sent, since settings change.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from analytics.errors import ConfigError, DeliveryError, RequestError, StoresightError, did_you_mean
from analytics.language import N_
from dashboard.delivery import mail, webhooks
from dashboard.delivery.messages import Message
from dashboard.settings import Settings

MAIL, HOOK = "mail", "hook"


class Senders:
    """The channels of an installation. ConfigError where its settings do not fit together."""

    def __init__(self, settings: Settings, trusted: ssl.SSLContext | None = None) -> None:
        self._mail = mail.server_of(settings.smtp, settings.mail_from)
        self._hooks = webhooks.read(settings.webhooks, settings.webhook_secret)
        self._secret, self._private = settings.webhook_secret, settings.webhook_private
        self._domains = settings.mail_domains or ((self._mail.domain,) if self._mail else ())
        self._trusted = trusted
        self.base = settings.url  # how links begin that leave the application; "": there are none
        try:
            self.alert_channels = tuple(self.checked(channel) for channel in settings.alert_channels)
        except RequestError as fault:
            raise ConfigError(fault.message, where="STORESIGHT_ALERTS", hint=fault.hint) from fault

    @property
    def domains(self) -> Sequence[str]:
        """Domains to whose addresses mail may be sent; "*" is every one, none at all: mail cannot be sent."""
        return self._domains if self._mail else ()

    @property
    def hooks(self) -> Sequence[str]:
        """The names of the webhooks."""
        return sorted(self._hooks)

    def __bool__(self) -> bool:
        """Whether there is any way to send."""
        return bool(self.domains or self._hooks)

    def checked(self, channel: str) -> str:
        """A channel as it is kept. RequestError where the installation does not send there."""
        kind, _, name = channel.strip().partition(":")
        if kind == HOOK:
            if name not in self._hooks:
                raise RequestError(
                    N_("there is no webhook “{name}”.", name=name[:80]),
                    where="channel",
                    hint=did_you_mean(name, self._hooks),
                )
            return f"{HOOK}:{name}"
        if kind != MAIL:
            raise RequestError(
                N_("there is no channel “{name}”.", name=channel[:80]),
                where="channel",
                hint=N_("Expected mail:… or hook:…."),
            )
        if self._mail is None:
            raise RequestError(
                N_("e-mail cannot be sent here."),
                where="channel",
                hint=N_("No mail server is set up (STORESIGHT_SMTP)."),
            )
        address = mail.read_address(name)
        domain = address.rpartition("@")[2]
        if "*" not in self._domains and domain not in self._domains:
            raise RequestError(
                N_("e-mail may not be sent to {domain}.", domain=domain[:80]),
                where="channel",
                hint=N_("Allowed: {domains} (STORESIGHT_MAIL_DOMAINS).", domains=", ".join(self._domains)),
            )
        return f"{MAIL}:{address}"

    def send(self, channel: str, message: Message, ident: str) -> None:
        """Send a message. `ident`: the same at each attempt (Job.ident), and another for each message.

        DeliveryError says why it was not taken; a channel that is no longer allowed is final.
        """
        try:
            kind, _, name = self.checked(channel).partition(":")
        except StoresightError as fault:
            raise DeliveryError(fault.text, where=channel[:80], hint=fault.advice, final=True) from fault
        if kind == HOOK:
            webhooks.send(
                self._hooks[name], message, ident, secret=self._secret, private=self._private, trusted=self._trusted
            )
        else:
            assert self._mail is not None  # checked
            mail.send(self._mail, name, message, ident, self._trusted)
