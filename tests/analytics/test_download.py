"""Downloads of sources: what may come, how much, and what happens to the files of the download before."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.__main__ import folders, main
from analytics.errors import ConfigError, SourceError, TooLarge
from analytics.loading.reading import download
from tests.analytics.shop import HEAD, declared, toml
from tests.https_site import Site, files, tarred, zipped

CSV = "id,day,product,quantity,amount\n1,2024-02-29,Tea,2,9.50\n2,2024-03-01,Café,1,3.00\n"


@pytest.mark.parametrize("pack", [zipped, tarred, lambda **f: tarred("w", **f)], ids=["zip", "tar.gz", "tar"])
def test_an_archive_is_unpacked_and_links_are_left_out(site: Site, tmp_path: Path, pack: Callable[..., bytes]) -> None:
    address = site.put("/all", pack(**{"shop/orders_1.csv": CSV.encode(), "shop/more/2.csv": b"x"}))
    download.fetch(address, tmp_path / "sources", 1 << 20, context=site.trusted)
    assert files(tmp_path / "sources") == {"shop/more/2.csv": b"x", "shop/orders_1.csv": CSV.encode()}
    assert [p.name for p in tmp_path.iterdir()] == ["sources"]  # nothing is left beside


def test_the_command_line_downloads_the_sources(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty" / "data").mkdir(parents=True)
    monkeypatch.setattr("analytics.__main__.HERE", tmp_path / "empty")
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    address = site.put("/all.zip", zipped(**{"shop.csv": (HEAD + "1,2024-01-31,Tea,1,3,A\n").encode()}))
    monkeypatch.setenv("STORESIGHT_SOURCES", address.replace("https://", "https://me:secret@"))
    monkeypatch.setenv("STORESIGHT_STORE", str(tmp_path / "store"))
    declared(tmp_path, toml())
    assert main(["ingest", "--all", "--catalog", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "shop: 1 of 1 rows" in told.out
    assert "secret" not in told.out + told.err
    site.routes.clear()
    assert main(["ingest", "shop", "--catalog", str(tmp_path)]) == 1
    assert "404" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("STORESIGHT_SOURCES", "http://files.example/a.zip"), ("STORESIGHT_DOWNLOAD_MB", "many")],
)
def test_an_address_or_size_that_cannot_be_used(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        folders({"STORESIGHT_SOURCES": "https://files.example/a.zip", name: value})


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
    for name in "ab":
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
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
    monkeypatch.setattr(download, "MOST_FILES", 2)
    with pytest.raises(TooLarge, match="files"):
        download.fetch(site.put("/all", zipped(a=b"", b=b"", c=b"")), tmp_path / "s", 10_000, context=site.trusted)


@pytest.mark.parametrize(
    ("path", "body", "kind", "says"),
    [
        ("/all.zip", b"<html>Sign in</html>", "text/html", "web page"),
        ("/all.zip", zipped(), "application/zip", "no files"),
        ("/all.zip", zipped(a=b"12345" * 99)[:-30], "application/zip", "end is missing"),
        ("/all", zipped(a=b"12345" * 99)[:-30], "application/zip", "end is missing"),
        ("/book.xlsx", zipped(**{"[Content_Types].xml": b"12345" * 99})[:-30], "application/zip", "end is missing"),
        ("/all.tgz", tarred(a=os.urandom(5000))[:3000], "application/gzip", "damaged"),
        ("/all.tar", tarred("w", a=b"1", b=b"2")[:1024], "application/x-tar", "damaged"),
    ],
    ids=("sign-in page", "empty zip", "cut zip", "cut zip by its bytes", "cut workbook", "cut tar.gz", "cut tar"),
)
def test_what_is_no_whole_archive_is_refused(
    site: Site, tmp_path: Path, path: str, body: bytes, kind: str, says: str
) -> None:
    _refused(site, tmp_path, site.put(path, body, kind), says)


def _refused(site: Site, tmp_path: Path, address: str, says: str) -> None:
    """A download fails with these words, and the files of the download before stay."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "before.csv").write_bytes(b"1")
    with pytest.raises(SourceError, match=says):
        download.fetch(address, tmp_path / "s", 1 << 20, context=site.trusted)
    assert files(tmp_path) == {"s/before.csv": b"1"}


def _damaged(body: bytes, at: int) -> bytes:
    return body[:at] + bytes(b ^ 0xFF for b in body[at : at + 40]) + body[at + 40 :]


def _zipped_by(method: int) -> bytes:
    noise = {f"{n}.csv": os.urandom(3000) for n in "ab"}
    return zipped(method, **noise)


@pytest.mark.parametrize(
    "body",
    [
        _damaged(_zipped_by(zipfile.ZIP_STORED), 2000),
        _damaged(_zipped_by(zipfile.ZIP_DEFLATED), 2000),
        _damaged(_zipped_by(zipfile.ZIP_BZIP2), 2000),
        _damaged(_zipped_by(zipfile.ZIP_LZMA), 2000),
        _damaged(tarred("w:gz", a=os.urandom(90_000)), 60_000),
        _damaged(tarred("w:bz2", a=os.urandom(90_000)), 60_000),
        _damaged(tarred("w:xz", a=os.urandom(90_000)), 60_000),
        _damaged(tarred("w", a=b"1", b=b"2"), 1024),
        _damaged(gzip.compress(os.urandom(3000)), 2000),
    ],
    ids=("zip stored", "zip deflated", "zip bz2", "zip lzma", "tar.gz", "tar.bz2", "tar.xz", "header in a tar", "gz"),
)
def test_an_archive_that_is_damaged_inside_is_refused(site: Site, tmp_path: Path, body: bytes) -> None:
    _refused(site, tmp_path, site.put("/all", body), "damaged")


@pytest.mark.parametrize("path", ["/orders.csv", "/all.zip"])
def test_a_download_that_is_cut_is_refused(site: Site, tmp_path: Path, path: str) -> None:
    body = zipped(a=b"1")
    _refused(
        site, tmp_path, site.put(path, body[:50], **{"Content-Length": str(len(body))}), "the download was cut: 50 of"
    )


def test_a_chunked_download_that_is_cut_is_refused(site: Site, tmp_path: Path) -> None:
    chunked = {"Content-Length": "", "Transfer-Encoding": "chunked"}
    _refused(site, tmp_path, site.put("/orders.csv", b"20\r\nid,day\n1,2", **chunked), "cannot be downloaded")
    download.fetch(
        site.put("/orders.csv", b"3\r\nid\n\r\n0\r\n\r\n", **chunked), tmp_path / "t", 100, context=site.trusted
    )
    assert files(tmp_path / "t") == {"orders.csv": b"id\n"}


def test_of_unknown_length_only_an_archive_is_accepted(site: Site, tmp_path: Path) -> None:
    _refused(site, tmp_path, site.put("/orders.csv", b"id\n", **{"Content-Length": ""}), "how long")
    download.fetch(site.put("/a", zipped(a=b"1"), **{"Content-Length": ""}), tmp_path / "t", 1000, context=site.trusted)
    assert files(tmp_path / "t") == {"a": b"1"}


def test_a_listed_file_that_is_cut_keeps_all_files_of_the_download_before(site: Site, tmp_path: Path) -> None:
    site.put("/data/a.csv", b"A")
    site.put("/data/b.csv", b"B", **{"Content-Length": "2"})
    page = b'<a href="a.csv">a</a><a href="b.csv">b</a>'
    _refused(site, tmp_path, site.put("/data/", page, "text/html"), r"data/b\.csv: the download was cut")


def test_a_workbook_is_a_file_and_not_unpacked(site: Site, tmp_path: Path) -> None:
    book = zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    download.fetch(site.put("/shop/orders.xlsx", book), tmp_path / "s", 10_000, context=site.trusted)
    assert files(tmp_path / "s") == {"orders.xlsx": book}


def test_a_download_that_takes_too_long_is_given_up(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "LONGEST_SECONDS", -1)
    _refused(site, tmp_path, site.put("/orders.csv", b"id\n"), "takes longer")


def test_a_certificate_of_an_unknown_authority_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="certificate"):
        download.fetch(site.put("/a.csv", b"1"), tmp_path / "s", 100)
    assert site.seen == []


def test_a_redirection_off_https_is_refused(site: Site, tmp_path: Path) -> None:
    site.routes["/a.csv"] = (302, {"Location": "http://127.0.0.1:9/a.csv"}, b"")
    with pytest.raises(SourceError, match="not https"):
        download.fetch(f"https://{site.host}/a.csv", tmp_path / "s", 100, context=site.trusted)
