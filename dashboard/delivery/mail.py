"""Mail: a message handed to the server that STORESIGHT_SMTP names.

Headers hold one line each, whatever was in a name; an address is a plain one (MAIL_ADDRESS). A password goes
only through TLS. The Message-ID is made of the job's ident, so that it is the same at each attempt: mail programs that
get the message twice can show it once.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

from analytics.errors import ConfigError, DeliveryError, RequestError
from analytics.language import N_
from dashboard.delivery.messages import Message, one_line, printable
from dashboard.settings.readers import MAIL_ADDRESS

SILENCE_SECONDS = 20  # without an answer, after which the server is given up
LARGEST_MAIL = 20 * 2**20  # bytes of its attachments
PORTS = {"smtp": 587, "smtps": 465}
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class MailServer:
    """A server that takes mail, and the sender whose name stands on it."""

    host: str
    port: int
    user: str
    password: str
    tls: str  # "start" (STARTTLS), "whole" (from the start) or "off"
    sender: str  # as a header shows it

    @property
    def domain(self) -> str:
        """What stands after the @ of the sender."""
        return parseaddr(self.sender)[1].rpartition("@")[2].lower()


def server_of(smtp: str, sender: str) -> MailServer | None:
    """The server of the settings; None without one. ConfigError where the sender is missing."""
    if not smtp:
        return None
    if not sender:
        raise ConfigError("mail needs a sender.", where="STORESIGHT_SMTP", hint="Set STORESIGHT_MAIL_FROM.")
    parts = urlsplit(smtp)
    host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
    tls = "whole" if parts.scheme == "smtps" else "start"
    if parts.query == "tls=off" or (tls == "start" and host in LOCAL):
        tls = "off"  # nobody listens on this machine, or the operator says that nobody does
    return MailServer(host, parts.port or PORTS[parts.scheme], user, password, tls, sender)


def read_address(text: str) -> str:
    """A mail address as it is kept, its domain in small letters. RequestError where it is none."""
    name, _, domain = text.strip().rpartition("@")
    address = f"{name}@{domain.lower()}"
    if len(address) > 254 or not re.fullmatch(MAIL_ADDRESS, address):
        raise RequestError(N_("“{text}” is not an e-mail address.", text=text.strip()[:80]), where="mail")
    return address


def letter(server: MailServer, to: str, message: Message, ident: str) -> EmailMessage:
    """The message as mail. DeliveryError where it is too large."""
    mail = EmailMessage(policy=SMTP)
    title, address = parseaddr(server.sender)
    mail["From"] = Address(title, addr_spec=address)
    mail["To"] = Address(addr_spec=read_address(to))
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<storesight.{ident}@{server.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # no replies of machines
    if message.unsubscribe:
        if not re.fullmatch(r"https?://[!-~]{1,1000}", message.unsubscribe) or set("<>") & set(message.unsubscribe):
            raise DeliveryError("the address to unsubscribe at is none.", final=True)
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(printable(message.text), cte="quoted-printable")
    if message.html:
        whole = message.html.encode("utf-8", "replace").decode()  # a lone half of a character cannot be sent
        mail.add_alternative(whole, subtype="html", cte="quoted-printable")
    if sum(len(a.data) for a in message.attachments) > LARGEST_MAIL:
        raise DeliveryError(f"the attachments have more than {LARGEST_MAIL // 2**20} MB.", final=True)
    for attachment in message.attachments:
        kind, _, subtype = attachment.kind.partition("/")
        mail.add_attachment(
            attachment.data, maintype=kind, subtype=subtype, filename=one_line(attachment.name).replace("/", "-")
        )
    return mail


def send(server: MailServer, to: str, message: Message, ident: str, trusted: ssl.SSLContext | None = None) -> None:
    """Hand the message over for one address. DeliveryError says why it was not taken, and whether it ever will be."""
    mail = letter(server, to, message, ident)
    where = N_("mail server {host}", host=server.host)
    try:
        with _connection(server, trusted) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as fault:
        code, text = next(iter(fault.recipients.values()))
        raise _refused(code, text, where) from fault
    except smtplib.SMTPAuthenticationError as fault:  # the operator may mend it: it is tried again
        raise DeliveryError(
            N_("the name or password is refused ({code}).", code=str(fault.smtp_code)), where=where
        ) from fault
    except smtplib.SMTPResponseException as fault:
        raise _refused(fault.smtp_code, fault.smtp_error, where) from fault
    except (OSError, smtplib.SMTPException) as fault:
        told = getattr(fault, "strerror", None) or str(fault)
        raise DeliveryError(N_("cannot be reached: {reason}.", reason=one_line(told)), where=where) from fault


def _connection(server: MailServer, trusted: ssl.SSLContext | None) -> smtplib.SMTP:
    name = server.domain  # what we are called: asking for the name of this machine can take long
    if server.tls != "off":
        trusted = trusted or ssl.create_default_context()  # reading all authorities takes a while
    if server.tls == "whole":
        return smtplib.SMTP_SSL(server.host, server.port, name, timeout=SILENCE_SECONDS, context=trusted)
    connection = smtplib.SMTP(server.host, server.port, name, timeout=SILENCE_SECONDS)
    if server.tls == "start":
        try:
            connection.starttls(context=trusted)
        except BaseException:
            connection.close()
            raise
    return connection


def _refused(code: int, text: bytes | str, where: str) -> DeliveryError:
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return DeliveryError(
        N_("answers {code} {text}.", code=str(code), text=one_line(told)), where=where, final=500 <= code < 600
    )
