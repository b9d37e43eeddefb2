"""How the text of a variable is read. A reader raises ValueError, which says what was expected."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

LOG_LEVELS = ("debug", "info", "warning", "error")
MAIL_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"  # in small letters
WEBHOOK = r"(plain|slack|teams)\+https?://[!-~]+|apprise\+[a-z][a-z0-9]*://[!-~]+"
MAIL_ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{MAIL_DOMAIN}"  # the plain ones: no quotes, no comments


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return read


def redis_url(text: str) -> str:
    """The address of a Redis server; "" for none."""
    if not text:
        return ""
    address = urlsplit(text)
    if address.scheme not in ("redis", "rediss") or not address.hostname:
        raise ValueError("expected redis://host:port/number or rediss://…")
    try:
        address.port  # noqa: B018  a property that raises
    except ValueError:
        raise ValueError("expected a port number after the host") from None
    return text


def on_or_off(text: str) -> bool:
    """Whether the text is on."""
    if text.lower() not in ("on", "off"):
        raise ValueError("expected on or off")
    return text.lower() == "on"


def log_level(text: str) -> str:
    """One of LOG_LEVELS."""
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"expected one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def secret(text: str) -> str:
    """A secret of at least 16 characters; "" for none."""
    if text and len(text) < 16:
        raise ValueError("expected at least 16 characters")
    return text


def embed_secrets(text: str) -> tuple[str, ...]:
    """At most two secrets of at least 32 characters."""
    found = tuple(text.split())
    if len(found) > 2 or any(len(secret) < 32 for secret in found):
        raise ValueError("expected a secret of at least 32 characters, or two with a space between them")
    return found


def hosts(text: str) -> tuple[str, ...]:
    """Host names in small letters; one that begins with a dot stands for its subdomains."""
    label = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    return _names(text, rf"\.?{label}(\.{label})*", "host names without https:// and port")


def upload_hosts(text: str) -> tuple[str, ...]:
    """Host names in small letters, each with or without a port."""
    return _names(text, r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", "host names such as files.example.com")


def mail_domains(text: str) -> tuple[str, ...]:
    """Domains of e-mail addresses, in small letters; `*` stands for all."""
    return _names(text, rf"\*|{MAIL_DOMAIN}", "domains such as example.com")


def _names(text: str, pattern: str, expected: str) -> tuple[str, ...]:
    """The names that commas separate, in small letters; each has to match the pattern."""
    names = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for name in names:
        if not re.fullmatch(pattern, name):
            raise ValueError(f"expected {expected}, found {name[:80]!r}")
    return names


def smtp(text: str) -> str:
    """The address of a mail server; "" for none."""
    address = urlsplit(text)
    if text and (
        address.scheme not in ("smtp", "smtps") or not address.hostname or address.query not in ("", "tls=off")
    ):
        raise ValueError("expected smtp://user:password@host:port, smtps://… or smtp://host?tls=off")
    address.port  # noqa: B018  a property that raises
    if address.query and address.password:
        raise ValueError("a password is not sent without TLS")
    return text


def mail_from(text: str) -> str:
    """The sender of mail, with or without a name; "" for none."""
    if text and not re.fullmatch(r"([^<>\"@\x00-\x1f\x7f]{1,100} )?<?" + MAIL_ADDRESS + ">?", text):
        raise ValueError("expected an address such as reports@example.com or Storesight <reports@example.com>")
    return text


def webhooks(text: str) -> tuple[str, ...]:
    """Webhooks, each a name, a shape and an address."""
    hooks = tuple(text.split())
    for hook in hooks:
        if not re.fullmatch(rf"[a-z0-9][a-z0-9-]{{0,39}}=({WEBHOOK})", hook):
            raise ValueError(
                "expected name=shape+https://…, separated by spaces; a shape is plain, slack or teams, or apprise with "
                "an address of its own"
            )
    if len({hook.partition("=")[0] for hook in hooks}) < len(hooks):
        raise ValueError("two webhooks have the same name")
    return hooks


def addresses(text: str) -> tuple[str, ...]:
    """IP addresses."""
    return tuple(str(ip_address(part.strip())) for part in text.split(",") if part.strip())


def channels(text: str) -> tuple[str, ...]:
    """Where alerts are sent: `mail:` or `hook:` and what it is."""
    channels = tuple(part.strip() for part in text.split(",") if part.strip())
    for channel in channels:
        if not re.fullmatch(r"mail:.+|hook:[a-z0-9-]+", channel):
            raise ValueError("expected mail:address or hook:name, separated by commas")
    return channels


def folder(text: str) -> Path:
    """A folder on this machine, which need not exist yet."""
    if "://" in text:
        raise ValueError("expected a folder on this machine")
    if Path(text).exists() and not Path(text).is_dir():
        raise ValueError("expected a folder, found a file")
    return Path(text)


def folder_or_none(text: str) -> Path | None:
    """A folder on this machine; None where none is named."""
    return folder(text) if text else None


def folders(text: str) -> tuple[Path, ...]:
    """Folders that exist."""
    folders = tuple(Path(part) for part in text.split(os.pathsep) if part)
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"no such folder: {folder}")
    return folders


def sources(text: str) -> str:
    """A folder, or an address that begins with https://."""
    if "://" not in text:
        return str(folder(text))
    address = urlsplit(text)
    if address.scheme != "https" or not address.hostname:
        raise ValueError("expected a folder or an address that begins with https://")
    return text


def dataset(text: str) -> str:
    """The name of a data set; "" for none."""
    if not re.fullmatch(r"[a-z0-9_\-]{0,60}", text):
        raise ValueError("expected the name of a data set, such as shop for shop.toml")
    return text


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"expected {', '.join(words[:-1])} or {words[-1]}")
        return text.lower()

    return read


def database_url(text: str) -> str:
    """The address of a PostgreSQL database; "" for none."""
    address = urlsplit(text)
    if text and (address.scheme not in ("postgres", "postgresql") or not address.hostname):
        raise ValueError("expected postgresql://user:password@host/name")
    return text


def state(text: str) -> Path | None:
    """A file, which need not exist yet; None where there is none."""
    if "://" in text:
        raise ValueError("expected a file on this machine; the address of a PostgreSQL database is DATABASE_URL")
    if text and Path(text).is_dir():
        raise ValueError("expected a file, found a folder")
    return Path(text) if text else None


def file(text: str) -> Path | None:
    """A file that exists; None where none is named."""
    if text and not Path(text).is_file():
        raise ValueError(f"no such file: {text}")
    return Path(text) if text else None


def public_url(text: str) -> str:
    """An address of web pages, without the slash at its end; "" for none."""
    address = urlsplit(text)
    if text and (address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment):
        raise ValueError("expected an address such as https://shop.example.com")
    return text.rstrip("/")


def issuer(text: str) -> str:
    """The address of an identity provider: with TLS, unless it is on this machine; "" for none."""
    address = urlsplit(text)
    local = address.hostname in ("localhost", "127.0.0.1", "::1")
    if text and (not address.hostname or address.scheme != "https") and not (address.scheme == "http" and local):
        raise ValueError("expected an address that begins with https://")
    return text.rstrip("/")


def scope(text: str) -> str:
    """Scopes of OpenID Connect."""
    if "openid" not in text.split():
        raise ValueError("expected words of which one is openid")
    return " ".join(text.split())


def networks(text: str) -> tuple[str, ...]:
    """Networks, or addresses as networks of one."""
    return tuple(str(ip_network(part.strip())) for part in text.split(",") if part.strip())


def header(text: str) -> str:
    """The name of a header."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
        raise ValueError("expected the name of a header")
    return text
