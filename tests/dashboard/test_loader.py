"""Loading beside serving: what is lacking, who does it, what readiness says, and what may come from an address."""

from __future__ import annotations

import io
import json
import os
import ssl
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from analytics import store
from analytics.errors import SourceError, TooLarge
from analytics.loading.ingest import Ingested
from analytics.loading.spec import Spec
from dashboard.background import download, loader
from dashboard.background.loader import Loader
from dashboard.settings import Settings
from dashboard.web import server
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


def test_a_failure_is_told_not_repeated_and_forgotten_when_mended(settings: Settings) -> None:
    declare(settings.catalog[0], "second")
    put(settings, CSV.replace("9.50", "nine"))
    ours = Loader(settings)
    assert ours.load() == []
    assert set(ours.failures()) == {"shop", "second"}
    assert "nine" in ours.failures()["shop"]
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
    assert ours.failures() == {"first": "an unexpected ZeroDivisionError; the log has its traceback"}


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


def test_an_unexpected_fault_is_told_and_the_thread_lives(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
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


# --- from an address

Routes = dict[str, tuple[int, dict[str, str], bytes]]


class Site:
    """An https server with a certificate of its own; `routes` may be changed while it runs."""

    def __init__(self, folder: Path) -> None:
        certificate = _certificate(folder)
        self.routes: Routes = {}
        self.seen: list[tuple[str, str | None, str | None]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.path, self.headers["If-None-Match"], self.headers["Authorization"]))
                status, headers, body = site.routes.get(self.path, (404, {}, b""))
                if headers.get("ETag") and self.headers["If-None-Match"] == headers["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        self.trusted = ssl.create_default_context(cafile=str(certificate))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def put(self, path: str, body: bytes, kind: str = "application/octet-stream", **headers: str) -> str:
        self.routes[path] = (200, {"Content-Type": kind, **headers}, body)
        return f"https://{self.host}{path}"


def _certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "site.pem"
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, private, serialization.NoEncryption()))
    return path


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture
def site(running_site: Site) -> Site:
    running_site.routes.clear()
    running_site.seen.clear()
    return running_site


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def tarred(mode: str = "w:gz", **files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        link = tarfile.TarInfo("shop/passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if not p.is_dir()}


@pytest.mark.parametrize("pack", [zipped, tarred, lambda **f: tarred("w", **f)], ids=["zip", "tar.gz", "tar"])
def test_an_archive_is_unpacked_and_links_are_left_out(site: Site, tmp_path: Path, pack: Callable[..., bytes]) -> None:
    address = site.put("/all", pack(**{"shop/orders_1.csv": CSV.encode(), "shop/more/2.csv": b"x"}))
    download.fetch(address, tmp_path / "sources", 1 << 20, context=site.trusted)
    assert files(tmp_path / "sources") == {"shop/more/2.csv": b"x", "shop/orders_1.csv": CSV.encode()}
    assert [p.name for p in tmp_path.iterdir()] == ["sources"]  # nothing is left beside


def test_one_file_keeps_its_name(site: Site, tmp_path: Path) -> None:
    download.fetch(site.put("/a/orders%201.csv?sig=x", b"id\n"), tmp_path / "s", 100, context=site.trusted)
    assert files(tmp_path / "s") == {"orders 1.csv": b"id\n"}


def test_a_page_that_lists_files_gives_those_right_below(site: Site, tmp_path: Path) -> None:
    page = """<a href="../">up</a><a href="a.csv">a</a><a href='/data/b.parquet#x'>b</a><a href="a.csv">again</a>
      <a href="sub/c.csv">deeper</a><a href="https://else.example/d.csv">else</a><a href="run.sh">no</a><a>"""
    address = site.put("/data/", page.encode(), "text/html; charset=utf-8", ETag='"page"')
    site.put("/data/a.csv", b"A")
    site.put("/data/b.parquet", b"B")
    assert download.fetch(address, tmp_path / "s", 10_000, context=site.trusted) == ""
    assert files(tmp_path / "s") == {"a.csv": b"A", "b.parquet": b"B"}
    assert [path for path, _, _ in site.seen] == ["/data/", "/data/a.csv", "/data/b.parquet"]


def test_what_did_not_change_is_not_fetched_again_and_keeps_its_time(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    address = site.put("/all.zip", zipped(a=b"1", b=b"2"), ETag='"one"')
    tag = download.fetch(address, folder, 10_000, context=site.trusted)
    assert tag == '"one"'
    _age(folder / "a")
    _age(folder / "b")
    before = {name: (folder / name).stat().st_mtime for name in "ab"}
    assert download.fetch(address, folder, 10_000, tag, site.trusted) == tag
    site.put("/all.zip", zipped(a=b"1", b=b"3"), ETag='"two"')
    assert download.fetch(address, folder, 10_000, tag, site.trusted) == '"two"'
    after = {name: (folder / name).stat().st_mtime for name in "ab"}
    assert after["a"] == before["a"]
    assert after["b"] > before["b"]


def test_a_tag_counts_only_while_the_folder_is_there(site: Site, tmp_path: Path) -> None:
    address = site.put("/all.zip", zipped(a=b"1"), ETag='"one"')
    download.fetch(address, tmp_path / "s", 10_000, '"one"', site.trusted)
    assert files(tmp_path / "s") == {"a": b"1"}


def test_a_name_and_password_go_to_that_host_only_and_are_never_shown(site: Site, tmp_path: Path) -> None:
    site.put("/a.csv", b"id\n")
    address = f"https://me:s%20cret@{site.host}/a.csv?token=hush"
    site.put("/a.csv?token=hush", b"id\n")
    download.fetch(address, tmp_path / "s", 100, context=site.trusted)
    assert site.seen[-1][2] == "Basic bWU6cyBjcmV0"
    site.routes.clear()
    with pytest.raises(SourceError, match="404") as refused:
        download.fetch(address, tmp_path / "s", 100, context=site.trusted)
    assert "cret" not in str(refused.value)
    assert "hush" not in str(refused.value)
    site.routes["/a.csv?token=hush"] = (302, {"Location": f"https://{site.host}/b.csv"}, b"")
    site.put("/b.csv", b"id\n")
    download.fetch(address, tmp_path / "s", 100, context=site.trusted)
    assert site.seen[-1] == ("/b.csv", None, None)


@pytest.mark.parametrize("name", ["../out.csv", "/etc/cron.d/x", "a/../../b", "c:\\x", "a\\..\\b"])
@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_a_file_that_would_leave_the_folder_is_refused(
    site: Site, tmp_path: Path, pack: Callable[..., bytes], name: str
) -> None:
    address = site.put("/all", pack(**{"good.csv": b"1", name: b"2"}))
    with pytest.raises(SourceError, match="leaves the folder"):
        download.fetch(address, tmp_path / "in" / "s", 10_000, context=site.trusted)
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    "body", [b"x" * 10_001, zipped(bomb=b"0" * 1_000_000), tarred(bomb=b"0" * 1_000_000)], ids=["file", "zip", "tar"]
)
def test_more_than_allowed_is_refused_packed_or_unpacked(site: Site, tmp_path: Path, body: bytes) -> None:
    with pytest.raises(TooLarge, match="STORESIGHT_DOWNLOAD_MB"):
        download.fetch(site.put("/all", body), tmp_path / "s", 10_000, context=site.trusted)
    assert list(tmp_path.iterdir()) == []


def test_more_files_than_allowed_are_refused(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download.Budget, "__init__", _two_files)
    with pytest.raises(TooLarge, match="files"):
        download.fetch(site.put("/all", zipped(a=b"", b=b"", c=b"")), tmp_path / "s", 10_000, context=site.trusted)


def _two_files(self: download.Budget, bytes: int, where: str = "") -> None:
    self.bytes, self.files, self.where = bytes, 2, where


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"<html>Sign in</html>", "text/html", "web page"),
        (zipped(), "application/zip", "no files"),
        (zipped(a=b"12345" * 99)[:-30], "application/zip", None),
        (tarred(a=os.urandom(5000))[:3000], "application/gzip", "cannot be unpacked"),
    ],
    ids=("sign-in page", "empty zip", "cut zip", "cut tar"),
)
def test_what_is_no_archive_is_said_or_kept_as_a_file(
    site: Site, tmp_path: Path, body: bytes, kind: str, says: str | None
) -> None:
    address = site.put("/all.zip", body, kind)
    if says is None:  # damaged so that it is no zip at all: a file like any other, which no TOML names
        download.fetch(address, tmp_path / "s", 100_000, context=site.trusted)
        assert files(tmp_path / "s") == {"all.zip": body}
    else:
        with pytest.raises(SourceError, match=says):
            download.fetch(address, tmp_path / "s", 100_000, context=site.trusted)


def test_a_certificate_nobody_vouches_for_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="certificate"):
        download.fetch(site.put("/a.csv", b"1"), tmp_path / "s", 100)
    assert site.seen == []


def test_a_redirection_off_https_is_refused(site: Site, tmp_path: Path) -> None:
    site.routes["/a.csv"] = (302, {"Location": "http://127.0.0.1:9/a.csv"}, b"")
    with pytest.raises(SourceError, match="not https"):
        download.fetch(f"https://{site.host}/a.csv", tmp_path / "s", 100, context=site.trusted)


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
