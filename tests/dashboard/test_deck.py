"""The deck: native charts with the service's numbers, receipts, templates, a refresh that keeps the author's work."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Emu, Inches

from analytics import store as stores
from analytics.errors import RequestError
from analytics.language import in_language
from analytics.selection import Selection
from dashboard.__main__ import main
from dashboard.answers.kept import Kept
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import OPERATOR
from dashboard.pages import CHARTS
from dashboard.report.content import Report, collect
from dashboard.report.deck import marks, template
from dashboard.report.deck.charts import labels_fit
from dashboard.report.deck.content import NOTHING, Grid, Plot, slides_of
from dashboard.report.deck.drawing import RECEIPT, draw, fitting
from dashboard.report.deck.native import Native, number_format
from dashboard.report.deck.refresh import language_of, refresh, view_of
from dashboard.report.deck.writing import deck
from dashboard.report.plain import Table
from dashboard.text.formats import Formats
from tests.analytics import companies

pytestmark = pytest.mark.slow

QUERY = "data=toy&range=2020-02-01..2020-03-01&compare=previous"
LATER = "data=toy&range=2020-02-10..2020-03-10&compare=previous"
BASE = "https://shop.example.com"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ViewerService:
    """Of a company with names that look like formulas, like tags, and alike."""
    root = tmp_path_factory.mktemp("store")
    stores.write(root, companies.nasty())
    return Service(root, Kept()).for_viewer(OPERATOR)


@pytest.fixture(scope="module")
def report(service: ViewerService) -> Report:
    return collect(service, Selection.from_query(QUERY)[0], most_sheets=3)


@pytest.fixture(scope="module")
def later(service: ViewerService) -> Report:
    return collect(service, Selection.from_query(LATER)[0], most_sheets=3)


@pytest.fixture(scope="module")
def written(report: Report) -> bytes:
    return deck(report, BASE)


def opened(body: bytes) -> Any:
    return Presentation(io.BytesIO(body))


def saved(presentation: Any, path: Path) -> Path:
    presentation.save(str(path))
    return path


def shapes(presentation: Any) -> Iterator[tuple[str, Any]]:
    """(key, shape) of everything that Storesight wrote."""
    for slide in presentation.slides:
        for shape in slide.shapes:
            known = marks.read_name(shape.name)
            if known:
                yield known[0], shape


def named(presentation: Any, key: str) -> Any:
    return next(shape for known, shape in shapes(presentation) if known == key)


def numbers(chart: Any) -> dict[str, dict[str, float | None]]:
    """Series → category → number."""
    plot = chart.plots[0]
    return {s.name: dict(zip(map(str, plot.categories), s.values, strict=True)) for s in plot.series}


def receipt(slide: Any) -> list[str]:
    lines = slide.notes_slide.notes_text_frame.text.split("\n")
    return lines[lines.index(RECEIPT[0]) : lines.index(RECEIPT[1])]


@pytest.mark.long
def test_charts_are_native_and_have_the_services_numbers(service: ViewerService, written: bytes) -> None:
    selection, engine, _ = service.select(QUERY, strict=True)
    now = engine.resolve(selection)
    frame = service.answer(CHARTS["top_products"], now, {}, engine).frame
    chart = named(opened(written), "overview.top_products").chart
    assert chart.chart_type == XL_CHART_TYPE.BAR_CLUSTERED
    shown = numbers(chart)["Revenue"]
    top = frame.head(8)
    labels = [engine.schema.label("product", p) for p in top["product"]]
    assert [shown[label] for label in labels] == pytest.approx(top["revenue"].tolist())

    time = service.answer(CHARTS["revenue_over_time"], now, {}, engine).frame
    drawn = numbers(named(opened(written), "overview.revenue_over_time").chart)
    lines = list(drawn.values())
    assert list(lines[0].values()) == pytest.approx(time["revenue"].tolist())
    assert list(lines[1].values()) == pytest.approx(time["base_revenue"].tolist())


@pytest.mark.long
def test_every_slide_has_a_title_its_selection_and_a_receipt(report: Report, written: bytes) -> None:
    made = opened(written)
    assert len(made.slides) == 3 + len(report.sheets)
    version = dict(report.about)["Data version"]
    for number, slide in enumerate(made.slides):
        assert slide.shapes.title.text_frame.text
        assert number == 0 or any(s.has_text_frame and s.text_frame.text == report.head for s in slide.shapes)
        assert not [s for s in slide.placeholders if not s.has_text_frame or not s.text_frame.text], "nothing is empty"
        told = " ".join(receipt(slide))
        assert version in told
        assert report.span in told
        assert f"{BASE}/" in told
    about_revenue = " ".join(receipt(made.slides[2]))
    assert CHARTS["revenue_over_time"].explanation.computed in about_revenue
    assert made.core_properties.subject == report.address


def test_the_summary_has_the_headline_the_key_figures_and_what_happened(report: Report, written: bytes) -> None:
    slide = opened(written).slides[1]
    text = "\n".join(s.text_frame.text for s in slide.shapes if s.has_text_frame)
    assert slide.shapes.title.text_frame.text == report.summary.headline
    for tile in report.summary.tiles[:4]:
        assert tile.value in text
    assert all(story.sentence in text for story in report.summary.stories)
    assert all(action.sentence in text for action in report.summary.actions)


def test_a_deck_stays_in_its_language(report: Report, written: bytes, tmp_path: Path) -> None:
    french, english = tmp_path / "french.pptx", tmp_path / "english.pptx"
    with in_language("fr"):
        french.write_bytes(deck(report, BASE))
    english.write_bytes(written)
    assert [language_of(path) for path in (french, english)] == ["fr", "en"]
    assert language_of(saved(Presentation(), tmp_path / "foreign.pptx")) == ""


@pytest.mark.parametrize(
    ("code", "version", "days"), [("de", "Datenversion", "Zeitraum"), ("fr", "Version", "Période\u202f")]
)
def test_a_deck_is_made_in_every_language(service: ViewerService, code: str, version: str, days: str) -> None:
    """What it says of its data is found by labels, which are in the reader's language."""
    with in_language(code):
        about = slides_of(collect(service, Selection.from_query(QUERY)[0], most_sheets=1), BASE)[-1]
    assert any(line.startswith(version) for line in about.receipt)
    assert any(line.startswith(f"{days}: ") for text in about.texts for line in text.lines)


@pytest.mark.long
def test_a_refresh_of_an_untouched_deck_is_the_deck_of_the_new_view(
    written: bytes, later: Report, tmp_path: Path
) -> None:
    (tmp_path / "old.pptx").write_bytes(written)
    body, told = refresh(tmp_path / "old.pptx", later, BASE)
    assert told.edited == told.gone == []
    assert "the sentences of “Products · Sales”" in told.absent, "there were none when the deck was made"
    fresh, made = opened(deck(later, BASE)), opened(body)
    there = {key for key, _ in shapes(opened(written))}
    for key, shape in shapes(fresh):
        if key not in there:
            continue
        if shape.has_chart:
            assert numbers(named(made, key).chart) == numbers(shape.chart)
            assert named(made, key).chart.chart_title.text_frame.text == shape.chart.chart_title.text_frame.text
        elif shape.has_text_frame:
            assert named(made, key).text_frame.text == shape.text_frame.text, key
        assert named(made, key).name == shape.name, "so that the next refresh knows it too"
    assert receipt(made.slides[1]) == receipt(fresh.slides[1])
    assert len(told.emptied) == 1
    assert named(made, "overview.told").text_frame.text == NOTHING, "the sentence of the month before"
    assert made.core_properties.subject == later.address


def edited_by_an_author(written: bytes) -> Any:
    made = opened(written)
    bars = named(made, "overview.top_products")
    bars.left, bars.width = Inches(1), Inches(3)
    bars.chart.plots[0].gap_width = 200
    named(made, "summary.stories").text_frame.paragraphs[1].runs[0].text = "As we expected."
    named(made, "cover.title").text_frame.paragraphs[0].runs[0].font.bold = False
    data = named(made, "overview.revenue_over_time").chart
    from pptx.chart.data import CategoryChartData

    own = CategoryChartData()
    own.categories = ["a", "b"]
    own.add_series("mine", (1, 2))
    data.replace_data(own)
    extra = made.slides.add_slide(made.slide_layouts[5])
    extra.shapes.title.text_frame.text = "Our plan"
    made.slides[2].notes_slide.notes_text_frame.text += "\nAsk Ann about May."
    return made


@pytest.mark.long
def test_a_refresh_keeps_what_the_author_did_and_names_what_was_edited(
    written: bytes, later: Report, tmp_path: Path
) -> None:
    path = saved(edited_by_an_author(written), tmp_path / "edited.pptx")
    body, told = refresh(path, later, BASE)
    made, fresh = opened(body), opened(deck(later, BASE))
    bars = named(made, "overview.top_products")
    assert (bars.left, bars.width) == (Inches(1), Inches(3))
    assert bars.chart.plots[0].gap_width == 200
    assert numbers(bars.chart) == numbers(named(fresh, "overview.top_products").chart)
    assert "As we expected." in named(made, "summary.stories").text_frame.text
    assert numbers(named(made, "overview.revenue_over_time").chart) == {"mine": {"a": 1.0, "b": 2.0}}
    title = named(made, "cover.title").text_frame.paragraphs[0].runs[0]
    assert (title.text, title.font.bold) == (later.title, False)
    assert made.slides[len(made.slides) - 1].shapes.title.text_frame.text == "Our plan"
    assert made.slides[2].notes_slide.notes_text_frame.text.endswith("Ask Ann about May.")
    assert later.span in " ".join(receipt(made.slides[2]))
    assert len(told.edited) == 2
    assert "“Revenue over time” on slide 3" in told.edited
    assert f"{told.replaced} texts" in next(told.lines())


def test_placeholders_that_lost_their_names_are_known_by_their_texts(
    written: bytes, later: Report, tmp_path: Path
) -> None:
    """As LibreOffice saves them."""
    made = opened(written)
    for slide in made.slides:
        for number, shape in enumerate(slide.placeholders, 1):
            shape.name = f"PlaceHolder {number}"
    made.slides[0].shapes.title.text_frame.text = "Our name"
    body, _ = refresh(saved(made, tmp_path / "nameless.pptx"), later, BASE)
    fresh, again = opened(deck(later, BASE)), opened(body)
    assert again.slides[0].shapes.title.text_frame.text == "Our name"
    assert named(again, "summary.title").text_frame.text == named(fresh, "summary.title").text_frame.text
    feet = [shape.text_frame.text for key, shape in shapes(again) if key == "foot"]
    assert feet == [later.head] * (len(again.slides) - 1)


def test_a_chart_that_the_author_took_out_stays_out_and_is_named(written: bytes, later: Report, tmp_path: Path) -> None:
    made = opened(written)
    frame = named(made, "overview.top_products")._element
    frame.getparent().remove(frame)
    _, told = refresh(saved(made, tmp_path / "less.pptx"), later, BASE)
    assert "“Best sellers”" in told.absent


def test_a_chart_without_figures_is_left_alone_and_named(written: bytes, report: Report, tmp_path: Path) -> None:
    (tmp_path / "old.pptx").write_bytes(written)
    body, told = refresh(tmp_path / "old.pptx", replace(report, sheets=report.sheets[1:]), BASE)
    assert any("slide 3" in label for label in told.gone)
    assert numbers(named(opened(body), "overview.top_products").chart)


def company_template(path: Path) -> Path:
    """A template with slides of its own, 4:3, whose content stands at the right."""
    made = Presentation()
    for layout in made.slide_layouts:
        for shape in layout.placeholders:
            if shape.placeholder_format.idx == 1 and layout.name == "Title and Content":
                shape.left, shape.top, shape.width, shape.height = (
                    Inches(4), Inches(2), Inches(5.5), Inches(4.5),
                )  # fmt: skip
    made.slides.add_slide(made.slide_layouts[0]).shapes.title.text_frame.text = "How to use this template"
    return saved(made, path)


def test_a_companys_template_gives_layouts_and_places(report: Report, tmp_path: Path) -> None:
    made = opened(deck(report, BASE, company_template(tmp_path / "company.pptx")))
    assert made.slide_width == Emu(9144000)
    assert len(made.slides) == 3 + len(report.sheets)
    assert "How to use" not in "".join(s.text_frame.text for x in made.slides for s in x.shapes if s.has_text_frame)
    slide = made.slides[2]
    assert slide.slide_layout.name == "Title and Content"
    own = [shape for shape in slide.shapes if shape.has_chart]
    assert own
    for shape in own:
        assert shape.left >= Inches(4)
        assert shape.left + shape.width <= Inches(9.5) + 2
        assert shape.top + shape.height <= Inches(6.5) + 2


def test_files_that_are_no_presentations_are_refused_in_a_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "text.pptx").write_text("hello")
    with zipfile.ZipFile(tmp_path / "zip.pptx", "w") as made:
        made.writestr("a.txt", "hello")
    for name in ("text.pptx", "zip.pptx"):
        with pytest.raises(RequestError, match="cannot be read as a presentation"):
            template.opened(tmp_path / name, "--template")
    foreign = saved(Presentation(), tmp_path / "foreign.pptx")
    with pytest.raises(RequestError, match="nothing that Storesight wrote"):
        view_of(foreign)
    monkeypatch.setattr(template, "MOST_UNPACKED", 1000)
    with pytest.raises(RequestError, match="larger than a presentation may be"):
        template.opened(foreign, "--template")


def test_texts_of_the_data_are_neither_formulas_nor_broken_files(report: Report) -> None:
    nasty = ("=HYPERLINK(1)", "http://example.com/x", "a\x00b\x1f", "x" * 500)
    found = Native("bar", nasty, (("@SUM", (1.0, 2.0, None, 4.0)),), "money")
    sheet = next(s for s in slides_of(report) if s.kind == "tab")
    plot = next(part for part in sheet.parts if isinstance(part, Plot))
    from dashboard.report.deck.charts import add_plot

    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    add_plot(slide, replace(plot, native=found, title="=1+1\x00"), template.Place(0, 0, 999999, 999999), Formats())
    out = io.BytesIO()
    made.save(out)
    with zipfile.ZipFile(out) as packed:
        inside = next(n for n in packed.namelist() if n.endswith(".xlsx"))
        book = openpyxl.load_workbook(io.BytesIO(packed.read(inside)))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula"
    assert not any(cell.hyperlink for cell in cells)
    assert max(len(str(cell.value)) for cell in cells) <= 121
    again = opened(out.getvalue())
    assert marks.read_name(again.slides[0].shapes[0].name), "the same text gives the same digest"


@pytest.mark.long
def test_values_side_by_side_are_series(service: ViewerService) -> None:
    query = "data=toy&range=all&versus=city&city=Portland&city=Salem"
    report = collect(service, Selection.from_query(query)[0], most_sheets=1)
    assert report.summary.tiles, "of both together"
    chart = named(opened(deck(report)), "overview.top_products").chart
    for city in ("Portland", "Salem"):
        alone, engine, _ = service.select(f"data=toy&range=all&city={city}", strict=True)
        frame = service.answer(CHARTS["top_products"], engine.resolve(alone), {}, engine).frame
        expected = dict(zip(frame["product"], frame["revenue"], strict=True))
        known = {engine.schema.label("product", p): v for p, v in expected.items()}
        for product, value in numbers(chart)[city].items():
            assert value == pytest.approx(known.get(product.strip("'"), 0.0))


def test_numbers_are_written_in_the_currency_of_the_data() -> None:
    def written_as(unit: str, f: Formats, *values: float) -> str:
        return number_format(Native("bar", ("a", "b"), (("s", values),), unit), f)

    dollars, euros = Formats("USD", "en_US"), Formats("EUR", "de_DE")
    assert written_as("money", dollars, 1, 2) == '[>=1000000]"$"0.0,,"M";[>=10000]"$"0,"K";"$"#,##0'
    assert written_as("money", dollars, 1, -2) == '"$"#,##0;−"$"#,##0'
    assert written_as("money", euros, 1) == '[>=1000000]0.0,,"\xa0Mio."" €";#,##0"\xa0€"'.replace(" €", "\xa0€")
    rupees = written_as("money", Formats("INR", "en_IN"), 1)
    assert rupees == r'[>=10000000]"₹"##\,##\,##\,##0;[>=100000]"₹"##\,##\,##0;"₹"#,##0', "300K is 3 lakh"
    assert written_as("percent", dollars, 1) == '0.0"%"'


def test_numbers_of_columns_stand_beside_each_other_or_are_left_out() -> None:
    growth = Native("column", tuple("abcdefghijkl"), (("Growth", (12.3,) * 12),), "percent")
    assert not labels_fit(growth, Formats(), Inches(5.5))
    assert labels_fit(growth, Formats(), Inches(12))
    assert labels_fit(replace(growth, kind="bar"), Formats(), Inches(2)), "below each other"


def test_a_table_has_its_title_above_it(report: Report) -> None:
    slide = next(slide for slide in slides_of(report) if slide.kind == "tab")
    grid = Grid("overview.pairs", "Products bought together", Table((("Pair", False),), ((("A, B", False),),)))
    presentation = template.opened(None, "--template")
    layouts = template.layouts_of(presentation, "--template")
    draw(presentation, layouts, replace(slide, parts=(*slide.texts, grid)), Formats())
    shapes = list(presentation.slides[0].shapes)
    table = next(shape for shape in shapes if shape.has_table)
    title = next(s for s in shapes if s.has_text_frame and s.text_frame.text == "Products bought together")
    assert title.top + title.height <= table.top


def test_letters_are_as_large_as_there_is_room_for() -> None:
    wide, high = Inches(5), Inches(1)
    assert fitting(["short"], wide, high, most=24, least=9) == 24
    assert 9 <= fitting(["long " * 60], wide, high, most=24, least=9) < 14
    assert fitting(["long " * 600], wide, high, most=24, least=9) == 9


def test_only_shapes_that_storesight_named_are_known_again() -> None:
    name = marks.name_of("overview.top_products", ["a", "b"])
    assert marks.read_name(name) == ("overview.top_products", marks.digest(["a", "b"]))
    assert marks.digest([" a ", "b\n"]) == marks.digest(["a", "b"])
    assert marks.digest(["ab"]) != marks.digest(["a", "b"])
    assert marks.read_listed(marks.listed([name, "Picture 3"])) == {marks.read_name(name)[0]: marks.read_name(name)[1]}
    assert marks.read_listed("Marks: ; x; =1 #2") == marks.read_listed("my own words") == {}
    for other in ("TextBox 5", "Storesight", "Storesight x #12", f"{name} ", "Storesight ../x #0123456789ab"):
        assert marks.read_name(other) is None


def test_the_command_refuses_what_does_not_go_together(tmp_path: Path, capsys: Any) -> None:
    for arguments, words in (
        (("--template", "a.pptx"), "is for a deck"),
        (("--format", "pptx", "--template", "no.pptx"), "is no file"),
        (("--out", "x.pptx", "--appendix"), "no appendix"),
        (("--refresh", "a.pptx", "--template", "b.pptx"), "do not go together"),
    ):
        assert main(["report", "demo", *arguments]) == 2
        assert words in capsys.readouterr().err
