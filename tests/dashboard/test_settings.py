"""Settings: every default, every fault at once, and one table for code and README."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from analytics.errors import ConfigError
from dashboard.settings import SETTINGS, Settings, from_env
from dashboard.settings.table import markdown_table
from tests.processes import ROOT


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_env({}) == Settings()
    assert from_env({"PORT": "", "REDIS_URL": "  "}) == Settings()


def test_the_table_names_every_field_once() -> None:
    assert sorted(s.field for s in SETTINGS) == sorted(f.name for f in fields(Settings))
    assert len({s.variable for s in SETTINGS}) == len(SETTINGS)


def test_each_variable_fills_its_field(tmp_path: Path) -> None:
    (tmp_path / "policies.toml").touch()
    (tmp_path / "company.pptx").touch()
    given = {
        "PORT": "80",
        "REDIS_URL": "rediss://:secret@cache.example:6380/1",
        "WEB_CONCURRENCY": "4",
        "STORESIGHT_THREADS": "8",
        "LOG_LEVEL": "WARNING",
        "STORESIGHT_STORE": str(tmp_path / "not yet there"),
        "STORESIGHT_SOURCES": "https://files.example/shop.zip",
        "STORESIGHT_CATALOG": f"{tmp_path}:{tmp_path}",
        "STORESIGHT_CACHE_DIR": str(tmp_path),
        "STORESIGHT_CACHE_MB": "1",
        "STORESIGHT_DOWNLOAD_MB": "2",
        "STORESIGHT_LOAD": "off",
        "STORESIGHT_DATASET": "shop",
        "STORESIGHT_PROXIES": "1",
        "STORESIGHT_HOSTS": "Shop.example.com, .example.org",
        "STORESIGHT_SECRET": "correct horse battery staple",
        "STORESIGHT_UPLOADS": str(tmp_path),
        "STORESIGHT_UPLOADS_FROM": "Anyone",
        "STORESIGHT_UPLOAD_MB": "3",
        "STORESIGHT_UPLOAD_HOSTS": "Files.example, 10.0.0.5:8080",
        "STORESIGHT_SMTP": "smtps://me:word@mail.example",
        "STORESIGHT_MAIL_FROM": "Reports <reports@shop.example>",
        "STORESIGHT_MAIL_DOMAINS": "Shop.example, shop.test",
        "STORESIGHT_WEBHOOKS": "ops=slack+https://hooks.example/a  erp=plain+http://10.0.0.9:81/b",
        "STORESIGHT_WEBHOOK_SECRET": "known to the receiver",
        "STORESIGHT_WEBHOOK_PRIVATE": "10.0.0.9, ::1",
        "STORESIGHT_ALERTS": "mail:ann@shop.example, hook:ops",
        "DATABASE_URL": "postgres://shop:secret@db.example/state",
        "STORESIGHT_STATE": str(tmp_path / "state.db"),
        "STORESIGHT_LOGIN": "Local",
        "STORESIGHT_POLICIES": str(tmp_path / "policies.toml"),
        "STORESIGHT_DECK_TEMPLATE": str(tmp_path / "company.pptx"),
        "STORESIGHT_URL": "https://shop.example/",
        "STORESIGHT_EMBED_SECRET": f"{'a' * 32} {'b' * 32}",
        "STORESIGHT_AUDIT_DAYS": "30",
        "STORESIGHT_TOKEN_RATE": "60",
        "STORESIGHT_OIDC_ISSUER": "https://login.example/realms/shop/",
        "STORESIGHT_OIDC_CLIENT": "storesight",
        "STORESIGHT_OIDC_SECRET": "known to both",
        "STORESIGHT_OIDC_SCOPE": "openid  groups",
        "STORESIGHT_OIDC_GROUPS": "roles",
        "STORESIGHT_LOGIN_FROM": "10.0.0.7, 10.1.0.0/16",
        "STORESIGHT_PROXY_USER": "Remote-User",
        "STORESIGHT_PROXY_GROUPS": "Remote-Groups",
        "HOME": "elsewhere",
    }
    assert {s.variable for s in SETTINGS} <= set(given)
    read = from_env(given)
    assert read == Settings(
        port=80,
        redis_url="rediss://:secret@cache.example:6380/1",
        workers=4,
        threads=8,
        log_level="warning",
        store=tmp_path / "not yet there",
        sources="https://files.example/shop.zip",
        catalog=(tmp_path, tmp_path),
        cache_dir=tmp_path,
        cache_mb=1,
        download_mb=2,
        load=False,
        dataset="shop",
        proxies=1,
        hosts=("shop.example.com", ".example.org"),
        secret="correct horse battery staple",
        embed_secrets=("a" * 32, "b" * 32),
        uploads=tmp_path,
        uploads_from="anyone",
        upload_mb=3,
        upload_hosts=("files.example", "10.0.0.5:8080"),
        smtp="smtps://me:word@mail.example",
        mail_from="Reports <reports@shop.example>",
        mail_domains=("shop.example", "shop.test"),
        webhooks=("ops=slack+https://hooks.example/a", "erp=plain+http://10.0.0.9:81/b"),
        webhook_secret="known to the receiver",
        webhook_private=("10.0.0.9", "::1"),
        alert_channels=("mail:ann@shop.example", "hook:ops"),
        database_url="postgres://shop:secret@db.example/state",
        state=tmp_path / "state.db",
        login="local",
        policies=tmp_path / "policies.toml",
        deck_template=tmp_path / "company.pptx",
        url="https://shop.example",
        audit_days=30,
        token_rate=60,
        oidc_issuer="https://login.example/realms/shop",
        oidc_client="storesight",
        oidc_secret="known to both",
        oidc_scope="openid groups",
        oidc_groups="roles",
        login_from=("10.0.0.7/32", "10.1.0.0/16"),
        proxy_user="Remote-User",
        proxy_groups="Remote-Groups",
    )
    assert read.remote
    assert read.sources_folder == tmp_path / "not yet there" / ".sources"
    assert not Settings(sources=str(tmp_path)).remote
    assert Settings(sources=str(tmp_path)).sources_folder == tmp_path


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("STORESIGHT_UPLOADS_FROM", "me", "local or anyone"),
        ("DATABASE_URL", "mysql://x", "postgresql://user"),
        ("STORESIGHT_STATE", "postgres://x/y", "DATABASE_URL"),
        ("STORESIGHT_LOGIN", "ldap", "oidc or proxy"),
        ("STORESIGHT_OIDC_ISSUER", "http://login.example", "https://"),
        ("STORESIGHT_OIDC_SCOPE", "email", "openid"),
        ("STORESIGHT_LOGIN_FROM", "10.0.0.1/8", "host bits"),
        ("STORESIGHT_LOGIN_FROM", "shop", "IPv4 or IPv6"),
        ("STORESIGHT_PROXY_USER", "a b", "name of a header"),
        ("STORESIGHT_POLICIES", "no/such.toml", "no such file"),
        ("STORESIGHT_URL", "shop.example", "https://shop"),
        ("PORT", "http", "whole number from 1 to 65535"),
        ("PORT", "0", "whole number from 1"),
        ("PORT", "65536", "to 65535"),
        ("PORT", "٨٠", "whole number"),
        ("PORT", "-1", "whole number"),
        ("WEB_CONCURRENCY", "2.5", "whole number"),
        ("REDIS_URL", "localhost:6379", "redis://host"),
        ("REDIS_URL", "http://cache", "redis://host"),
        ("REDIS_URL", "redis://", "redis://host"),
        ("REDIS_URL", "redis://cache:port", "port number"),
        ("LOG_LEVEL", "loud", "one of debug"),
        ("STORESIGHT_STORE", "s3://bucket", "folder on this machine"),
        ("STORESIGHT_STORE", __file__, "found a file"),
        ("STORESIGHT_SOURCES", "http://files.example/a.zip", "https://"),
        ("STORESIGHT_SOURCES", "https://", "https://"),
        ("STORESIGHT_CATALOG", "nowhere/at/all", "no such folder"),
        ("STORESIGHT_LOAD", "maybe", "on or off"),
        ("STORESIGHT_PROXIES", "9", "from 0 to 5"),
        ("STORESIGHT_HOSTS", "https://shop.example.com", "without https://"),
        ("STORESIGHT_HOSTS", "shop.example.com:80", "without https:// and port"),
        ("STORESIGHT_HOSTS", "*", "expected host names"),
        ("STORESIGHT_SECRET", "hunter2", "at least 16 characters"),
        ("STORESIGHT_SMTP", "mail.example", "smtp://user"),
        ("STORESIGHT_SMTP", "smtp://a:b@mail.example?tls=off", "without TLS"),
        ("STORESIGHT_SMTP", "smtp://mail.example?tls=maybe", "tls=off"),
        ("STORESIGHT_SMTP", "smtp://mail.example:x", "cast to integer"),
        ("STORESIGHT_MAIL_FROM", "reports", "reports@example.com"),
        ("STORESIGHT_MAIL_FROM", 'a" <b@c.example>', "reports@example.com"),
        ("STORESIGHT_MAIL_DOMAINS", "@shop.example", "domains such as"),
        ("STORESIGHT_WEBHOOKS", "https://hooks.example/a", "name=shape"),
        ("STORESIGHT_WEBHOOKS", "a=discord+https://hooks.example/a", "plain, slack or teams"),
        ("STORESIGHT_WEBHOOKS", "a=slack+https://h.example/a a=slack+https://h.example/b", "same name"),
        ("STORESIGHT_WEBHOOK_SECRET", "hunter2", "at least 16 characters"),
        ("STORESIGHT_WEBHOOK_PRIVATE", "10.0.0.0/8", "IPv4 or IPv6 address"),
        ("STORESIGHT_ALERTS", "ann@shop.example", "mail:address or hook:name"),
    ],
)
def test_a_fault_names_variable_and_remedy(variable: str, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=variable) as refused:
        from_env({variable: text})
    assert says in str(refused.value)


def test_all_faults_are_told_at_once_and_no_password_is_shown() -> None:
    wrong = {"PORT": "x", "LOG_LEVEL": "y", "REDIS_URL": "rediss://:hunter2@cache:z", "STORESIGHT_SOURCE": "a"}
    with pytest.raises(ConfigError) as refused:
        from_env(wrong)
    text = str(refused.value)
    assert all(variable in text for variable in wrong)
    assert "Did you mean 'STORESIGHT_SOURCES'" in text
    assert "hunter2" not in text


def test_a_password_in_a_sources_address_is_not_shown() -> None:
    with pytest.raises(ConfigError) as refused:
        from_env({"STORESIGHT_SOURCES": "http://me:hunter2@files.example/a.zip?token=hunter2"})
    assert "hunter2" not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    with pytest.raises(ConfigError) as refused:
        from_env({"STORESIGHT_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(Settings(secret="hunter2", redis_url="redis://:hunter2@cache"))


def test_the_deployment_page_shows_this_table() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    assert markdown_table() in page, "paste what `python -m dashboard.settings` prints"
