"""The report: one file, the service's numbers, nothing from outside, nothing that the data say is read as code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from analytics import store as stores
from analytics.metrics import METRICS
from analytics.selection import Selection
from dashboard.__main__ import main
from dashboard.answers.kept import Kept
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import OPERATOR
from dashboard.chart import Chart
from dashboard.components.markup import LONGEST_HEAD, css_string, markup, plain_markup
from dashboard.notes.marks import marked, numbered
from dashboard.pages import CHARTS, PAGES
from dashboard.report.cards import Card
from dashboard.report.content import Report, collect
from dashboard.report.page import ASSETS, DRAWING, HERE, embedded, write
from dashboard.report.plain import grid_table
from dashboard.report.sheets import MOST_CARDS, MOST_SHEETS, ROOM, height_of
from tests.analytics import companies
from tests.dashboard.conftest import no_outlines

pytestmark = pytest.mark.slow
of_the_demo = pytest.mark.no_cover  # its report has every chart; that of a small shop is measured

QUERY = "data=demo&range=2025-01-01..2025-07-01&compare=previous"
HOSTILE = '</script><img src=x onerror="window.hit=1"><!--<script>&amp;'
VOID = {"meta", "link", "img", "br", "hr", "input", "base"}


@dataclass
class Seen(HTMLParser):
    """What a browser would make of the file: every element, the text below each id, scripts by class."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    scripts: list[tuple[dict[str, str | None], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
            return
        for ident in {name for _, name in self.open if name}:
            self.texts[ident] = self.texts.get(ident, "") + data

    def figures(self) -> list[dict[str, Any]]:
        return [json.loads(text) for attributes, text in self.scripts if attributes.get("class") == "figure-data"]


def seen(text: str) -> Seen:
    parser = Seen()
    parser.feed(text)
    parser.close()
    assert not parser.open, "an element is not closed"
    return parser


@pytest.fixture(scope="module")
def service(store: Path) -> ViewerService:
    return Service(store, Kept()).for_viewer(OPERATOR)


@pytest.fixture(scope="module")
def report(service: ViewerService) -> Report:
    return collect(service, Selection.from_query(QUERY)[0], appendix=True)


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return write(report, no_outlines)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose company, products, places and customers are named to break out of the page."""
    root = tmp_path_factory.mktemp("hostile")
    tables = companies.nasty()
    lines = tables.lines.copy()
    for name in ("product", "city", "customer"):
        lines[name] = lines[name].astype(str).where(lines[name].astype(str) == "", lines[name].astype(str) + HOSTILE)
    stores.write(root, type(tables)(lines, tables.profile, tables.extras))
    return root


def shown_cards(report: Report) -> list[Card]:
    """In the order in which they stand in the file."""
    return [card for part in (*report.sheets, *report.sections) for card in part.cards]


def chart_of(card: Card) -> Chart:
    return CHARTS[card.ident.partition("-")[2].removesuffix("-all")]


@of_the_demo
def test_every_page_has_its_section_and_every_chart_is_shown_or_said_why_not(report: Report, text: str) -> None:
    page = seen(text)
    on_sheets = {chart_of(card).name for sheet in report.sheets for card in sheet.cards}
    for declared, section in zip(PAGES, report.sections, strict=True):
        assert declared.title in page.texts[f"all-{section.name}"]
        titles = [c.title for c in section.cards if not c.ident.endswith("-all")]
        titles += [title for title, _ in section.left_out]
        assert section.news or section.portrait or not declared.topic, "each page has something to say"
        rest = [c.title for c in declared.charts if c.role in ("chart", "kpis") and c.name not in on_sheets]
        assert sorted(titles) == sorted(rest)
        assert all(reason for _, reason in section.left_out)
    shown = shown_cards(report)
    assert len(shown) > 40, "the demo company has every field"
    for card in shown:
        for text_of_card in (card.title, card.question, *card.notes):
            assert text_of_card in page.texts[card.ident]
    for section in report.sections:
        assert all(card.how in page.texts[card.ident] for card in section.cards)
    assert all(how in page.texts["how"] for _, how in report.how)
    assert "revenue / orders" in page.texts["about"]


@pytest.mark.long
@of_the_demo
def test_without_an_appendix_it_is_a_summary_and_sheets_for_a_board(service: ViewerService, report: Report) -> None:
    board = collect(service, Selection.from_query(QUERY)[0])
    assert board.sections == []
    assert repr(board.sheets) == repr(report.sheets)
    page = seen(write(board, no_outlines))
    assert [a["id"] for tag, a in page.elements if tag == "section" and "id" in a] == [
        "summary",
        *(sheet.tab.ident for sheet in board.sheets),
        "about",
    ]
    assert 5 <= len(board.sheets) <= MOST_SHEETS
    for sheet in board.sheets:
        assert sum(map(height_of, sheet.rows)) <= ROOM
        assert 1 <= len(sheet.cards) <= MOST_CARDS


@of_the_demo
def test_the_summary_has_the_numbers_of_the_key_figures(service: ViewerService, report: Report, text: str) -> None:
    selection, engine, _ = service.select(QUERY, strict=True)
    chart = CHARTS["kpis"]
    now = engine.resolve(selection)
    figures = service.answer(chart, now, {}, engine).frame.set_index("metric")
    f = service.context(chart, now, {}, engine).formats
    summary, shown = report.summary, seen(text).texts["summary"]
    for tile in summary.tiles:
        money = METRICS[tile.metric].unit == "money"
        assert tile.value == f.metric(tile.metric, figures["value"][tile.metric], short=money)
        assert tile.before == f.metric(tile.metric, figures["base"][tile.metric], short=money)
        assert tile.value in shown
    assert [t.metric for t in summary.tiles[:4]] == ["revenue", "profit", "orders", "customers"]
    assert summary.headline.startswith(f"Revenue {summary.tiles[0].value}")
    assert 0 < len(summary.stories) <= 5
    needed = service.answer(CHARTS["needs_action"], now, {}, engine).frame
    assert [(a.sentence, a.recommendation) for a in summary.actions] == [
        (r.sentence, r.recommendation) for r in needed.itertuples() if r.kind != "nothing"
    ]


def test_a_string_of_css_ends_where_it_should() -> None:
    assert css_string('a "b" \\ c') == '"a \\22 b\\22  \\5c  c"'
    assert css_string("</style>\n}x{") == '"\\3c /style\\3e \\a \\7d x\\7b "'
    assert len(css_string("long " * 100)) <= LONGEST_HEAD + 2


@of_the_demo
def test_anchors_lead_somewhere_and_no_id_is_there_twice(text: str) -> None:
    elements = seen(text).elements
    idents = [attributes["id"] for _, attributes in elements if attributes.get("id")]
    assert len(idents) == len(set(idents))
    links = [attributes["href"] or "" for tag, attributes in elements if tag == "a"]
    assert len(links) > len(PAGES)
    assert {link.removeprefix("#") for link in links} <= set(idents)


@pytest.mark.long
@of_the_demo
def test_the_numbers_are_the_services(service: ViewerService, report: Report, text: str) -> None:
    selection, engine, _ = service.select(QUERY, strict=True)
    now = engine.resolve(selection)
    page = seen(text)

    chart = CHARTS["kpis"]
    frame = service.answer(chart, now, {}, engine).frame
    formats = service.context(chart, now, {}, engine).formats
    for row in frame.to_dict("records"):
        assert formats.metric(row["metric"], row["value"]) in page.texts["overview-kpis"], "in the appendix"
    revenue = float(frame.set_index("metric").loc["revenue", "value"])
    assert revenue == pytest.approx(float(engine.aggregate([], ["revenue"], now)["revenue"].iloc[0]))

    cards = [card for card in shown_cards(report) if card.figure is not None]
    figures = page.figures()
    assert len(figures) == len(cards)
    told = 0  # notes, here events
    for card, figure in zip(cards, figures, strict=True):
        drawn = chart_of(card)
        answer = service.answer(drawn, now, {}, engine)
        context = service.context(drawn, now, {}, engine)
        expected = drawn.draw(answer, context)
        marks = marked(expected, context.selection, report.view.notes, context.formats)
        expected, noted = numbered(expected, marks)
        assert list(card.notes) == [*map(str, answer.notes), *noted]
        told += len(noted)
        assert figure == json.loads(orjson.dumps(expected, option=orjson.OPT_SERIALIZE_NUMPY, default=str)), card.title

    assert told > 4, "the demo company has events"

    frame = service.answer(CHARTS["insights_overview"], now, {}, engine).frame
    told = [*report.sections[0].news, *report.sections[0].portrait]
    assert [i.sentence for i in told] == list(frame["sentence"])
    assert all(sentence in page.texts["all-overview"] for sentence in frame["sentence"])


@of_the_demo
def test_long_tables_end_and_say_how_many_rows_there_are(service: ViewerService, report: Report) -> None:
    selection, engine, _ = service.select(QUERY, strict=True)
    now = engine.resolve(selection)
    for parts, most in ((report.sheets, 8), (report.sections, 25)):
        long = [c for part in parts for c in part.cards if c.table is not None and len(c.table.rows) == most]
        assert long
        for card in long:
            count = len(service.answer(chart_of(card), now, {}, engine).frame)
            assert card.rows == ("" if count == most else f"{most} of {count:,} rows")


@of_the_demo
def test_the_library_is_there_once_and_nothing_comes_from_outside(text: str) -> None:
    page = seen(text)
    library = [script for _, script in page.scripts if len(script) > 1_000_000]
    assert len(library) == 1
    assert "Plotly" in library[0]
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "img", "base")
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert styles
    assert not any("url(" in s or "@import" in s for s in styles)
    policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline' 'sha" not in policy


@pytest.mark.long
def test_names_that_would_break_out_are_only_text(shop: Path) -> None:
    report = collect(Service(shop, Kept()).for_viewer(OPERATOR), Selection(data="toy"), appendix=True)
    written = write(report, no_outlines)
    page = seen(written)
    assert HOSTILE in "".join(page.texts.values()), "the name is shown as it is"
    assert not [tag for tag, attributes in page.elements if tag == "img" or "onerror" in attributes]
    runnable = [attributes for attributes, _ in page.scripts if attributes.get("type") in (None, "module")]
    assert len(runnable) == 2
    assert "onerror" in json.dumps(page.figures())
    assert "<img src=x" not in written


def test_json_inside_a_script_cannot_end_it_and_reads_back() -> None:
    value = {"name": [HOSTILE, "]]>", "\u2028"], "none": None, "gap": float("nan")}
    text = str(embedded(value))
    assert not set("<>&") & set(text)
    assert json.loads(text) == {**value, "gap": None}


def test_components_become_plain_escaped_html() -> None:
    from dash import dcc, html

    tree = html.Div([html.Button("<b>", n_clicks=0), None, 7, html.Span(style={"--part": '3"%', "maskImage": "none"})])
    assert str(plain_markup(tree)) == (
        '<div><span>&lt;b&gt;</span>7<span style="--part:3&#34;%;mask-image:none"></span></div>'
    )
    button = html.Button("<b>", className='a"', **{"data-event": '{"kind":"clear"}', "aria-label": None}, hidden=True)
    assert str(markup([button, "a & b"])) == (
        '<button class="a&#34;" hidden data-event="{&#34;kind&#34;:&#34;clear&#34;}">&lt;b&gt;</button>a &amp; b'
    )
    with pytest.raises(TypeError, match="Graph"):
        plain_markup(html.Div(dcc.Graph()))


def test_a_grid_is_written_in_the_order_that_it_sorts_by() -> None:
    columns = [{"field": "a", "headerName": "A"}, {"field": "n", "type": "rightAligned", "sort": "desc"}]
    rows = [{"a": str(n), "n": n, "n_text": f"{n}!"} for n in (2, None, 9, 5)]
    table = grid_table({"columnDefs": columns, "rowData": rows}, 3)
    assert table.head == (("A", False), ("n", True))
    assert table.rows == ((("9", False), ("9!", True)), (("5", False), ("5!", True)), (("2", False), ("2!", True)))


@pytest.mark.long
def test_every_printed_page_names_company_range_comparison_and_filters(shop: Path) -> None:
    query = Selection.from_query("data=toy&range=2020-02-01..2020-03-01&channel=web&compare=previous", strict=True)[0]
    report = collect(Service(shop, Kept()).for_viewer(OPERATOR), query)
    about = dict(report.about)
    assert about["Filters"] == "Channel: web"
    assert "2020-02-01 up to, not including, 2020-03-01" in about["Time range"]
    assert report.head == f"{report.title} · February 2020 · compared with January 2020 · Channel: web"
    style = next(attributes["style"] or "" for tag, attributes in seen(write(report, no_outlines)).elements)
    assert style == f"--head: {css_string(report.head)}"


def run(shop: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setenv("STORESIGHT_STORE", str(shop))
    monkeypatch.setattr("dashboard.web.outlines.outlines", no_outlines)  # they need not have been made
    try:
        return main(["report", *arguments])
    except SystemExit as refused:  # argparse
        return int(str(refused.code))


@pytest.mark.long
def test_the_command_writes_the_file_and_tells_how_far_it_is(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.html"
    asked = ("--range", "2020-01-01..2020-04-01", "--filter", "channel=web", "--out", str(out))
    assert run(shop, monkeypatch, "toy", *asked) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 of 2\n" in said.err
    page = seen(out.read_text("utf-8"))
    assert "Plotly" in "".join(script for _, script in page.scripts)
    assert "range=2020-01-01..2020-04-01" in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tyo",), "unknown data set 'tyo'. Did you mean 'toy'?"),
        (("toy", "--range", "lastweek"), "'lastweek' is not a range"),
        (("toy", "--range", "2031-01-01..2032-01-01"), "has no day of Toy. The data cover"),
        (("toy", "--compare", "never"), "unknown comparison 'never'"),
        (("toy", "--filter", "web"), "--filter: 'web' is not a field and a value"),
        (("toy", "--filter", "colour=red"), "colour"),
        (("toy", "--filter", "channel=wbe"), "unknown value of channel 'wbe'. Did you mean 'web'?"),
        (("toy", "--out", "no/such/folder/r.html"), "--out: 'no/such/folder/r.html' cannot be a file"),
        ((), "NAME"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...],
    words: str,
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(shop, monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_modules_that_are_one_in_the_file_share_no_name() -> None:
    """Each name of their top level, declared twice in one script, would leave the report without a chart."""
    declared = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE)
    paths = [*(ASSETS / "js" / f"{name}.js" for name in DRAWING), HERE / "report.js"]
    names = [name for path in paths for name in declared.findall(path.read_text("utf-8"))]
    assert len(names) > 60
    assert {name for name in names if names.count(name) > 1} == set()
