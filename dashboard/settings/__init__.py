"""The settings of a process, from its environment; the table of them is in table.py, and how their texts are read in
readers.py.

`python -m dashboard.settings` prints the table as it stands in docs/deployment.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.errors import ConfigError, did_you_mean
from dashboard.settings.table import SETTINGS

__all__ = ["SETTINGS", "Settings", "from_env"]


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
        return (Path(__file__).resolve().parents[2] / "data", *self.catalog, *added)


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
