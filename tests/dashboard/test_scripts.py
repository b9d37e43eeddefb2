"""Scripts of browsers: plotly.js cut to what is drawn, and files that were compressed before the server starts."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.errors import StoreError
from dashboard.app import create_app
from dashboard.bundles import packed, plotly, styles
from dashboard.bundles.javascript import needed, statements
from dashboard.bundles.whole_files import write_whole
from dashboard.page.body import STATE_ICONS
from dashboard.pages import PAGES
from dashboard.settings import Settings
from dashboard.web import static
from data import scripts

BUNDLE = (
    "var once=(e,t)=>()=>(t||e((t={}).exports,t),t),late=(e,t)=>()=>t;"
    'var a=once((m,x)=>{x.exports=/[/"]}/.test(`}${b()+"}"}{`)});'
    "var b=once((m,x)=>{var e=2/c/1;x.exports=help(e)});function help(e){return{e}}"
    "var c=3,d=[4,5];class E{m(){return d}}"
    "var list={};add(list,{f:()=>f});var f,g=late(()=>{f=1});"
    "var unused=once((m,x)=>{x.exports=a()+g()});var{taken}=E;"
    "return a();"
)


@pytest.fixture(scope="module")
def part() -> str:
    return plotly.cut(plotly.source().read_text("utf-8"))


def test_a_bundle_is_read_statement_by_statement() -> None:
    names = [statement.names for statement in statements(BUNDLE)]
    assert names == [
        ("once", "late"), ("a()",), ("b()",), ("help",), ("c", "d"), ("E",), ("list",), ("list",), ("g()",),
        ("unused()",), (), (),
    ]  # fmt: skip
    assert "".join(statement.text for statement in statements(BUNDLE)) == BUNDLE


def test_what_nothing_reaches_is_left_out() -> None:
    kept = "".join(statement.text for statement in needed(statements(BUNDLE)))
    for there in ("var a=", "var b=", "function help", "var c=", "class E", "var{taken}"):
        assert there in kept
    for gone in ("unused", "list", "late(", "var f"):
        assert gone not in kept


@pytest.mark.parametrize("code", ["var a=(1;", "var a=1);", "var a=`${b"])
def test_code_that_cannot_be_read_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="clos"):
        statements(code)


def test_plotly_is_cut_to_the_kinds_that_are_drawn(part: str) -> None:
    assert len(part) < 1_500_000
    for kind in plotly.TRACES:
        assert f'moduleType:"trace",name:"{kind}"' in part
    for kind in ("scatter3d", "scattermap", "pie", "sunburst"):
        assert f'moduleType:"trace",name:"{kind}"' not in part


@pytest.mark.no_cover
def test_the_licences_stay(part: str) -> None:
    assert part.startswith("/**\n* plotly.js v")
    assert "Licensed under the MIT license" in part[:300]
    assert "Bundled license information" in part


def test_a_library_that_is_built_otherwise_is_refused() -> None:
    few = "var Plotly=(()=>{var W=(e,t)=>()=>t;var i=W((a,b)=>{x.register([j()])});return i()})();"
    for code, why in (("", "begins"), (few, "no bar"), (few.replace("register", "list"), "0 lists")):
        with pytest.raises(StoreError, match=why):
            plotly.cut(code)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(plotly, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    server = Flask("tested")
    static.install(server)
    return server.test_client()


def test_the_whole_is_served_until_the_part_is_written(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not plotly.made()
    assert plotly.script() == plotly.source()
    assert "/package_data/plotly" in static.plotly_url()
    cuts: list[int] = []
    monkeypatch.setattr(plotly, "cut", lambda code: cuts.append(len(code)) or "// the part")
    plotly.write()
    plotly.write()
    assert cuts == [len(plotly.source().read_text("utf-8"))]
    assert [file.name for file in folder.iterdir()] == [plotly.file().name]
    assert plotly.script() == plotly.file()
    served = client.get(static.plotly_url())
    assert served.data == b"// the part"
    assert served.mimetype == "text/javascript"
    assert served.headers["Cache-Control"] == static.FOR_GOOD
    assert client.get("/scripts/plotly-0.js").status_code == 404
    assert client.get("/scripts/..%2fplotly.js").status_code == 404


def test_what_was_compressed_before_is_served_so(client: FlaskClient, folder: Path) -> None:
    style = static.bootstrap_url("css/bootstrap.min.css")
    whole = client.get(style).data
    accepted = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    assert client.get(style, headers=accepted).headers["Content-Encoding"] == "zstd"
    packed.pack(whole, folder)
    packed.pack(whole, folder)
    assert [file.suffix for file in folder.iterdir()] == [".br"]
    another = Flask("another")
    static.install(another)
    small = another.test_client().get(style, headers=accepted)
    assert small.headers["Content-Encoding"] == "br"
    assert brotli.decompress(small.data) == whole
    assert another.test_client().get(style, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert another.test_client().get(style).data == whole


def test_two_writers_of_one_file_are_apart_though_their_processes_have_one_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, seen = tmp_path / "new" / "plotly.js", list[set[str]]()
    replace = Path.replace

    def other_comes(unfinished: Path, to: Path) -> Path:
        """Before one puts its file in place, another begins and ends."""
        seen.append({file.name for file in to.parent.iterdir()})
        if len(seen) == 1:
            write_whole(to, b"b" * 9)
            assert unfinished.read_bytes() == b"a" * 9, "the other wrote to a file of its own"
        return replace(unfinished, to)

    monkeypatch.setattr(Path, "replace", other_comes)
    write_whole(target, b"a" * 9)
    assert [len(files) for files in seen] == [1, 2]
    assert target.read_bytes() == b"a" * 9
    assert [file.name for file in target.parent.iterdir()] == [target.name]
    assert target.stat().st_mode & 0o777 == (tmp_path / "new").stat().st_mode & 0o666, "as the umask says"


@pytest.fixture(scope="module")
def page_and_sizes(part: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, int]]:
    """The index page, and the bytes of each file that it names, as a browser fetches it."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotly, "FOLDER", folder)
        plotly.file().write_text(part, "utf-8")
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        server = create_app(Settings(store=folder / "store", load=False, cache_dir=folder / "cache")).server
        root.handlers[:], root.level = handlers, level
        client = server.test_client()
        page = client.get("/").get_data(as_text=True)
        scripts = re.findall(r'<script[^>]* src="(/[^"]+)"', page)
        assert len(scripts) == len({name.split("?")[0] for name in scripts}), "nothing is fetched twice"
        named = re.findall(r'<(?:script|link)[^>]* (?:src|href)="(/[^"]+)"', page)
        browser = {"Accept-Encoding": "gzip, deflate, br, zstd"}
        return page, {name: len(client.get(name, headers=browser).data) for name in named}


def test_a_first_load_is_small(page_and_sizes: tuple[str, dict[str, int]]) -> None:
    """The grids' script comes when one is shown."""
    page, sizes = page_and_sizes
    first = sum(size for name, size in sizes.items() if "/dash_ag_grid/" not in name)
    assert first + len(page) < 1_000_000
    before_text = [name for name in sizes if name.startswith(("/styles/", "/assets/"))]
    assert len(before_text) == 2
    assert sum(sizes[name] for name in before_text) < 60_000


def test_dashs_scripts_are_named_but_neither_fetched_nor_run(page_and_sizes: tuple[str, dict[str, int]]) -> None:
    page, _ = page_and_sizes
    scripts = re.findall(r"<script ([^>]*)>", page)
    run = [tag for tag in scripts if "src=" in tag and 'type="text/plain"' not in tag]
    assert [re.sub(r"[^ ]*/", "", tag) for tag in run if "main.js" not in tag] == [
        re.sub(r"[^ ]*/", "", tag) for tag in run if "first-paint.js" in tag
    ]
    named = {kind: [tag for tag in scripts if f'data-dash="{kind}"' in tag] for kind in ("first", "grid")}
    assert any("dash_renderer" in tag for tag in named["first"])
    assert ["dash_ag_grid" in tag for tag in named["grid"]] == [True]
    assert not [tag for tag in scripts if "/dash_table/" in tag]


def test_the_style_sheet_has_every_icon_of_the_page(page_and_sizes: tuple[str, dict[str, int]]) -> None:
    page, _ = page_and_sizes
    shown = set(re.findall(r'class="bi bi-([a-z0-9-]+)"', page))
    drawn = set(re.findall(r"\.bi-([a-z0-9-]+) \{ --icon: url\(", styles.icons()))
    assert {"basket", "graph-up"} <= shown <= drawn
    assert {"chevron-down", "search", "three-dots"} <= drawn
    assert {*STATE_ICONS.values(), *(page.icon for page in PAGES)} <= drawn
    assert '"' not in re.sub(r'url\("[^"]*"\)|content: ""', "", styles.icons())


def test_the_sheet_changes_its_name_with_its_files(tmp_path: Path) -> None:
    style = tmp_path / "b.css"
    style.write_text("b {}")
    (tmp_path / "a.css").write_text("a {}")
    before = styles.release(tmp_path)
    assert styles.sheet(tmp_path).index("a {}") < styles.sheet(tmp_path).index("b {}")
    os.utime(style, (1, 1))
    assert styles.release(tmp_path) != before


def test_a_sheet_of_another_release_leads_to_todays_and_is_not_kept(web: FlaskClient) -> None:
    page = web.get("/").get_data(as_text=True)
    today = re.search(r'href="(/styles/[^"]+)"', page)
    assert today
    answer = web.get("/styles/0123456789.css")
    assert (answer.status_code, answer.headers["Location"]) == (302, today[1])


@pytest.mark.long
@pytest.mark.no_cover
def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(plotly, "FOLDER", tmp_path / "file" / "scripts")
    monkeypatch.setattr("sys.argv", ["data.scripts"])
    with pytest.raises(SystemExit, match="cannot be written: Not a directory"):
        scripts.main()
