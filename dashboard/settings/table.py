"""SETTINGS, the one table of the settings: the code, its errors and docs/deployment.md read it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard.settings import readers


@dataclass(frozen=True)
class Setting:
    """One variable: the field it fills, its default as one would write it, what it means, how its text is read."""

    variable: str
    field: str
    default: str
    meaning: str
    read: Callable[[str], Any]


SETTINGS: tuple[Setting, ...] = (
    Setting("PORT", "port", "8050", "Port to listen on.", readers.whole(1, 65535)),
    Setting(
        "REDIS_URL",
        "redis_url",
        "",
        "Redis for the shared cache, `redis://…` or `rediss://…`. Without it answers are kept in files.",
        readers.redis_url,
    ),
    Setting(
        "WEB_CONCURRENCY",
        "workers",
        "2",
        "Worker processes. Each takes about 105 MB besides 130 MB that all share.",
        readers.whole(1, 64),
    ),
    Setting("STORESIGHT_THREADS", "threads", "4", "Threads of each worker.", readers.whole(1, 64)),
    Setting(
        "LOG_LEVEL",
        "log_level",
        "info",
        "Lowest level that is logged: debug, info, warning or error.",
        readers.log_level,
    ),
    Setting("STORESIGHT_STORE", "store", "store", "Folder of the loaded data.", readers.folder),
    Setting(
        "STORESIGHT_SOURCES",
        "sources",
        "data/sources",
        "Folder of the source files that the TOML files name, or the https address of a zip or tar archive, "
        "of one file, or (ending in `/`) of a page that lists files.",
        readers.sources,
    ),
    Setting(
        "STORESIGHT_CATALOG",
        "catalog",
        "",
        f"Further folders of TOML files besides `data/`, separated by `{os.pathsep}`.",
        readers.folders,
    ),
    Setting(
        "STORESIGHT_CACHE_DIR",
        "cache_dir",
        "build/cache",
        "Folder of cached answers if there is no Redis.",
        readers.folder,
    ),
    Setting(
        "STORESIGHT_CACHE_MB",
        "cache_mb",
        "256",
        "Size limit of that folder in megabytes. An answer over 4 MB, such as one row for each of many customers, is "
        "cached nowhere and computed again.",
        readers.whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_DOWNLOAD_MB",
        "download_mb",
        "1024",
        "Size limit of downloaded sources in megabytes, also when they are unpacked.",
        readers.whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_LOAD",
        "load",
        "on",
        "Whether the application loads missing data sets and refreshes them: `on` or `off`.",
        readers.on_or_off,
    ),
    Setting(
        "STORESIGHT_DATASET",
        "dataset",
        "",
        "Name of the data set that opens first. Without it, the one that the browser used last, or else the first by "
        "name; invented ones come last.",
        readers.dataset,
    ),
    Setting(
        "STORESIGHT_PROXIES",
        "proxies",
        "0",
        "Number of trusted proxies in front of the application; 1 behind a platform's router, as in the Procfile.",
        readers.whole(0, 5),
    ),
    Setting(
        "STORESIGHT_HOSTS",
        "hosts",
        "",
        "Names under which people open the application, separated by commas, such as `shop.example.com` or, for all "
        "subdomains, `.example.com`. Other names are refused, except localhost and IP addresses. Without this setting "
        "a server behind a proxy answers to every name that the proxy passes on.",
        readers.hosts,
    ),
    Setting(
        "STORESIGHT_SECRET",
        "secret",
        "",
        "A text of at least 16 characters that all processes share and nobody else knows. Answers in the shared cache "
        "are signed with it, so that whoever can write to Redis cannot forge one; without "
        "it, with the address of Redis.",
        readers.secret,
    ),
    Setting(
        "DATABASE_URL",
        "database_url",
        "",
        "PostgreSQL database of the state store (accounts, sessions, the audit log), `postgresql://…`.",
        readers.database_url,
    ),
    Setting(
        "STORESIGHT_STATE",
        "state",
        "",
        "SQLite file of the state store, on a disk that lasts, where there is no DATABASE_URL. Without either there is "
        "no login and nothing is remembered.",
        readers.state,
    ),
    Setting(
        "STORESIGHT_LOGIN",
        "login",
        "off",
        "How people sign in: `off`, everybody who can open the application sees everything; `me`, nobody signs in, and "
        "whoever opens it on this machine is one person, who keeps views, targets and notes; `local`, with a name and "
        "a password; `oidc`, with an identity provider; `proxy`, a proxy in front names them.",
        readers.one_of("off", "me", "local", "oidc", "proxy"),
    ),
    Setting(
        "STORESIGHT_POLICIES",
        "policies",
        "",
        "The file `policies.toml`, which says which group may see and do what. Without it only the group "
        "`administrators` may do anything.",
        readers.file,
    ),
    Setting(
        "STORESIGHT_URL",
        "url",
        "",
        "Address under which people open the application, such as `https://shop.example.com`. Links that leave the "
        "application begin with it.",
        readers.public_url,
    ),
    Setting(
        "STORESIGHT_DECK_TEMPLATE",
        "deck_template",
        "",
        "The company's PowerPoint presentation (`.pptx`), whose layouts and placeholders downloaded decks use.",
        readers.file,
    ),
    Setting(
        "STORESIGHT_OIDC_ISSUER",
        "oidc_issuer",
        "",
        "With `oidc`: the address of the identity provider, below which it has `/.well-known/openid-configuration`.",
        readers.issuer,
    ),
    Setting("STORESIGHT_OIDC_CLIENT", "oidc_client", "", "With `oidc`: the id of this application there.", str),
    Setting("STORESIGHT_OIDC_SECRET", "oidc_secret", "", "With `oidc`: its secret there.", str),
    Setting(
        "STORESIGHT_OIDC_SCOPE",
        "oidc_scope",
        "openid email profile",
        "With `oidc`: what is requested; some providers send groups only for a scope of their own.",
        readers.scope,
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
        readers.networks,
    ),
    Setting(
        "STORESIGHT_PROXY_USER",
        "proxy_user",
        "X-Forwarded-User",
        "With `proxy`: the header of the name.",
        readers.header,
    ),
    Setting(
        "STORESIGHT_PROXY_GROUPS",
        "proxy_groups",
        "X-Forwarded-Groups",
        "With `proxy`: the header of the groups, which commas separate.",
        readers.header,
    ),
    Setting(
        "STORESIGHT_EMBED_SECRET",
        "embed_secrets",
        "",
        "A secret of at least 32 characters with which other servers sign links that show a page inside theirs "
        "(docs/sharing.md). Two with a space between them are both good, while one replaces the other.",
        readers.embed_secrets,
    ),
    Setting(
        "STORESIGHT_AUDIT_DAYS",
        "audit_days",
        "400",
        "Days for which the audit log is kept.",
        readers.whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_TOKEN_RATE",
        "token_rate",
        "120",
        "Requests a minute with one token of a program; more are answered with 429.",
        readers.whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_UPLOADS",
        "uploads",
        "",
        "Folder, on a disk that lasts, for data that are added in the browser. Without it nothing can be added there.",
        readers.folder_or_none,
    ),
    Setting(
        "STORESIGHT_UPLOADS_FROM",
        "uploads_from",
        "local",
        "Who may add data where there is no login: `local`, only a browser on this machine (never through a proxy), or "
        "`anyone` who can open the application. With a login the right `upload` says who.",
        readers.one_of("local", "anyone"),
    ),
    Setting(
        "STORESIGHT_UPLOAD_MB",
        "upload_mb",
        "512",
        "Largest size, in megabytes, of the files that are added at once.",
        readers.whole(1, 100_000),
    ),
    Setting(
        "STORESIGHT_UPLOAD_HOSTS",
        "upload_hosts",
        "",
        "Hosts, separated by commas, from which files may be fetched by their address when data are added, such as "
        "`files.example.com` or, with another port, `files.example.com:8443`. A host in a private network also needs "
        "its IP address here. Without this setting nothing is fetched.",
        readers.upload_hosts,
    ),
    Setting(
        "STORESIGHT_SMTP",
        "smtp",
        "",
        "Server that takes mail: `smtp://user:password@host:587`, which begins TLS by STARTTLS, `smtps://…` with TLS "
        "from the start, or `smtp://host?tls=off` for a relay inside the network. Without it no mail is sent.",
        readers.smtp,
    ),
    Setting(
        "STORESIGHT_MAIL_FROM",
        "mail_from",
        "",
        "Sender of mail, such as `Storesight <reports@example.com>`.",
        readers.mail_from,
    ),
    Setting(
        "STORESIGHT_MAIL_DOMAINS",
        "mail_domains",
        "",
        "Domains, separated by commas, to whose addresses mail may be sent; `*` allows all. Without this setting only "
        "the domain of STORESIGHT_MAIL_FROM.",
        readers.mail_domains,
    ),
    Setting(
        "STORESIGHT_WEBHOOKS",
        "webhooks",
        "",
        "Webhooks to which messages may be sent, separated by spaces: `name=slack+https://hooks.slack.com/services/…`. "
        "The shape before `+` is `plain`, `slack` or `teams`; `name=apprise+ntfy://…` is an address of Apprise, which "
        "knows a hundred services more (`requirements-notify.txt`).",
        readers.webhooks,
    ),
    Setting(
        "STORESIGHT_WEBHOOK_SECRET",
        "webhook_secret",
        "",
        "A text of at least 16 characters with which messages to webhooks are signed; the shape `plain` needs it.",
        readers.secret,
    ),
    Setting(
        "STORESIGHT_WEBHOOK_PRIVATE",
        "webhook_private",
        "",
        "IP addresses in private networks, separated by commas, that webhooks may reach.",
        readers.addresses,
    ),
    Setting(
        "STORESIGHT_ALERTS",
        "alert_channels",
        "",
        "Where alerts of the data sets' TOML files are sent: `mail:ann@example.com`, `hook:name`, separated by commas.",
        readers.channels,
    ),
)


def markdown_table() -> str:
    """The settings as docs/deployment.md shows them."""
    rows = [f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.meaning} |" for s in SETTINGS]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])
