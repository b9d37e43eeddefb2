"""The settings of a process, from its environment. SETTINGS is the one table of them: the code, its errors and
docs/deployment.md read it.

`python -m dashboard.settings` prints the table as it stands in docs/deployment.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analytics.errors import ConfigError, did_you_mean

LOG_LEVELS = ("debug", "info", "warning", "error")
MAIL_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"  # in small letters
WEBHOOK = r"(plain|slack|teams)\+https?://[!-~]+|apprise\+[a-z][a-z0-9]*://[!-~]+"
MAIL_ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{MAIL_DOMAIN}"  # the plain ones: no quotes, no comments


@dataclass(frozen=True)
class Setting:
    """One variable: the field it fills, its default as one would write it, what it means, how its text is read."""

    variable: str
    field: str
    default: str
    meaning: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Settings:
    """The configuration of one process. Made by `from_env`; a test may make one directly."""

    port: int = 8050
    redis_url: str = field(default="", repr=False)  # may hold a password
    workers: int = 2
    threads: int = 4
    log_level: str = "info"
    store: Path = Path("store")
    sources: str = "data/sources"
    catalog: tuple[Path, ...] = ()
    cache_dir: Path = Path("build/cache")
    cache_mb: int = 256
    download_mb: int = 1024
    load: bool = True
    dataset: str = ""
    proxies: int = 0
    hosts: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    embed_secrets: tuple[str, ...] = field(default=(), repr=False)
    database_url: str = field(default="", repr=False)  # may hold a password
    state: Path | None = None
    login: str = "off"
    policies: Path | None = None
    url: str = ""
    deck_template: Path | None = None
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: str = field(default="", repr=False)
    oidc_scope: str = "openid email profile"
    oidc_groups: str = "groups"
    login_from: tuple[str, ...] = ("127.0.0.1/32", "::1/128")
    proxy_user: str = "X-Forwarded-User"
    proxy_groups: str = "X-Forwarded-Groups"
    audit_days: int = 400
    token_rate: int = 120
    uploads: Path | None = None
    uploads_from: str = "local"
    upload_mb: int = 512
    upload_hosts: tuple[str, ...] = ()
    smtp: str = field(default="", repr=False)  # may hold a password
    mail_from: str = ""
    mail_domains: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = field(default=(), repr=False)  # their addresses are secrets
    webhook_secret: str = field(default="", repr=False)
    webhook_private: tuple[str, ...] = ()
    alert_channels: tuple[str, ...] = ()

    @property
    def sources_folder(self) -> Path:
        """Where source files lie: the folder named, or the one that an https address is downloaded into."""
        return self.store / ".sources" if self.remote else Path(self.sources)

    @property
    def base(self) -> str:
        """How the application's own addresses begin in links."""
        return self.url or f"http://127.0.0.1:{self.port}"

    @property
    def remote(self) -> bool:
        """Whether the sources are an https address."""
        return "://" in self.sources

    @property
    def catalog_folders(self) -> tuple[Path, ...]:
        """Folders whose TOML files declare data sets: those that come with the application, the operator's, and those
        of data sets that were added in the browser."""
        added = sorted(self.uploads.glob("sets/[a-z]*/")) if self.uploads else ()
        return (Path(__file__).resolve().parent.parent / "data", *self.catalog, *added)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return read


def _redis_url(text: str) -> str:
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


def _on_or_off(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValueError("expected on or off")
    return text.lower() == "on"


def _log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"expected one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def _secret(text: str) -> str:
    if text and len(text) < 16:
        raise ValueError("expected at least 16 characters")
    return text


def _embed_secrets(text: str) -> tuple[str, ...]:
    found = tuple(text.split())
    if len(found) > 2 or any(len(secret) < 32 for secret in found):
        raise ValueError("expected a secret of at least 32 characters, or two with a space between them")
    return found


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", name):
            raise ValueError(f"expected host names without https:// and port, found {name[:80]!r}")
    return names


def _upload_hosts(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for name in names:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", name):
            raise ValueError(f"expected host names such as files.example.com, found {name[:80]!r}")
    return names


def _smtp(text: str) -> str:
    address = urlsplit(text)
    if text and (
        address.scheme not in ("smtp", "smtps") or not address.hostname or address.query not in ("", "tls=off")
    ):
        raise ValueError("expected smtp://user:password@host:port, smtps://… or smtp://host?tls=off")
    address.port  # noqa: B018  a property that raises
    if address.query and address.password:
        raise ValueError("a password is not sent without TLS")
    return text


def _mail_from(text: str) -> str:
    if text and not re.fullmatch(r"([^<>\"@\x00-\x1f\x7f]{1,100} )?<?" + MAIL_ADDRESS + ">?", text):
        raise ValueError("expected an address such as reports@example.com or Storesight <reports@example.com>")
    return text


def _mail_domains(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for name in names:
        if name != "*" and not re.fullmatch(MAIL_DOMAIN, name):
            raise ValueError(f"expected domains such as example.com, found {name[:80]!r}")
    return names


def _webhooks(text: str) -> tuple[str, ...]:
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


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(str(ip_address(part.strip())) for part in text.split(",") if part.strip())


def _channels(text: str) -> tuple[str, ...]:
    channels = tuple(part.strip() for part in text.split(",") if part.strip())
    for channel in channels:
        if not re.fullmatch(r"mail:.+|hook:[a-z0-9-]+", channel):
            raise ValueError("expected mail:address or hook:name, separated by commas")
    return channels


def _folder(text: str) -> Path:
    if "://" in text:
        raise ValueError("expected a folder on this machine")
    if Path(text).exists() and not Path(text).is_dir():
        raise ValueError("expected a folder, found a file")
    return Path(text)


def _folders(text: str) -> tuple[Path, ...]:
    folders = tuple(Path(part) for part in text.split(os.pathsep) if part)
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"no such folder: {folder}")
    return folders


def _sources(text: str) -> str:
    if "://" not in text:
        return str(_folder(text))
    address = urlsplit(text)
    if address.scheme != "https" or not address.hostname:
        raise ValueError("expected a folder or an address that begins with https://")
    return text


def _dataset(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_\-]{0,60}", text):
        raise ValueError("expected the name of a data set, such as shop for shop.toml")
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"expected {', '.join(words[:-1])} or {words[-1]}")
        return text.lower()

    return read


def _database_url(text: str) -> str:
    address = urlsplit(text)
    if text and (address.scheme not in ("postgres", "postgresql") or not address.hostname):
        raise ValueError("expected postgresql://user:password@host/name")
    return text


def _state(text: str) -> Path | None:
    if "://" in text:
        raise ValueError("expected a file on this machine; the address of a PostgreSQL database is DATABASE_URL")
    if text and Path(text).is_dir():
        raise ValueError("expected a file, found a folder")
    return Path(text) if text else None


def _file(text: str) -> Path | None:
    if text and not Path(text).is_file():
        raise ValueError(f"no such file: {text}")
    return Path(text) if text else None


def _public_url(text: str) -> str:
    address = urlsplit(text)
    if text and (address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment):
        raise ValueError("expected an address such as https://shop.example.com")
    return text.rstrip("/")


def _issuer(text: str) -> str:
    address = urlsplit(text)
    local = address.hostname in ("localhost", "127.0.0.1", "::1")
    if text and (not address.hostname or address.scheme != "https") and not (address.scheme == "http" and local):
        raise ValueError("expected an address that begins with https://")
    return text.rstrip("/")


def _scope(text: str) -> str:
    if "openid" not in text.split():
        raise ValueError("expected words of which one is openid")
    return " ".join(text.split())


def _networks(text: str) -> tuple[str, ...]:
    return tuple(str(ip_network(part.strip())) for part in text.split(",") if part.strip())


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
        raise ValueError("expected the name of a header")
    return text


SETTINGS: tuple[Setting, ...] = (
    Setting("PORT", "port", "8050", "Port to listen on.", _whole(1, 65535)),
    Setting(
        "REDIS_URL",
        "redis_url",
        "",
        "Redis for the shared cache, `redis://…` or `rediss://…`. Without it answers are kept in files.",
        _redis_url,
    ),
    Setting(
        "WEB_CONCURRENCY",
        "workers",
        "2",
        "Worker processes. Each takes about 105 MB besides 130 MB that all share.",
        _whole(1, 64),
    ),
    Setting("STORESIGHT_THREADS", "threads", "4", "Threads of each worker.", _whole(1, 64)),
    Setting(
        "LOG_LEVEL", "log_level", "info", "Lowest level that is logged: debug, info, warning or error.", _log_level
    ),
    Setting("STORESIGHT_STORE", "store", "store", "Folder of the loaded data.", _folder),
    Setting(
        "STORESIGHT_SOURCES",
        "sources",
        "data/sources",
        "Folder of the source files that the TOML files name, or the https address of a zip or tar archive, "
        "of one file, or (ending in `/`) of a page that lists files.",
        _sources,
    ),
    Setting(
        "STORESIGHT_CATALOG",
        "catalog",
        "",
        f"Further folders of TOML files besides `data/`, separated by `{os.pathsep}`.",
        _folders,
    ),
    Setting(
        "STORESIGHT_CACHE_DIR", "cache_dir", "build/cache", "Folder of cached answers if there is no Redis.", _folder
    ),
    Setting(
        "STORESIGHT_CACHE_MB",
        "cache_mb",
        "256",
        "Size limit of that folder in megabytes. An answer over 4 MB, such as one row for each of many customers, is "
        "cached nowhere and computed again.",
        _whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_DOWNLOAD_MB",
        "download_mb",
        "1024",
        "Size limit of downloaded sources in megabytes, also when they are unpacked.",
        _whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_LOAD",
        "load",
        "on",
        "Whether the application loads missing data sets and refreshes them: `on` or `off`.",
        _on_or_off,
    ),
    Setting(
        "STORESIGHT_DATASET",
        "dataset",
        "",
        "Name of the data set that opens first. Without it, the one that the browser used last, or else the first by "
        "name; invented ones come last.",
        _dataset,
    ),
    Setting(
        "STORESIGHT_PROXIES",
        "proxies",
        "0",
        "Number of trusted proxies in front of the application; 1 behind a platform's router, as in the Procfile.",
        _whole(0, 5),
    ),
    Setting(
        "STORESIGHT_HOSTS",
        "hosts",
        "",
        "Names under which people open the application, separated by commas, such as `shop.example.com` or, for all "
        "subdomains, `.example.com`. Other names are refused, except localhost and IP addresses. Without this setting "
        "a server behind a proxy answers to every name that the proxy passes on.",
        _hosts,
    ),
    Setting(
        "STORESIGHT_SECRET",
        "secret",
        "",
        "A text of at least 16 characters that all processes share and nobody else knows. Answers in the shared cache "
        "are signed with it, so that whoever can write to Redis cannot forge one; without "
        "it, with the address of Redis.",
        _secret,
    ),
    Setting(
        "DATABASE_URL",
        "database_url",
        "",
        "PostgreSQL database of the state store (accounts, sessions, the audit log), `postgresql://…`.",
        _database_url,
    ),
    Setting(
        "STORESIGHT_STATE",
        "state",
        "",
        "SQLite file of the state store, on a disk that lasts, where there is no DATABASE_URL. Without either there is "
        "no login and nothing is remembered.",
        _state,
    ),
    Setting(
        "STORESIGHT_LOGIN",
        "login",
        "off",
        "How people sign in: `off`, everybody who can open the application sees everything; `me`, nobody signs in, and "
        "whoever opens it on this machine is one person, who keeps views, targets and notes; `local`, with a name and "
        "a password; `oidc`, with an identity provider; `proxy`, a proxy in front names them.",
        _one_of("off", "me", "local", "oidc", "proxy"),
    ),
    Setting(
        "STORESIGHT_POLICIES",
        "policies",
        "",
        "The file `policies.toml`, which says which group may see and do what. Without it only the group "
        "`administrators` may do anything.",
        _file,
    ),
    Setting(
        "STORESIGHT_URL",
        "url",
        "",
        "Address under which people open the application, such as `https://shop.example.com`. Links that leave the "
        "application begin with it.",
        _public_url,
    ),
    Setting(
        "STORESIGHT_DECK_TEMPLATE",
        "deck_template",
        "",
        "The company's PowerPoint presentation (`.pptx`), whose layouts and placeholders downloaded decks use.",
        _file,
    ),
    Setting(
        "STORESIGHT_OIDC_ISSUER",
        "oidc_issuer",
        "",
        "With `oidc`: the address of the identity provider, below which it has `/.well-known/openid-configuration`.",
        _issuer,
    ),
    Setting("STORESIGHT_OIDC_CLIENT", "oidc_client", "", "With `oidc`: the id of this application there.", str),
    Setting("STORESIGHT_OIDC_SECRET", "oidc_secret", "", "With `oidc`: its secret there.", str),
    Setting(
        "STORESIGHT_OIDC_SCOPE",
        "oidc_scope",
        "openid email profile",
        "With `oidc`: what is requested; some providers send groups only for a scope of their own.",
        _scope,
    ),
    Setting(
        "STORESIGHT_OIDC_GROUPS",
        "oidc_groups",
        "groups",
        "With `oidc`: the claim of the ID token or the user information that names a person's groups.",
        str,
    ),
    Setting(
        "STORESIGHT_LOGIN_FROM",
        "login_from",
        "127.0.0.1/32,::1/128",
        "With `proxy`: addresses or networks, separated by commas, of the proxy whose headers are believed. With `me`: "
        "where the one person is.",
        _networks,
    ),
    Setting(
        "STORESIGHT_PROXY_USER", "proxy_user", "X-Forwarded-User", "With `proxy`: the header of the name.", _header
    ),
    Setting(
        "STORESIGHT_PROXY_GROUPS",
        "proxy_groups",
        "X-Forwarded-Groups",
        "With `proxy`: the header of the groups, which commas separate.",
        _header,
    ),
    Setting(
        "STORESIGHT_EMBED_SECRET",
        "embed_secrets",
        "",
        "A secret of at least 32 characters with which other servers sign links that show a page inside theirs "
        "(docs/sharing.md). Two with a space between them are both good, while one replaces the other.",
        _embed_secrets,
    ),
    Setting(
        "STORESIGHT_AUDIT_DAYS",
        "audit_days",
        "400",
        "Days for which the audit log is kept.",
        _whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_TOKEN_RATE",
        "token_rate",
        "120",
        "Requests a minute with one token of a program; more are answered with 429.",
        _whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_UPLOADS",
        "uploads",
        "",
        "Folder, on a disk that lasts, for data that are added in the browser. Without it nothing can be added there.",
        lambda text: _folder(text) if text else None,
    ),
    Setting(
        "STORESIGHT_UPLOADS_FROM",
        "uploads_from",
        "local",
        "Who may add data where there is no login: `local`, only a browser on this machine (never through a proxy), or "
        "`anyone` who can open the application. With a login the right `upload` says who.",
        _one_of("local", "anyone"),
    ),
    Setting(
        "STORESIGHT_UPLOAD_MB",
        "upload_mb",
        "512",
        "Largest size, in megabytes, of the files that are added at once.",
        _whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_UPLOAD_HOSTS",
        "upload_hosts",
        "",
        "Hosts, separated by commas, from which files may be fetched by their address when data are added, such as "
        "`files.example.com` or, with another port, `files.example.com:8443`. A host in a private network also needs "
        "its IP address here. Without this setting nothing is fetched.",
        _upload_hosts,
    ),
    Setting(
        "STORESIGHT_SMTP",
        "smtp",
        "",
        "Server that takes mail: `smtp://user:password@host:587`, which begins TLS by STARTTLS, `smtps://…` with TLS "
        "from the start, or `smtp://host?tls=off` for a relay inside the network. Without it no mail is sent.",
        _smtp,
    ),
    Setting(
        "STORESIGHT_MAIL_FROM",
        "mail_from",
        "",
        "Sender of mail, such as `Storesight <reports@example.com>`.",
        _mail_from,
    ),
    Setting(
        "STORESIGHT_MAIL_DOMAINS",
        "mail_domains",
        "",
        "Domains, separated by commas, to whose addresses mail may be sent; `*` allows all. Without this setting only "
        "the domain of STORESIGHT_MAIL_FROM.",
        _mail_domains,
    ),
    Setting(
        "STORESIGHT_WEBHOOKS",
        "webhooks",
        "",
        "Webhooks to which messages may be sent, separated by spaces: `name=slack+https://hooks.slack.com/services/…`. "
        "The shape before `+` is `plain`, `slack` or `teams`; `name=apprise+ntfy://…` is an address of Apprise, which "
        "knows a hundred services more (`requirements-notify.txt`).",
        _webhooks,
    ),
    Setting(
        "STORESIGHT_WEBHOOK_SECRET",
        "webhook_secret",
        "",
        "A text of at least 16 characters with which messages to webhooks are signed; the shape `plain` needs it.",
        _secret,
    ),
    Setting(
        "STORESIGHT_WEBHOOK_PRIVATE",
        "webhook_private",
        "",
        "IP addresses in private networks, separated by commas, that webhooks may reach.",
        _addresses,
    ),
    Setting(
        "STORESIGHT_ALERTS",
        "alert_channels",
        "",
        "Where alerts of the data sets' TOML files are sent: `mail:ann@example.com`, `hook:name`, separated by commas.",
        _channels,
    ),
)


def from_env(env: Mapping[str, str]) -> Settings:
    """Settings from environment variables; an empty variable counts as absent.

    ConfigError names every wrong variable at once, and every STORESIGHT_ variable that means nothing here; one that
    ends in _URL may be the address of a data set's database.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    for setting in SETTINGS:
        text = env.get(setting.variable, "").strip() or setting.default
        try:
            values[setting.field] = setting.read(text)
        except ValueError as fault:
            hidden = "://" in text or "secret" in setting.field  # an address may hold a password
            shown = "…" if hidden else repr(text[:80])
            faults.append(f"{setting.variable}={shown}: {fault}.")
    known = [s.variable for s in SETTINGS]
    faults += [
        f"{name}: no such setting. {did_you_mean(name, known)}"
        for name in sorted(env)
        if name.startswith("STORESIGHT_") and name not in known and not re.fullmatch(r"STORESIGHT_\w+_URL", name)
    ]
    if faults:
        raise ConfigError(
            "\n".join(["the settings cannot be used.", *(f"  {fault}" for fault in faults)]), where="environment"
        )
    return Settings(**values)


def markdown_table() -> str:
    """The settings as docs/deployment.md shows them."""
    rows = [f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.meaning} |" for s in SETTINGS]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


if __name__ == "__main__":
    print(markdown_table())
