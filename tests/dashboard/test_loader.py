"""Loading beside serving: what is lacking, who does it, what readiness says, and what may come from an address."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from analytics import store
from analytics.loading.ingest import Ingested
from analytics.loading.reading import download
from analytics.loading.spec import Spec
from dashboard.background import loader
from dashboard.background.loader import Loader
from dashboard.settings import Settings
from dashboard.web import server
from tests.https_site import Site, files, zipped
from tests.processes import wait_until

TOML = """
title = "Corner Shop"
{more}
[source]
files = "shop/orders_*.csv"
[fields]
order_id = "id"
ordered_at = {{ column = "day", format = "%Y-%m-%d" }}
product = "product"
quantity = "quantity"
amount = "amount"
"""
CSV = "id,day,product,quantity,amount\n1,2024-02-29,Tea,2,9.50\n2,2024-03-01,Café,1,3.00\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One declared data set, "shop", with an empty store; the TOMLs that come with the application are left out."""
    (tmp_path / "toml").mkdir()
    (tmp_path / "sources").mkdir()
    monkeypatch.setattr(Settings, "catalog_folders", property(lambda self: self.catalog))
    declare(tmp_path / "toml")
    return Settings(store=tmp_path / "store", sources=str(tmp_path / "sources"), catalog=(tmp_path / "toml",))


def declare(folder: Path, name: str = "shop", more: str = "") -> None:
    (folder / f"{name}.toml").write_text(TOML.format(more=more), "utf-8")
    _age(folder / f"{name}.toml")


def put(settings: Settings, text: str = CSV, file: str = "shop/orders_1.csv", age: float = 60) -> Path:
    path = settings.sources_folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    _age(path, age)
    return path


def _age(path: Path, seconds: float = 60) -> None:
    os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_what_is_there_is_loaded_once_and_again_when_it_changes(settings: Settings) -> None:
    put(settings)
    ours = Loader(settings)
    assert ours.load() == ["shop"]
    first = store.current_version(settings.store, "shop")
    assert ours.load() == []
    put(settings, CSV + "3,2024-03-02,Tea,1,4.75\n", age=-60)
    assert ours.load() == ["shop"]
    assert store.current_version(settings.store, "shop") != first
    assert ours.reasons() == []


def test_a_changed_toml_is_followed(settings: Settings) -> None:
    put(settings)
    assert Loader(settings).load() == ["shop"]
    declare(settings.catalog[0], more='currency = "EUR"')
    _age(settings.catalog[0] / "shop.toml", -60)
    assert Loader(settings).load() == ["shop"]
    assert store.open(settings.store, "shop").profile.currency == "EUR"


def of_another_format(settings: Settings, name: str = "shop") -> None:
    """Make a stored data set one that a program of another format wrote."""
    meta = settings.store / name / store.current_version(settings.store, name) / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text("utf-8")), "format": store.FORMAT + 1}), "utf-8")


def test_data_of_another_format_are_loaded_again_where_their_sources_are(settings: Settings) -> None:
    put(settings)
    Loader(settings).load()
    of_another_format(settings)
    after_the_release = Loader(settings)
    (why,) = after_the_release.reasons()
    assert why.startswith(
        f"shop: 'shop' was stored in format {store.FORMAT + 1}, this program reads format {store.FORMAT}"
    )
    assert "load it again" in why
    assert after_the_release.load() == ["shop"]
    assert after_the_release.reasons() == []


def test_readiness_wants_every_data_set_to_open(settings: Settings) -> None:
    declare(settings.catalog[0], "second")
    put(settings)
    ours = Loader(settings)
    assert ours.load() == ["second", "shop"]
    flask = Flask("t")
    server.install_health(flask, ours.reasons)
    assert flask.test_client().get("/readyz").status_code == 200
    of_another_format(settings, "second")
    (settings.sources_folder / "shop/orders_1.csv").unlink()
    later = Loader(settings)
    assert later.load() == []
    flask = Flask("t")
    server.install_health(flask, later.reasons)
    answer = flask.test_client().get("/readyz")
    assert (answer.status_code, len(answer.json["reasons"])) == (503, 1)


def test_damaged_data_are_loaded_again(settings: Settings) -> None:
    put(settings)
    Loader(settings).load()
    (settings.store / "shop" / store.current_version(settings.store, "shop") / "line.amount.npy").unlink()
    ours = Loader(settings)
    assert "damaged" in ours.reasons()[0]
    assert ours.load() == ["shop"]
    assert ours.reasons() == []


def test_a_data_set_without_sources_is_not_this_installations(settings: Settings) -> None:
    ours = Loader(settings)
    assert ours.load() == []
    assert ours.failures() == {}
    (why,) = ours.reasons()
    assert "none of the declared files is found" in why
    assert settings.sources in why


def test_a_failure_is_reported_not_repeated_and_forgotten_when_repaired(settings: Settings) -> None:
    declare(settings.catalog[0], "second")
    put(settings, CSV.replace("9.50", "nine"))
    ours = Loader(settings)
    assert ours.load() == []
    assert set(ours.failures()) == {"shop", "second"}
    assert "fields.amount: column “amount”: not a number" in ours.failures()["shop"]
    assert "shop/orders_1.csv:2." in ours.failures()["shop"]
    assert "nine" not in ours.failures()["shop"]  # a value of the data, which the log and the command line show
    assert ours.reasons()[0] == "no data set could be loaded"
    assert ours.load() == []
    assert set(ours.failures()) == {"shop", "second"}  # still told, though not read again
    put(settings, age=-60)
    assert ours.load() == ["second", "shop"]
    assert ours.failures() == {}


def test_a_failure_leaves_the_data_before(settings: Settings) -> None:
    put(settings)
    ours = Loader(settings)
    ours.load()
    before = store.current_version(settings.store, "shop")
    put(settings, "id,day\n1,2\n", age=-60)
    assert ours.load() == []
    assert store.current_version(settings.store, "shop") == before
    assert ours.reasons() == []
    assert "shop" in ours.failures()


def test_a_wrong_toml_does_not_keep_the_others_out(settings: Settings) -> None:
    (settings.catalog[0] / "wrong.toml").write_text('title = "x"\ncolour = 1\n', "utf-8")
    put(settings)
    ours = Loader(settings)
    assert ours.load() == ["shop"]
    assert set(ours.failures()) == {"wrong"}


def test_an_unexpected_fault_of_one_data_set_does_not_keep_the_others_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loader.ingest

    def broken(spec: Spec, *given: Any) -> Ingested:
        if spec.name == "first":
            raise ZeroDivisionError("secret of the first")
        return real(spec, *given)

    monkeypatch.setattr(loader, "ingest", broken)
    declare(settings.catalog[0], "first")
    put(settings)
    ours = Loader(settings)
    assert ours.load() == ["shop"]
    assert ours.failures() == {"first": "an unexpected error (ZeroDivisionError); the log has its traceback"}


def test_a_source_that_is_a_link_out_of_the_folder_is_a_failure_without_its_lines(settings: Settings) -> None:
    declare(settings.catalog[0], "other")
    path = put(settings)
    secret = Path(settings.sources).parent / "secret"
    secret.write_text("root:x:0:0\n")
    path.unlink()
    path.symlink_to(secret)
    ours = Loader(settings)
    assert ours.load() == []
    assert "symbolic link" in ours.failures()["shop"]
    assert "root" not in str(ours.failures())


def test_what_the_start_script_asks(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr(loader, "from_env", lambda _: settings)
    loader.main()
    assert capsys.readouterr().out == "\n"
    put(settings)
    loader.main()
    assert capsys.readouterr().out == "shop\n"
    Loader(settings).load()
    loader.main()
    assert capsys.readouterr().out == "\n"


@pytest.mark.parametrize(("refresh", "wait"), [("15m", 900), ("2h", 7200), ("1d", 86400), ("", None), ("soon", None)])
def test_refresh_in_seconds(refresh: str, wait: float | None) -> None:
    assert loader.seconds(refresh) == wait


@pytest.mark.long
def test_the_thread_loads_repeats_and_ends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "seconds", lambda refresh: 0.05 if refresh else None)
    declare(settings.catalog[0], more='refresh = "15m"')
    put(settings)
    ours = Loader(settings)
    assert ours.reasons() == ["no data set is loaded yet: loading begins"]
    ours.start()
    ours.start()
    assert [t.name for t in threading.enumerate()].count("loader") == 1
    wait_until(lambda: store.names(settings.store) == ("shop",), "loading")
    first = store.current_version(settings.store, "shop")
    put(settings, CSV + "3,2024-03-02,Tea,1,4.75\n", age=-60)
    wait_until(lambda: store.current_version(settings.store, "shop") != first, "the refresh")
    ours.stop()
    assert "loader" not in [t.name for t in threading.enumerate()]


def test_one_of_two_loads_and_the_other_follows_when_it_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "WATCH_SECONDS", 0.05)
    passes: list[str] = []
    first, second = Loader(settings), Loader(settings)
    monkeypatch.setattr(first, "load", lambda: passes.append("first"))
    monkeypatch.setattr(second, "load", lambda: passes.append("second"))
    first.start()
    wait_until(lambda: passes == ["first"], "the first")
    second.start()
    time.sleep(0.3)
    assert passes == ["first"]
    first.stop()
    wait_until(lambda: passes == ["first", "second"], "the second")
    second.stop()


def test_an_unexpected_fault_is_reported_and_the_thread_lives(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "RETRY_SECONDS", 0.05)
    ours, real, calls = Loader(settings), Loader.load, []

    def once_broken(self: Loader) -> list[str]:
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError("too large")
        return real(self)

    monkeypatch.setattr(Loader, "load", once_broken)
    put(settings)
    ours.start()
    wait_until(lambda: store.names(settings.store) == ("shop",), "the second try")
    ours.stop()


def test_with_loading_off_nothing_starts_and_readiness_says_what_to_do(settings: Settings) -> None:
    ours = Loader(replace(settings, load=False))
    ours.start()
    assert "loader" not in [t.name for t in threading.enumerate()]
    assert "python -m analytics ingest" in ours.reasons()[0]


def test_readiness_over_http(settings: Settings) -> None:
    flask = Flask("ready")
    ours = loader.install(flask, settings)
    server.install_health(flask, ours.reasons)
    assert flask.extensions[loader.EXTENSION] is ours
    client = flask.test_client()
    assert client.get("/readyz").status_code == 503
    put(settings)
    ours.load()
    assert client.get("/readyz").status_code == 200


# --- sources behind an address


def test_a_failed_fetch_leaves_the_files_before(site: Site, settings: Settings) -> None:
    address = site.put("/all.zip", zipped(**{"shop/orders_1.csv": CSV.encode()}))
    remote = replace(settings, sources=address)
    ours = Loader(remote, lambda *given: download.fetch(*given, context=site.trusted))
    assert ours.load() == ["shop"]
    site.routes.clear()
    assert ours.load() == []
    assert "404" in ours.failures()["sources"]
    assert files(remote.sources_folder) == {"shop/orders_1.csv": CSV.encode()}
    assert store.names(remote.store) == ("shop",)
    assert json.loads((remote.store / ".loader.json").read_text())["doing"] == ""
