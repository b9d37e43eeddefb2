"""Files that are fetched from an address: only from named hosts, never from elsewhere, within bounds."""

from __future__ import annotations

import io
import socket
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import RequestError, SourceError, StoresightError, TooLarge
from dashboard.settings import from_env
from dashboard.uploads.folder import Upload
from dashboard.uploads.process.reading import main
from dashboard.uploads.remote import addresses
from dashboard.uploads.remote.addresses import checked, fetch, file_name
from tests.https_site import Site

HOSTS = ("files.example.com", "shop.example.com:8443")
ORDERS = b"Order,Date,Product,Quantity,Amount\n1,2024-03-01,Tea,2,10.00\n2,2024-03-02,Tea,1,5.00\n"


def fetched(site: Site, address: str, tmp_path: Path, most: int = 1000) -> bytes:
    path = tmp_path / "file"
    size = fetch(address, (site.host, "127.0.0.1"), path, most, site.trusted)
    assert path.stat().st_size == size
    return path.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders.csv",
        "file:///etc/passwd",
        "ftp://files.example.com/a.csv",
        "https://elsewhere.example.com/a.csv",
        "https://files.example.com.evil.example/a.csv",
        "https://files.example.com@evil.example/a.csv",
        "https://me:secret@files.example.com/a.csv",
        "https://files.example.com:8443/a.csv",
        "https://shop.example.com/a.csv",
        "https://files.example.com:99999/a.csv",
        "https://[::1]/a.csv",
        "https://127.0.0.1/a.csv",
        "https://files.example.com/a b.csv",
        "https://files.example.com/a\r\nHost: x",
        f"https://files.example.com/{'a' * 2000}",
        "https://files.exämple.com/a.csv",
    ],
)
def test_only_addresses_of_named_hosts_are_read(text: str) -> None:
    with pytest.raises(RequestError):
        checked(text, HOSTS)


def test_an_address_is_taken_apart() -> None:
    address = checked(" https://FILES.example.com/exports/Orders%20M%C3%A4rz.xlsx?key=1#top ", HOSTS)
    assert (address.host, address.port, address.target) == (
        "files.example.com",
        443,
        "/exports/Orders%20M%C3%A4rz.xlsx?key=1",
    )
    assert file_name(address) == "Orders März.xlsx"
    assert "key" not in address.shown
    assert file_name(checked("http://files.example.com", HOSTS)) == "file.csv"
    assert file_name(checked("https://shop.example.com:8443/export?x=a.xlsx", HOSTS)) == "export.csv"


def test_a_file_is_fetched_also_through_redirections_within_the_host(site: Site, tmp_path: Path) -> None:
    site.put("/orders.csv", ORDERS, "text/csv")
    site.routes["/first"] = (302, {"Location": "/second?a=1"}, b"")
    site.routes["/second?a=1"] = (307, {"Location": f"https://{site.host}/orders.csv"}, b"")
    assert fetched(site, f"https://{site.host}/first", tmp_path) == ORDERS


@pytest.mark.parametrize(
    ("route", "kind", "says"),
    [
        ((302, {"Location": "https://evil.example/x"}, b""), RequestError, "not be fetched from evil.example"),
        ((302, {"Location": "http://127.0.0.1/x"}, b""), StoresightError, "protocol"),
        ((302, {"Location": "file:///etc/passwd"}, b""), RequestError, "begins with"),
        ((302, {}, b""), SourceError, "redirects too often"),
        ((404, {}, b""), SourceError, "404"),
        ((200, {"Content-Type": "text/html"}, b"<p>"), SourceError, "web page"),
        ((200, {}, b"x" * 1001), TooLarge, "more than"),
        ((200, {"Content-Length": ""}, b"x" * 1001), TooLarge, "more than"),
        ((200, {"Content-Length": "9"}, b"x"), SourceError, "is incomplete"),
        ((200, {}, b""), SourceError, "empty"),
    ],
)
def test_what_is_not_a_file_within_bounds_is_told(
    site: Site, tmp_path: Path, route: Any, kind: type[StoresightError], says: str
) -> None:
    site.routes["/x.csv?key=secret"] = route
    with pytest.raises(kind, match=says):
        fetched(site, f"https://{site.host}/x.csv?key=secret", tmp_path)


def test_a_private_network_must_be_named(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = site.put("/a.csv", ORDERS)
    with pytest.raises(SourceError, match="private network"):
        fetch(address, (site.host,), tmp_path / "a", 1000, site.trusted)
    port = int(site.host.partition(":")[2])
    for ip in ("10.0.0.5", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "0.0.0.0"):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, ip=ip, **__: [(0, 0, 0, "", (ip, port))])
        with pytest.raises(SourceError, match="private network"):
            fetch("https://files.example.com/a.csv", HOSTS, tmp_path / "a", 1000, site.trusted)


def test_a_server_that_takes_too_long_is_given_up(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "LONGEST_SECONDS", -1)
    with pytest.raises(SourceError, match="takes longer"):
        fetched(site, site.put("/a.csv", ORDERS), tmp_path)


def test_a_fetched_file_is_read_like_one_that_was_dropped(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    monkeypatch.setattr("dashboard.uploads.process.reading.limit", lambda _: None)
    monkeypatch.setattr("sys.stdin", io.StringIO(site.put("/orders.csv?key=secret", ORDERS)))
    upload = Upload.of_address(tmp_path)
    assert upload.state.stage == "fetching"
    assert main(["en", "fetch", str(upload.folder), f"{site.host},127.0.0.1", "1000", ""]) == 0
    assert upload.whole
    assert upload.state.found["revenue"] == 15.0
    assert all(b"secret" not in path.read_bytes() for path in upload.folder.iterdir() if path.is_file())


def test_hosts_are_a_setting() -> None:
    assert from_env({}).upload_hosts == ()
    assert from_env({"STORESIGHT_UPLOAD_HOSTS": " Files.example.com, 10.0.0.5:80"}).upload_hosts == (
        "files.example.com",
        "10.0.0.5:80",
    )
    for wrong in ("https://files.example.com", "a b", "*", "x:123456"):
        with pytest.raises(StoresightError):
            from_env({"STORESIGHT_UPLOAD_HOSTS": wrong})
